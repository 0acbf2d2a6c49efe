"""A host's rules are read once a day, before anything else is asked of it; without them nothing is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import pytest

import records
from records import InputError
from sources.addresses import Address, address_of
from sources.faults import failure, refusal, status_fault
from sources.hostrules import HostRules, Rules
from sources.web import Ask, PutOff
from tests.sources.fake_net import Clock

SITE = "https://paper.example"
DAY_S = 86_400.0
_T = TypeVar("_T")


class Files:
    """A host's files: bytes, or why they cannot be had."""

    def __init__(
        self,
        robots: bytes | InputError = b"",
        reservations: bytes | InputError = b"",
        remembered: Sequence[records.HostRules] = (),
    ) -> None:
        self.told: list[records.HostRules] = []
        self.files: dict[str, bytes | InputError] = {
            "/robots.txt": robots,
            "/.well-known/tdmrep.json": reservations,
        }
        self.asked: list[tuple[str, float | None]] = []
        self.clock = Clock()
        self.rules = HostRules(
            self.get,
            product="dateline",
            good_for_s=DAY_S,
            clock=self.clock,
            now=self.clock.now,
            remembered=remembered,
            remember=self.told.append,
        )

    async def get(self, address: Address, ask: Ask, crawl_delay_s: float | None) -> bytes:
        assert ask.kind != "robots"  # what for, not how
        self.asked.append((address.target, crawl_delay_s))
        await asyncio.sleep(0)
        found = self.files[address.target]
        if isinstance(found, InputError):
            raise found
        return found

    async def of(self, path: str = "/a", kind: str = "feed", site: str = SITE) -> Rules:
        return await self.rules.of(address_of(site + path), Ask(site + path, kind=kind))  # type: ignore[arg-type]


def run(files: Files, visit: Callable[[Files], Awaitable[_T]]) -> _T:
    async def visited() -> _T:
        return await visit(files)

    return asyncio.run(visited())


def missing() -> InputError:
    return status_fault(404, "Not Found")


def test_they_are_asked_for_once_and_again_after_a_day():
    async def visit(files: Files) -> list[int]:
        asked = []
        for at in (0.0, 1.0, DAY_S - 1, DAY_S, DAY_S + 1, 3 * DAY_S):
            files.clock.at = at
            await files.of()
            asked.append(len(files.asked))
        return asked

    assert run(Files(b"User-agent: *\nDisallow: /"), visit) == [1, 1, 1, 2, 2, 3]


def test_what_changed_holds_from_the_next_day_on():
    async def visit(files: Files) -> list[bool]:
        allowed = []
        for at in (0.0, DAY_S - 1, DAY_S):
            files.clock.at = at
            allowed.append((await files.of()).robots.allows(f"{SITE}/a"))
            files.files["/robots.txt"] = b"User-agent: *\nDisallow: /a"
        return allowed

    assert run(Files(b""), visit) == [True, True, False]


def test_all_who_wait_for_them_are_told_of_one_answer():
    async def visit(files: Files) -> None:
        await asyncio.gather(*(files.of(f"/{number}") for number in range(20)))

    files = Files(b"User-agent: *\nDisallow:")
    run(files, visit)
    assert len(files.asked) == 1


def test_each_scheme_and_port_has_its_own():
    async def visit(files: Files) -> None:
        for site in (SITE, "http://paper.example", "https://paper.example:8443", "https://www.paper.example"):
            await files.of(site=site)

    files = Files()
    run(files, visit)
    assert len(files.asked) == 4


# RFC 9309, 2.3.1: what the lack of a robots.txt means.
@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        *((status_fault(status, ""), "all") for status in (400, 401, 403, 404, 410, 418, 451)),
        *((status_fault(status, ""), "nothing") for status in (408, 429, 500, 502, 503, 504, 599)),
        (failure("too_many_redirects", "it leads on"), "all"),
        (refusal("bad_redirect", "it leads to a file"), "all"),
        (refusal("pdf", "it is a PDF"), "all"),
        (failure("timeout", "too slow"), "nothing"),
        (failure("network", "lost"), "nothing"),
        (failure("bad_gzip", "broken"), "nothing"),
        (failure("dns", "no such host"), "dns"),
        (failure("tls", "no certificate"), "tls"),
        (failure("connection_refused", "nobody"), "connection_refused"),
        (refusal("private_address", "an intranet"), "private_address"),
        (refusal("headers_too_large", "too large"), "headers_too_large"),
    ],
    ids=lambda value: value.reason if isinstance(value, InputError) else value,
)
def test_what_it_means_that_there_is_none(fault, meaning):
    async def visit(files: Files) -> str:
        try:
            rules = await files.of()
        except PutOff as error:
            return "nothing" if error.retry_at > files.clock.now() else error.reason
        except InputError as error:
            return error.reason
        return "all" if rules.robots.allows(f"{SITE}/a") else "none"

    assert run(Files(fault), visit) == meaning


def test_a_host_that_fails_is_asked_again_after_some_minutes_not_a_day():
    async def visit(files: Files) -> list[int]:
        asked = []
        for at in (0.0, 299.0, 300.0):
            files.clock.at = at
            with pytest.raises(PutOff):
                await files.of()
            asked.append(len(files.asked))
        files.clock.at = 600.0
        files.files["/robots.txt"] = b""
        await files.of()
        return asked

    assert run(Files(status_fault(503, "")), visit) == [1, 1, 2]


def test_being_put_off_is_not_remembered_as_the_rules():
    later = PutOff("later", reason="http_503", retry_at=Clock().now())

    async def visit(files: Files) -> bool:
        with pytest.raises(PutOff):
            await files.of()
        files.files["/robots.txt"] = b"User-agent: *\nDisallow: /"
        return (await files.of()).robots.allows(f"{SITE}/a")

    assert run(Files(later), visit) is False


def test_reservations_are_asked_for_where_pages_are_once_keeping_to_the_pause():
    async def visit(files: Files) -> list[tuple[str, str]]:
        await files.of(kind="feed")
        assert [path for path, _ in files.asked] == ["/robots.txt"]
        first = await files.of("/news/a", kind="page")
        await files.of("/news/b", kind="page")
        return [(each.kind, each.value) for each in first.reserved(address_of(f"{SITE}/news/a"))]

    reserved = b'[{"location": "/news/", "tdm-reservation": 1, "tdm-policy": "https://paper.example/p"}]'
    files = Files(b"User-agent: *\nCrawl-delay: 7", reserved)
    assert run(files, visit) == [("tdm", "1")]
    assert files.asked == [("/robots.txt", None), ("/.well-known/tdmrep.json", 7.0)]


def test_a_reservation_file_that_robots_txt_closes_is_not_asked_for():
    async def visit(files: Files) -> Rules:
        return await files.of(kind="page")

    files = Files(b"User-agent: *\nDisallow: /.well-known/")
    assert run(files, visit).reservations == ()
    assert [path for path, _ in files.asked] == ["/robots.txt"]


@pytest.mark.parametrize("fault", [missing(), status_fault(500, ""), failure("network", "lost")])
def test_a_reservation_file_that_cannot_be_had_reserves_nothing(fault):
    async def visit(files: Files) -> Rules:
        await files.of(kind="page")
        return await files.of(kind="page")

    files = Files(b"", fault)
    assert run(files, visit).reserved(address_of(f"{SITE}/a")) == ()
    assert len(files.asked) == 2


def test_the_rules_of_very_many_hosts_take_no_more_than_their_share_of_memory(monkeypatch):
    monkeypatch.setattr("sources.hostrules._PACKED_BYTES", 10_000)

    async def visit(files: Files) -> None:
        for number in range(100):
            await files.of(site=f"https://site{number}.example")
        await files.of(site="https://site99.example")
        assert len(files.asked) == 100
        await files.of(site="https://site0.example")
        assert len(files.asked) == 101
        assert files.rules._kept_bytes <= 10_000

    run(Files(b"User-agent: *\nDisallow: /a\n"), visit)


# From one client to the next.

RESERVED = b'[{"location": "/a", "tdm-reservation": 1}]'


@pytest.mark.parametrize(
    "robots", [b"User-agent: *\nDisallow: /b", b"\xef\xbb\xbfUser-agent: *\nDisallow: /b"]
)
def test_another_client_that_is_told_asks_for_nothing_until_the_day_is_over(robots: bytes):
    async def first(files: Files) -> None:
        await files.of(kind="page")

    files = Files(robots, RESERVED)
    run(files, first)

    async def again(files: Files) -> list[tuple[bool, int, int]]:
        seen = []
        for at in (0.0, DAY_S - 1, DAY_S):
            files.clock.at = at
            rules = await files.of(kind="page")
            allowed = rules.robots.allows(f"{SITE}/b")
            seen.append((allowed, len(rules.reserved(address_of(f"{SITE}/a"))), len(files.asked)))
        return seen

    told = Files(b"", b"", remembered=files.told[-1:])
    assert run(told, again) == [(False, 1, 0), (False, 1, 0), (True, 0, 2)]


@pytest.mark.parametrize("kind", ["feed", "page"])
def test_a_host_without_rules_is_remembered_too(kind: str):
    async def visit(files: Files) -> int:
        await files.of(kind=kind)
        return len(files.asked)

    files = Files(missing(), missing())
    assert run(files, visit) == (1 if kind == "feed" else 2)
    assert run(Files(missing(), missing(), remembered=files.told), visit) == 0


def test_reservations_that_nobody_asked_for_are_asked_for_when_a_page_is():
    async def visit(files: Files) -> list[str]:
        await files.of(kind="page")
        return [path for path, _ in files.asked]

    async def feed(files: Files) -> None:
        await files.of(kind="feed")

    files = Files(b"User-agent: *\nDisallow: /b", RESERVED)
    run(files, feed)
    assert run(Files(b"", RESERVED, remembered=files.told), visit) == ["/.well-known/tdmrep.json"]


def test_what_cannot_be_had_is_not_remembered():
    async def visit(files: Files) -> None:
        with pytest.raises(PutOff):
            await files.of()

    files = Files(status_fault(500, "Server Error"))
    run(files, visit)
    assert files.told == []
