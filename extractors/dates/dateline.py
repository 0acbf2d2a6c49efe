"""Reads the dateline that opens a news report: place, date, agency and a dash."""

import re
from dataclasses import dataclass

from extractors.dates.phrases import Phrase, find_dates


@dataclass(frozen=True, slots=True)
class Dateline:
    """The dateline that a paragraph opens with.

    Attributes:
        places: as they were written, the town first: `("BEIJING", "China")`.
        phrase: the date, with offsets into the paragraph; None where it says none.
        agency: as it was written, `Xinhua`, `GLOBE NEWSWIRE`; None where none is named.
        end: offset after the dash or colon, and the white space behind it: where the sentence begins.
    """

    places: tuple[str, ...]
    phrase: Phrase | None
    agency: str | None
    end: int


_MAX_LEAD = 120
_MAX_PLACES, _MAX_PLACE_WORDS = 4, 5
_MIN_PLACE_LETTERS = 3

_SLASHED = r"/(?P<slashed>[^\W\d_][\w &.'’-]{1,30})/"
_MARK = re.compile(r"(?:\.-|[—–]|-{2,3}|(?<=\s)-(?=\s)|(?<=[\s)])-(?=\w)|\s?:)\s*")
_SLASHED_END = re.compile(rf"\s{_SLASHED}[.:]?\s*(?:[—–]|-{{1,3}})?\s*")
_AGENCY = re.compile(r"\((?P<agency>[^\W\d_][\w &.,'’/-]{1,40})\)")
_AGENCY_FIRST = re.compile(r"\s*\((?P<agency>[^\W\d_][\w &.'’/-]{1,30})\)\s?[—–-]\s")
_AGENCY_BEHIND = re.compile(r"\((?P<agency>[^\W\d_][\w &.'’/-]{1,30})\)\s?(?:[—–]|-{1,3})\s*")
_CHINESE = re.compile(
    r"\s*(?P<agency>[\u4e00-\u9fff]{2,6}?[社网網])?(?P<place>[\u4e00-\u9fff]{2,8}?)(?P<date>(?:\d{4}年)?\d{1,2}月\d{1,2}日)"
    r"(?:[电電讯訊]|消息)(?:\s*[（(][^（()）]{1,30}[)）])?[:：]?\s*"
)
_PLACE_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-])*\Z")
# Words that are written small within a place's name: Rio de Janeiro, Frankfurt am Main.
_CONNECTORS = frozenset({
    "al", "am", "and", "d", "da", "de", "del", "der", "di", "do", "du", "e", "el", "la", "las", "le", "los",
    "of", "on", "sur", "the", "upon", "van", "von", "y",
})  # fmt: skip
_NOT_FIRST = frozenset({"After", "At", "Before", "By", "From", "In", "On", "Since", "Until"})
# Words in capitals before a dash that name a kind of text, not a place.
_NOT_PLACES = frozenset({
    "ALERT", "ANALYSIS", "ANSWER", "BREAKING", "COMMENT", "CORRECTION", "DEVELOPING", "EDITORIAL",
    "EXCLUSIVE", "EXPLAINED", "EXPLAINER", "FACTBOX", "FILE", "INTERVIEW", "LATEST", "LISTEN", "LIVE", "NEWS",
    "NOTE", "OPINION", "PHOTOS", "PICTURES", "PODCAST", "PREVIEW", "QUESTION", "QUIZ", "READ", "RECAP",
    "REVIEW", "UPDATE", "UPDATED", "URGENT", "VIDEO", "WARNING", "WATCH", "YES",
})  # fmt: skip


def dateline_of(paragraph: str) -> Dateline | None:
    """Read the dateline that a paragraph opens with; None where it opens with none.

    What tells a dateline from any words before a dash: a date or an agency in brackets beside the place; else
    a place in capitals before a dash ("WASHINGTON —"), or a place before a colon with a space before it.
    """
    chinese = _CHINESE.match(paragraph[:_MAX_LEAD])
    if chinese:
        return _chinese(chinese)
    lead_start, agency = 0, None
    first = _AGENCY_FIRST.match(paragraph)
    if first:
        lead_start, agency = first.end(), first["agency"]
    slashed = _SLASHED_END.search(paragraph[:_MAX_LEAD], lead_start)
    mark = _MARK.search(paragraph[:_MAX_LEAD], lead_start)
    if slashed and (mark is None or slashed.start() < mark.start()):
        mark, agency = slashed, slashed["slashed"]
    if mark is None or mark.start() == lead_start:
        return None
    end = mark.end()
    behind = _AGENCY_BEHIND.match(paragraph, end)
    if behind:
        agency, end = behind["agency"], behind.end()
    lead = paragraph[lead_start : mark.start()]
    bracket = _AGENCY.search(lead)
    if bracket:
        agency = bracket["agency"]
        lead = lead[: bracket.start()] + " " * len(bracket[0]) + lead[bracket.end() :]
    dates = find_dates(lead)
    if len(dates) > 1 or (dates and dates[0].precision == "month"):
        return None
    phrase = dates[0] if dates else None
    if phrase:
        lead = lead[: phrase.start] + "," + lead[phrase.end :]
        phrase = _moved(phrase, lead_start)
    places = _places(lead)
    if places is None or not _is_sound(places, phrase, agency, mark[0], paragraph[end : end + 1]):
        return None
    return Dateline(places, phrase, agency, end)


def _places(lead: str) -> tuple[str, ...] | None:
    """The comma-separated places of a lead without its date and agency; None where it holds other words."""
    places = tuple(part for part in (p.strip(" .\t\n\u00a0") for p in re.split(r"[,/;]", lead)) if part)
    if not 1 <= len(places) <= _MAX_PLACES:
        return None
    return places if all(_is_place(place) for place in places) else None


def _is_place(place: str) -> bool:
    words = place.split()
    if len(words) > _MAX_PLACE_WORDS or words[0] in _NOT_FIRST:
        return False
    has_name = any(not word[0].islower() for word in words)
    return has_name and all(
        _PLACE_WORD.match(word) and (not word[0].islower() or word in _CONNECTORS) for word in words
    )


def _is_sound(
    places: tuple[str, ...], phrase: Phrase | None, agency: str | None, mark: str, after: str
) -> bool:
    """Whether there is enough to tell a dateline from other words before a dash."""
    letters = sum(c.isalpha() for c in places[0])
    if places[0].upper() in _NOT_PLACES or letters < _MIN_PLACE_LETTERS:
        return False
    if after and after.islower():
        return False
    if phrase or agency:
        return True
    if mark.strip() == ":":
        return mark[0].isspace() and len(places) == 1
    return places[0].isupper()


def _moved(phrase: Phrase, by: int) -> Phrase:
    return Phrase(
        phrase.value, phrase.precision, phrase.zone_basis, phrase.start + by, phrase.end + by, phrase.text
    )


def _chinese(found: re.Match[str]) -> Dateline | None:
    dates = find_dates(found["date"])
    if not dates:
        return None
    return Dateline((found["place"],), _moved(dates[0], found.start("date")), found["agency"], found.end())
