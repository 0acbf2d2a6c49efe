"""Finds the absolute dates in a text, as they are written, with the time and zone beside them.

Every form has a digit in it, so the scan goes from number to number and looks at the words around each: its
cost grows with the count of numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from extractors.dates.clock import Clock, clock_after, clock_before
from extractors.dates.forms import Reading, from_day, from_year, weekday_after, weekday_before
from extractors.dates.order import order_of
from extractors.dates.words import Words, fold, words_of
from records import Precision


@dataclass(frozen=True, slots=True)
class Phrase:
    """A date as it stands in a text.

    Attributes:
        value: ISO 8601 as in `DateClaim.value`, with the offset as written; `--11-05` where no year is said.
        precision: of `value`; a day without a year has precision day.
        zone_basis: how the zone is known (`offset`, `name`, `utc`), None where it is not.
        start: offset of the first character of the date, its weekday or its time.
        end: offset after the last.
        text: `text[start:end]`.
    """

    value: str
    precision: Precision
    zone_basis: str | None
    start: int
    end: int
    text: str


_NUMBER = re.compile(r"(?<![\d/_#$€£+=])\d{1,4}(?!\d)")
_LAST_WORD = re.compile(r"([^\W\d_]{1,20})[-.]\Z")
_YEAR_DIGITS, _MAX_DAY_DIGITS = 4, 2
_CJK = "\u2e80"
_UNSAID_YEAR = 2000


def find_dates(text: str, *, language: str | None = None, country: str | None = None) -> tuple[Phrase, ...]:
    """Find the absolute dates in a text, in its order, none overlapping another.

    Dates that cannot be (31 June), years on their own, spans of days, and numeric dates whose order of day
    and month is open are left out.

    Args:
        text: any text; the cost is linear in its length.
        language: ISO 639-1 code where it is known: its month names are then read beside the English ones,
            and its order of day and month decides 05/11/2025. All languages' names are read without it.
        country: ISO 3166-1 alpha-2 code of the source where it is known: settles the order of day and month
            for English, and zone abbreviations that several countries use.
    """
    return tuple(phrase for phrase in _phrases(text, language, country) if phrase.value)


def open_dates(text: str, *, language: str | None = None, country: str | None = None) -> tuple[str, ...]:
    """Find the numeric dates whose order of day and month nothing decides, as they are written."""
    return tuple(phrase.text for phrase in _phrases(text, language, country) if not phrase.value)


def iso_value(day: date, clock: Clock | None) -> str:
    """Return ISO 8601 for a day, with the time of day and the offset that a clock says."""
    if clock is None:
        return day.isoformat()
    seconds = "" if clock.second is None else f":{clock.second:02d}"
    return f"{day.isoformat()}T{clock.hour:02d}:{clock.minute:02d}{seconds}{_offset(clock)}"


def _phrases(text: str, language: str | None, country: str | None) -> Iterator[Phrase]:
    """Yield every date, and what is open with an empty value."""
    words = words_of(language)
    order = order_of(language, country)
    done = 0
    for number in _NUMBER.finditer(text):
        start, end = number.span()
        if start < done or (start and _is_tail(text, start, words)):
            continue
        if end - start == _YEAR_DIGITS:
            reading = from_year(text, start, words, done)
        elif end - start <= _MAX_DAY_DIGITS:
            reading = from_day(text, start, words, order, done)
        else:
            continue
        if reading is None:
            continue
        if reading.kind == "none":
            done = reading.end
            continue
        phrase = _phrase(text, reading, words, country, done)
        done = phrase.end
        yield phrase


def _is_tail(text: str, start: int, words: Words) -> bool:
    """Return whether the number at `start` is only the tail of something longer: A4, 3.5, covid-19."""
    before = text[start - 1]
    if before.isalpha():
        # Chinese and Japanese put no space before a number.
        return before < _CJK
    if before not in "-.,:'’\u2010\u2011\u2013" or start == 1:
        return False
    if text[start - 2].isdigit():
        return True
    if before != "-" or not text[start - 2].isalpha():
        return False
    word = _LAST_WORD.search(text[max(0, start - 22) : start])
    return not word or (fold(word[1]) not in words.months and fold(word[1]) not in words.weekdays)


def _phrase(text: str, reading: Reading, words: Words, country: str | None, done: int) -> Phrase:
    weekday = weekday_before(text, reading.start, words, done)
    start = weekday[1] if weekday else reading.start
    if reading.kind == "open":
        return Phrase("", "day", None, start, reading.end, text[start : reading.end])
    if reading.day is None:
        value = f"{reading.year:04d}-{reading.month:02d}"
        return Phrase(value, "month", None, reading.start, reading.end, text[reading.start : reading.end])
    day = date(reading.year or _UNSAID_YEAR, reading.month, reading.day)
    behind = weekday_after(text, reading.end, words)
    clock = clock_after(text, behind, day, country=country)
    if clock is None:
        clock = clock_before(text, start, day, country=country)
        if clock and clock.start < done:
            clock = None
        start = clock.start if clock else start
    end = max(reading.tail, behind, clock.end if clock else 0)
    if reading.year is None:
        value = f"--{reading.month:02d}-{reading.day:02d}"
        return Phrase(value, "day", None, start, end, text[start:end])
    return Phrase(
        iso_value(day, clock),
        _precision(clock),
        clock.zone_basis if clock else None,
        start,
        end,
        text[start:end],
    )


def _precision(clock: Clock | None) -> Precision:
    if clock is None:
        return "day"
    return "minute" if clock.second is None else "instant"


def _offset(clock: Clock) -> str:
    if clock.offset_min is None:
        return ""
    if clock.zone_basis == "utc":
        return "Z"
    sign = "-" if clock.offset_min < 0 else "+"
    hours, minutes = divmod(abs(clock.offset_min), 60)
    return f"{sign}{hours:02d}:{minutes:02d}"
