"""When a feed's items say they were published: for its rhythm alone; articles are dated by the extractors."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sources.feed_types import Feed


def item_times(feed: Feed) -> tuple[datetime, ...]:
    """The times of a feed's items that can be read, in its order; aware, UTC where no zone is said."""
    claimed = (each.claimed.published or each.claimed.updated for each in feed.items)
    read = (_moment(text) for text in claimed if text)
    return tuple(each for each in read if each is not None)


def _moment(text: str) -> datetime | None:
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            read = reader(text.strip())
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
