"""Reads the calendar part of a date around one number in a text: numeric, day first, month first, CJK.

No pattern reads further than a few dozen characters, so that a scan over all numbers stays linear.
"""

import calendar
import re
from dataclasses import dataclass

from extractors.dates.order import Order
from extractors.dates.words import MonthWord, Words, fold

_LEFT_WINDOW = 32
"""Characters looked at before a number: the longest month or weekday with what joins it."""

MIN_YEAR = 1000
"""Years are read as four digits."""

_FIRST_BARE_YEAR, _LAST_BARE_YEAR = 1500, 2100
"""Years that "November 4 2025" and "November 2025" may have; others count something else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The calendar part of a date.

    Attributes:
        kind: `date`; `open` where day and month cannot be told apart; `none` for what looks like a date and
            is none (31 June, 3-4 November), so that no part of it is read as one.
        year: None where none is said.
        month: 1 to 12; 0 unless `kind` is date.
        day: None where only a month is said.
        start: offset of the first character.
        end: offset after the last.
        tail: offset after a year that stands behind the time (`Nov 4 10:15:00 2025`), else `end`.
    """

    kind: str
    year: int | None
    month: int
    day: int | None
    start: int
    end: int
    tail: int


_SPACE = "[ \u00a0\u202f]"
_DASH = "-\u2010\u2011\u2013"
_ORDINAL = r"(?:st|nd|rd|th|er|re|[º°ª.]|-?(?:го|е|ro))?"
_NO_COUNT = r"(?!\d)(?!:\d)(?! ?(?:GMT|UTC|hrs|hours)\b)"
_OF = r"(?:(?:of|de|del|di|da|den)[ \u00a0]|d['’])?"
_WORD = r"([^\W\d_]{1,20})"

_YMD = re.compile(
    rf"(\d{{4}})(?:([{_DASH}/.／])(\d{{1,2}})\2(\d{{1,2}})|\. ?(\d{{1,2}})\. ?(\d{{1,2}})\.?)(?!\d)"
)
_DMY = re.compile(rf"(\d{{1,2}})([{_DASH}/.]|\. )(\d{{1,2}})\2(\d{{4}})(?!\d)")
_CJK_YMD = re.compile(r"(\d{4}) ?[年년](?: ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日일号號])?)?")
_CJK_MD = re.compile(r"(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일号號]")
_YEAR_MONTH_DAY = re.compile(
    rf"(\d{{4}})(?:,?{_SPACE}|(?P<join>[-/])){_WORD}\.?(?:(?(join)(?P=join)|{_SPACE}))(\d{{1,2}})(?!\d)"
)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}}){_ORDINAL}(?:{_SPACE}{{0,2}}|[{_DASH}/]){_OF}(?P<month>{_WORD}(?: {_WORD})?)(?![\d_])"
)
_DAYS_MONTH = re.compile(
    rf"\d{{1,2}}{_ORDINAL} ?(?:[{_DASH}\u2014/&]|to|and|bis|und|et|al?|e|y|do|i|og|och) ?\d{{1,2}}{_ORDINAL}"
    rf"(?:{_SPACE}{{1,2}}|(?<=\.)){_OF}(?P<month>{_WORD})(?:,? \d{{4}})?"
)
_TWIN_MONTH = re.compile(rf" ?[/(] ?({_WORD}(?: {_WORD})?)\)?")
_YEAR_AFTER_MONTH = re.compile(
    rf"(?:\.?(?:,{_SPACE}?|{_SPACE}{{1,2}}|[{_DASH}/])|\.)(?:(?:of|de|del|do|da) )?(\d{{4}}){_NO_COUNT}"
    rf"(?:{_SPACE}?(?:г\.|года|року|р\.|r\.|roku\b))?"
)
_WORD_BEFORE = re.compile(rf"{_WORD}(?:\.?,?{_SPACE}{{0,2}}|[{_DASH}/])(?:(?:the|de|del|of) )?\Z")
_TWO_WORDS_BEFORE = re.compile(rf"({_WORD} {_WORD})\.?,?{_SPACE}{{1,2}}\Z")
_DAY_AFTER_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?(?![\d%:])(?![.,]\d{1,3}(?!\d))(?! ?(?:%|per ?cent\b|a\.?m\b|p\.?m\b))"
)
_DAYS_AFTER_MONTH = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)? ?(?:[-\u2013\u2014]|to|and|&) ?\d{1,2}(?:st|nd|rd|th)?(?!\d|:|[ap]\.?m)"
    r"(?:,? \d{4})?(?!\d)"
)
_YEAR_AFTER_DAY = re.compile(
    rf"(?P<glue>,{_SPACE}{{0,2}}|{_SPACE}{{1,2}}|[{_DASH}/]|,? (?:of|del?) )(?P<year>\d{{4}}){_NO_COUNT}"
)
_YEAR_BEHIND_TIME = re.compile(r" \d{2}:\d{2}:\d{2}(?: [A-Z]{3,4})? (\d{4})(?!\d)")
_WEEKDAY_BEFORE = re.compile(rf"{_WORD}(?:\.?,?{_SPACE}{{0,2}})(?:(?:the|den|dem|am|le|el|il) )?\Z")
_WEEKDAY_AFTER = re.compile(
    rf",?{_SPACE}?(?:[(（]{_SPACE}?(?P<bracketed>{_WORD})\.?{_SPACE}?[)）]|(?P<bare>[^\W\d_]{{2,20}})(?!\w))"
)
_TAIL_OF_A_NAME = re.compile(r"[-_/][\w/]|\w")


def from_year(text: str, start: int, words: Words, done: int) -> Reading | None:
    """Read a date around a number of four digits at `start`; nothing before `done` belongs to it."""
    found = _CJK_YMD.match(text, start)
    if found:
        if found[2] is None:
            return None
        return _reading(int(found[1]), int(found[2]), int(found[3]) if found[3] else None, found)
    found = _YMD.match(text, start)
    if found:
        month, day = found[3] or found[5], found[4] or found[6]
        if _runs_on(text, found.end()):
            return _none(found)
        return _reading(int(found[1]), int(month), int(day), found)
    found = _YEAR_MONTH_DAY.match(text, start)
    if found:
        name = words.months.get(fold(found[3]))
        if name and not _runs_on(text, found.end()):
            return _reading(int(found[1]), name.month, int(found[4]), found)
    year = int(text[start : start + 4])
    if not _FIRST_BARE_YEAR <= year <= _LAST_BARE_YEAR or _runs_on(text, start + 4):
        return None
    before = _month_before(text, start, words, done)
    if before is None or before[0].weak:
        return None
    return Reading("date", year, before[0].month, None, before[1], start + 4, start + 4)


def from_day(text: str, start: int, words: Words, order: Order | None, done: int) -> Reading | None:
    """Read a date around a number of one or two digits at `start`; nothing before `done` belongs to it."""
    found = _DMY.match(text, start)
    if found:
        return _numeric(text, found, words, order, done)
    found = _CJK_MD.match(text, start)
    if found:
        return _reading(None, int(found[1]), int(found[2]), found)
    month_first = _month_first(text, start, words, done)
    if month_first and (month_first.year or month_first.kind == "none"):
        return month_first
    return _day_first(text, start, words) or month_first


def weekday_before(text: str, start: int, words: Words, done: int) -> tuple[int, int] | None:
    """Return the weekday (Monday is 0) that stands right before `start`, and its offset."""
    low = max(done, start - _LEFT_WINDOW)
    found = _WEEKDAY_BEFORE.search(text[low:start])
    if not found or fold(found[1]) not in words.weekdays:
        return None
    return words.weekdays[fold(found[1])], low + found.start()


def weekday_after(text: str, end: int, words: Words) -> int:
    """Return the offset after a weekday that follows a date, in brackets or not; `end` where none does."""
    found = _WEEKDAY_AFTER.match(text, end)
    if not found or fold(found["bare"] or found["bracketed"]) not in words.weekdays:
        return end
    return found.end()


def _numeric(text: str, found: re.Match[str], words: Words, order: Order | None, done: int) -> Reading:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if _runs_on(text, found.end()):
        return _none(found)
    can_be_dmy, can_be_mdy = _exists(year, second, first), _exists(year, first, second)
    if found[2][0] == ".":
        # Points are written between day, month and year, never in the American order.
        can_be_mdy = False
    if can_be_dmy and can_be_mdy and first != second:
        weekday = weekday_before(text, found.start(), words, done)
        if weekday:
            can_be_dmy = calendar.weekday(year, second, first) == weekday[0]
            can_be_mdy = calendar.weekday(year, first, second) == weekday[0]
        if can_be_dmy == can_be_mdy:
            can_be_dmy, can_be_mdy = order == "dmy", order == "mdy"
            if order is None:
                return Reading("open", None, 0, None, found.start(), found.end(), found.end())
    if can_be_dmy:
        return _reading(year, second, first, found)
    return _reading(year, first, second, found) if can_be_mdy else _none(found)


def _month_first(text: str, start: int, words: Words, done: int) -> Reading | None:
    before = _month_before(text, start, words, done)
    if before is None:
        return None
    name, month_start = before
    found = _DAYS_AFTER_MONTH.match(text, start)
    if found:
        return Reading("none", None, 0, None, month_start, found.end(), found.end())
    found = _DAY_AFTER_MONTH.match(text, start)
    if not found:
        return None
    day, end = int(found[1]), found.end()
    year, tail = None, end
    after = _YEAR_AFTER_DAY.match(text, end)
    if after:
        number = int(after["year"])
        if after["glue"].strip(" \u00a0\u202f") or _FIRST_BARE_YEAR <= number <= _LAST_BARE_YEAR:
            year, end, tail = number, after.end(), after.end()
    else:
        behind = _YEAR_BEHIND_TIME.match(text, end)
        if behind:
            year, tail = int(behind[1]), behind.end()
    if (year is None and name.weak) or not _exists(year, name.month, day):
        return Reading("none", None, 0, None, month_start, end, end) if not name.weak else None
    return Reading("date", year, name.month, day, month_start, end, tail)


def _day_first(text: str, start: int, words: Words) -> Reading | None:
    found = _DAYS_MONTH.match(text, start)
    if found and fold(found["month"]) in words.months:
        return _none(found)
    found = _DAY_MONTH.match(text, start)
    if not found:
        return None
    name, end = words.months.get(fold(found["month"])), found.end("month")
    if name is None:
        one = found["month"].split(" ")[0]
        name, end = _month(one, words), found.start("month") + len(one)
    if name is None:
        return None
    # Arabic papers give the month twice, in the names of the Levant and of the Gulf: تشرين الثاني/نوفمبر.
    twin = _TWIN_MONTH.match(text, end)
    if twin and words.months.get(fold(twin[1]), name).month == name.month and fold(twin[1]) in words.months:
        end = twin.end()
    after = _YEAR_AFTER_MONTH.match(text, end)
    year = int(after[1]) if after else None
    end = after.end() if after else end
    if not _exists(year, name.month, int(found[1])):
        return Reading("none", None, 0, None, start, end, end)
    if year is None and name.weak:
        return None
    return Reading("date", year, name.month, int(found[1]), start, end, end)


def _month_before(text: str, start: int, words: Words, done: int) -> tuple[MonthWord, int] | None:
    low = max(done, start - _LEFT_WINDOW)
    window = text[low:start]
    found = _WORD_BEFORE.search(window)
    if not found:
        return None
    if words.has_pairs:
        pair = _TWO_WORDS_BEFORE.search(window)
        name = words.months.get(fold(pair[1])) if pair else None
        if pair and name:
            return name, low + pair.start()
    name = _month(found[1], words)
    return (name, low + found.start()) if name else None


def _month(word: str, words: Words) -> MonthWord | None:
    name = words.months.get(fold(word))
    if name and name.capital and word.islower():
        # "may 5", "march 10": the word is a verb as likely as not.
        return MonthWord(name.month, weak=True, capital=True)
    return name


def _runs_on(text: str, end: int) -> bool:
    """Return whether what ends at `end` is part of a path, a file's name or an identifier."""
    found = _TAIL_OF_A_NAME.match(text, end)
    if not found:
        return False
    if text[end] in "Tt" and text[end + 1 : end + 2].isdigit():
        return False
    # A path goes on; Chinese and Japanese put no space after a number.
    return text[end] in "-_/" or text[end] < "\u2e80"


def _exists(year: int | None, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or (year is not None and year < MIN_YEAR):  # noqa: PLR2004 - months of a year
        return False
    # A leap year stands for a year that is not said: 29 February may be right.
    return 1 <= day <= calendar.monthrange(year or 2000, month)[1]


def _reading(year: int | None, month: int, day: int | None, found: re.Match[str]) -> Reading:
    if not _exists(year, month, 1 if day is None else day):
        return _none(found)
    return Reading("date", year, month, day, found.start(), found.end(), found.end())


def _none(found: re.Match[str]) -> Reading:
    return Reading("none", None, 0, None, found.start(), found.end(), found.end())
