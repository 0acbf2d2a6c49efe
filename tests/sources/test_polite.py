"""The client's patience: pauses, waiting, trying again, the circuit breaker; no time passes here."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from records import InputError
from sources.faults import failure
from sources.polite import Polite
from sources.web import Ask, PutOff
from tests.sources.fake_net import BEGAN, LIMITS, OTHER, SITE, FakeNet, Said, ending, run, served

# What comes before a page, and the pause


def test_the_rules_are_asked_for_first_and_once():
    net = served("/a", "/b")

    async def visit(polite: Polite) -> None:
        await polite.get(Ask(f"{SITE}/a"))
        await polite.get(Ask(f"{SITE}/b"))

    run(net, visit)
    rules = [f"{SITE}/robots.txt", f"{SITE}/.well-known/tdmrep.json"]
    assert net.pages(with_rules=True) == [
        (url, float(at)) for at, url in enumerate([*rules, f"{SITE}/a", f"{SITE}/b"])
    ]


@pytest.mark.parametrize(
    ("robots", "delay_s", "times"),
    [
        (b"", None, [2.0, 3.0, 4.0]),
        (b"", 2.5, [5.0, 7.5, 10.0]),
        (b"User-agent: *\nCrawl-delay: 5", None, [10.0, 15.0, 20.0]),
        (b"User-agent: *\nCrawl-delay: 0.1", None, [2.0, 3.0, 4.0]),
        (b"User-agent: *\nCrawl-delay: 9999", None, [120.0, 180.0, 240.0]),
    ],
)
def test_between_two_requests_to_a_host_lies_its_pause(robots, delay_s, times):
    net = served("/a", "/b", "/c")
    net.routes[f"{SITE}/robots.txt"] = Said(content=robots)

    async def visit(polite: Polite) -> None:
        for path in "abc":
            await polite.get(Ask(f"{SITE}/{path}", delay_s=delay_s))

    run(net, visit)
    assert [at for _, at in net.pages()] == times


def test_the_pause_begins_when_the_answer_is_over():
    net = served("/b", a=Said(took_s=7.0))

    async def visit(polite: Polite) -> None:
        await polite.get(Ask(f"{SITE}/a"))
        await polite.get(Ask(f"{SITE}/b"))

    run(net, visit)
    assert [at for _, at in net.pages()] == [2.0, 10.0]


def test_a_host_never_sees_two_requests_at_once_however_many_are_wanted():
    net = served(*(f"/{n}" for n in range(8)))
    net.routes |= {f"{OTHER}/{n}": Said() for n in range(8)}

    async def visit(polite: Polite) -> None:
        wanted = [Ask(f"{site}/{n}") for n in range(8) for site in (SITE, OTHER)]
        await asyncio.gather(*map(polite.get, wanted))

    run(net, visit)
    assert not net.two_at_once
    assert len(net.pages()) == 16


def test_two_ports_of_a_host_are_one_host():
    net = FakeNet({f"{SITE}/a": Said(), "https://paper.example:8443/a": Said()})

    async def visit(polite: Polite) -> None:
        await asyncio.gather(polite.get(Ask(f"{SITE}/a")), polite.get(Ask("https://paper.example:8443/a")))

    run(net, visit)
    assert not net.two_at_once
    times = [at for _, at in net.pages(with_rules=True)]
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))


# Waiting where it is asked for


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "retry_after", ["4", format_datetime(BEGAN + timedelta(seconds=6), usegmt=True)], ids=["seconds", "date"]
)
def test_a_short_retry_after_is_waited_for(status, retry_after):
    busy = Said(status, {"Retry-After": retry_after})
    net = FakeNet({f"{SITE}/a": lambda nth: busy if nth == 1 else Said()})
    assert run(net, lambda polite: ending(polite, f"{SITE}/a")) is None
    (_, first), (_, second) = net.pages()
    assert (first, second) == (2.0, 6.0)  # four seconds from then; at six seconds on the clock


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        ("120", 120.0),
        (format_datetime(BEGAN + timedelta(seconds=302), usegmt=True), 300.0),
        ("9999999999", 3600.0),
        ("99999", 3600.0),
    ],
    ids=["seconds", "date", "absurd", "days"],
)
def test_for_a_long_one_the_page_is_put_off_and_the_host_left_alone(status, retry_after, wait_s):
    net = served("/b", a=Said(status, {"Retry-After": retry_after}))

    async def visit(polite: Polite) -> list[InputError | None]:
        ends = [await ending(polite, f"{SITE}/a"), await ending(polite, f"{SITE}/b")]
        net.clock.at += wait_s
        return [*ends, await ending(polite, f"{SITE}/b")]

    first, second, third = run(net, visit)
    assert isinstance(first, PutOff)
    assert isinstance(second, PutOff)
    assert third is None
    assert first.reason == f"http_{status}"
    assert first.retry_at == second.retry_at == BEGAN + timedelta(seconds=2 + wait_s)
    assert [url for url, _ in net.pages()] == [f"{SITE}/a", f"{SITE}/b"]


@pytest.mark.parametrize("retry_after", ["soon", "-5", "", "Mon, 04 May 2026 11:00:00 GMT", "1.5"])
def test_a_retry_after_that_says_nothing_is_none(retry_after):
    net = served(a=Said(503, {"Retry-After": retry_after}))
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert isinstance(error, PutOff)
    assert len(net.pages()) == LIMITS.attempts


def test_too_many_requests_without_a_word_are_no_reason_to_ask_again():
    net = served(a=Said(429))
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert isinstance(error, PutOff)
    assert error.retry_at == BEGAN + timedelta(seconds=2 + LIMITS.breaker_s)
    assert len(net.pages()) == 1


# Trying again


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 522, 524])
def test_what_may_pass_is_tried_again_with_growing_pauses(status):
    net = FakeNet({f"{SITE}/a": lambda nth: Said(status) if nth < 3 else Said()})
    limits = replace(LIMITS, delay_s=0.0, back_off_s=0.5)
    assert run(net, lambda polite: ending(polite, f"{SITE}/a"), limits) is None
    times = [at for _, at in net.pages()]
    assert len(times) == 3
    assert all(0.5 <= later - earlier <= 10.0 for earlier, later in pairwise(times))


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_does_not_pass_is_an_error_in_the_end(status):
    net = served(a=Said(status))
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert error is not None
    assert (type(error), error.reason, error.stage) == (InputError, f"http_{status}", "fetch")
    assert len(net.pages()) == LIMITS.attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501, 505])
def test_what_will_not_pass_is_asked_for_once(status):
    net = served(a=Said(status))
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert error is not None
    assert error.reason == f"http_{status}"
    assert len(net.pages()) == 1


@pytest.mark.parametrize(
    ("fault", "requests"),
    [
        (failure("connection_refused", "nobody; try later"), 3),
        (failure("network", "lost; try later"), 3),
        (failure("timeout", "too slow; try later"), 1),
        (failure("tls", "no certificate; look"), 1),
        (failure("bad_gzip", "broken; look"), 1),
    ],
    ids=lambda value: getattr(value, "reason", value),
)
def test_lost_connections_are_tried_again_time_outs_are_not(fault, requests):
    net = FakeNet({f"{SITE}/a": fault})
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert error is not None
    assert error.reason == fault.reason
    assert len(net.pages()) == requests


# The circuit breaker


def test_a_host_that_fails_again_and_again_is_left_alone_then_asked_once():
    net = FakeNet({f"{SITE}/{n}": failure("timeout", "too slow; try later") for n in range(9)})
    net.routes[f"{OTHER}/a"] = Said()

    async def visit(polite: Polite) -> list[tuple[str | None, int]]:
        ends = []
        for number, wait_s in enumerate([0, 0, 0, 0, 60, 0, 100, 20]):
            net.clock.at += wait_s
            error = await ending(polite, f"{SITE}/{number}")
            ends.append((error.reason if error else None, len(net.pages())))
        assert await ending(polite, f"{OTHER}/a") is None
        net.clock.at += 1000
        net.routes[f"{SITE}/8"] = Said()
        assert await ending(polite, f"{SITE}/8") is None
        net.routes[f"{SITE}/7"] = Said()
        assert await ending(polite, f"{SITE}/7") is None  # closed: the failures are forgotten
        return ends

    assert run(net, visit) == [
        *(("timeout", number) for number in (1, 2, 3)),
        ("breaker", 3),
        ("timeout", 4),  # asked once, and left alone for twice as long
        ("breaker", 4),
        ("breaker", 4),
        ("timeout", 5),
    ]


def test_a_page_that_is_not_there_opens_no_breaker():
    net = FakeNet()

    async def visit(polite: Polite) -> list[str]:
        errors = [await ending(polite, f"{SITE}/{number}") for number in range(9)]
        return [error.reason for error in errors if error]

    assert run(net, visit) == ["http_404"] * 9


def test_an_answer_in_between_ends_the_counting():
    net = FakeNet({f"{SITE}/a": failure("timeout", "too slow; try later"), f"{SITE}/b": Said()})

    async def visit(polite: Polite) -> list[str | None]:
        errors = [await ending(polite, f"{SITE}/{path}") for path in "aabaabaa"]
        return [error.reason if error else None for error in errors]

    assert run(net, visit) == ["timeout", "timeout", None] * 2 + ["timeout", "timeout"]


def test_without_its_robots_txt_nothing_is_asked_of_a_host():
    net = served("/a", "/b")
    net.routes[f"{SITE}/robots.txt"] = Said(500)

    async def visit(polite: Polite) -> list[InputError | None]:
        return [await ending(polite, f"{SITE}/{path}") for path in "ab"]

    errors = run(net, visit)
    assert all(isinstance(error, PutOff) and error.reason == "robots_unreachable" for error in errors)
    assert set(net.urls) == {f"{SITE}/robots.txt"}
