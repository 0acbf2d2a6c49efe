"""Reads a short line that is a date line: a date, a label that says what it is the date of, little else."""

import re

from extractors.dates.labels import Label, labels_in
from extractors.dates.phrases import Phrase, find_dates, open_dates
from extractors.dates.stamps import stamp_of_phrase
from extractors.dates.zones import ABBREVIATIONS
from records import ClaimRole, DateClaim

_MAX_LINE = 160
_MAX_REST_WORDS = 4
"""Words that a dump may glue behind a labelled date ("Date: 7 March 2024 Follow our channel")."""

_SENTENCE = re.compile(r"[.!?,;]|\w:")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?", re.IGNORECASE)
_ZONES_ALONE = re.compile(rf"\b(?:{'|'.join(sorted(ABBREVIATIONS))}|GMT|UTC)\b")


def claim_of_line(
    line: str, place: str, *, language: str | None = None, country: str | None = None
) -> DateClaim | None:
    """Return what a date line says: the first date that is not said to be another's; None for other lines.

    Args:
        line: one line, white space folded or not; a sentence that begins with a date is not a date line.
        place: where it stood, for `DateClaim.place`.
        language: ISO 639-1 code, for month names and the order of day and month.
        country: ISO 3166-1 alpha-2 code, for the order of day and month and for zones.
    """
    claims = claims_of_line(line, place, language=language, country=country)
    published = [claim for claim in claims if claim.role == "published"]
    return next(iter((*published, *claims)), None)


def claims_of_line(
    line: str, place: str, *, language: str | None = None, country: str | None = None
) -> tuple[DateClaim, ...]:
    """Return every date of a date line ("Published 4 Nov 2025, updated 5 Nov 2025"); none for other lines."""
    return tuple(claim for claim, _ in dates_of_line(line, place, language=language, country=country))


def dates_of_line(
    line: str, place: str, *, language: str | None = None, country: str | None = None
) -> tuple[tuple[DateClaim, bool], ...]:
    """Return what `claims_of_line` does, and beside each claim whether a label says what it dates."""
    if len(line) > _MAX_LINE or not _DIGIT.search(line):
        return ()
    phrases = find_dates(line, language=language, country=country)
    if not phrases:
        return _open(line, place, language, country)
    *heads, tail = _parts(line, phrases)
    before = [labels_in(head) for head in heads]
    after = labels_in(tail)
    if after is None and before[-1] and _is_glued(tail):
        after = ()
    claims = []
    for index, (phrase, labels) in enumerate(zip(phrases, before, strict=True)):
        if labels is None or after is None:
            return ()
        role = _role(labels, after if index == len(phrases) - 1 else ())
        if role is None and phrase.precision == "month":
            # "November 2025" on a line of its own heads an archive as likely as it dates an article.
            return ()
        claims.append((claim_of_phrase(phrase, role or "published", line, place), role is not None))
    return tuple(claims)


def _parts(line: str, phrases: tuple[Phrase, ...]) -> list[str]:
    """What stands before each date, and behind the last."""
    starts = [0, *(phrase.end for phrase in phrases)]
    ends = [*(phrase.start for phrase in phrases), len(line)]
    return [_ZONES_ALONE.sub("", line[start:end]) for start, end in zip(starts, ends, strict=True)]


def _is_glued(part: str) -> bool:
    words = part.split()
    return 0 < len(words) <= _MAX_REST_WORDS and words[0][:1].isupper() and not _SENTENCE.search(part)


def _role(before: tuple[Label, ...], after: tuple[Label, ...]) -> ClaimRole | None:
    """The label right before a date says what it is; else the one right behind it."""
    for label in (*reversed(before), *after):
        if label == "published":
            return "published"
        if label == "updated":
            return "updated"
        if label == "captured":
            return "captured"
    return None


def claim_of_phrase(phrase: Phrase, role: ClaimRole, line: str, place: str) -> DateClaim:
    """Return the claim that a line makes with one of its dates; midnight counts as the day."""
    stamp = stamp_of_phrase(phrase)
    return DateClaim(
        stamp.value, stamp.precision, "text", role, line.strip(), place, zone_basis=stamp.zone_basis
    )


def _open(
    line: str, place: str, language: str | None, country: str | None
) -> tuple[tuple[DateClaim, bool], ...]:
    found = open_dates(line, language=language, country=country)
    if len(found) != 1:
        return ()
    before, _, after = line.partition(found[0])
    labels = labels_in(before)
    if labels is None or labels_in(_ZONES_ALONE.sub("", _TIME.sub("", after))) is None:
        return ()
    claim = DateClaim(
        None,
        None,
        "text",
        _role(labels, ()) or "published",
        line.strip(),
        place,
        verdict="rejected",
        reason="Nothing tells whether the day or the month comes first in it.",
    )
    return ((claim, bool(labels)),)
