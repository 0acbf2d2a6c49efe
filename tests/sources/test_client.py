"""The polite client as a whole against real servers: what it asks, over which connections, what it takes."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from records import InputError
from sources.http import web as client
from sources.robots import MAX_ROBOTS_BYTES
from sources.web import Ask, Get, PutOff, Refused, WebLimits
from tests.web.server import Unavailable
from tests.web.site import Fault
from tests.web.world import LocalWeb
from tests.web.world import local_web as local_web_running
from tests.webserver import Web

LIMITS = WebLimits(deadline_s=20.0, page_deadline_s=20.0, attempts=1, max_bytes=2_000_000)
CLOSED = "User-agent: *\nDisallow: /a\n"
_T = TypeVar("_T")


def asking(visit: Callable[[Get], Awaitable[_T]], resolver=None, limits: WebLimits = LIMITS) -> _T:
    async def asked() -> _T:
        async with client(
            user_agent="Dateline/9 (+https://desk.example)",
            now=lambda: datetime.now(UTC),
            limits=limits,
            resolver=resolver,
            allow_private=True,
        ) as get:
            return await visit(get)

    return asyncio.run(asked())


@pytest.fixture(scope="module")
def shared_web() -> Iterator[LocalWeb]:
    """One local web for the tests that do not look at what was asked of it."""
    try:
        with local_web_running() as served:
            yield served
    except Unavailable as error:
        pytest.skip(str(error))


def ending(url: str, **given: object) -> str:
    """How a request ended: `ok`, or the reason why it did not end well."""

    async def visit(get: Get) -> str:
        try:
            await get(Ask(url, **given))  # type: ignore[arg-type]  # as Ask has them
        except InputError as error:
            return error.reason
        return "ok"

    return asking(visit)


def test_robots_txt_behind_a_redirect_counts(web: Web):
    web.redirect("/robots.txt", "/robots/1.txt", 301)
    web.redirect("/robots/1.txt", "/robots/2.txt", 302)
    web.serve("/robots/2.txt", CLOSED)
    assert ending(web.serve("/a", "Text.")) == "robots"
    assert ending(web.serve("/b", "Text.")) == "ok"


def test_robots_txt_that_leads_on_for_ever_is_none(web: Web):
    web.redirect("/robots.txt", "/robots.txt")
    assert ending(web.serve("/a", "Text.")) == "ok"


@pytest.mark.parametrize(
    ("status", "end"), [(404, "ok"), (403, "ok"), (500, "robots_unreachable"), (503, "robots_unreachable")]
)
def test_what_the_status_of_robots_txt_means(web: Web, status, end):
    web.serve("/robots.txt", CLOSED, status=status)
    assert ending(web.serve("/a", "Text.")) in (end, f"http_{status}")
    assert ("/a" in [path for path, _ in web.asked]) == (end == "ok")


def test_robots_txt_that_cannot_be_read_to_its_end_closes_the_host(web: Web):
    web.serve("/robots.txt", raw=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nUser-agent: *")
    assert ending(web.serve("/a", "Text.")) == "robots_unreachable"


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_robots_txt_without_measure_the_beginning_counts(web: Web, packed):
    filler = b"# and nothing but a remark\n" * (2 * MAX_ROBOTS_BYTES // 27)
    body = CLOSED.encode() + filler + b"User-agent: *\nDisallow: /b\n"
    headers = {"Content-Encoding": "gzip"} if packed else {}
    web.serve("/robots.txt", gzip.compress(body, mtime=0) if packed else body, headers=headers)
    assert ending(web.serve("/a", "Text.")) == "robots"
    assert ending(web.serve("/b", "Text.")) == "ok"


def test_a_web_page_in_place_of_robots_txt_closes_nothing(web: Web):
    web.serve("/robots.txt", "<!doctype html><title>Welcome</title><p>Disallow: /")
    assert ending(web.serve("/a", "Text.")) == "ok"


def test_the_reservation_file_of_a_host_is_asked_for_and_obeyed(web: Web):
    web.serve("/.well-known/tdmrep.json", '[{"location": "/a*", "tdm-reservation": 1}]')
    assert ending(web.serve("/article", "Text.")) == "tdm"
    assert ending(web.serve("/b", "Text.")) == "ok"
    assert "/article" not in [path for path, _ in web.asked]


def test_one_connection_carries_all_requests_to_a_host(local_web: LocalWeb):
    site = local_web.sites["rss2"]

    async def visit(get: Get) -> None:
        await asyncio.gather(*(get(Ask(good.url)) for good in site.good))

    asking(visit, local_web.names.resolve)
    entries = [entry for entry in local_web.log.entries if entry.address == site.place.address]
    assert len({entry.connection for entry in entries}) == 1
    assert [entry.path for entry in entries[:2]] == ["/robots.txt", "/.well-known/tdmrep.json"]
    assert local_web.impolite() == []


def test_hosts_are_asked_at_the_same_time(shared_web: LocalWeb):
    wanted = [site.good[0].url for name, site in shared_web.sites.items() if name in ("rss2", "atom", "full")]

    async def visit(get: Get) -> list[int]:
        return [answer.status for answer in await asyncio.gather(*(get(Ask(url)) for url in wanted))]

    assert asking(visit, shared_web.names.resolve) == [200, 200, 200]


@pytest.mark.parametrize("name", ["json", "rdf", "rss091"])
def test_packed_answers_are_unpacked(shared_web: LocalWeb, name):
    good = shared_web.sites[name].good[0]

    async def visit(get: Get) -> bytes:
        return (await get(Ask(good.url))).content

    assert good.title.encode() in asking(visit, shared_web.names.resolve)


def test_who_sends_what_it_has_gets_a_304_and_no_content(shared_web: LocalWeb):
    site = shared_web.sites["validators"]
    url = f"{site.place.base}/rss.xml"

    async def visit(get: Get) -> tuple[int, int, bytes]:
        first = await get(Ask(url, kind="feed"))
        again = await get(Ask(url, kind="feed", last_modified=first.headers["last-modified"]))
        return first.status, again.status, again.content

    assert asking(visit, shared_web.names.resolve) == (200, 304, b"")


def of_one_fault(local_web: LocalWeb, site: str, path: str) -> Fault:
    return next(fault for fault in local_web.sites[site].faults if fault.url.endswith(path))


@pytest.mark.parametrize(
    ("site", "path"),
    [
        *(("redirects", path) for path in ("/ring", "/cloud", "/cloud2", "/file", "/script", "/more/0")),
        *(("bombs", path) for path in ("/bomb-gzip", "/bomb-deflate", "/twice")),
        *(("endless", path) for path in ("/chunked", "/bare")),
        *(("lengths", path) for path in ("/too-long", "/twice", "/no-number")),
        *(("resets", path) for path in ("/at-once", "/in-body")),
        *(("no_http", path) for path in ("/close", "/ssh")),
        *(("huge_head", path) for path in ("/one", "/many")),
        *(("gone", path) for path in ("/gone-404", "/gone-410", "/closed-403", "/paper.pdf", "/picture.png")),
        *(("empties", path) for path in ("/nul-head",)),
        ("always_500", "/1"),
        ("come_back_tomorrow", "/later"),
    ],
)
def test_every_fault_of_the_local_web_has_its_reason(shared_web: LocalWeb, site, path):
    fault = of_one_fault(shared_web, site, path)

    async def visit(get: Get) -> InputError:
        with pytest.raises(InputError) as caught:
            await get(Ask(fault.url))
        return caught.value

    error = asking(visit, shared_web.names.resolve)
    assert error.stage == "fetch"
    assert isinstance(error, PutOff) or not fault.reasons or error.reason in fault.reasons
    assert not isinstance(error, Refused)


@pytest.mark.parametrize("name", ["robots_500", "robots_no"])
def test_of_a_closed_host_its_robots_txt_alone_is_asked_for(local_web: LocalWeb, name):
    site = local_web.sites[name]

    async def visit(get: Get) -> None:
        for path in ("/rss.xml", "/", "/news/"):
            with pytest.raises(InputError):
                await get(Ask(site.place.base + path))

    asking(visit, local_web.names.resolve)
    assert set(local_web.log.paths(site.place.address)) == {"/robots.txt"}
