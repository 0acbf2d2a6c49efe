"""The good sites of the local web with habits of their own: every right way to answer."""

from dataclasses import replace

from tests.web import feeds
from tests.web.feeds import Item
from tests.web.log import Manners
from tests.web.pages import Dress, page, story
from tests.web.replies import Reply, Request, Route, head, raw, redirect, text
from tests.web.site import ATOM, RSS, Builder, Place, Site, reasons

_ARTICLES = 4
_LONG_AGO = "Mon, 06 Oct 2025 08:00:00 GMT"
_HTML = "Content-Type: text/html; charset=utf-8"


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
    items = []
    for number, wire in enumerate((_chunked, _early, _until_close, _closing), 1):
        path = f"/news/{at.number}-{number}.html"
        told = story(f"{at.number} {path}", hours=number)
        reply = wire(page(told).encode())
        site.article(path, source, reply=reply)
        items.append(Item(at.base + path, told))
    return site.with_feed(items)


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
    return site.with_feed(items)


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
    return site.with_feed(items)


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
    return site.with_feed(items)


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
    return site.with_feed(items)


BUILDERS: tuple[Builder, ...] = (
    *(slow_going, two_feeds, amp, validators, moved, odd_wire, named, international, wide_robots),
    *(secret, patterns, gone),
)
