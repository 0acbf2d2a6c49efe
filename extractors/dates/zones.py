"""Which offset from UTC a zone's abbreviation stands for, where that is beyond doubt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

_Season = Literal["us", "eu"]
_HOUR = 60


@dataclass(frozen=True, slots=True)
class _Zone:
    """An abbreviation: its offset, and the season rule and half of the year in which it can be right."""

    minutes: int
    season: _Season | None = None
    summer: bool = False


def _fixed(hours: float) -> _Zone:
    return _Zone(round(hours * _HOUR))


# Offsets are those of the IANA time zone database. A name that is used for more than one zone is in
# _BY_COUNTRY alone. Where the clocks change, people write "EST" the whole year round: a standard-time name
# in summer (or the reverse) says nothing that can be relied on, hence the season.
_PLAIN: Mapping[str, _Zone] = MappingProxyType(
    {
        "EST": _Zone(-5 * _HOUR, "us"),
        "EDT": _Zone(-4 * _HOUR, "us", summer=True),
        "CDT": _Zone(-5 * _HOUR, "us", summer=True),
        "MDT": _Zone(-6 * _HOUR, "us", summer=True),
        "PDT": _Zone(-7 * _HOUR, "us", summer=True),
        "AKST": _Zone(-9 * _HOUR, "us"),
        "AKDT": _Zone(-8 * _HOUR, "us", summer=True),
        "HST": _fixed(-10),
        "WET": _Zone(0, "eu"),
        "WEST": _Zone(_HOUR, "eu", summer=True),
        "CET": _Zone(_HOUR, "eu"),
        "CEST": _Zone(2 * _HOUR, "eu", summer=True),
        "MEZ": _Zone(_HOUR, "eu"),
        "MESZ": _Zone(2 * _HOUR, "eu", summer=True),
        "EET": _Zone(2 * _HOUR, "eu"),
        "EEST": _Zone(3 * _HOUR, "eu", summer=True),
        "MSK": _fixed(3),
        "TRT": _fixed(3),
        "EAT": _fixed(3),
        "SAST": _fixed(2),
        "WAT": _fixed(1),
        "PKT": _fixed(5),
        "NPT": _fixed(5.75),
        "WIB": _fixed(7),
        "WITA": _fixed(8),
        "HKT": _fixed(8),
        "SGT": _fixed(8),
        "PHT": _fixed(8),
        "AWST": _fixed(8),
        "JST": _fixed(9),
        "KST": _fixed(9),
        "ACST": _fixed(9.5),
        "ACDT": _fixed(10.5),
        "AEST": _fixed(10),
        "AEDT": _fixed(11),
        "NZST": _fixed(12),
        "NZDT": _fixed(13),
    }
)

_BY_COUNTRY: Mapping[str, Mapping[str, _Zone]] = MappingProxyType(
    {
        "CST": {
            "US": _Zone(-6 * _HOUR, "us"),
            "CA": _Zone(-6 * _HOUR, "us"),
            "CN": _fixed(8),
            "TW": _fixed(8),
        },
        "MST": {"US": _Zone(-7 * _HOUR, "us"), "CA": _Zone(-7 * _HOUR, "us")},
        "PST": {"US": _Zone(-8 * _HOUR, "us"), "CA": _Zone(-8 * _HOUR, "us"), "PH": _fixed(8)},
        "IST": {"IN": _fixed(5.5), "IE": _Zone(_HOUR, "eu", summer=True)},
        "BST": {"GB": _Zone(_HOUR, "eu", summer=True), "BD": _fixed(6)},
        "AST": {"CA": _Zone(-4 * _HOUR, "us"), "PR": _fixed(-4), "SA": _fixed(3)},
        "ADT": {"CA": _Zone(-3 * _HOUR, "us", summer=True)},
        "GST": {"AE": _fixed(4), "OM": _fixed(4)},
        "SST": {"SG": _fixed(8)},
        "ICT": {"TH": _fixed(7), "VN": _fixed(7), "KH": _fixed(7), "LA": _fixed(7)},
        "CAT": {"ZW": _fixed(2), "ZM": _fixed(2), "RW": _fixed(2), "BW": _fixed(2), "MW": _fixed(2)},
        "BRT": {"BR": _fixed(-3)},
        "ART": {"AR": _fixed(-3)},
        "WIT": {"ID": _fixed(9)},
    }
)

# "ET" follows the clocks of the United States, whichever the season: standard offset in minutes.
_GENERIC: Mapping[str, int] = MappingProxyType(
    {"ET": -5 * _HOUR, "CT": -6 * _HOUR, "MT": -7 * _HOUR, "PT": -8 * _HOUR}
)

ABBREVIATIONS: frozenset[str] = frozenset({*_PLAIN, *_BY_COUNTRY, *_GENERIC})
"""Every abbreviation that names a zone, also those that are not unambiguous."""


def offset_of(name: str, day: date, *, country: str | None = None) -> int | None:
    """Return the minutes east of UTC that an abbreviation means on a day, None where that is in doubt.

    Args:
        name: an abbreviation in capitals, such as `EDT`; UTC and GMT are not abbreviations of this table.
        day: the local calendar day; days on which clocks change are in doubt for names that depend on it.
        country: ISO 3166-1 alpha-2 code; it settles names that several countries use.
    """
    if name in _GENERIC:
        summer = _is_summer("us", day)
        return None if summer is None else _GENERIC[name] + (_HOUR if summer else 0)
    zone = _PLAIN.get(name)
    if zone is None and country:
        zone = _BY_COUNTRY.get(name, {}).get(country.upper())
    if zone is None:
        return None
    if zone.season and _is_summer(zone.season, day) is not zone.summer:
        return None
    return zone.minutes


def _is_summer(season: _Season, day: date) -> bool | None:
    """Return whether clocks are advanced on a day; None on the day they change, and before the rule held."""
    if season == "us":
        # Energy Policy Act of 2005: second Sunday of March to first Sunday of November, from 2007 on.
        if day.year < 2007:  # noqa: PLR2004 - the year is in the comment above
            return None
        start, end = _sunday(day.year, 3, 8), _sunday(day.year, 11, 1)
    else:
        # Directive 2000/84/EC, and before it 97/44/EC: last Sundays of March and October, from 1996 on.
        if day.year < 1996:  # noqa: PLR2004 - the year is in the comment above
            return None
        start, end = _sunday(day.year, 3, 25), _sunday(day.year, 10, 25)
    if day in (start, end):
        return None
    return start < day < end


def _sunday(year: int, month: int, earliest: int) -> date:
    """Return the first Sunday on or after a day of a month."""
    first = date(year, month, earliest)
    return first + timedelta(days=6 - first.weekday())
