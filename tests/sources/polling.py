"""What tests of polling share: a made-up site, its feeds and sitemaps, and asking it."""

import asyncio
from collections.abc import Sequence

from records import Candidate, Source
from sources.found import Found
from sources.poll import Polled, poll
from tests.sources.fake_web import NOW, FakeWeb

SITE = "https://news.example.org"
FEED_URL = f"{SITE}/rss.xml"
MAP_URL = f"{SITE}/sitemap.xml"
FEED = Source(id="news", kind="feed", url=FEED_URL)
SITEMAP = Source(id="news", kind="sitemap", url=MAP_URL)
LONG = "The council of the valley heard eleven speakers before it voted on the night bus. " * 30


def polled(web: FakeWeb, source: Source, **given: object) -> Polled:
    return asyncio.run(poll(source, web.get, now=NOW, **given))  # type: ignore[arg-type]  # the tests' own


def found(web: FakeWeb, source: Source, **given: object) -> list[Found]:
    return list(polled(web, source, **given).candidates)


def uris(items: Sequence[Found]) -> list[str]:
    return [item.uri for item in items if isinstance(item, Candidate)]


def rss(*items: str, head: str = "") -> str:
    return f'<rss version="2.0"><channel><title>News</title>{head}{"".join(items)}</channel></rss>'


def item(path: str, more: str = "") -> str:
    return f"<item><title>T {path}</title><link>{SITE}{path}</link>{more}</item>"


def urlset(*entries: tuple[str, str | None]) -> str:
    rows = "".join(
        f"<url><loc>{url}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>" for url, day in entries
    )
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def index(*children: tuple[str, str | None]) -> str:
    return urlset(*children).replace("urlset", "sitemapindex").replace("url>", "sitemap>")
