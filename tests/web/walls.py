"""The sites of the local web that keep something back: walls, soft errors, reservations of rights."""

from tests.web.feeds import Item
from tests.web.pages import Dress, page, story
from tests.web.replies import Reply, text
from tests.web.site import Builder, Place, Site, reasons

_WALL = reasons("wall", "consent", "paywall", "javascript", "soft_404", "bot_check", "no_text", "bot")
_STOP = frozenset({"refused"})

_CONSENT = """<!doctype html><html lang="en"><title>Before you continue</title><body>
<div id="consent-dialog" role="dialog" class="cookie-consent"><h1>We value your privacy</h1>
<p>We and our 842 partners store and access information on your device, such as cookies, and process personal
data to show personalised advertising and to measure it.</p>
<p>You can change your choice at any time in our privacy policy.</p>
<button>Accept all</button> <button>Reject all</button> <a href="/settings">Manage options</a></div></body>
</html>"""

_PAYWALL = """<!doctype html><html lang="en"><head><title>{title}</title>
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle",
"headline":"{title}","isAccessibleForFree":false,
"hasPart":{{"@type":"WebPageElement","isAccessibleForFree":false,"cssSelector":".paywall"}}}}</script></head>
<body><article><h1>{title}</h1><p>{first}</p><div class="paywall"><h2>Subscribe to continue reading</h2>
<p>This article is for subscribers only. Already a subscriber? Log in.</p><button>Subscribe now</button></div>
</article></body></html>"""

_SCRIPT = """<!doctype html><html lang="en"><title>News</title><body><div id="root"></div>
<noscript>You need to enable JavaScript to run this app.</noscript><script src="/main.js"></script></body>
</html>"""

_NOT_FOUND = """<!doctype html><html lang="en"><title>Page not found</title><body><main>
<h1>404 - Page not found</h1><p>Sorry, the page you are looking for could not be found. It may have been
moved or deleted.</p><p><a href="/">Back to the front page</a></p></main></body></html>"""

_BOTS = """<!doctype html><html lang="en"><title>Just a moment...</title><body>
<h1>Checking your browser before you go on</h1><p>Please verify you are human. Enable JavaScript and cookies
to continue.</p><form id="challenge-form" action="/cdn-cgi/challenge"></form></body></html>"""


def walls(at: Place) -> Site:
    site = Site(at, "consent, subscription and script walls, an error that says 200, a check for robots")
    source = site.source("feed", "/rss.xml")
    items = site.articles(1, source)
    told = story(f"{at.number} pay")
    paid = _PAYWALL.format(title="A short beginning", first=told.paragraphs[0][:160])
    for path, content, status in (
        ("/consent", _CONSENT, 200),
        ("/paywall", paid, 200),
        ("/script", _SCRIPT, 200),
        ("/soft-404", _NOT_FOUND, 200),
    ):
        reply = text(content, "text/html; charset=utf-8", status=status)
        items.append(site.fault(path, source, reply, outcomes=_STOP, reasons=_WALL))
    return site.with_feed(items)


def bot_check(at: Place) -> Site:
    site = Site(at, "a check for robots, with 200, 403 and 503")
    source = site.source("feed", "/rss.xml")
    items = [
        site.fault(
            f"/check-{status}",
            source,
            text(_BOTS, "text/html; charset=utf-8", status=status),
            reasons=_WALL | reasons("http_403", "http_503"),
            waits=True,
        )
        for status in (200, 403, 503)
    ]
    return site.with_feed(items)


def reserved(at: Place) -> Site:
    site = Site(at, "pages whose rights are reserved, by header and by tag")
    source = site.source("feed", "/rss.xml")
    items = site.articles(1, source)

    def kept(
        path: str, reason: str, *, dress: Dress | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> Item:
        reply = Reply(page(story(f"{at.number} {path}"), dress).encode(), headers=headers)
        return site.fault(path, source, reply, outcomes=_STOP, reasons=reasons(reason))

    items += [
        kept(
            "/tdm-header", "tdm", headers=(("tdm-reservation", "1"), ("tdm-policy", f"{at.base}/policy.json"))
        ),
        kept("/tdm-tag", "tdm", dress=Dress(meta=(("tdm-reservation", "1"),))),
        kept("/noai-header", "noai", headers=(("X-Robots-Tag", "noai, noimageai"),)),
        kept("/noai-tag", "noai", dress=Dress(meta=(("robots", "index, noai"),))),
    ]
    free = Reply(page(story(f"{at.number} free")).encode(), headers=(("tdm-reservation", "0"),))
    items.append(_stored(site, "/tdm-free", source, free))
    unkept = Dress(meta=(("robots", "noarchive"),))
    items.append(_stored(site, "/noarchive", source, Reply(page(story(f"{at.number} x"), unkept).encode())))
    return site.with_feed(items)


def _stored(site: Site, path: str, source: str, reply: Reply) -> Item:
    return site.fault(path, source, reply, outcomes=frozenset({"stored", "refused"}))


def reserved_site(at: Place) -> Site:
    site = Site(at, "a reservation for part of the site, in /.well-known/tdmrep.json")
    source = site.source("feed", "/rss.xml")
    site.routes["/.well-known/tdmrep.json"] = text(
        '[{"location": "/reserved/*", "tdm-reservation": 1}, {"location": "/*", "tdm-reservation": 0}]',
        "application/json",
    )
    items = site.articles(1, source)
    reply = Reply(page(story(f"{at.number} reserved")).encode())
    items.append(
        site.fault("/reserved/a.html", source, reply, outcomes=_STOP, reasons=reasons("tdm"), asked=False)
    )
    return site.with_feed(items)


BUILDERS: tuple[Builder, ...] = (walls, bot_check, reserved, reserved_site)
