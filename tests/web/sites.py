"""The good sites of the local web: every kind of source, every right way to serve a page."""

import gzip
from dataclasses import replace
from datetime import timedelta
from html import escape

from tests.web import feeds, sitemaps
from tests.web.feeds import Item
from tests.web.log import Manners
from tests.web.pages import BEGINNING, Dress, Story, page, story
from tests.web.replies import Reply, Request, Route, head, raw, redirect, text
from tests.web.site import ATOM, JSON, RSS, XML, Builder, Good, Place, Site, reasons

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


def slow_going(at: Place) -> Site:
    site = Site(at, "a Crawl-delay and paths that are disallowed; the feed names them all the same")
    site.manners = Manners(delay_s=1.0, disallowed=("/private/", "/news/secret"))
    site.robots(
        *("User-agent: *", "Crawl-delay: 1", "Disallow: /private/", "Disallow: /*secret"),
        *("Allow: /news/", "", "User-agent: BadBot", "Disallow: /"),
    )
    source = site.source("feed", "/rss.xml")
    items = site.articles(_ARTICLES, source)
    for path in ("/private/one.html", "/private/two.html"):
        items.append(
            site.fault(path, source, _good_page, outcomes=frozenset({"refused"}), reasons=reasons("robots"),
                       asked=False)
        )  # fmt: skip
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS, last_modified=_LONG_AGO)
    return site


_LONG_AGO = "Mon, 06 Oct 2025 08:00:00 GMT"


def _good_page(request: Request) -> Reply:
    return Reply(page(story(request.path)).encode())


def two_feeds(at: Place) -> Site:
    site = Site(at, "two feeds that share articles, each with its own GUIDs and tracking")
    first, second = site.source("feed", "/a.xml", tail="a"), site.source("feed", "/b.xml", tail="b")
    both = site.articles(2, first, second, stem="/both/")
    ones, twos = site.articles(1, first, stem="/a/"), site.articles(1, second, stem="/b/")
    as_two = [replace(item, link=f"{item.link}?utm_campaign=b", guid=f"b:{n}") for n, item in enumerate(both)]
    site.routes["/a.xml"] = text(feeds.rss([*both, *ones], site=at.base), RSS, etag='"a"')
    site.routes["/b.xml"] = text(feeds.atom([*as_two, *twos], site=at.base), ATOM, etag='"b"')
    return site


def amp(at: Place) -> Site:
    site = Site(at, "one feed leads to the AMP variants, another to the articles themselves")
    one, other = site.source("feed", "/rss.xml", tail="a"), site.source("feed", "/amp.xml", tail="b")
    items, variants = [], []
    for number in (1, 2):
        path = f"/story/{at.number}-{number}"
        url, variant = at.base + path, f"{at.base}{path}/amp"
        told = site.article(path, one, other, hours=number, dress=Dress(canonical=url, amp=variant))
        site.routes[f"{path}/amp"] = Reply(page(told, Dress(canonical=url, html="amp lang=en")).encode())
        site.good[-1] = replace(site.good[-1], also=(variant,))
        items.append(Item(url, told))
        variants.append(Item(variant, told))
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    site.routes["/amp.xml"] = text(feeds.rss(variants, site=at.base), RSS)
    return site


def validators(at: Place) -> Site:
    site = Site(at, "a feed with Last-Modified alone, pages with ETag and Last-Modified")
    source = site.source("feed", "/rss.xml")
    items = site.articles(_ARTICLES, source, etag='W/"p"', last_modified=_LONG_AGO)
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS, last_modified=_LONG_AGO)
    return site


def moved(at: Place) -> Site:
    site = Site(at, "a feed and articles that have moved for good, and robots.txt behind a redirect")
    site.routes["/robots.txt"] = redirect("/robots-new.txt", 301)
    site.routes["/robots-new.txt"] = text("User-agent: *\nDisallow: /hidden/\n")
    site.manners = Manners(disallowed=("/hidden/",))
    source = site.source("feed", "/old.xml")
    items = site.articles(2, source)
    for number, item in enumerate(items):
        site.routes[f"/go/{number}"] = redirect(item.link, (301, 307)[number])
        site.good[-2 + number] = replace(site.good[-2 + number], also=(f"{at.base}/go/{number}",))
    leading = [replace(item, link=f"{at.base}/go/{number}") for number, item in enumerate(items)]
    leading.append(site.fault("/go/hidden", source, redirect("/hidden/page", 302), reasons=reasons("robots")))
    site.routes["/old.xml"] = redirect("/new.xml", 301)
    site.routes["/new.xml"] = text(feeds.rss(leading, site=at.base), RSS)
    return site


def odd_wire(at: Place) -> Site:
    site = Site(at, "right but rare HTTP: chunks, early hints, no length, closed connections")
    source = site.source("feed", "/rss.xml")
    site.routes["/rss.xml"] = Reply()  # replaced below
    items = []
    for number, wire in enumerate((_chunked, _early, _until_close, _closing), 1):
        path = f"/news/{at.number}-{number}.html"
        told = story(f"{at.number} {path}", hours=number)
        reply = wire(page(told).encode())
        site.article(path, source, reply=reply)
        items.append(Item(at.base + path, told))
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    return site


_HTML = "Content-Type: text/html; charset=utf-8"


def _chunked(body: bytes) -> Reply:
    pieces = [body[start : start + 700] for start in range(0, len(body), 700)]
    chunks = [b"%x;note=x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return raw(head(200, [_HTML, "Transfer-Encoding: chunked"]), *chunks, b"0\r\nX-Trailer: 1\r\n\r\n")


def _early(body: bytes) -> Reply:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    return raw(early, head(200, [_HTML, f"Content-Length: {len(body)}"]) + body)


def _until_close(body: bytes) -> Reply:
    return raw(head(200, [_HTML, "Connection: close"]), body[:500], 0.05, body[500:])


def _closing(body: bytes) -> Reply:
    """Closes without having said so: the next request finds the connection gone."""
    return raw(head(200, [_HTML, f"Content-Length: {len(body)}"]) + body)


def named(at: Place) -> Site:
    site = Site(at, "a site that is known by its name alone")
    source = site.source("feed", "/rss.xml", base=at.named)
    items = site.articles(2, source, base=at.named)
    pages, site.routes = site.routes, {}
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.named), RSS, etag='"n"')
    site.routes |= {path: _if_named(at, reply) for path, reply in pages.items() if isinstance(reply, Reply)}
    return site


def _if_named(at: Place, reply: Reply) -> Route:
    wrong = text("This server knows no site of that name.", status=404)
    return lambda request: reply if request.host == at.name else wrong


def international(at: Place) -> Site:
    site = Site(at, "addresses with letters of other scripts, escaped and not")
    source = site.source("feed", "/rss.xml")
    items = []
    for number, (written, asked) in enumerate(
        [
            ("/новости/мост", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/%D0%BC%D0%BE%D1%81%D1%82"),
            ("/stra%c3%9fe/br%C3%BCcke", "/stra%C3%9Fe/br%C3%BCcke"),
            ("/a%2Fb/%7Euser?q=1&b=2", "/a%2Fb/~user?q=1&b=2"),
        ]
    ):
        told = site.article(asked, source, hours=number)
        # Requests keep the escapes as they were written, or not: either is right.
        site.routes[written] = site.routes[asked]
        items.append(Item(at.base + written, told))
    site.routes["/stra%c3%9fe/br%C3%BCcke"] = site.routes["/stra%C3%9Fe/br%C3%BCcke"]
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    return site


def wide_robots(at: Place) -> Site:
    site = Site(at, "a robots.txt of a megabyte: what stands in its first 500 KiB counts")
    filler = "".join(f"# line {number} of many, and nothing but a remark\n" for number in range(18_000))
    site.routes["/robots.txt"] = text(
        f"User-agent: *\nDisallow: /closed/\n{filler}User-agent: *\nDisallow: /\n"
    )
    site.manners = Manners(disallowed=("/closed/",))
    source = site.source("feed", "/rss.xml")
    items = site.articles(2, source)
    items.append(site.fault("/closed/a.html", source, _good_page, reasons=reasons("robots"), asked=False))
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    return site


def secret(at: Place) -> Site:
    site = Site(at, "a feed behind a password, with a redirect that leads to another host")
    source = site.source("feed", "/rss.xml", headers={"Authorization": "Bearer made-up-secret"})
    items = site.articles(2, source)
    there = f"{Place(1, at.port).base}/elsewhere"
    items.append(site.fault("/away", source, redirect(there)))
    content = text(feeds.rss(items, site=at.base), RSS, etag='"s"')
    refused = text("Who are you?", status=403)
    site.routes["/rss.xml"] = lambda request: content if "authorization" in request.headers else refused
    return site


def patterns(at: Place) -> Site:
    site = Site(at, "a feed of which only some addresses are wanted")
    source = site.source("feed", "/rss.xml", include=("/news/",), exclude=("/news/live-",))
    items = site.articles(2, source)
    for path in ("/sport/x.html", "/news/live-x.html"):
        items.append(
            site.fault(path, source, _good_page, outcomes=frozenset({"refused"}), asked=False, found=False)
        )
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    return site


def gone(at: Place) -> Site:
    site = Site(at, "a feed whose articles are gone, or no articles")
    source = site.source("feed", "/rss.xml")
    items = site.articles(1, source)
    for path, reply, reason in (
        ("/gone-404", text("Not here", "text/html", status=404), "http_404"),
        ("/gone-410", text("Gone", "text/html", status=410), "http_410"),
        ("/closed-403", text("No", "text/html", status=403), "http_403"),
        ("/paper.pdf", Reply(b"%PDF-1.7\n%\xe2\xe3\n", content_type="application/pdf"), "pdf"),
        ("/lying.html", Reply(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj"), ""),
        ("/picture.png", Reply(b"\x89PNG\r\n\x1a\n" + bytes(40), content_type="image/png"), "image"),
        ("/no-content", Reply(status=204), ""),
    ):
        items.append(site.fault(path, source, reply, reasons=reasons(*[reason] if reason else [])))
    site.complaints = reasons("no_address", "bad_url")
    items.append(replace(items[0], link=f"ftp://{at.address}/x", guid="ftp"))
    site.routes["/rss.xml"] = text(feeds.rss(items, site=at.base), RSS)
    return site


BUILDERS: tuple[Builder, ...] = (
    *(rss2, atom, json, rdf, rss091, rss092, full, permalinks, sitemap, sitemap_index, news_sitemap),
    *(text_sitemap, section, url_list, slow_going, two_feeds, amp, validators, moved, odd_wire, named),
    *(international, wide_robots, secret, patterns, gone),
)
