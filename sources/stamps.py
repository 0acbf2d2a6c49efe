"""Dates as feeds and sitemaps write them, for order and rhythm alone: which is newer, how often one comes.

What an article's date is, the extractors decide, from the words themselves.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def instant(text: str | None) -> datetime | None:
    """The instant that a date of RFC 5322 or ISO 8601 names, in UTC; UTC is taken where it names no zone.

    A day is its first moment. None where it is neither, or no date that there is.
    """
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
