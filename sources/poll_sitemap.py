"""Polls a sitemap: its pages as candidates, through indexes of sitemaps, newest first and within limits."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from records import Candidate, Claimed, InputError, Outcome, Source
from sources import sitemaps
from sources.asks import ask_for
from sources.beside import beside
from sources.faults import HOST_REASONS, PASSING_STATUSES
from sources.found import failed, failed_with
from sources.polled import Polled, of_answer
from sources.sitemaps import Child, Entry, Sitemap
from sources.stamps import instant
from sources.urls import canonical_url
from sources.web import Answer, Get, PutOff

MAX_SITEMAPS = 200
"""So many sitemaps of an index are read in one poll: ten million addresses, or years of most sites."""

MAX_DEPTH = 3
"""An index may name indexes, though the protocol says that it mustn't; so many levels below the first."""

MARGIN = timedelta(days=1)
"""A sitemap of an index is passed by where it changed so long before the last poll: its date may be a day."""

# Some time later it may go well; anything else that is wrong with a sitemap stays wrong until it changes.
_PASSING = HOST_REASONS | {f"http_{status}" for status in PASSING_STATUSES}
_PACKED_ENTRIES = 1000
_UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Packed:
    """Some entries of one sitemap, the first of them its `first`th."""

    url: str
    first: int
    entries: bytes


@dataclass(slots=True)
class _Tree:
    """What has been read of an index so far; entries of its sitemaps are packed, a tenth of their size."""

    packed: list[_Packed] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    may_ask: int = MAX_SITEMAPS
    unread: InputError | None = None
    put_off_until: datetime | None = None


async def poll_sitemap(
    source: Source, get: Get, answer: Answer, *, succeeded_at: datetime | None, max_sitemaps: int
) -> Polled:
    """What a sitemap's answer holds, with all that an index leads to.

    Sitemaps of an index that haven't changed since the source last answered well are not asked for.

    Raises:
        InputError: it is no sitemap. (What is wrong with one that an index names is an outcome.)
    """
    first = await beside(
        partial(sitemaps.read, answer.content, url=answer.url), size_bytes=len(answer.content)
    )
    polled = of_answer(answer, ())
    if not first.children:
        return replace(
            polled,
            candidates=_candidates(source, first.entries, answer.url),
            item_times=tuple(_times(first.entries)),
        )
    tree = _Tree(may_ask=max_sitemaps, seen={answer.url, source.url or answer.url})
    await _descend(tree, source, get, answer.url, first, since=succeeded_at)
    is_whole = tree.unread is None and tree.put_off_until is None
    if not is_whole or any(child.lastmod is None for child in first.children):
        # "Unchanged" would say nothing of the sitemaps that it names without a date, or that are unread.
        polled = replace(polled, etag=None, last_modified=None)
    return replace(
        polled,
        candidates=_all(source, first, answer.url, tree),
        put_off_until=tree.put_off_until,
        unread=tree.unread,
    )


async def _descend(
    tree: _Tree, source: Source, get: Get, url: str, index: Sitemap, *, since: datetime | None, depth: int = 1
) -> None:
    children = [child for child in index.children if child.url not in tree.seen and _is_due(child, since)]
    for number, child in enumerate(sorted(children, key=_age)):
        if tree.put_off_until is not None or child.url in tree.seen:
            continue
        if not tree.may_ask or depth > MAX_DEPTH:
            tree.outcomes.append(_too_many(source, url, len(children) - number))
            return
        tree.seen.add(child.url)
        tree.may_ask -= 1
        try:
            canonical_url(child.url)  # an index may name anything
            answer = await get(ask_for(source, child.url, kind="feed"))
            sitemap, packed = await beside(partial(_read, answer), size_bytes=len(answer.content))
        except PutOff as error:
            tree.put_off_until = error.retry_at
        except InputError as error:
            tree.outcomes.append(failed_with(child.url, source.id, error))
            if tree.unread is None and error.reason in _PASSING:
                tree.unread = error
        else:
            if sitemap.children:
                await _descend(tree, source, get, answer.url, sitemap, since=since, depth=depth + 1)
            tree.packed += packed


def _read(answer: Answer) -> tuple[Sitemap, list[_Packed]]:
    """A sitemap without its pages, and those packed, some at a time: so they are gone through later."""
    sitemap = sitemaps.read(answer.content, url=answer.url)
    packed = []
    for start in range(0, len(sitemap.entries), _PACKED_ENTRIES):
        said = [astuple(entry) for entry in sitemap.entries[start : start + _PACKED_ENTRIES]]
        packed.append(_Packed(answer.url, start + 1, zlib.compress(json.dumps(said).encode(), 1)))
    return replace(sitemap, entries=()), packed


def _is_due(child: Child, since: datetime | None) -> bool:
    changed_at = instant(child.lastmod)
    return since is None or changed_at is None or changed_at >= since - MARGIN


def _age(child: Child) -> float:
    """Sorts the latest first, before them those without a date, which may hold anything."""
    return -(instant(child.lastmod) or _UNDATED).timestamp()


def _too_many(source: Source, url: str, number: int) -> Outcome:
    return failed(
        f"{url}#sitemaps",
        source.id,
        reason="too_many_sitemaps",
        detail=f"{number} of its sitemaps were left unread, being more than one poll reads or more than "
        f"{MAX_DEPTH} levels down; give the sitemaps that matter as sources of their own",
        refused=True,
    )


def _all(source: Source, first: Sitemap, url: str, tree: _Tree) -> Iterator[Candidate | Outcome]:
    yield from tree.outcomes
    yield from _candidates(source, first.entries, url)
    for packed in tree.packed:
        entries = (Entry(*said) for said in json.loads(zlib.decompress(packed.entries)))
        yield from _candidates(source, entries, packed.url, first=packed.first)


def _candidates(
    source: Source, entries: Iterable[Entry], url: str, *, first: int = 1
) -> Iterator[Candidate | Outcome]:
    for number, entry in enumerate(entries, start=first):
        try:
            uri = canonical_url(entry.url)
        except InputError as error:
            yield failed_with(f"{url}#entry={number}", source.id, error)
            continue
        yield Candidate(
            uri=uri,
            source_id=source.id,
            url=entry.url,
            claimed=Claimed(title=entry.title, published=entry.published, updated=entry.lastmod),
        )


def _times(entries: Iterable[Entry]) -> Iterator[datetime]:
    for entry in entries:
        said = instant(entry.published or entry.lastmod)
        if said is not None:
            yield said
