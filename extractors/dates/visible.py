"""Claims of the lines around a page's headline that say its date to a reader."""

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.dates.labels import label_before
from extractors.dates.line import claim_of_phrase, dates_of_line
from extractors.dates.nodes import MAX_CLAIMS, Element, has_ancestor_outside, is_outside, text_of
from extractors.dates.phrases import find_dates
from records import DateClaim

_BEFORE, _BEHIND = 300, 1_200
"""Characters of text before and behind the headline among which a line is beside it."""

_MAX_LINE = 120
_MIN_HEADLINE = 10
"""Characters of a heading, fewer may be part of any page's title by chance."""

_BYLINE = re.compile(r"date|time|byline|publish|posted|meta|author|info|written", re.IGNORECASE)
_NEVER_HOLDS = frozenset({"button", "head", "option", "svg"})


def near_headline(tree: Element) -> tuple[Element, ...]:
    """Return the elements beside the headline, those behind it first, each side the nearest first.

    Args:
        tree: the root element of a page; one without a headline has nothing beside it.
    """
    headline = _headline(tree)
    placed: list[tuple[Element, int]] = []
    at, own, headline_at = 0, 0, None
    waiting = [tree]
    while waiting and headline is not None:
        element = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _NEVER_HOLDS or is_outside(element):
            continue
        waiting.extend(element.iterchildren(reversed=True))
        if element is headline:
            own, headline_at = len(placed), at
        placed.append((element, at))
        at += len((element.text or "").strip()) + len((element.tail or "").strip())
        if headline_at is not None and at > headline_at + _BEHIND:
            break
    if headline_at is None:
        return ()
    before = [element for element, start in placed[:own] if start >= headline_at - _BEFORE]
    return (*(element for element, _ in placed[own:]), *reversed(before))


def _headline(tree: Element) -> Element | None:
    """The heading that the page's title names, else the first in the article, else the longest."""
    title = " ".join(text_of(element) for element in tree.iter("title"))
    headings = [h for h in tree.iter("h1", "h2", "h3") if not has_ancestor_outside(h)]
    named = [h for h in headings if len(text_of(h)) >= _MIN_HEADLINE and text_of(h) in title]
    first = [h for h in headings if h.tag == "h1"]
    for heading in named or first:
        inside = any(ancestor.tag in ("article", "main") for ancestor in heading.iterancestors())
        if named or inside or "headline" in (heading.get("itemprop") or ""):
            return heading
    return max(first, key=lambda h: len(text_of(h)), default=None)


def claims_of_lines(near: Sequence[Element], *, language: str | None = None) -> tuple[DateClaim, ...]:
    """Return the claims of the date lines among some elements, basis `text`.

    The nearest line that says it is the date of publication is the article's, else the nearest that says
    nothing; what other lines beside a headline date is unknown.

    Args:
        near: elements, the nearest first; of one within another the outer is read where it is a date line.
        language: as the page declares it.
    """
    found: list[tuple[DateClaim, bool]] = []
    read: set[Element] = set()
    for element in near:
        is_read = read and any(ancestor in read for ancestor in element.iterancestors())
        if element.tag == "time" or is_read or len(found) >= MAX_CLAIMS:
            continue
        line = text_of(element, limit=_MAX_LINE + 1)
        if len(line) > _MAX_LINE:
            continue
        place = f"{element.tag} beside the headline"
        dates = dates_of_line(line, place, language=language) or _of_byline(element, line, place, language)
        if dates:
            read.add(element)
            found.extend(date for date in dates if date not in found)
    published = [date for date in found if date[0].role == "published" and date[0].value]
    own = next((date for date in published if date[1]), next(iter(published), None))
    return tuple(
        claim if date == own or claim.role != "published" else replace(claim, role="unknown")
        for date in found
        for claim in date[:1]
    )


def _of_byline(
    element: Element, line: str, place: str, language: str | None
) -> tuple[tuple[DateClaim, bool], ...]:
    """The one date of a line whose class is a byline's or the like: "By Jane Roe on 4 May 2025"."""
    parent = element.getparent()
    names = f"{element.get('class') or ''} {(parent.get('class') or '') if parent is not None else ''}"
    if not _BYLINE.search(names) or line.endswith((".", "?", "!")):
        return ()
    phrases = find_dates(line, language=language)
    if len(phrases) != 1 or phrases[0].precision == "month" or phrases[0].value.startswith("-"):
        return ()
    label = label_before(line[: phrases[0].start])
    return ((claim_of_phrase(phrases[0], label or "published", line, place), label is not None),)
