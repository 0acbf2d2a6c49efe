"""The rules of each host, read once a day: its robots.txt, and its reservation file where pages are asked."""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import records
from records import InputError, Signal
from sources.addresses import Address
from sources.robots import (
    RESERVATIONS_PATH,
    ROBOTS_PATH,
    Reservation,
    Robots,
    read_reservations,
    read_robots,
    reservation_for,
    text_of,
)
from sources.web import Ask, PutOff

RulesFile = Callable[[Address, Ask, float | None], Awaitable[bytes]]
"""Gets one of a host's files for the sake of what is asked of it, keeping to its Crawl-delay in seconds where
that is known; raises `InputError`."""

_PARSED = 512  # hosts whose rules are kept read; parsed, a robots.txt takes twenty times its size
_PACKED_BYTES = 64 * 2**20  # beyond that the longest unused are asked for again
_FAILED_S = 300.0  # a host that gave no answer is not asked for its rules again for so long
_ENTRY_BYTES = 500
_NO_HOST = frozenset({"dns", "tls", "connection_refused", "bad_header"})
_CLIENT_ERRORS = range(400, 500)
_BUSY = frozenset({"http_408", "http_429"})
# Nothing is found at the end: as good as no file (RFC 9309, 2.3.1.2 and 2.3.1.3).
_ABSENT = frozenset(
    {"too_many_redirects", "bad_redirect", "image", "audio", "video", "font", "pdf", "archive"}
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one origin says: its robots.txt, and its reservations of rights."""

    robots: Robots
    reservations: tuple[Reservation, ...] = ()
    origin: str = ""

    def reserved(self, address: Address) -> tuple[Signal, ...]:
        """The reservation file's word on an address, not obeyed yet; none where it has none."""
        entry = reservation_for(address, self.reservations) if self.reservations else None
        if entry is None:
            return ()
        value = "1" if entry.reserved else "0"
        evidence = f"{self.origin}{RESERVATIONS_PATH}: {entry.location[:200]} is {value}"
        evidence += f"; policy {entry.policy[:200]}" if entry.policy else ""
        return (Signal("tdm", value, evidence, obeyed=False),)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The files of an origin, packed; `failure` where its robots.txt could not be had."""

    good_until: float
    robots: bytes = b""
    reservations: bytes | None = None
    failure: InputError | None = None

    @property
    def size(self) -> int:
        return len(self.robots) + len(self.reservations or b"") + _ENTRY_BYTES


class HostRules:
    """Asks for the rules of an origin when they are first needed, once for all who wait for them."""

    def __init__(
        self,
        get: RulesFile,
        *,
        product: str,
        good_for_s: float,
        clock: Callable[[], float],
        now: Callable[[], datetime],
        remembered: Iterable[records.HostRules] = (),
        remember: Callable[[records.HostRules], None] = lambda _: None,
    ) -> None:
        """Make it.

        Args:
            get: gets a host's files.
            product: the client's name.
            good_for_s: for how long a file holds.
            clock: seconds that never go back.
            now: the clock for people.
            remembered: what an earlier client was told; what holds no more is passed over.
            remember: called with what this one is told.
        """
        self._get = get
        self._product = product
        self._good_for_s = good_for_s
        self._clock = clock
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._kept_bytes = 0
        self._parsed: OrderedDict[str, tuple[_Kept, Rules]] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._remember = remember
        for each in remembered:
            left_s = (each.good_until - now()).total_seconds()
            if left_s > 0:
                self._keep(each.origin, _remembered(each, clock() + min(left_s, good_for_s)))

    async def of(self, address: Address, ask: Ask) -> Rules:
        """The rules that hold for an address; the reservation file is asked for where a page is wanted.

        Args:
            address: that is to be asked.
            ask: what for.

        Raises:
            InputError: the host does not answer at all (`dns`, `tls`, ...).
            PutOff: it does not give its rules (`robots_unreachable`): nothing is asked of it until it does.
        """
        origin = address.origin
        reservations = ask.kind == "page"
        kept = self._good(origin, reservations=reservations)
        if kept is None:
            lock = self._locks.setdefault(origin, asyncio.Lock())
            try:
                async with lock:
                    kept = self._good(origin, reservations=reservations)
                    if kept is None:
                        kept = await self._asked(address, ask, reservations=reservations)
                        self._keep(origin, kept)
                        if kept.failure is None:
                            self._remember(self._noted(origin, kept))
            finally:
                if not lock.locked():
                    self._locks.pop(origin, None)
        if kept.failure is not None:
            raise _told_again(kept.failure)
        return self._read(origin, kept)

    def _good(self, origin: str, *, reservations: bool) -> _Kept | None:
        kept = self._kept.get(origin)
        if kept is None or kept.good_until <= self._clock():
            return None
        if reservations and kept.reservations is None and kept.failure is None:
            return None
        return kept

    def _keep(self, origin: str, kept: _Kept) -> None:
        before = self._kept.pop(origin, None)
        self._kept_bytes += kept.size - (before.size if before else 0)
        self._kept[origin] = kept
        while self._kept_bytes > _PACKED_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.size

    def _read(self, origin: str, kept: _Kept) -> Rules:
        parsed = self._parsed.get(origin)
        if parsed is not None and parsed[0] is kept:
            return parsed[1]
        robots = read_robots(_unpacked(kept.robots), product=self._product)
        entries = read_reservations(_unpacked(kept.reservations)) if kept.reservations else ()
        rules = Rules(robots, entries, origin)
        self._parsed[origin] = (kept, rules)
        if len(self._parsed) > _PARSED:
            self._parsed.popitem(last=False)
        return rules

    async def _asked(self, address: Address, ask: Ask, *, reservations: bool) -> _Kept:
        at = self._clock()
        kept = self._kept.get(address.origin)
        if kept is None or kept.good_until <= at:
            try:
                content = await self._get(address.at(ROBOTS_PATH), ask, None)
            except PutOff:
                raise
            except InputError as error:
                if not _is_absent(error):
                    return _Kept(at + _FAILED_S, failure=self._failure(address, error))
                content = b""
            kept = _Kept(at + self._good_for_s, _packed(content))
        if not reservations:
            return kept
        there = address.at(RESERVATIONS_PATH)
        content = b""
        robots = self._read(address.origin, kept).robots
        if robots.allows(there.url):
            try:
                content = await self._get(there, ask, robots.crawl_delay_s)
            except PutOff:
                raise
            except InputError:
                content = b""  # a protocol error is no reservation
        return replace(kept, reservations=_packed(content))

    def _noted(self, origin: str, kept: _Kept) -> records.HostRules:
        return records.HostRules(
            origin=origin,
            robots=text_of(_unpacked(kept.robots)),
            reservations=None if kept.reservations is None else text_of(_unpacked(kept.reservations)),
            good_until=self._now() + timedelta(seconds=kept.good_until - self._clock()),
        )

    def _failure(self, address: Address, error: InputError) -> InputError:
        """What the lack of a robots.txt means: no such host, or a host that must not be asked for now."""
        if error.refused or error.reason in _NO_HOST:
            return error
        retry_at = self._now() + timedelta(seconds=_FAILED_S)
        return PutOff(
            f"{address.origin}{ROBOTS_PATH} cannot be had ({error}), so the host may not be asked",
            reason="robots_unreachable",
            retry_at=retry_at,
        )


def _remembered(rules: records.HostRules, good_until: float) -> _Kept:
    reservations = rules.reservations
    return _Kept(
        good_until,
        _packed(rules.robots.encode()),
        None if reservations is None else _packed(reservations.encode()),
    )


def _packed(content: bytes) -> bytes:
    """Nothing for nothing: most hosts have no reservations."""
    return zlib.compress(content, 1) if content else b""


def _unpacked(packed: bytes) -> bytes:
    return zlib.decompress(packed) if packed else b""


def _told_again(failure: InputError) -> InputError:
    """The same failure for another address; an exception that is raised again would keep its old stacks."""
    if isinstance(failure, PutOff):
        return PutOff(str(failure), reason=failure.reason, retry_at=failure.retry_at)
    return InputError(str(failure), stage="fetch", reason=failure.reason, refused=failure.refused)


def _is_absent(error: InputError) -> bool:
    """Whether a failure means that there is no robots.txt, rather than that it cannot be had."""
    status = error.reason.removeprefix("http_")
    if status != error.reason:
        return int(status) in _CLIENT_ERRORS and error.reason not in _BUSY
    return error.reason in _ABSENT
