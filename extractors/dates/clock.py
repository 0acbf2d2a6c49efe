"""Reads a time of day, with its zone where one is said, before or after a place in a text."""

import re
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from extractors.dates.zones import ABBREVIATIONS, offset_of

ZoneBasis = Literal["offset", "name", "utc"]

_BEFORE_WINDOW = 56
"""Characters looked at before a date: the longest time of day with its zone, "on" and a weekday."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was written.

    Attributes:
        hour: 0 to 23.
        minute: 0 to 59.
        second: None where none is said (and for a leap second, which datetime cannot hold).
        offset_min: minutes east of UTC, None where the zone is not known.
        zone_basis: how the zone is known, None with an offset of None.
        start: offset of its first character.
        end: offset after its last character, the zone included.
    """

    hour: int
    minute: int
    second: int | None
    offset_min: int | None
    zone_basis: ZoneBasis | None
    start: int
    end: int


_ZONE_NAMES = "|".join(sorted(ABBREVIATIONS, key=lambda name: (-len(name), name)))
_SIGN = "+\\-\u2212"
_SPACE = "[ \u00a0\u202f]"
_ZONE = rf"""
    (?P<zone>
        [ ]?\(?(?P<utc>UTC|GMT|UT)(?:[ ]?(?P<uoff>[{_SIGN}]\d{{1,2}}(?::?[0-5]\d)?))?(?![\w:])\)?
      | (?P<z>[Zz]|[ ]Z)(?!\w)
      | (?P<off>[ ]?[{_SIGN}]\d{{2}}(?::?[0-5]\d)?)(?![\w:])(?:[ ]\([A-Z]{{2,5}}\))?
      | [ ]?\(?(?P<name>{_ZONE_NAMES}|МСК|мск)(?!\w)\)?
      | [ ](?P<full>[Ll]ocal[ ][Tt]ime)
    )
"""
# The half of the day, behind the time (10:15 p.m.) and before it in East Asia (下午3:15).
_HALF_BEHIND = rf"(?:{_SPACE}?(?P<NAME>[aApP]\.?{_SPACE}?[mM]\b\.?|صباحا|صباحًا|صباحاً|ص\b|مساءً|مساء|م\b))"
_HALF_BEFORE = r"(?:(?P<half>上午|凌晨|早上|午前|오전|下午|晚上|午後|오후)[ ]?)"
_SECOND_HALF = frozenset({"p", "P", "م", "下", "晚"})
_TIME = rf"""
    {_HALF_BEFORE}?
    (?:
        (?P<h>\d{{1,2}})
        (?:
            (?P<sep>[:.\uff1a]|[ ]?[hH][ ]?)(?P<m>[0-5]\d)(?!\d)
            (?:[:.](?P<s>[0-6]\d)(?!\d)(?:[.,]\d{{1,9}})?)?
            {_HALF_BEHIND.replace("NAME", "half_behind")}?
          | {_HALF_BEHIND.replace("NAME", "half_behind_hour")}
          | (?P<hours>[ ]?[hH])(?!\w)
        )
      | (?P<cjk_h>\d{{1,2}})[ ]?[点點時时시](?:[ ]?(?P<cjk_m>[0-5]?\d)[ ]?[分분])?
    )
    (?P<oclock>[ ]?(?:Uhr|uur|hrs|h)\b\.?)?
"""
_MILITARY = r"(?P<mh>[01]\d|2[0-3])(?P<mm>[0-5]\d)(?:[ ]?(?:hrs|hours))?(?=[ ]?\(?(?:UTC|GMT|Z\b))"
# "at", in the languages that say one before a time of day.
_AT = r"""
    at|around|um|ab|a[ ]?las|las|alle(?:[ ]ore)?|ore|às|à|om|kl|klo|o|godz|v|в|о|об|saat|الساعة
"""
_GLUE = rf"""
    (?P<glue>
        [Tt](?=\d)
      | {_SPACE}{{0,2}}(?:[,،;|/@·•–—\-]|\([ ]?)?{_SPACE}{{0,2}}(?P<at>(?:{_AT})\b\.?[ :]{{0,2}})?
    )
"""
_AFTER = re.compile(rf"{_GLUE}(?:{_TIME}|{_MILITARY}){_ZONE}?", re.VERBOSE)
_BEFORE = re.compile(
    rf"(?<![\w.:/,\-])(?:{_TIME}|{_MILITARY}){_ZONE}?"
    rf"{_SPACE}?[,،;|·•–—\-]?{_SPACE}{{0,2}}(?:(?:on|am|le|el)[ ])?\Z",
    re.VERBOSE,
)

# Offsets in use have whole hours but for these (IANA time zone database, since 1972), in minutes.
_ODD_OFFSETS = frozenset({-570, -270, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825})
_LATIN_NAMES = MappingProxyType({"МСК": "MSK", "мск": "MSK"})
_NOON, _HOURS, _LEAP_SECOND = 12, 24, 60
_MIN_OFFSET, _MAX_OFFSET = -12 * 60, 14 * 60


def clock_after(text: str, pos: int, day: date, *, country: str | None = None) -> Clock | None:
    """Read the time of day that follows a date which ends at `pos`; None where none does."""
    found = _AFTER.match(text, pos)
    if found is None or _is_amount(found, after_at=bool(found["at"])):
        return None
    return _clock(found, 0, day, country, iso=found["glue"] in ("T", "t"))


def clock_before(text: str, pos: int, day: date, *, country: str | None = None) -> Clock | None:
    """Read the time of day that stands right before `pos`, where a date begins; None where none does."""
    base = max(0, pos - _BEFORE_WINDOW)
    window = text[base:pos]
    if not any(c.isdigit() for c in window):
        return None
    found = _BEFORE.search(window)
    if found is None or _is_amount(found, after_at=False):
        return None
    return _clock(found, base, day, country, iso=False)


def _is_amount(found: re.Match[str], *, after_at: bool) -> bool:
    """Whether it may as well be a number (10.15) or a length of time (10 h) as a time of day."""
    if after_at or found["zone"] or found["oclock"] or _half(found):
        return False
    return found["sep"] == "." or bool(found["hours"])


def _half(found: re.Match[str]) -> str | None:
    """The word for the half of the day beside a time."""
    half: str | None = found["half"] or found["half_behind"] or found["half_behind_hour"]
    return half


def _clock(found: re.Match[str], base: int, day: date, country: str | None, *, iso: bool) -> Clock | None:
    hour = int(found["h"] or found["cjk_h"] or found["mh"])
    minute = int(found["m"] or found["cjk_m"] or found["mm"] or 0)
    second = int(found["s"]) if found["s"] else None
    half = _half(found)
    if half:
        is_second = half[0] in _SECOND_HALF or half in ("午後", "오후", "مساء", "مساءً")
        if hour <= _NOON:
            hour = hour % _NOON + (_NOON if is_second else 0)
        elif not is_second:
            return None  # 15:30 a.m.; many write 15:30 p.m. and mean it
    if hour >= _HOURS or (second or 0) > _LEAP_SECOND:
        return None
    if second == _LEAP_SECOND:  # datetime has none, the minute is right
        second = None
    offset, basis = _zone(found, day, country, iso=iso)
    end = found.start("zone") if found["off"] and basis is None else found.end()
    return Clock(hour, minute, second, offset, basis, base + found.start(), base + end)


def _zone(
    found: re.Match[str], day: date, country: str | None, *, iso: bool
) -> tuple[int | None, ZoneBasis | None]:
    if found["z"] or (found["utc"] and not found["uoff"]):
        return 0, "utc"
    if found["uoff"]:
        offset = _minutes(found["uoff"])
        return (None, None) if offset is None else (offset, "offset")
    if found["off"]:
        written = found["off"].strip()
        # "10:15-11:30" is a span of time, "10:15:00-05:00" and "10:15 -0500" are zones.
        is_span = written[0] != "+" and not iso and not found["s"] and (":" in written or len(written) < 5)  # noqa: PLR2004
        offset = None if is_span else _minutes(written)
        return (None, None) if offset is None else (offset, "offset")
    if found["name"]:
        offset = offset_of(_LATIN_NAMES.get(found["name"], found["name"]), day, country=country)
        return (None, None) if offset is None else (offset, "name")
    return None, None


def _minutes(written: str) -> int | None:
    digits = written[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))  # noqa: PLR2004
    offset = (hours * 60 + minutes) * (1 if written[0] == "+" else -1)
    if not _MIN_OFFSET <= offset <= _MAX_OFFSET or (offset % 60 and offset not in _ODD_OFFSETS):
        return None
    return offset
