"""Decide when a source is asked next: by its own rhythm, between bounds. Pure; the clock comes in."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SHORTEST_S = 5 * 60
"""No source is asked more often, whatever it says of itself or the user wrote."""

LONGEST_S = 24 * 3600
"""A living source is asked at least so often."""

LONGEST_DEAD_S = 7 * 24 * 3600
"""A source that keeps failing is asked at least so often."""

_FIRST_S = 15 * 60
"""Of a source that nothing is known of."""

_HINT_S = 3600
"""How far a feed's own wish to be left alone counts: beyond an hour, templates' and caches' defaults speak,
and a conditional request costs the site next to nothing."""

_GROWTH = 1.25
"""By how much an interval grows when nothing was new: after a silent night it is a fifth of the night."""

_SILENCE_SHARE = 1 / 5
"""The same where items are dated: a fifth of the time since the newest."""

_RECENT = 12
"""So many of the newest items tell the rate."""

_JITTER = 0.1
"""Intervals are drawn out by up to this share."""

_HOURS_A_WEEK = 7 * 24


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the last poll decided: when it was, and how long the source was then to be left alone.

    Attributes:
        polled_at: aware.
        interval_s: seconds from then to the next poll that was decided (`next_poll_at - polled_at`).
    """

    polled_at: datetime
    interval_s: float


def next_poll(
    *,
    now: datetime,
    last: Rhythm | None = None,
    item_times: Sequence[datetime] = (),
    new_items: int = 0,
    cache_max_age_s: float | None = None,
    ttl_s: float | None = None,
    skip_hours: Collection[int] = (),
    skip_days: Collection[int] = (),
    failures: int = 0,
    interval_s: float | None = None,
    retry_at: datetime | None = None,
    seed: str = "",
) -> datetime:
    """When a source that was asked at `now` is asked again.

    Args:
        now: aware; when the answer (or failure) of this poll came.
        last: what the poll before decided; None at the first one.
        item_times: when the feed's items say they were published, in any order; empty after a 304.
        new_items: how many of them were not known before.
        cache_max_age_s: `Cache-Control: max-age` of the answer, seconds.
        ttl_s: the feed's own word, seconds.
        skip_hours: hours of the day, UTC, at which it asks not to be read.
        skip_days: days of the week, UTC, 0 is Monday, at which it asks not to be read.
        failures: polls in a row that failed, this one included; 0 after an answer.
        interval_s: seconds that the user wrote down, which then decide alone.
        retry_at: the host asked not to be asked before (`Retry-After`).
        seed: the source's id: sources asked at one time drift apart, each always in the same way.

    Returns:
        Aware, UTC, after `now`.
    """
    now = now.astimezone(UTC)
    drawn = _drawn(f"{seed}\n{now.isoformat()}")
    if failures > 0:
        first = _FIRST_S if interval_s is None else max(SHORTEST_S, interval_s)
        doubled = first * 2 ** min(failures - 1, 20)
        chosen = min(LONGEST_DEAD_S, doubled)
    elif interval_s is not None:
        chosen = max(SHORTEST_S, interval_s)
    else:
        wish = max(min(hint, _HINT_S) for hint in (0, cache_max_age_s or 0, ttl_s or 0))
        own = _own_interval_s(now, last, item_times, new_items)
        chosen = min(max(own, wish, SHORTEST_S), LONGEST_S)
    at = now + timedelta(seconds=chosen * (1 + _JITTER * drawn))
    if interval_s is None:
        at = _outside(at, skip_hours, skip_days, drawn)
    if retry_at is not None:
        at = max(at, min(retry_at.astimezone(UTC), now + timedelta(seconds=LONGEST_DEAD_S)))
    return at


def _own_interval_s(
    now: datetime, last: Rhythm | None, item_times: Sequence[datetime], new_items: int
) -> float:
    """Seconds between two polls that find an item half a gap after it came, on average."""
    gap = _gap_s(now, item_times)
    if gap is None and new_items and last:
        gap = max(0.0, (now - last.polled_at).total_seconds()) / new_items
    before = last.interval_s if last else _FIRST_S
    if gap is None:
        return before * _GROWTH if last and not new_items else before
    own = gap / 2
    if last and new_items and new_items >= len(item_times) > 0:
        own = min(own, before / 2)  # nothing was known: some may have come and gone unseen
    return own


def _gap_s(now: datetime, item_times: Sequence[datetime]) -> float | None:
    """Seconds between items of late, more the longer the newest is past; None where dates tell nothing."""
    past = sorted({each for each in item_times if each <= now})[-_RECENT:]
    if len(past) < 2:  # noqa: PLR2004 - one moment has no gap
        return None
    mean = (past[-1] - past[0]).total_seconds() / (len(past) - 1)
    silence = (now - past[-1]).total_seconds()
    return max(mean, 2 * _SILENCE_SHARE * silence)


def _outside(at: datetime, hours: Collection[int], days: Collection[int], drawn: float) -> datetime:
    """The moment, moved to the beginning of the first hour that is not to be skipped."""
    for step in range(_HOURS_A_WEEK):
        hour = at + timedelta(hours=step)
        if hour.hour not in hours and hour.weekday() not in days:
            if step == 0:
                return at
            return hour.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=10 * drawn)
    return at  # every hour is skipped: that is no wish, it is a mistake


def _drawn(seed: str) -> float:
    """A number from 0 to 1 that looks drawn, and is the same whenever it is asked for."""
    return int.from_bytes(hashlib.sha256(seed.encode("utf-8", "replace")).digest()[:4], "big") / 0xFFFFFFFF
