"""Polls a feed: its items as candidates, with the pages before it at the first time."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from records import Candidate, InputError, Outcome, Source
from sources import feed_dates, feeds
from sources.asks import ask_for
from sources.beside import beside
from sources.feed_types import Feed, FeedItem
from sources.found import Found, failed_with
from sources.polled import Polled, of_answer
from sources.urls import canonical_url
from sources.web import Answer, Get, PutOff

FIRST_PAGES = 10
"""So many pages of a feed are read the first time that it is polled; later, the newest page tells it all."""

_HTML = "text/html; charset=utf-8"


async def poll_feed(source: Source, get: Get, answer: Answer, *, is_first: bool) -> Polled:
    """What a feed's answer holds.

    Raises:
        InputError: it is no feed. (What is wrong with a page before it is an outcome.)
    """
    feed, found = await _read(source, answer)
    polled = of_answer(answer, ())
    first = feed
    seen = {answer.url}
    while is_first and (url := feed.next_url) is not None and url not in seen and len(seen) < FIRST_PAGES:
        seen.add(url)
        try:
            answer = await get(ask_for(source, url, kind="feed"))
            feed, more = await _read(source, answer)
        except PutOff as error:
            polled = replace(polled, put_off_until=error.retry_at, etag=None, last_modified=None)
            break
        except InputError as error:
            found.append(failed_with(url, source.id, error))
            break
        found += more
    return replace(
        polled,
        candidates=tuple(_once(found)),
        title=first.title,
        language=first.language,
        ttl_s=first.ttl_s,
        skip_hours=first.skip_hours,
        skip_days=first.skip_days,
        item_times=feed_dates.item_times(first),
    )


async def _read(source: Source, answer: Answer) -> tuple[Feed, list[Candidate | Outcome]]:
    def read() -> tuple[Feed, list[Candidate | Outcome]]:
        content_type = answer.headers.get("content-type")
        feed = feeds.read(answer.content, url=answer.url, content_type=content_type)
        return feed, [_candidate(source, item, number, answer) for number, item in enumerate(feed.items, 1)]

    return await beside(read, size_bytes=len(answer.content))


def _candidate(source: Source, item: FeedItem, number: int, answer: Answer) -> Candidate | Outcome:
    """An item as a candidate: its address, with the article itself where the feed holds all of it."""
    content = item.content_html.encode("utf-8", "replace") if item.content_html is not None else None
    url = item.url
    try:
        uri = _key(url)
    except InputError as error:
        if content is None:
            return failed_with(f"{answer.url}#item={number}", source.id, error)
        # It lives in the feed alone: known there by its id, else by what it says.
        name = (item.guid or "").encode("utf-8", "replace") or content
        uri = f"{canonical_url(answer.url)}#item={hashlib.sha256(name).hexdigest()[:32]}"
        url = None
    return Candidate(
        uri=uri,
        source_id=source.id,
        url=url,
        content=content,
        content_type=_HTML if content is not None else None,
        fetched_at=answer.fetched_at if content is not None else None,
        claimed=item.claimed,
        guid=item.guid,
    )


def _key(url: str | None) -> str:
    if url is None:
        raise InputError(
            "the item names no address and holds no article; tell the feed's publisher",
            stage="find",
            reason="no_address",
        )
    return canonical_url(url)


def _once(found: list[Candidate | Outcome]) -> Iterator[Found]:
    """Each address once, as it stands first."""
    seen: set[str] = set()
    for each in found:
        if each.uri not in seen:
            seen.add(each.uri)
            yield each
