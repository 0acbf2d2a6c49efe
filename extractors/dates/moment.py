"""Reads the value of a date claim back into its parts, and tells whether two of them can be one moment."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from records import Precision

_VALUE = re.compile(
    r"(?P<year>\d{4}|-)-(?P<month>\d{2})(?:-(?P<day>\d{2}))?"
    r"(?:T(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?P<zone>Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_YEAR = re.compile(r"\d{4}", re.ASCII)

_ZONES_WEST, _ZONES_EAST = timedelta(hours=12), timedelta(hours=14)
"""How far local calendars lie from UTC (IANA time zone database: UTC-12 to UTC+14)."""

_QUARTER_S = 15 * 60
"""Every offset in use is a multiple of a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The parts of a claim's value.

    Attributes:
        year: None where none is said; the day is then one of any year.
        month: None for a year alone.
        day: None for a month or a year.
        local: the time as written, without its zone; None for a day or less.
        at: in UTC; None where the time or its zone is not known.
        has_seconds: the time is known to the second.
        in_utc: the zone written is UTC itself, so that the publisher's own day may be the next or the last.
    """

    year: int | None
    month: int | None
    day: int | None
    local: datetime | None = None
    at: datetime | None = None
    has_seconds: bool = False
    in_utc: bool = False

    @property
    def calendar_day(self) -> date | None:
        """The calendar day in the zone written; None without a year or a day."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)

    @property
    def earliest(self) -> date | None:
        """The first day that it can mean; None where no year is said."""
        return None if self.year is None else date(self.year, self.month or 1, self.day or 1)

    @property
    def precision(self) -> Precision:
        """How much of it is known."""
        if self.local is not None:
            return "instant" if self.has_seconds else "minute"
        if self.day is not None:
            return "day"
        return "month" if self.month is not None else "year"

    @property
    def grade(self) -> int:
        """How much is known, as a number: a time with its zone is worth more than seconds without one."""
        if self.at is not None:
            return 5 + self.has_seconds
        if self.local is not None:
            return 3 + self.has_seconds
        return {"year": 0, "month": 1, "day": 2}[self.precision]

    @property
    def text(self) -> str:
        """ISO 8601 at the known precision: UTC where the zone is known, without one where it is not."""
        timespec = "seconds" if self.has_seconds else "minutes"
        if self.at is not None:
            return self.at.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
        if self.local is not None:
            return self.local.isoformat(timespec=timespec)
        parts = ["-" if self.year is None else f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)


def read_value(value: str) -> Moment | None:
    """Read a claim's value; None for what is no date in ISO 8601 as `DateClaim.value` has it."""
    if _YEAR.fullmatch(value):
        return Moment(int(value), None, None) if int(value) else None
    found = _VALUE.fullmatch(value)
    if not found:
        return None
    year = None if found["year"] == "-" else int(found["year"])
    month, day = int(found["month"]), int(found["day"]) if found["day"] else None
    try:
        # A leap year stands for a year that is not said.
        date(2000 if year is None else year, month, 1 if day is None else day)
        if found["hour"] is None:
            return None if year is None and day is None else Moment(year, month, day)
        if year is None or day is None:
            return None
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is a part of its own
        at = local.replace(tzinfo=_zone(found["zone"])).astimezone(UTC) if found["zone"] else None
    except (ValueError, OverflowError):
        return None
    return Moment(year, month, day, local, at, found["second"] is not None, found["zone"] in ("Z", "+00:00"))


def agree(one: Moment, other: Moment) -> bool:
    """Return whether two moments name the same day, as far as both say; symmetric.

    A time in UTC agrees with every day that it is somewhere on Earth, since a visible date is the
    publisher's own. A time of day does not count: the same day is agreement.
    """
    if one.year is None or other.year is None:
        return _agree_without_year(one, other)
    if one.calendar_day is None or other.calendar_day is None:
        return _agree_on_month(one, other)
    if one.calendar_day == other.calendar_day:
        return True
    if one.at is not None and other.at is not None:
        return one.at == other.at
    return _can_be_on(one, other.calendar_day) or _can_be_on(other, one.calendar_day)


def refines(finer: Moment, coarser: Moment) -> bool:
    """Return whether one moment says more than another and nothing else: the same day in the zone written."""
    if finer.grade <= coarser.grade or not agree(finer, coarser):
        return False
    if coarser.calendar_day is None or coarser.local is None:
        return coarser.calendar_day is None or finer.calendar_day == coarser.calendar_day
    if finer.local is None:
        return False
    if finer.at is not None and coarser.at is None:
        # The same time, with its zone said at last: as written, or a whole number of quarters away.
        apart = (finer.at.replace(tzinfo=None, second=0) - coarser.local.replace(second=0)).total_seconds()
        return finer.calendar_day == coarser.calendar_day and apart % _QUARTER_S == 0
    start = (finer.at or finer.local).replace(second=0)
    return start == (coarser.at or coarser.local).replace(second=0)


def _agree_without_year(one: Moment, other: Moment) -> bool:
    if one.day is None or other.day is None:
        return one.month == other.month if one.month and other.month else False
    if (one.month, one.day) == (other.month, other.day):
        return True
    full = one if one.year is not None else other
    bare = other if one.year is not None else one
    days = (day for day in _days(full) if (day.month, day.day) == (bare.month, bare.day))
    return any(days)


def _agree_on_month(one: Moment, other: Moment) -> bool:
    if one.year != other.year:
        return False
    return one.month is None or other.month is None or one.month == other.month


def _can_be_on(moment: Moment, day: date) -> bool:
    return day in _days(moment)


def _days(moment: Moment) -> tuple[date, ...]:
    """The calendar days that a time in UTC is somewhere on Earth; its own day alone for any other."""
    if not moment.in_utc or moment.at is None:
        return (moment.calendar_day,) if moment.calendar_day else ()
    try:
        return ((moment.at - _ZONES_WEST).date(), moment.at.date(), (moment.at + _ZONES_EAST).date())
    except OverflowError:
        return (moment.at.date(),)


def _zone(written: str) -> timezone:
    if written == "Z":
        return UTC
    offset = timedelta(hours=int(written[1:3]), minutes=int(written[4:6]))
    return timezone(-offset if written[0] == "-" else offset)
