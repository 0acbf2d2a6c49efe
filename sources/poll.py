"""Asks a source what it has: one polite question, conditional after the first, and candidates from it."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO

from records import Candidate, InputError, Source, UsageError
from sources import find, lists, pages, sitemaps
from sources.asks import ask_for
from sources.beside import beside
from sources.choosing import chosen
from sources.found import Found
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import file_uri, printable
from sources.poll_feed import poll_feed
from sources.poll_sitemap import MAX_SITEMAPS, poll_sitemap
from sources.polled import NOT_MODIFIED, Polled, of_answer
from sources.urls import canonical_url
from sources.web import Answer, Ask, Get

__all__ = ["Polled", "poll"]

MAX_LIST_BYTES = 100_000_000
"""The limit for a list of addresses from the web: a million of them, or so."""

_LIMIT = {"sitemap": sitemaps.MAX_BYTES, "urls": MAX_LIST_BYTES}
_DATED = ("feed", "sitemap")


async def poll(
    source: Source,
    get: Get,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    now: datetime,
    succeeded_at: datetime | None = None,
    max_sitemaps: int = MAX_SITEMAPS,
) -> Polled:
    """Ask a source what it has.

    Nothing is kept here: the caller hands over what the last answer left, and keeps what this one leaves.

    Args:
        source: any of the kinds.
        get: the polite client.
        etag: as the last answer left it (`Polled.etag`).
        last_modified: the same.
        now: aware; when files and lists on this machine are looked at.
        succeeded_at: aware; when it last answered well. None where it never did: further pages of a feed
            are read then, and all sitemaps of an index.
        max_sitemaps: so many sitemaps of an index are read, the newest first; what is more has an outcome.

    Raises:
        InputError: it cannot be had (as `get` says it, `PutOff` and `Refused` among it), or is not what its
            kind says.
    """
    if source.url is not None:
        ask = ask_for(
            source,
            source.url,
            kind="page" if source.kind == "page" else "feed",
            etag=etag,
            last_modified=last_modified,
        )
        polled = await _of_web(source, get, ask, succeeded_at=succeeded_at, max_sitemaps=max_sitemaps)
    elif source.kind == "urls":
        polled = _of_list(source, etag, now)
    else:
        # A large folder takes its time, which other sources need not wait for.
        polled = await asyncio.to_thread(_of_files, source, etag, now)
    newest_first = source.kind in _DATED
    return replace(polled, candidates=chosen(polled.candidates, source, newest_first=newest_first))


async def _of_web(
    source: Source, get: Get, ask: Ask, *, succeeded_at: datetime | None, max_sitemaps: int
) -> Polled:
    answer = await get(replace(ask, max_bytes=source.max_bytes or _LIMIT.get(source.kind)))
    if answer.status == NOT_MODIFIED:
        unchanged = of_answer(answer, ())
        # Some send the 304 without them.
        return replace(
            unchanged,
            etag=unchanged.etag or ask.etag,
            last_modified=unchanged.last_modified or ask.last_modified,
        )
    match source.kind:
        case "feed":
            return await poll_feed(source, get, answer, is_first=succeeded_at is None)
        case "sitemap":
            return await poll_sitemap(
                source, get, answer, succeeded_at=succeeded_at, max_sitemaps=max_sitemaps
            )
        case "page":
            found = await beside(lambda: tuple(_of_page(source, answer)), size_bytes=len(answer.content))
            return of_answer(answer, found)
        case _:
            body = BytesIO(answer.content)
            return of_answer(answer, lists.read(body, source_id=source.id, uri=answer.url))


def _of_page(source: Source, answer: Answer) -> Iterator[Candidate]:
    """A link's text is no claim of a title: it may be a teaser, or "more"."""
    content_type = answer.headers.get("content-type")
    for link in pages.article_links(answer.content, url=answer.url, content_type=content_type):
        yield Candidate(uri=canonical_url(link.url), source_id=source.id, url=link.url)


def _of_list(source: Source, etag: str | None, now: datetime) -> Polled:
    """A list on this machine; its size and time of change are its validator."""
    assert source.path is not None
    try:
        info = os.stat(source.path)
        version = f"{info.st_size}-{info.st_mtime_ns}"
        if version == etag:
            return Polled(candidates=(), status=NOT_MODIFIED, etag=etag, fetched_at=now)
        with open(source.path, "rb"):
            pass  # whoever may not read it is told now
    except OSError as error:
        raise _not_there(source.path, error.strerror or str(error)) from error
    return Polled(candidates=_lines(source.path, source.id), etag=version, fetched_at=now)


def _lines(path: str, source_id: str) -> Iterator[Found]:
    with open(path, "rb") as stream:
        yield from lists.read(stream, source_id=source_id, uri=file_uri(path))


def _of_files(source: Source, etag: str | None, now: datetime) -> Polled:
    """Files on this machine; their names, sizes and times of change are the validator."""
    assert source.path is not None
    try:
        candidates = find.candidates(
            [source.path],
            source_id=source.id,
            max_bytes=source.max_bytes or MAX_DOCUMENT_BYTES,
            columns=source.columns,
        )
    except UsageError as error:
        raise InputError(str(error), stage="find", reason="not_found") from error
    version = find.version_of(source.path)
    if version == etag:
        return Polled(candidates=(), status=NOT_MODIFIED, etag=etag, fetched_at=now)
    return Polled(candidates=candidates, etag=version, fetched_at=now)


def _not_there(path: str, why: str) -> InputError:
    return InputError(
        f"the list {printable(path)} cannot be read ({why}); check its path in sources.toml",
        stage="find",
        reason="not_found",
    )
