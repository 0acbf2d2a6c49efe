"""Decide when a source is asked next: by its own rhythm, between bounds. Pure; the clock comes in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

SHORTEST_S = 5 * 60
"""No source is asked more often, whatever it says of itself or the user wrote."""

LONGEST_S = 24 * 3600
"""A living source is asked at least so often."""

LONGEST_DEAD_S = 7 * 24 * 3600
"""A source that keeps failing is asked at least so often."""


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
    raise NotImplementedError
