"""Claims of what is marked up in a page's body: microdata, RDFa and <time>."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from extractors.dates.labels import label_before
from extractors.dates.nodes import MAX_CLAIMS, Element, has_ancestor_outside, text_of
from extractors.dates.stamps import stamp_claim
from records import ClaimRole, DateClaim

_PROPERTIES: Mapping[str, ClaimRole] = MappingProxyType(
    {
        "datepublished": "published",
        "datemodified": "updated",
        "datecreated": "unknown",
        "uploaddate": "unknown",
    }
)
_OTHER_THINGS = re.compile(r"(?:Comment|UserComments|Review|VideoObject|ImageObject|Event|Person|Product)\Z")
_PUBLISHED = re.compile(r"publish|pub-?date|entry-date|post-?date|posted|date-?line|byline", re.IGNORECASE)
_UPDATED = re.compile(r"updat|modif|revis|edited", re.IGNORECASE)
_MAX_LABEL = 40


def claims_of_microdata(tree: Element, *, language: str | None = None) -> tuple[DateClaim, ...]:
    """Return the claims of microdata and RDFa attributes, basis `microdata`.

    Args:
        tree: the root element of a page.
        language: as the page declares it; decides day and month.
    """
    claims: list[DateClaim] = []
    for element in tree.xpath("//*[@itemprop or @property]"):
        for name, role in _properties(element):
            raw = (element.get("content") or element.get("datetime") or text_of(element, limit=120)).strip()
            if raw and len(claims) < MAX_CLAIMS:
                claims.append(
                    stamp_claim(
                        raw,
                        basis="microdata",
                        role="event" if _is_others(element) else role,
                        place=f"{element.tag} {name}",
                        language=language,
                    )
                )
    return tuple(claims)


def claims_of_time(
    tree: Element, *, near: Sequence[Element] = (), language: str | None = None
) -> tuple[DateClaim, ...]:
    """Return the claims of <time> elements, basis `time`.

    One that says so (`pubdate`, a class, a label before it) is the date of publication, else the first beside
    the headline that says nothing. All others' role is unknown, or another article's.

    Args:
        tree: the root element of a page.
        near: the elements that stand beside the headline, the nearest first.
        language: as the page declares it; decides day and month.
    """
    rank = {element: index for index, element in enumerate(near)}
    found: list[tuple[int, Element, DateClaim]] = []
    for element in tree.iter("time"):
        raw = (element.get("datetime") or text_of(element, limit=120)).strip()
        if raw and len(found) < MAX_CLAIMS:
            role = _role_of_time(element)
            claim = stamp_claim(raw, basis="time", role=role, place="time", language=language)
            found.append((rank.get(element, len(rank)), element, claim))
    own = min(
        (
            one
            for one in found
            if one[2].role == "published" or (one[2].role == "unknown" and one[0] < len(rank))
        ),
        key=lambda one: (one[2].value is None, one[2].role != "published", one[0]),
        default=None,
    )
    return tuple(_against(claim, own[2] if own else None) for _, _, claim in found)


def _against(claim: DateClaim, own: DateClaim | None) -> DateClaim:
    """Let what is said to be published and differs from the article's own date be another's."""
    if own is None or claim.role not in ("published", "unknown"):
        return claim
    if claim is own or claim.value == own.value:
        return replace(claim, role="published")
    return replace(claim, role="unknown")


def _properties(element: Element) -> Iterator[tuple[str, ClaimRole]]:
    for attribute in ("itemprop", "property"):
        for name in (element.get(attribute) or "").lower().split():
            bare = name.rpartition(":")[2].rpartition("/")[2]
            if bare in _PROPERTIES and not (element.tag == "meta" and attribute == "property"):
                yield bare, _PROPERTIES[bare]


def _is_others(element: Element) -> bool:
    """Whether a property belongs to a comment, a video, a person, or stands outside the article."""
    for ancestor in element.iterancestors():
        kind = ancestor.get("itemtype") or ancestor.get("typeof")
        if kind:
            return _OTHER_THINGS.search(kind.strip().rstrip("/")) is not None
    return has_ancestor_outside(element)


def _role_of_time(element: Element) -> ClaimRole:
    if has_ancestor_outside(element) or _is_others(element):
        return "event"
    if element.get("pubdate") is not None:
        return "published"
    parent = element.getparent()
    own = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    label = label_before(_words_before(element)[-_MAX_LABEL:])
    if label == "captured":
        return "captured"
    for said in (label or "", own, (parent.get("class") or "") if parent is not None else ""):
        # A class of both ("published updated") is the theme's mark of a post that was never changed.
        if _PUBLISHED.search(said):
            return "published"
        if _UPDATED.search(said):
            return "updated"
    return "unknown"


def _words_before(element: Element) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return (previous.tail or "").strip() or text_of(previous, limit=_MAX_LABEL + 1)
    return ((parent.text if parent is not None else None) or "").strip()
