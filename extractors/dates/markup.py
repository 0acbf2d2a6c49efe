"""Claims of what is marked up in a page's body: microdata, RDFa and <time>."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from extractors.dates.labels import labels_in
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
    tree: Element, *, near: frozenset[Element] = frozenset(), language: str | None = None
) -> tuple[DateClaim, ...]:
    """Return the claims of <time> elements, basis `time`.

    One that says so (`pubdate`, a class, a label before it) is the date of publication; of those that say
    nothing, the first beside the headline. All others' role is unknown, or another article's.

    Args:
        tree: the root element of a page.
        near: the elements that stand beside the headline.
        language: as the page declares it; decides day and month.
    """
    claims: list[DateClaim] = []
    has_plain = False
    for element in tree.iter("time"):
        raw = (element.get("datetime") or text_of(element, limit=120)).strip()
        if not raw or len(claims) == MAX_CLAIMS:
            continue
        role = _role_of_time(element)
        if role == "unknown" and element in near and not has_plain:
            role, has_plain = "published", True
        claims.append(stamp_claim(raw, basis="time", role=role, place="time", language=language))
    return tuple(claims)


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
    label = _label_before(element)
    for said in (label or "", own, (parent.get("class") or "") if parent is not None else ""):
        # A class of both ("published updated") is the theme's mark of a post that was never changed.
        if _PUBLISHED.search(said):
            return "published"
        if _UPDATED.search(said):
            return "updated"
    return "unknown"


def _label_before(element: Element) -> ClaimRole | None:
    """What the words right before an element say it is the date of."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        before = (previous.tail or "").strip() or text_of(previous, limit=_MAX_LABEL + 1)
    else:
        before = ((parent.text if parent is not None else None) or "").strip()
    if not before or len(before) > _MAX_LABEL:
        return None
    labels = labels_in(before)
    for role in ("updated", "published", "captured"):
        if labels and role in labels:
            return role
    return None
