"""Claims of the lines around a page's headline that say its date to a reader."""

from collections.abc import Sequence
from dataclasses import replace

from extractors.dates.line import claims_of_line
from extractors.dates.nodes import MAX_CLAIMS, Element, has_ancestor_outside, is_outside, text_of
from records import DateClaim

_BEFORE, _BEHIND = 300, 1_200
"""Characters of text before and behind the headline among which a line is beside it."""

_MAX_LINE = 120
_NEVER_HOLDS = frozenset({"button", "head", "option", "svg"})


def near_headline(tree: Element) -> tuple[Element, ...]:
    """Return the elements beside the headline, in document order; none for a page without one."""
    headline = _headline(tree)
    placed: list[tuple[Element, int]] = []
    at, headline_at = 0, None
    waiting = [tree]
    while waiting and headline is not None:
        element = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _NEVER_HOLDS or is_outside(element):
            continue
        waiting.extend(element.iterchildren(reversed=True))
        if element is headline:
            headline_at = at
        placed.append((element, at))
        at += len((element.text or "").strip()) + len((element.tail or "").strip())
        if headline_at is not None and at > headline_at + _BEHIND:
            break
    if headline_at is None:
        return ()
    return tuple(element for element, start in placed if start >= headline_at - _BEFORE)


def _headline(tree: Element) -> Element | None:
    """The first heading within the article or said to be its headline, else the one with the longest text."""
    headings = [h for h in tree.iter("h1") if not has_ancestor_outside(h)]
    for heading in headings:
        inside = any(ancestor.tag in ("article", "main") for ancestor in heading.iterancestors())
        if inside or "headline" in (heading.get("itemprop") or ""):
            return heading
    return max(headings, key=lambda h: len(text_of(h)), default=None)


def claims_of_lines(near: Sequence[Element], *, language: str | None = None) -> tuple[DateClaim, ...]:
    """Return the claims of the date lines among some elements, basis `text`.

    Args:
        near: elements in document order; of one within another the outer is read where it is a date line.
        language: as the page declares it.
    """
    claims: list[DateClaim] = []
    read: list[Element] = []
    for element in near:
        if element.tag == "time" or len(claims) >= MAX_CLAIMS:
            continue
        if any(_is_within(element, outer) for outer in read[-1:]):
            continue
        line = text_of(element, limit=_MAX_LINE + 1)
        if len(line) > _MAX_LINE:
            continue
        found = claims_of_line(line, f"{element.tag} beside the headline", language=language)
        if found:
            read.append(element)
            claims.extend(claim for claim in found if replace(claim, place="") not in claims)
    return tuple(claims)


def _is_within(element: Element, outer: Element) -> bool:
    return element is outer or any(ancestor is outer for ancestor in element.iterancestors())
