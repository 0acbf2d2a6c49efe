"""Tries a source without storing anything: polls it, fetches its newest pages, and says what each became."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flows.reading import Page, fetched_of, read
from flows.settle import ended
from records import Candidate, Extracted, InputError, Outcome, Source, UsageError
from sources.asks import ask_for
from sources.found import PassedOver
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import printable
from sources.poll import Polled, poll
from sources.web import Get
from warehouse.identity import count_words

COLUMNS = ("became", "published", "words", "title", "address", "reason")

_MAX_SITEMAPS = 2  # of an index; enough to see what it holds

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial showed: a row a page, sentences for people, and whether nothing was refused or failed."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    all_well: bool


def tried(source: Source, *, agent: str, limit: int) -> Tried:
    """Try a source.

    Args:
        source: even one that is switched off.
        agent: what Dateline calls itself.
        limit: so many of its candidates are fetched and extracted, the first that it lists.

    Raises:
        UsageError: the source itself cannot be had.
    """

    async def run() -> Tried:
        from sources import http  # noqa: PLC0415  # httpx costs a quarter of a second

        async with http.web(user_agent=agent, now=_now) as get:
            return await _tried(source, get, limit)

    try:
        return asyncio.run(run())
    except InputError as error:
        raise UsageError(f"source '{source.id}' cannot be had: {error}") from error


async def _tried(source: Source, get: Get, limit: int) -> Tried:
    polled = await poll(source, get, now=_now(), succeeded_at=_now(), max_sitemaps=_MAX_SITEMAPS)
    candidates: list[Candidate] = []
    outcomes: list[Outcome] = []
    listed = passed_over = 0
    for each in polled.candidates:
        match each:
            case Candidate():
                listed += 1
                if len(candidates) < limit:
                    candidates.append(each)
            case Outcome():
                outcomes.append(each)
            case PassedOver():
                passed_over += 1
    rows = [_row(outcome, outcome.uri) for outcome in outcomes]
    rows += [_row(await _settled(source, each, get), each.url or each.uri) for each in candidates]
    return Tried(
        rows=tuple(rows),
        notes=tuple(_notes(source, polled, listed, passed_over)),
        all_well=not outcomes and all(row[0] == "article" for row in rows),
    )


async def _settled(source: Source, candidate: Candidate, get: Get) -> Extracted | Outcome:
    """What one candidate becomes, as in a real run, less what is known already and duplicates."""
    page = Page(
        candidate=candidate,
        read_at=_now(),
        language=source.language,
        country=source.country,
        max_bytes=source.max_bytes or MAX_DOCUMENT_BYTES,
    )
    if candidate.content is None and candidate.path is None:
        try:
            answer = await get(ask_for(source, candidate.url or candidate.uri, kind="page"))
        except InputError as error:
            return ended(candidate, error)
        page = replace(page, fetched=fetched_of(answer))
    return read(page)


def _row(ended: Extracted | Outcome, address: str) -> Row:
    if isinstance(ended, Outcome):
        return ended.outcome, None, None, None, address, f"{ended.reason}: {ended.detail}"
    article = ended.article
    return "article", article.published, count_words(article.text), article.title, address, None


def _notes(source: Source, polled: Polled, listed: int, passed_over: int) -> Iterator[str]:
    title = f" ({printable(polled.title)})" if polled.title else ""
    left_out = f", {passed_over} passed over by its patterns or limits" if passed_over else ""
    yield f"{source.id}{title}: {listed} listed{left_out}."
    if polled.moved_to and polled.moved_to != source.url:
        yield f"It has moved for good to {printable(polled.moved_to)}: change its url in sources.toml."


def _now() -> datetime:
    return datetime.now(UTC)
