"""One request a host at a time, a pause between two, and hosts that are left alone for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from math import inf

from sources.web import WebLimits

_REMEMBERED = 4096  # beyond so many hosts, those whose state is worth nothing any more are forgotten
_REMEMBERED_S = 3600.0


@dataclass(frozen=True, slots=True)
class HostState:
    """What is known of a host; times in seconds of a clock that never goes back.

    Attributes:
        ended_at: when the last request to it was over.
        private: whether it lies on loopback or an intranet.
        shut_until: left alone until then: it asked for that, or failed too often.
        failures: on end, the last of them the last that happened.
    """

    ended_at: float = -inf
    private: bool = False
    shut_until: float = -inf
    failures: int = 0


def wait_s(
    state: HostState, *, at: float, delay_s: float | None, crawl_delay_s: float | None, limits: WebLimits
) -> float:
    """Seconds until the next request to a host: the pause after the last one, or as long as it is left alone.

    Args:
        state: of the host.
        at: now.
        delay_s: the pause that the user wants; None for the default, which is another on local networks.
        crawl_delay_s: the pause that its robots.txt wants; kept to a limit.
        limits: with the defaults and the limit.
    """
    if delay_s is None:
        delay_s = limits.local_delay_s if state.private else limits.delay_s
    if crawl_delay_s is not None:
        delay_s = max(delay_s, min(crawl_delay_s, limits.max_crawl_delay_s))
    return max(state.ended_at + delay_s, state.shut_until) - at


def answered(state: HostState) -> HostState:
    """The host answered as hosts do: all failures are forgotten."""
    return replace(state, failures=0) if state.failures else state


def failed(state: HostState, *, at: float, limits: WebLimits) -> HostState:
    """An address of the host could not be had for a reason that lies with the host.

    After `breaker_failures` on end it is left alone for `breaker_s`, then asked once: every further failure
    doubles the time, an answer ends it.
    """
    failures = state.failures + 1
    beyond = failures - limits.breaker_failures
    if beyond < 0:
        return replace(state, failures=failures)
    shut_s = min(limits.breaker_s * 2 ** min(beyond, 32), limits.max_back_off_s)
    return replace(state, failures=failures, shut_until=max(state.shut_until, at + shut_s))


def shut(state: HostState, *, at: float, for_s: float, limits: WebLimits) -> HostState:
    """The host asked to be left alone."""
    return replace(state, shut_until=max(state.shut_until, at + min(for_s, limits.max_back_off_s)))


class Shut(Exception):  # noqa: N818  # no error: the caller puts its request off
    """The host is left alone for longer than the caller waits: `for_s` seconds more."""

    def __init__(self, for_s: float, failures: int) -> None:
        super().__init__(f"left alone for {for_s:.0f} s")
        self.for_s = for_s
        self.failures = failures


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    state: HostState = field(default_factory=HostState)


class Gate:
    """Lets requests through to their hosts, one at a time for each, in the order they came."""

    def __init__(
        self,
        limits: WebLimits,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args: clock, seconds that never go back; sleep, waits for so many of them."""
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._look_through_at = _REMEMBERED

    @asynccontextmanager
    async def turn(
        self, host: str, *, delay_s: float | None = None, crawl_delay_s: float | None = None
    ) -> AsyncIterator[None]:
        """Wait for the host to be free, see `wait_s`, and keep it until the `with` ends.

        Raises:
            Shut: it is left alone for more than `max_wait_s`.
        """
        kept = self._host(host)
        async with kept.lock:
            while True:  # who was before may have been told to wait for long
                now = self._clock()
                if kept.state.shut_until - now > self._limits.max_wait_s:
                    raise Shut(kept.state.shut_until - now, kept.state.failures)
                left_s = wait_s(
                    kept.state, at=now, delay_s=delay_s, crawl_delay_s=crawl_delay_s, limits=self._limits
                )
                if left_s <= 0:
                    break
                await self._sleep(left_s)
            try:
                yield
            finally:
                kept.state = replace(kept.state, ended_at=self._clock())

    def answered(self, host: str) -> None:
        """See the function of this name."""
        kept = self._host(host)
        kept.state = answered(kept.state)

    def stands(self, host: str, *, private: bool) -> None:
        """Where the host was found to be."""
        kept = self._host(host)
        if kept.state.private is not private:
            kept.state = replace(kept.state, private=private)

    def failed(self, host: str) -> None:
        """See the function of this name."""
        kept = self._host(host)
        kept.state = failed(kept.state, at=self._clock(), limits=self._limits)

    def shut(self, host: str, for_s: float) -> None:
        """See the function of this name."""
        kept = self._host(host)
        kept.state = shut(kept.state, at=self._clock(), for_s=for_s, limits=self._limits)

    def _host(self, host: str) -> _Host:
        kept = self._hosts.get(host)
        if kept is None:
            if len(self._hosts) >= self._look_through_at:
                self._forget()
            kept = self._hosts[host] = _Host()
        return kept

    def _forget(self) -> None:
        now = self._clock()
        self._hosts = {
            name: each
            for name, each in self._hosts.items()
            if each.lock.locked() or max(each.state.ended_at + _REMEMBERED_S, each.state.shut_until) > now
        }
        self._look_through_at = max(_REMEMBERED, 2 * len(self._hosts))
