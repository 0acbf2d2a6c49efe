"""Claims of a page's JSON-LD: datePublished and its kin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from extractors.dates.nodes import MAX_CLAIMS, Element
from extractors.dates.stamps import stamp_claim
from extractors.jsonld import Node, nodes
from records import ClaimRole, DateClaim

_FIELDS: Mapping[str, ClaimRole] = MappingProxyType(
    {
        "datePublished": "published",
        "dateModified": "updated",
        "dateCreated": "unknown",
        "uploadDate": "published",
    }
)
_MAX_VALUES = 3
"""Values that one field may list; more are no date of one article."""


def claims_of_jsonld(
    tree: Element, *, addresses: Sequence[str] = (), language: str | None = None
) -> tuple[DateClaim, ...]:
    """Return the claims of the JSON-LD of a page, basis `jsonld`.

    The dates of the page's own article count. Where no article says one, those of the page do, and then those
    of a video. All others are another thing's: a comment's, a teaser's.

    Args:
        tree: the root element of a page.
        addresses: the page's own URLs: of several articles the one with such a URL is the page's.
        language: as the page declares it; decides day and month.
    """
    found = [node for node in nodes(tree) if _FIELDS.keys() & node.item.keys()]
    mains = {id(node) for node in _mains(found, {_bare(address) for address in addresses})}
    # The page's own first: there is a limit to the claims that are kept.
    ordered = sorted(found, key=lambda node: id(node) not in mains)
    claims = (claim for node in ordered for claim in _claims(node, language, is_main=id(node) in mains))
    return tuple(claim for claim, _ in zip(claims, range(MAX_CLAIMS), strict=False))


def _mains(found: Sequence[Node], addresses: set[str]) -> Sequence[Node]:
    """The nodes whose dates are the page's own."""
    here = [node for node in found if not node.is_elsewhere]
    articles = [node for node in here if "datePublished" in node.item and _is_article(node)]
    mains = [node for node in articles if _addresses(node) & addresses] or articles
    mains = mains or [node for node in here if any(kind.endswith("page") for kind in node.types)]
    return mains or [node for node in here if "videoobject" in node.types]


def _is_article(node: Node) -> bool:
    # A node without a type that says when it was published is an article in all but name.
    return node.is_article or node.salvaged or not node.types or bool(node.types & {"review", "claimreview"})


def _claims(node: Node, language: str | None, *, is_main: bool) -> Iterator[DateClaim]:
    for name, role in _FIELDS.items():
        values = node.item.get(name)
        for value in values[:_MAX_VALUES] if isinstance(values, list) else [values]:
            raw = _raw(value)
            if raw is not None:
                place = f"{node.path}.{name}"
                claim = stamp_claim(raw, basis="jsonld", role=role, place=place, language=language)
                yield claim if is_main else replace(claim, role="event")


def _raw(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and value.strip() else None


def _addresses(node: Node) -> set[str]:
    named = [node.item.get(name) for name in ("url", "@id", "mainEntityOfPage")]
    named += [value.get("@id") for value in named if isinstance(value, dict)]
    return {_bare(value) for value in named if isinstance(value, str)} - {""}


def _bare(address: str) -> str:
    """An address without what does not tell pages apart here: scheme, fragment, query, last slash."""
    bare = address.strip().partition("#")[0].partition("?")[0].rstrip("/")
    return bare.partition("://")[2].removeprefix("www.") or bare
