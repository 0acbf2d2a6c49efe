"""What polling a source brings: candidates, and the facts that decide when it is asked again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from records import InputError
from sources.asks import max_age_s, moved_to
from sources.found import Found
from sources.web import Answer

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Polled:
    """One answer of a source.

    Attributes:
        candidates: what it lists: candidates, outcomes of what is broken in it, and what the user's wishes
            pass over. To be gone through once: a long list is read while that happens, in flat memory.
        status: HTTP status; 304 where nothing has changed, on this machine, too. None for files that have.
        url: the address that answered, after redirects.
        etag: to be sent the next time; None where the next answer must be whole.
        last_modified: the same.
        moved_to: where the source has permanently moved to: to be proposed to the user.
        fetched_at: aware; when the answer had arrived.
        title: what it calls itself.
        language: that it says it is written in, as declared (`en-GB`).
        cache_max_age_s: seconds, from `Cache-Control`.
        ttl_s: seconds, from the feed.
        skip_hours: hours of the day, UTC, at which it asks not to be read.
        skip_days: days of the week, UTC, 0 is Monday, at which it asks not to be read.
        item_times: aware; when its items say that they were published, as far as they say it readably.
        put_off_until: aware; a host wants to be left alone before all was read: candidates are what was read
            so far, and the poll counts as put off.
        unread: why a part could not be read that may be readable the next time. The poll did not succeed
            then: `succeeded_at` must not move on.
    """

    candidates: Iterable[Found]
    status: int | None = None
    url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    fetched_at: datetime | None = None
    title: str | None = None
    language: str | None = None
    cache_max_age_s: int | None = None
    ttl_s: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    item_times: tuple[datetime, ...] = ()
    put_off_until: datetime | None = None
    unread: InputError | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the source said that nothing has changed."""
        return self.status == NOT_MODIFIED


def of_answer(answer: Answer, candidates: Iterable[Found]) -> Polled:
    """What an answer says of itself by its status and headers."""
    headers: Mapping[str, str] = answer.headers
    return Polled(
        candidates=candidates,
        status=answer.status,
        url=answer.url,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        moved_to=moved_to(answer),
        fetched_at=answer.fetched_at,
        cache_max_age_s=max_age_s(answer),
    )
