"""Moments as people and programs write them: ISO 8601 with its time zone, or not at all."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Read an ISO 8601 date and time that names its zone (`Z` or an offset); returned in UTC.

    A bare day or a time without a zone is refused rather than guessed at: it would be off by up to a day,
    and "yesterday" would then be dated by the guess.

    Raises:
        ValueError: it is no such moment; the message is a sentence for a person.
    """
    example = "write it like 2025-11-04T10:15:00Z or 2025-11-04T10:15:00+01:00"
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text[:60]!r} is not an ISO 8601 date and time; {example}") from None
    if read.tzinfo is None:
        raise ValueError(f"{text[:60]!r} says no time of day with a time zone; {example}")
    try:
        return read.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text[:60]!r} is out of range; {example}") from None
