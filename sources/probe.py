"""Finds out what stands at an address and where its news can be had, in a handful of polite requests."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from records import Candidate, InputError, Network, Source, SourceKind
from sources import discover, feeds, lists, pages, sitemaps
from sources.found import PassedOver
from sources.poll import poll
from sources.web import Answer, Ask, Get

SHOWN_ITEMS = 5

MAX_NAMED = 6
"""So many of the places that a page and a robots.txt name are asked."""

MAX_GUESSED = 6
"""So many of the places are asked where feeds usually stand, until one answers."""

_ENOUGH_LINKS = 3  # a page with fewer links to articles is no section page


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be a source.

    Attributes:
        kind: what it is.
        url: where it is, permanent redirects followed.
        title: what it calls itself.
        language: that it says it is written in, as declared.
        latest: its latest items, `SHOWN_ITEMS` at most.
        items: how many it lists; of an index of sitemaps those of the newest one.
        how: how it was found, for people.
    """

    kind: SourceKind
    url: str
    title: str | None
    language: str | None
    latest: tuple[Candidate, ...]
    items: int
    how: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place that was asked in vain, and why."""

    url: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found, the best first; and what was named and could not be had."""

    offers: tuple[Offer, ...]
    troubles: tuple[Trouble, ...]


async def probe(url: str, get: Get, *, network: Network = "public", now: datetime) -> Probed:
    """Ask an address what it is; of a web page also what it and its host name, and the usual places.

    Args:
        url: of a site, section, feed, sitemap or list.
        get: the polite client.
        network: which addresses it may lead to.
        now: aware.

    Raises:
        InputError: nothing can be had at the address itself.
    """
    answer = await get(Ask(url, kind="feed", network=network))
    kind = _kind_of(answer)
    asker = _Asker(get, network, now)
    if kind != "page":
        offer = await asker.offer(kind, url, "at this address", known=answer)
        return Probed((offer,) if offer else (), tuple(asker.troubles))
    offers = [offer async for offer in _of_site(answer, asker)]
    rank = {"feed": 0, "sitemap": 1, "page": 2}
    return Probed(
        tuple(sorted(offers, key=lambda offer: rank.get(offer.kind, 3))),  # stable: named before guessed
        tuple(asker.troubles),
    )


async def _of_site(page: Answer, asker: "_Asker") -> AsyncIterator[Offer]:
    named = discover.feeds_in(page.content, url=page.url, content_type=page.headers.get("content-type"))
    has_feed = False
    seen: set[str] = set()
    for found in _fresh(named, seen, MAX_NAMED):
        if offer := await asker.offer(found.kind, found.url, "named by the page", title=found.title):
            has_feed = has_feed or offer.kind == "feed"
            yield offer
    for found in _fresh(await asker.sitemaps_of(page.url), seen, MAX_NAMED):
        if offer := await asker.offer("sitemap", found.url, "named by robots.txt"):
            yield offer
    if not has_feed:
        for found in _fresh(discover.well_known(page.url), seen, MAX_GUESSED):
            if offer := await asker.offer(found.kind, found.url, "in its usual place", is_guess=True):
                yield offer
                break
    if offer := await asker.offer("page", page.url, "links on the page", known=page):
        yield offer


def _fresh(found: Iterable[discover.Found], seen: set[str], limit: int) -> Sequence[discover.Found]:
    """Those that were not asked before, so many at most; notes them as asked."""
    fresh = [each for each in found if each.url not in seen][:limit]
    seen.update(each.url for each in fresh)
    return fresh


def _kind_of(answer: Answer) -> SourceKind:
    """What an answer is, by its content.

    Raises:
        InputError: of no kind, or a hostile one.
    """
    start = answer.content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    content_type = answer.headers.get("content-type")
    try:
        feeds.read(answer.content, url=answer.url, content_type=content_type)
    except InputError as error:
        if error.refused or error.reason == "empty":
            raise
        if error.reason == "html":
            return "page"
    else:
        return "feed"
    if start.startswith(b"<"):
        try:
            sitemaps.read(answer.content, url=answer.url)
        except InputError:
            # What no parser takes for either may still be a page that begins with anything.
            pages.article_links(answer.content, url=answer.url, content_type=content_type)
            return "page"
        return "sitemap"
    lines = answer.content.splitlines()[:1000]
    if any(isinstance(each, Candidate) for each in lists.addresses(lines, source_id="", uri=answer.url)):
        return "urls"
    raise InputError(
        f"{answer.url} is neither a web page, a feed, a sitemap nor a list of addresses; give one of these",
        stage="find",
        reason="no_source",
    )


class _Asker:
    """Asks one place after the other, and keeps what went wrong."""

    def __init__(self, get: Get, network: Network, now: datetime) -> None:
        self._get = get
        self._network: Network = network
        self._now = now
        self.troubles: list[Trouble] = []

    async def offer(
        self,
        kind: SourceKind,
        url: str,
        how: str,
        *,
        title: str | None = None,
        known: Answer | None = None,
        is_guess: bool = False,
    ) -> Offer | None:
        """What a place has, None where that is nothing; of a guess nobody needs to know that."""

        async def get(ask: Ask) -> Answer:
            return known if known is not None and ask.url == url else await self._get(ask)

        source = Source(id="probe", kind=kind, url=url, network=self._network, max_items=SHOWN_ITEMS)
        try:
            polled = await poll(source, get, now=self._now, succeeded_at=self._now, max_sitemaps=1)
            found = list(polled.candidates)
        except InputError as error:
            if not is_guess and kind != "page":
                self.troubles.append(Trouble(url, str(error)))
            return None
        latest = tuple(each for each in found if isinstance(each, Candidate))
        items = len(latest) + sum(isinstance(each, PassedOver) for each in found)
        if (kind == "page" and items < _ENOUGH_LINKS) or (is_guess and not items):
            return None
        return Offer(kind, polled.moved_to or url, polled.title or title, polled.language, latest, items, how)

    async def sitemaps_of(self, url: str) -> tuple[discover.Found, ...]:
        """What the robots.txt of the address's host names."""
        robots = urljoin(url, "/robots.txt")
        try:
            answer = await self._get(Ask(robots, kind="robots", network=self._network))
        except InputError:
            return ()  # most that have none have no sitemaps to name either
        return discover.sitemaps_in(answer.content, url=answer.url)
