"""Reads an age such as "5 hours ago" or "yesterday": a date only where the time of fetching is known."""

import re
from datetime import datetime, timedelta

from extractors.dates.labels import labels_in
from records import ClaimRole, DateClaim

_MAX_LINE = 80
_UNIT = (
    r"(?P<unit>s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|mos?|months?|yrs?|years?)"
)
_AGO = re.compile(rf"(?:about |over |almost )?(?P<count>\d{{1,3}}|an?|one)\+? ?{_UNIT} ago", re.IGNORECASE)
_NAMED = re.compile(r"(?P<named>just now|moments ago|today|yesterday)", re.IGNORECASE)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def relative_of(line: str, *, fetched_at: datetime | None = None) -> DateClaim | None:
    """Read a short line that is an age and, at most, a label; None for any other line.

    Args:
        line: one line of text.
        fetched_at: aware; what the age counts from. Without it the claim has no value and is rejected.

    Returns:
        A claim with basis `relative` and precision day, in the zone of `fetched_at`. "5 hours ago" may be
        anything up to six, so it has a value only where both ends of what it can mean fall on one day;
        weeks and more have none.
    """
    if len(line) > _MAX_LINE:
        return None
    found = _AGO.search(line) or _NAMED.search(line)
    if found is None:
        return None
    before, after = labels_in(line[: found.start()]), labels_in(line[found.end() :])
    if before is None or after is None:
        return None
    role: ClaimRole = "updated" if "updated" in before + after else "published"
    if fetched_at is None:
        return _unread(line, role, "It counts from when the page was read, and nobody knows when that was.")
    value = _value(found, fetched_at)
    if value is None:
        return _unread(line, role, "It is too coarse to tell the day it means.")
    return DateClaim(value, "day", "relative", role, line.strip())


def _value(found: re.Match[str], fetched_at: datetime) -> str | None:
    groups = found.groupdict()
    if groups.get("named"):
        days = 1 if groups["named"].lower() == "yesterday" else 0
        return _earlier(fetched_at, timedelta(days=days))
    unit = groups["unit"].lower()
    count = int(groups["count"]) if groups["count"].isdigit() else 1
    if unit.startswith("mo") or unit[0] not in _SECONDS:
        return None
    if unit[0] == "d":
        return _earlier(fetched_at, timedelta(days=count))
    size = _SECONDS[unit[0]]
    latest = _earlier(fetched_at, timedelta(seconds=count * size))
    return latest if latest == _earlier(fetched_at, timedelta(seconds=(count + 1) * size)) else None


def _earlier(moment: datetime, by: timedelta) -> str | None:
    try:
        return (moment - by).date().isoformat()
    except OverflowError:
        return None


def _unread(line: str, role: ClaimRole, reason: str) -> DateClaim:
    return DateClaim(None, None, "relative", role, line.strip(), verdict="rejected", reason=reason)
