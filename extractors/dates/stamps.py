"""Reads one date that a machine or a form field wrote: the value of an attribute, a JSON field, a header."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from extractors.dates.moment import read_value
from extractors.dates.phrases import Phrase, find_dates, open_dates
from records import ClaimRole, DateClaim, Precision

_MAX_LENGTH = 120
_MAX_REST = 24
"""Letters that may stand beside the date in a field: a label, a weekday, the name of a zone."""

_YEAR = re.compile(r"(?!0000)\d{4}", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{1,2})", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{13}", re.ASCII)
_MILLISECOND_DIGITS = 13
_FIRST_EPOCH_S = 100_000_000
"""Fewer seconds than this (1973) are more likely another number than a time."""

_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00(?::00)?(?:Z|[+-]\d{2}:\d{2})?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date as a machine wrote it; the attributes are those of `DateClaim`."""

    value: str
    precision: Precision
    zone_basis: str | None


def stamp_of(raw: str, *, language: str | None = None, country: str | None = None) -> Stamp | None:
    """Read a field that holds one date; None where it holds none, several, or one that is open.

    Midnight counts as the day.

    Args:
        raw: the field's value: ISO 8601, RFC 5322, a compact form, seconds or milliseconds since 1970, or
            words in any language known.
        language: for month names and the order of day and month.
        country: for the order of day and month and for zones.
    """
    text = " ".join(raw.split())
    if not text or len(text) > _MAX_LENGTH:
        return None
    plain = _plain(text)
    if plain is not None:
        return plain
    compact = _COMPACT.fullmatch(text)
    if compact:
        year, month, day, hour, minute, second, zone = compact.groups()
        text = f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}{zone or ''}" if hour else "")
    phrases = find_dates(text, language=language, country=country)
    if len(phrases) != 1 or phrases[0].value.startswith("--"):
        return None
    phrase = phrases[0]
    rest = text[: phrase.start] + text[phrase.end :]
    if any(c.isdigit() for c in rest) or sum(c.isalpha() for c in rest) > _MAX_REST:
        return None
    return stamp_of_phrase(phrase)


def stamp_of_phrase(phrase: Phrase) -> Stamp:
    """Return what a phrase says, midnight as the day: it fills the field where only the day was known."""
    midnight = _MIDNIGHT.fullmatch(phrase.value)
    if midnight:
        return Stamp(midnight[1], "day", None)
    return Stamp(phrase.value, phrase.precision, phrase.zone_basis)


def stamp_claim(
    raw: str,
    *,
    basis: str,
    role: ClaimRole,
    place: str,
    language: str | None = None,
    country: str | None = None,
) -> DateClaim:
    """Return the claim that a field makes; one that cannot be read has no value, is rejected and says why."""
    stamp = stamp_of(raw, language=language, country=country)
    evidence = raw.strip()[:_MAX_LENGTH]
    if stamp is not None:
        return DateClaim(
            stamp.value, stamp.precision, basis, role, evidence, place, zone_basis=stamp.zone_basis
        )
    reason = "It could not be read as a date."
    if open_dates(evidence, language=language, country=country):
        reason = "Nothing tells whether the day or the month comes first in it."
    return DateClaim(None, None, basis, role, evidence, place, verdict="rejected", reason=reason)


def _plain(text: str) -> Stamp | None:
    """Read a year, a month or a count of seconds, which are only numbers in a running text."""
    if _YEAR.fullmatch(text):
        return Stamp(text, "year", None)
    month = _YEAR_MONTH.fullmatch(text)
    if month:
        value = f"{month[1]}-{int(month[2]):02d}"
        return Stamp(value, "month", None) if read_value(value) else None
    if not _EPOCH.fullmatch(text):
        return None
    seconds = int(text.partition(".")[0]) // (1000 if len(text) == _MILLISECOND_DIGITS else 1)
    if seconds < _FIRST_EPOCH_S:
        return None
    return Stamp(datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "instant", "utc")
