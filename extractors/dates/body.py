"""Date claims that the body itself makes: date lines, datelines, ages, and the dates of other things."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from extractors.dates.labels import labels_in
from extractors.dates.phrases import find_dates
from extractors.dates.text import claims_of_line, dateline_of, relative_of
from extractors.pieces import Piece
from extractors.rules.model import Document
from extractors.rules.phrases import Phrase
from extractors.rules.structure import without_furniture
from records import DateClaim

# A dateline opens one of the first paragraphs, below a standfirst and a caption at most.
_DATELINE_REACH = 4
# How the embed code of a post signs it: "— Name (@name) November 4, 2025".
_POST_SIGNATURE = re.compile(r"[—–-]\s.{1,80}\(@\w+\)\s*")
_URL_DAY = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/?#.-]|$)")
_OTHERS = ("link", "related")


def claims_of_body(
    document: Document, phrases: Sequence[Phrase], fetched_at: datetime | None
) -> tuple[DateClaim, ...]:
    """Every date that the text says of itself, and those that a careless reader would take for it.

    Args:
        document: after cleaning, with the role of every piece.
        phrases: to see past furniture that a dump has glued to a date line.
        fetched_at: what an age counts from; None leaves it without a value.
    """
    return tuple(_claims(document, phrases, fetched_at))


def _claims(
    document: Document, phrases: Sequence[Phrase], fetched_at: datetime | None
) -> Iterator[DateClaim]:
    opening = set(document.prose[:_DATELINE_REACH])
    for index, (piece, role) in enumerate(zip(document.pieces, document.roles, strict=True)):
        place = f"characters {piece.start} to {piece.end}"
        if role == "date":
            below = bool(document.prose) and index > document.prose[-1]
            for claim in _of_date_line(piece, phrases, fetched_at, place):
                # Below the text stand other articles with their dates and ages; a label speaks for this one.
                is_others = below and claim.role == "published" and not _is_labelled(claim)
                yield replace(claim, role="unknown") if is_others else claim
        elif role == "dateline" or index in opening:
            yield from _of_dateline(piece, place)
        elif role in _OTHERS:
            yield from _of_link(piece, place)
        if role is None:
            yield from _of_post(piece, place)


def _of_date_line(
    piece: Piece, phrases: Sequence[Phrase], fetched_at: datetime | None, place: str
) -> Iterator[DateClaim]:
    line = without_furniture(piece.text, phrases)
    claims = claims_of_line(line, place)
    yield from claims
    age = None if claims else relative_of(line, fetched_at=fetched_at)
    if age is not None:
        yield replace(age, place=place)


def _is_labelled(claim: DateClaim) -> bool:
    before = claim.evidence[: next((at for at, mark in enumerate(claim.evidence) if mark.isdigit()), None)]
    return "published" in (labels_in(before) or ())


def _of_dateline(piece: Piece, place: str) -> Iterator[DateClaim]:
    found = dateline_of(piece.text)
    if found is not None and found.phrase is not None:
        phrase = found.phrase
        yield DateClaim(
            value=phrase.value,
            precision=phrase.precision,
            zone_basis=phrase.zone_basis,
            basis="dateline",
            role="published",
            evidence=piece.text[: found.end].strip(),
            place=place,
        )


def _of_link(piece: Piece, place: str) -> Iterator[DateClaim]:
    for found in _URL_DAY.finditer(piece.text):
        year, month, day = found.groups()
        for phrase in find_dates(f"{year}-{month:0>2}-{day:0>2}"):
            yield DateClaim(
                value=phrase.value,
                precision=phrase.precision,
                basis="link",
                role="event",
                evidence=piece.text,
                place=place,
            )


def _of_post(piece: Piece, place: str) -> Iterator[DateClaim]:
    signature = _POST_SIGNATURE.match(piece.text)
    if signature is None:
        return
    for phrase in find_dates(piece.text[signature.end() :]):
        yield DateClaim(
            value=phrase.value,
            precision=phrase.precision,
            zone_basis=phrase.zone_basis,
            basis="embed",
            role="event",
            evidence=piece.text,
            place=place,
        )
