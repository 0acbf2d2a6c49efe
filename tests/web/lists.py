"""The good sites of the local web that stand for a kind of list each: feeds, sitemaps, pages, addresses."""

import gzip
from dataclasses import replace
from datetime import timedelta
from html import escape

from tests.web import feeds, sitemaps
from tests.web.feeds import Item
from tests.web.pages import BEGINNING, Story, page, story
from tests.web.replies import Reply, text
from tests.web.site import ATOM, JSON, RSS, XML, Builder, Good, Place, Site

_ARTICLES = 4


def rss2(at: Place) -> Site:
    site = Site(at, "RSS 2.0, whose links carry tracking parameters and fragments")
    source = site.source("feed", "/rss.xml")
    items = site.articles(_ARTICLES, source)
    tracked = [
        replace(item, link=f"{item.link}?utm_source=rss&utm_medium=feed&fbclid=abc{n}#top")
        for n, item in enumerate(items)
    ]
    site.routes["/rss.xml"] = text(feeds.rss(tracked, site=at.base), RSS)
    return site


def atom(at: Place) -> Site:
    site = Site(at, "Atom with validators and relative links; its second article changes when told")
    source = site.source("feed", "/atom.xml")
    items = site.articles(_ARTICLES, source, etag='"v1"')
    _atom_feed(site, items, version=1)

    def edit() -> Good:
        item = items[1]
        later = replace(
            item.story,
            paragraphs=(*item.story.paragraphs, *story(f"{at.number} more", sentences=3).paragraphs),
            updated=item.story.published + timedelta(days=2),
        )
        items[1] = replace(item, story=later)
        site.routes[item.link.removeprefix(at.base)] = Reply(page(later).encode(), etag='"v2"')
        _atom_feed(site, items, version=2)
        return next(each for each in site.good if each.url == item.link)

    site.edit = edit
    return site


def _atom_feed(site: Site, items: list[Item], *, version: int) -> None:
    relative = [replace(item, link=item.link.removeprefix(site.place.base)) for item in items]
    site.routes["/atom.xml"] = text(
        feeds.atom(relative, site=f"{site.place.base}/"),
        ATOM,
        etag=f'"feed-{version}"',
        last_modified=f"Mon, {5 + version:02} Oct 2025 08:00:00 GMT",
    )


def json(at: Place) -> Site:
    site = Site(at, "JSON Feed in two pages, gzipped")
    source = site.source("feed", "/feed.json")
    items = site.articles(_ARTICLES, source)
    second = feeds.json_feed(items[2:], site=at.base)
    first = feeds.json_feed(items[:2], site=at.base, next_url=f"{at.base}/feed2.json")
    site.routes["/feed.json"] = text(first, JSON, codings=("gzip",), etag='"j1"')
    site.routes["/feed2.json"] = text(second, JSON, codings=("gzip",))
    return site


def rdf(at: Place) -> Site:
    site = Site(at, "RDF (RSS 1.0), pages packed with brotli")
    source = site.source("feed", "/index.rdf")
    items = site.articles(_ARTICLES, source, codings=("br", "gzip"))
    site.routes["/index.rdf"] = text(feeds.rdf(items, site=at.base), "application/rdf+xml", etag='"r1"')
    return site


def rss091(at: Place) -> Site:
    site = Site(at, "RSS 0.91 without any dates, pages packed with zstd")
    source = site.source("feed", "/old.xml")
    items = site.articles(_ARTICLES, source, codings=("zstd", "deflate"))
    site.routes["/old.xml"] = text(feeds.rss(items, site=at.base, version="0.91"), "text/xml")
    return site


def rss092(at: Place) -> Site:
    site = Site(at, "RSS 0.92 as text/html with a byte order mark and a blank line before")
    source = site.source("feed", "/?feed=rss")
    items = site.articles(_ARTICLES, source)
    content = feeds.rss(items, site=at.base, version="0.92")
    site.routes["/?feed=rss"] = Reply(b"\xef\xbb\xbf" + content.encode(), content_type="text/html")
    return site


def full(at: Place) -> Site:
    site = Site(at, "RSS 2.0 with the whole articles in it, and ttl, skipHours and skipDays")
    source = site.source("feed", "/full.xml")
    items = [replace(item, full=True) for item in site.articles(_ARTICLES, source)]
    channel = "<ttl>15</ttl><skipHours><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
    site.routes["/full.xml"] = text(feeds.rss(items, site=at.base, channel=channel), RSS)
    return site


def permalinks(at: Place) -> Site:
    site = Site(at, "RSS 2.0 whose items have a permalink GUID and no link, in windows-1252")
    source = site.source("feed", "/cp1252.xml")
    items = site.articles(_ARTICLES, source)
    content = feeds.rss(items, site=at.base, permalinks=True)
    wire = content.replace('encoding="utf-8"', 'encoding="windows-1252"').encode("windows-1252")
    site.routes["/cp1252.xml"] = Reply(wire, content_type="text/xml")
    return site


def sitemap(at: Place) -> Site:
    site = Site(at, "a plain sitemap named by robots.txt")
    source = site.source("sitemap", "/sitemap.xml")
    site.robots("User-agent: *", "Disallow:", f"Sitemap: {at.base}/sitemap.xml")
    items = site.articles(_ARTICLES, source)
    site.routes["/sitemap.xml"] = text(sitemaps.urlset(_entries(items)), XML, etag='"m1"')
    return site


def sitemap_index(at: Place) -> Site:
    site = Site(at, "a sitemap index of a plain and a gzipped sitemap")
    source = site.source("sitemap", "/sitemap_index.xml")
    items = site.articles(_ARTICLES, source)
    packed = gzip.compress(sitemaps.urlset(_entries(items[2:])).encode(), mtime=0)
    site.routes["/sitemap-1.xml"] = text(sitemaps.urlset(_entries(items[:2])), XML)
    site.routes["/sitemap-2.xml.gz"] = Reply(packed, content_type="application/x-gzip")
    children = [(f"{at.base}/sitemap-1.xml", BEGINNING), (f"{at.base}/sitemap-2.xml.gz", BEGINNING)]
    site.routes["/sitemap_index.xml"] = text(sitemaps.index(children), XML)
    return site


def news_sitemap(at: Place) -> Site:
    site = Site(at, "a sitemap with the news extension")
    source = site.source("sitemap", "/news.xml")
    items = site.articles(_ARTICLES, source)
    site.routes["/news.xml"] = text(sitemaps.urlset(_entries(items), news=True), XML)
    return site


def text_sitemap(at: Place) -> Site:
    site = Site(at, "a sitemap in plain text")
    source = site.source("sitemap", "/sitemap.txt")
    items = site.articles(_ARTICLES, source)
    site.routes["/sitemap.txt"] = text("".join(f"{item.link}\n" for item in items))
    return site


def _entries(items: list[Item]) -> list[tuple[str, Story]]:
    return [(item.link, item.story) for item in items]


def section(at: Place) -> Site:
    site = Site(at, "a section page with links to articles among links to everything else")
    source = site.source("page", "/news/")
    items = site.articles(_ARTICLES, source, stem="/news/2025/10/")
    listed = "".join(
        f'<li><h2><a href="{escape(item.link.removeprefix(at.base))}">{escape(item.story.title)}</a></h2>'
        f"<p>{escape(item.story.paragraphs[0])}</p></li>"
        for item in items
    )
    site.routes["/news/"] = text(
        f"<!doctype html><html lang=en><title>News</title><nav><a href='/'>Home</a> "
        f"<a href='/contact'>Contact</a> <a href='/login?next=/news/'>Log in</a> "
        f"<a href='mailto:desk@{at.name}'>Write</a></nav><main><ul>{listed}</ul></main>"
        f"<footer><a href='/privacy'>Privacy</a> <a href='/imprint'>Imprint</a></footer>",
        "text/html; charset=utf-8",
    )
    return site


def url_list(at: Place) -> Site:
    site = Site(at, "a list of addresses with remarks, blank lines and every other line written oddly")
    source = site.source("urls", "/list.txt")
    items = site.articles(_ARTICLES, source)
    odd = [
        items[0].link.replace("http://", "HTTP://"),
        f"  {items[1].link}#comments\t",
        items[2].link.replace("/news/", "/x/../news/"),
        items[3].link,
        items[3].link,
    ]
    site.routes["/list.txt"] = text("# What is to be read\n\n" + "\r\n".join(odd))
    return site


BUILDERS: tuple[Builder, ...] = (
    *(rss2, atom, json, rdf, rss091, rss092, full, permalinks, sitemap, sitemap_index, news_sitemap),
    *(text_sitemap, section, url_list),
)
