"""Reads a time of day, with its zone where one is said, before or after a place in a text."""

import re
from dataclasses import dataclass
from datetime import date
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
_ZONE = rf"""
    (?P<zone>
        [ ]?\(?(?P<utc>UTC|GMT|UT)(?:[ ]?(?P<uoff>[{_SIGN}]\d{{1,2}}(?::?[0-5]\d)?))?(?![\w:])\)?
      | (?P<z>[Zz])(?!\w)
      | (?P<off>[ ]?[{_SIGN}]\d{{2}}(?::?[0-5]\d)?)(?![\w:])(?:[ ]\([A-Z]{{2,5}}\))?
      | [ ]?\(?(?P<name>{_ZONE_NAMES})(?!\w)\)?
      | [ ](?P<full>[Ll]ocal[ ][Tt]ime)
    )
"""
_AMPM = r"(?:[ \u00a0\u202f]?(?P<NAME>[aApP])\.?[ ]?[mM]\b\.?)"
_AMPM_AFTER_MINUTES, _AMPM_AFTER_HOUR = _AMPM.replace("NAME", "ampm"), _AMPM.replace("NAME", "hour_ampm")
_TIME = rf"""
    (?P<h>\d{{1,2}})
    (?:
        (?P<sep>[:.\uff1a]|[ ]?[hH][ ]?)(?P<m>[0-5]\d)(?!\d)
        (?:[:.](?P<s>[0-6]\d)(?!\d)(?:[.,]\d{{1,9}})?)?
        {_AMPM_AFTER_MINUTES}?
      | {_AMPM_AFTER_HOUR}
      | [ ]?[hH](?![\w\d])
    )
    (?P<uhr>[ ]?(?:Uhr|hrs|h)\b\.?)?
"""
_MILITARY = r"(?P<mh>[01]\d|2[0-3])(?P<mm>[0-5]\d)(?:[ ]?(?:hrs|hours))?(?=[ ]?\(?(?:UTC|GMT|Z\b))"
# "at", in the languages that say one before a time of day.
_AT = r"""
    at|around|um|ab|a[ ]?las|las|alle(?:[ ]ore)?|ore|às|à|om|kl|klo|o|godz|v|в|о|об|saat|الساعة
"""
_GLUE = rf"""
    (?P<glue>
        [Tt](?=\d)
      | [ \u00a0\u202f]{{0,2}}(?:[,;|/@·•–—\-]|\([ ]?)?[ \u00a0\u202f]{{0,2}}
        (?P<at>(?:{_AT})\b\.?[ :]{{0,2}})?
    )
"""
_AFTER = re.compile(rf"{_GLUE}(?:{_TIME}|{_MILITARY}){_ZONE}?", re.VERBOSE)
_BEFORE = re.compile(
    rf"(?<![\w.:/,\-])(?:{_TIME}|{_MILITARY}){_ZONE}?"
    r"[ \u00a0\u202f]?(?:[,;|\u00b7\u2022\u2013\u2014\-])?[ \u00a0\u202f]{0,2}(?:on[ ]|am[ ]|le[ ]|el[ ])?\Z",
    re.VERBOSE,
)

# Offsets in use have whole hours but for these (IANA time zone database, since 1972), in minutes.
_ODD_OFFSETS = frozenset({-570, -270, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825})
_MIN_OFFSET, _MAX_OFFSET = -12 * 60, 14 * 60


def clock_after(text: str, pos: int, day: date, *, country: str | None = None) -> Clock | None:
    """Read the time of day that follows a date which ends at `pos`; None where none does."""
    found = _AFTER.match(text, pos)
    if found is None:
        return None
    if (
        found["sep"] is None
        and not (found["ampm"] or found["hour_ampm"])
        and not found["mh"]
        and not found["at"]
    ):
        return None  # "4 Nov 2025, 10 h" is a length of time as likely as not
    if found["sep"] == "." and not (
        found["at"] or (found["ampm"] or found["hour_ampm"]) or found["uhr"] or found["zone"]
    ):
        return None
    return _clock(found, 0, day, country, iso=found["glue"] in ("T", "t"))


def clock_before(text: str, pos: int, day: date, *, country: str | None = None) -> Clock | None:
    """Read the time of day that stands right before `pos`, where a date begins; None where none does."""
    base = max(0, pos - _BEFORE_WINDOW)
    window = text[base:pos]
    if not any(c.isdigit() for c in window):
        return None
    found = _BEFORE.search(window)
    if found is None or (
        found["sep"] == "." and not ((found["ampm"] or found["hour_ampm"]) or found["uhr"] or found["zone"])
    ):
        return None
    return _clock(found, base, day, country, iso=False)


def _clock(found: re.Match[str], base: int, day: date, country: str | None, *, iso: bool) -> Clock | None:
    hour = int(found["h"] or found["mh"])
    minute = int(found["m"] or found["mm"] or 0)
    second = int(found["s"]) if found["s"] else None
    if found["ampm"] or found["hour_ampm"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a twelve-hour clock
            return None
        hour = hour % 12 + (12 if (found["ampm"] or found["hour_ampm"]) in "pP" else 0)
    if hour > 23 or (second or 0) > 60:  # noqa: PLR2004 - hours of a day, seconds with a leap second
        return None
    if second == 60:  # noqa: PLR2004 - a leap second: datetime has none, the minute is right
        second = None
    offset, basis = _zone(found, day, country, iso=iso)
    end = found.end()
    if found["off"] and basis is None:
        end = found.start("zone")
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
        offset = offset_of(found["name"], day, country=country)
        return (None, None) if offset is None else (offset, "name")
    return None, None


def _minutes(written: str) -> int | None:
    digits = written[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))  # noqa: PLR2004
    offset = (hours * 60 + minutes) * (1 if written[0] == "+" else -1)
    if not _MIN_OFFSET <= offset <= _MAX_OFFSET or (offset % 60 and offset not in _ODD_OFFSETS):
        return None
    return offset
