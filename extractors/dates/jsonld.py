"""Claims of a page's JSON-LD: datePublished and its kin, in graphs and arrays, in broken JSON too."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from extractors.dates.nodes import MAX_CLAIMS, Element
from extractors.dates.stamps import stamp_claim
from records import ClaimRole, DateClaim

_MAX_SCRIPT = 500_000
_MAX_NODES = 2_000

_FIELDS: Mapping[str, ClaimRole] = MappingProxyType(
    {
        "datePublished": "published",
        "dateModified": "updated",
        "dateCreated": "unknown",
        "uploadDate": "published",
    }
)
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|ClaimReview)\Z")
_PAGE = re.compile(r"(?:WebPage|Page)\Z")
_PASSED_ON = frozenset({"@graph", "mainEntity", "mainEntityOfPage", "about"})
"""Properties that lead from the page's own node to the article; all others lead to other things."""

_BROKEN_FIELD = re.compile(r'"(datePublished|dateModified|uploadDate)"\s{0,20}:\s{0,20}"([^"\\]{4,60})"')
_WRAPPING = re.compile(r"\A(?:<!--|(?://\s?)?<!\[CDATA\[)|(?:-->|(?://\s?)?\]\]>)\Z")
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """An object of the JSON-LD with its path and what it is."""

    fields: Mapping[str, object]
    path: str
    kind: str


def claims_of_jsonld(
    tree: Element, *, addresses: Sequence[str] = (), language: str | None = None
) -> tuple[DateClaim, ...]:
    """Return the claims of the JSON-LD of a page, basis `jsonld`.

    The dates of the article's own node count; those of a page node do where no article says one; those of
    videos, comments and teasers are another thing's.

    Args:
        tree: the root element of a page.
        addresses: the page's own URLs: of several articles the one with such a URL is the page's.
        language: as the page declares it; decides day and month.
    """
    claims: list[DateClaim] = []
    nodes: list[_Node] = []
    for number, script in enumerate(_scripts(tree)):
        data = _parsed(script)
        if data is None:
            claims.extend(_of_broken(script, number, language))
        else:
            nodes.extend(_nodes(data, f"script[{number}] $"))
    return tuple([*_of_nodes(nodes[:_MAX_NODES], addresses, language), *claims][:MAX_CLAIMS])


def _scripts(tree: Element) -> Iterator[str]:
    for element in tree.iter("script"):
        if "ld+json" in (element.get("type") or "").lower() and element.text and element.text.strip():
            yield element.text.strip()[:_MAX_SCRIPT]


def _parsed(script: str) -> object | None:
    text = _WRAPPING.sub("", script).strip(" \n;")
    for attempt in (text, _CONTROL.sub(" ", text)):
        try:
            return json.loads(attempt, strict=False) or []
        except (ValueError, RecursionError):
            continue
    return None


def _of_broken(script: str, number: int, language: str | None) -> Iterator[DateClaim]:
    """Claims of JSON that no parser takes: those of its fields that stand there once or always the same."""
    values: dict[str, set[str]] = {}
    for name, value in _BROKEN_FIELD.findall(script):
        values.setdefault(name, set()).add(value)
    for name, found in values.items():
        if len(found) == 1:
            place = f"script[{number}] broken {name}"
            yield stamp_claim(found.pop(), basis="jsonld", role=_FIELDS[name], place=place, language=language)


def _nodes(data: object, path: str) -> Iterator[_Node]:
    """Walk what leads from the top to articles, pages and videos; no recursion, so any depth will do."""
    waiting = deque([(data, path, True)])
    seen = 0
    while waiting and seen < _MAX_NODES:
        seen += 1
        value, where, is_main = waiting.popleft()
        if isinstance(value, list):
            waiting.extend((item, f"{where}[{i}]", is_main) for i, item in enumerate(value[:_MAX_NODES]))
        elif isinstance(value, dict):
            yield _Node(value, where, _kind(value) if is_main else "other")
            waiting.extend(
                (item, f"{where}.{name}", is_main and name in _PASSED_ON)
                for name, item in value.items()
                if isinstance(item, dict | list)
            )


def _kind(node: Mapping[str, object]) -> str:
    types = node.get("@type")
    names = [name for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)]
    for kind, pattern in (("article", _ARTICLE), ("page", _PAGE)):
        if any(pattern.search(name) for name in names):
            return kind
    if "VideoObject" in names:
        return "video"
    # A node without a type that has a headline and a date of publication is an article all but in name.
    return "article" if not names and "datePublished" in node else "other"


def _of_nodes(nodes: Sequence[_Node], addresses: Sequence[str], language: str | None) -> Iterator[DateClaim]:
    own = [node for node in nodes if node.kind == "article"]
    dated = [node for node in own if "datePublished" in node.fields]
    by_address = [node for node in dated if _is_at(node, addresses)]
    mains = by_address or dated
    for kind in ("page", "video"):
        mains = mains or [node for node in nodes if node.kind == kind and _dated(node)]
    # The page's own first: there is a limit to the claims that are kept.
    for node in sorted(nodes, key=lambda node: node not in mains):
        for name, role in _FIELDS.items():
            values = node.fields.get(name)
            for value in values[:3] if isinstance(values, list) else [values]:
                raw = _raw(value)
                if raw is None:
                    continue
                claim = stamp_claim(
                    raw, basis="jsonld", role=role, place=f"{node.path}.{name}", language=language
                )
                is_own = node in mains or (node.kind == "article" and node not in dated)
                yield claim if is_own or role == "updated" else replace(claim, role="event")


def _dated(node: _Node) -> bool:
    return "datePublished" in node.fields or "uploadDate" in node.fields


def _raw(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def _is_at(node: _Node, addresses: Sequence[str]) -> bool:
    named = [node.fields.get("url"), node.fields.get("@id"), node.fields.get("mainEntityOfPage")]
    named += [value.get("@id") for value in named if isinstance(value, dict)]
    return any(_bare(value) in {_bare(a) for a in addresses} for value in named if isinstance(value, str))


def _bare(address: str) -> str:
    """An address without what does not tell pages apart here: scheme, fragment, query, last slash."""
    return re.sub(r"\A\w+://(?:www\.)?", "", address.strip()).partition("#")[0].partition("?")[0].rstrip("/")
