"""A host is asked one thing at a time, with a pause, and left alone when it fails or asks for that."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sources.gate import Gate, HostState, Shut, answered, failed, shut, wait_s
from sources.web import WebLimits

LIMITS = WebLimits(
    delay_s=1.0,
    breaker_failures=3,
    breaker_s=60.0,
    max_wait_s=10.0,
    max_back_off_s=1000.0,
    max_crawl_delay_s=30.0,
)


class Clock:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.at

    async def sleep(self, for_s: float) -> None:
        self.slept.append(for_s)
        self.at += for_s
        await asyncio.sleep(0)


def run(visit: Callable[[Gate, Clock], Coroutine[Any, Any, None]], limits: WebLimits = LIMITS) -> list[float]:
    clock = Clock()
    asyncio.run(visit(Gate(limits, clock=clock, sleep=clock.sleep), clock))
    return [round(each, 6) for each in clock.slept]


def waits(
    state: HostState, *, at: float = 0.0, delay_s: float | None = None, crawl_delay_s: float | None = None
):
    return wait_s(state, at=at, delay_s=delay_s, crawl_delay_s=crawl_delay_s, limits=LIMITS)


def test_a_host_that_was_never_asked_is_free():
    assert waits(HostState()) < 0


def test_the_pause_begins_when_the_last_request_is_over():
    assert waits(HostState(ended_at=5.0), at=5.25) == 0.75


def test_local_networks_need_no_pause_unless_it_is_said():
    local = HostState(ended_at=5.0, private=True)
    assert waits(local, at=5.0) == 0
    assert waits(local, at=5.0, delay_s=2.0) == 2.0
    assert waits(local, at=5.0, crawl_delay_s=3.0) == 3.0


def test_a_crawl_delay_makes_the_pause_longer_never_shorter_and_has_a_limit():
    state = HostState(ended_at=0.0)
    assert waits(state, crawl_delay_s=0.1) == 1.0
    assert waits(state, crawl_delay_s=5.0) == 5.0
    assert waits(state, delay_s=0.0, crawl_delay_s=5.0) == 5.0
    assert waits(state, crawl_delay_s=9999.0) == 30.0


def test_the_breaker_opens_after_failures_on_end_and_for_twice_as_long_each_time():
    state = HostState()
    opened = []
    for at in (0.0, 1.0, 2.0, 100.0, 300.0):
        state = failed(state, at=at, limits=LIMITS)
        opened.append(state.shut_until - at)
    assert opened == [float("-inf"), float("-inf"), 60.0, 120.0, 240.0]


def test_it_never_stays_open_for_ever():
    state = HostState(failures=500)
    assert failed(state, at=0.0, limits=LIMITS).shut_until == 1000.0


def test_an_answer_ends_the_counting():
    assert answered(HostState(failures=2)).failures == 0


def test_being_told_to_wait_is_never_shortened():
    state = shut(HostState(), at=0.0, for_s=50.0, limits=LIMITS)
    assert shut(state, at=0.0, for_s=5.0, limits=LIMITS).shut_until == 50.0
    assert shut(state, at=0.0, for_s=1e9, limits=LIMITS).shut_until == 1000.0


def test_one_at_a_time_in_the_order_they_came_with_a_pause():
    order: list[str] = []

    async def visit(gate: Gate, clock: Clock) -> None:
        async def ask(name: str) -> None:
            async with gate.turn("host"):
                order.append(f"{name} in")
                await asyncio.sleep(0)
                order.append(f"{name} out")

        await asyncio.gather(ask("a"), ask("b"), ask("c"))

    assert run(visit) == [1.0, 1.0]
    assert order == ["a in", "a out", "b in", "b out", "c in", "c out"]


def test_hosts_do_not_wait_for_one_another():
    async def visit(gate: Gate, clock: Clock) -> None:
        async with gate.turn("one"), gate.turn("two"):
            pass

    assert run(visit) == []


def test_a_short_wait_is_waited_for():
    async def visit(gate: Gate, clock: Clock) -> None:
        gate.shut("host", 4.0)
        async with gate.turn("host"):
            pass

    assert run(visit) == [4.0]


def test_a_long_one_is_told():
    async def visit(gate: Gate, clock: Clock) -> None:
        gate.shut("host", 11.0)
        with pytest.raises(Shut) as told:
            async with gate.turn("host"):
                pass
        assert told.value.for_s == 11.0

    assert run(visit) == []


def test_who_waits_learns_what_happened_to_who_was_before():
    async def visit(gate: Gate, clock: Clock) -> None:
        async def first() -> None:
            async with gate.turn("host"):
                await asyncio.sleep(0)
                gate.shut("host", 500.0)

        async def second() -> None:
            await asyncio.sleep(0)
            with pytest.raises(Shut):
                async with gate.turn("host"):
                    pass

        await asyncio.gather(first(), second())

    assert run(visit) == []


def test_a_turn_that_fails_is_over_too():
    async def visit(gate: Gate, clock: Clock) -> None:
        for _ in range(2):
            with pytest.raises(KeyError):
                async with gate.turn("host"):
                    raise KeyError

    assert run(visit) == [1.0]


def test_hosts_that_mean_nothing_any_more_are_forgotten():
    async def visit(gate: Gate, clock: Clock) -> None:
        for number in range(20_000):
            async with gate.turn(f"host{number}"):
                pass
            clock.at += 1
        assert len(gate._hosts) <= 8192

    assert run(visit) == []
