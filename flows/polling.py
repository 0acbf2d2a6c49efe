"""What a poll comes to: how it ended, and when its source is asked again. Pure."""

from datetime import datetime

from flows.network import PollEnded
from records import InputError
from sources import rhythm
from sources.polled import Polled
from sources.web import PutOff
from warehouse.model import Poll, PollCounts, PollResult, SourceState


def is_due(state: SourceState, *, at: datetime) -> bool:
    """Whether it is time to ask a source."""
    return state.next_poll_at is None or state.next_poll_at <= at


def finished(
    event: PollEnded,
    state: SourceState,
    counts: PollCounts,
    *,
    at: datetime,
    error: InputError | None = None,
) -> Poll:
    """The row of a poll that is over.

    Args:
        event: how asking ended.
        state: of the source before.
        counts: what the addresses that it listed were.
        at: aware; now.
        error: why its list could not be gone through to the end.
    """
    error = error or event.error or (event.polled.unread if event.polled else None)
    polled = event.polled or Polled(candidates=())
    retry_at = error.retry_at if isinstance(error, PutOff) else polled.put_off_until
    result: PollResult = "answered"
    if retry_at is not None:
        result = "put_off"
    elif error is not None:
        result = "failed"
    elif polled.is_unchanged:
        result = "unchanged"
    source = event.source
    last = (
        rhythm.Rhythm(state.polled_at, (state.next_poll_at - state.polled_at).total_seconds())
        if state.polled_at and state.next_poll_at
        else None
    )
    return Poll(
        source_id=source.id,
        asked_at=event.asked_at,
        result=result,
        status=polled.status,
        reason=error.reason if error else None,
        problem=str(error) if error else None,
        etag=polled.etag,
        last_modified=polled.last_modified,
        moved_to=polled.moved_to if polled.moved_to != source.url else None,
        next_poll_at=rhythm.next_poll(
            now=at,
            last=last,
            item_times=polled.item_times,
            new_items=counts.new,
            cache_max_age_s=polled.cache_max_age_s,
            ttl_s=polled.ttl_s,
            skip_hours=polled.skip_hours,
            skip_days=polled.skip_days,
            failures=state.failures + 1 if result == "failed" else 0,
            interval_s=source.interval_s,
            retry_at=retry_at,
            seed=source.id,
        ),
    )
