"""When a feed's items say they were published: for its rhythm alone; articles are dated by the extractors."""

from datetime import datetime

from sources.feed_types import Feed
from sources.stamps import instant


def item_times(feed: Feed) -> tuple[datetime, ...]:
    """The times of a feed's items that can be read, in its order; aware, UTC where no zone is said."""
    said = (instant(each.claimed.published or each.claimed.updated) for each in feed.items)
    return tuple(each for each in said if each is not None)
