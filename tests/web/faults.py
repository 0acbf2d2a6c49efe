"""The sites of the local web whose answers, lists and hosts are broken or hostile, in good HTTP."""

from records import OutcomeKind
from tests.web import feeds, sitemaps
from tests.web.feeds import Item
from tests.web.log import Manners
from tests.web.pages import BEGINNING, page, story
from tests.web.replies import Reply, Request, Route, raw, redirect, text
from tests.web.site import RSS, XML, Builder, Fault, Place, Site, reasons

_HTML = "Content-Type: text/html; charset=utf-8"
_BROKEN = reasons("network")
_ADDRESS = reasons("private_address", "bad_redirect")
_ANY: frozenset[OutcomeKind] = frozenset({"stored", "refused", "failed", "duplicate", "unchanged"})


def once_unavailable(at: Place) -> Site:
    site = Site(at, "503 at the first request for each page, then well")
    source = site.source("feed", "/rss.xml")
    items = site.articles(2, source)
    for item in items:
        path = item.link.removeprefix(at.base)
        good = site.routes[path]
        assert isinstance(good, Reply)
        site.routes[path] = _first(text("Wait a moment.", status=503), then=good)
    return site.with_feed(items)


def _first(first: Reply, *, then: Reply) -> Route:
    return lambda request: first if request.nth == 1 else then


def too_many(at: Place) -> Site:
    site = Site(at, "429 with Retry-After: 1 at the first request, then well")
    source = site.source("feed", "/rss.xml")
    items = site.articles(2, source)
    path = items[0].link.removeprefix(at.base)
    good = site.routes[path]
    assert isinstance(good, Reply)
    stop = text("Too many.", status=429, headers=(("Retry-After", "1"),))
    site.routes[path] = _first(stop, then=good)
    return site.with_feed(items)


def come_back_tomorrow(at: Place) -> Site:
    site = Site(at, "503 with Retry-After: 86400, always")
    source = site.source("feed", "/rss.xml")
    later = text("Tomorrow.", status=503, headers=(("Retry-After", "86400"),))
    return site.with_feed([site.fault("/later", source, later, waits=True)])


def redirects(at: Place) -> Site:
    site = Site(at, "redirects in a ring, to the metadata service, to a file, to a script, to ever more")
    source = site.source("feed", "/rss.xml")
    items = [
        site.fault("/ring", source, redirect("/ring2"), reasons=reasons("too_many_redirects")),
        site.fault("/cloud", source, redirect("http://169.254.169.254/latest/meta-data/"), reasons=_ADDRESS),
        site.fault("/cloud2", source, redirect("http://[::ffff:a9fe:a9fe]/latest/"), reasons=_ADDRESS),
        site.fault("/file", source, redirect("file:///etc/passwd"), reasons=_ADDRESS),
        site.fault("/script", source, redirect("javascript:alert(1)"), reasons=_ADDRESS),
        site.fault("/nowhere", source, redirect("")),
        site.fault("/no-location", source, Reply(status=302)),
        site.fault("/more/0", source, Reply(), reasons=reasons("too_many_redirects")),
    ]
    site.routes["/ring2"] = redirect("/ring")
    del site.routes["/more/0"]
    site.otherwise = _ever_further
    return site.with_feed(items)


def _ever_further(request: Request) -> Reply:
    stem, _, number = request.path.rpartition("/")
    if stem != "/more":
        return text("Not here.", status=404)
    return redirect(f"/more/{int(number) + 1}")


def cookies(at: Place) -> Site:
    site = Site(at, "a page that leads to itself until a cookie is sent back")
    source = site.source("feed", "/rss.xml")
    told = story(f"{at.number} /cookie")
    again = Reply(status=302, headers=(("Location", "/cookie"), ("Set-Cookie", "seen=1; Path=/")))

    def reply(request: Request) -> Reply:
        return Reply(page(told).encode()) if "cookie" in request.headers else again

    return site.with_feed([site.fault("/cookie", source, reply)])


def charsets(at: Place) -> Site:
    site = Site(at, "pages that lie about their characters")
    source = site.source("feed", "/rss.xml")
    told = story(f"{at.number} lie")
    latin = page(told).replace("made up", "naïve façades café").encode("cp1252")
    sixteen = page(story(f"{at.number} lie16")).encode("utf-16")
    return site.with_feed(
        [
            site.fault("/latin", source, Reply(latin), outcomes=_ANY),
            site.fault(
                "/unknown", source, Reply(latin, content_type="text/html; charset=klingon"), outcomes=_ANY
            ),
            site.fault("/sixteen", source, Reply(sixteen), outcomes=_ANY),
        ],
    )


def entities(at: Place) -> Site:
    site = Site(at, "feeds that would unfold to gigabytes, or fetch a file")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    doc = (
        '<?xml version="1.0"?><!DOCTYPE rss [{}]>'
        '<rss version="2.0"><channel><title>{}</title></channel></rss>'
    )
    site.routes["/bomb.xml"] = text(doc.format(laughs, "&l11;"), RSS)
    site.routes["/file.xml"] = text(doc.format('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), RSS)
    site.routes["/map.xml"] = text(
        f'<!DOCTYPE urlset [{laughs}]><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<url><loc>&l11;</loc></url></urlset>",
        XML,
    )
    for tail, kind, path in (
        ("a", "feed", "/bomb.xml"),
        ("b", "feed", "/file.xml"),
        ("c", "sitemap", "/map.xml"),
    ):
        site.broken_sources[site.source(kind, path, tail=tail)] = reasons()
    return site


def bad_feeds(at: Place) -> Site:
    site = Site(
        at, "feeds that are cut off, HTML, empty, missing, or time out; the cut one's first items count"
    )
    cut = site.source("feed", "/cut.xml", tail="a")
    items = site.articles(3, cut)
    whole = feeds.rss(items, site=at.base)
    lost = whole.index("<item>", whole.index("</item>", whole.index("</item>") + 1))
    site.routes["/cut.xml"] = text(whole[: lost + 60], RSS)
    # Of the three, two are whole; a parser that takes none of a broken feed is right as well.
    for each in site.good:
        site.faults.append(Fault(each.url, cut, outcomes=_ANY, found=False))
    site.good.clear()
    site.broken_sources[cut] = reasons()
    for tail, path, reply in (
        ("b", "/html.xml", Reply(page(story("feed?")).encode())),
        ("c", "/empty.xml", Reply(content_type=RSS)),
        ("d", "/missing.xml", text("no", status=404)),
        ("e", "/binary.xml", Reply(bytes(range(256)) * 20, content_type=RSS)),
    ):
        site.routes[path] = reply
        site.broken_sources[site.source("feed", path, tail=tail)] = reasons()
    return site


def empties(at: Place) -> Site:
    site = Site(at, "empty bodies, NUL bytes, no running text")
    source = site.source("feed", "/rss.xml")
    nul = page(story(f"{at.number} nul")).encode()
    return site.with_feed(
        [
            site.fault("/empty", source, Reply()),
            site.fault("/blank", source, Reply(b"  \r\n\t ")),
            site.fault("/nul", source, Reply(bytes(5000))),
            site.fault("/nuls", source, Reply(nul.replace(b"<p>", b"<p>\0")), outcomes=_ANY),
            site.fault("/nul-head", source, raw(b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"), reasons=_BROKEN),
            site.fault("/no-text", source, Reply(b"<!doctype html><title>Hm</title><img src=x>")),
        ],
    )


def always_500(at: Place) -> Site:
    site = Site(at, "500 for every page")
    source = site.source("feed", "/rss.xml")
    broken = text("<h1>Internal Server Error</h1>", "text/html", status=500)
    items = [
        site.fault(f"/{number}", source, broken, reasons=reasons("http_500"), waits=True) for number in (1, 2)
    ]
    return site.with_feed(items)


def robots_500(at: Place) -> Site:
    site = _closed(at, "robots.txt answers 500: nothing may be asked for")
    site.routes["/robots.txt"] = text("Oops", status=500)
    return site


def robots_no(at: Place) -> Site:
    site = _closed(at, "robots.txt disallows everything")
    site.robots("User-agent: *", "Disallow: /")
    return site


def _closed(at: Place, about: str) -> Site:
    """A site with a feed and an article, neither of which may be asked for."""
    site = Site(at, about)
    site.manners = Manners(disallowed=("/",))
    source = site.source("feed", "/rss.xml")
    site.broken_sources[source] = reasons()
    site.with_feed(site.articles(1, source))
    site.faults.append(Fault(site.good.pop().url, source, asked=False, found=False))
    return site


def trap(at: Place) -> Site:
    site = Site(at, "a trap of sitemaps and feed pages that name ever more of their kind")
    maps = site.source("sitemap", "/map/0", tail="a", max_items=20)
    paged = site.source("feed", "/feed/0", tail="b", max_items=20)
    site.broken_sources |= {maps: reasons(), paged: reasons()}
    site.complaints = reasons("too_many_sitemaps")

    def more(request: Request) -> Reply:
        kind, _, number = request.path.strip("/").partition("/")
        if not number.isdigit():
            return text("Not here.", status=404)
        step = int(number) * 2
        if kind == "map":
            children = [(f"{at.base}/map/{step + n}", BEGINNING) for n in (1, 2)]
            return text(sitemaps.index([*children, (f"{at.base}/map/0", BEGINNING)]), XML)
        following = f"{at.base}/feed/{int(number) + 1}"
        return text(feeds.json_feed([], site=at.base, next_url=following), "application/feed+json")

    site.otherwise = more
    return site


def rebinding(at: Place) -> Site:
    site = Site(at, "a name that means this site at the first look-up and the metadata service at the next")
    source = site.source("feed", "/rss.xml", base=at.named)
    told = story(f"{at.number} rebinding")
    url = f"{at.named}/page.html"
    site.routes["/page.html"] = Reply(page(told).encode())
    site.routes["/rss.xml"] = text(feeds.rss([Item(url, told)], site=at.named), RSS)
    site.broken_sources[source] = reasons()
    site.faults.append(Fault(url, source, outcomes=_ANY, waits=True, found=False))
    return site


def absent(at: Place) -> Site:
    site = Site(at, "hosts that are not there: nobody listens, nobody knows the name")
    site.broken_sources[site.source("feed", "/rss.xml", tail="a", base=f"http://127.0.2.1:{at.port}")] = (
        reasons()
    )
    site.broken_sources[
        site.source("feed", "/rss.xml", tail="b", base=f"http://nosuch.example:{at.port}")
    ] = reasons()
    return site


BUILDERS: tuple[Builder, ...] = (
    *(once_unavailable, too_many, come_back_tomorrow, redirects, cookies, charsets, entities, bad_feeds),
    *(empties, always_500, robots_500, robots_no, trap, rebinding, absent),
)
