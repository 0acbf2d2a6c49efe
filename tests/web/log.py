"""What was asked of the local web, and when; and what a polite client would not have done."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

_TOLERANCE_S = 0.03
"""Bytes that leave the client in order may reach this process's clock so much apart from the client's."""


@dataclass(slots=True)
class Entry:
    """One request.

    Attributes:
        address: of this server, that it came to.
        host: as its Host header says, without the port.
        path: with its query.
        headers: lower-case names.
        connection: the number of its connection.
        began: when its head was complete, in seconds of `time.monotonic`.
        ended: when the last byte of the answer was handed to the system, or the client was gone; None before.
        status: of the answer; 0 for one that is no HTTP.
        wait_s: the Retry-After of the answer.
    """

    address: str
    host: str
    path: str
    headers: Mapping[str, str]
    connection: int
    began: float
    ended: float | None = None
    status: int = 0
    wait_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.began:.3f} {self.address} {self.path}"


@dataclass(frozen=True, slots=True)
class Manners:
    """What a site asks of its visitors.

    Attributes:
        delay_s: between the beginnings of two requests.
        disallowed: paths begin with one of these in what its robots.txt, as this client has to read it,
            forbids.
    """

    delay_s: float = 0.0
    disallowed: tuple[str, ...] = ()


@dataclass(slots=True)
class Log:
    """The requests of one local web, in the order in which they came; safe to read from another thread."""

    entries: list[Entry] = field(default_factory=list)
    connections: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, entry: Entry) -> None:
        """Take in a request."""
        with self._changed:
            self.entries.append(entry)
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget everything, as between two passes."""
        with self._changed:
            self.entries = []

    def wait(self, enough: Callable[["Log"], bool], timeout_s: float = 30.0) -> bool:
        """Wait until what was asked is enough; whether it became so."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(self), timeout_s)

    def paths(self, address: str | None = None) -> list[str]:
        """What was asked for, at one address or anywhere."""
        return [entry.path for entry in list(self.entries) if address in (None, entry.address)]

    def urls(self, port: int) -> list[str]:
        """What was asked for, by the server's addresses."""
        return [f"http://{entry.address}:{port}{entry.path}" for entry in list(self.entries)]

    def by_address(self) -> dict[str, list[Entry]]:
        """The requests of each host, in order."""
        hosts: dict[str, list[Entry]] = {}
        for entry in list(self.entries):
            hosts.setdefault(entry.address, []).append(entry)
        return hosts

    def at_once(self) -> list[str]:
        """Requests that came before the one before them, at the same address, was answered."""
        return [
            f"{later} came while {earlier} was being answered"
            for earlier, later in self._neighbours()
            if earlier.ended is None or later.began < earlier.ended - _TOLERANCE_S
        ]

    def too_soon(self, manners: Mapping[str, Manners], *, default_s: float = 0.0) -> list[str]:
        """Requests within the delay of their host, from beginning to beginning, or its Retry-After."""
        return [
            f"{later} came {later.began - earlier.began:.3f} s after {earlier}, wanted are {delay_s:g} s"
            for earlier, later in self._neighbours()
            if (delay_s := max(default_s, manners.get(later.address, Manners()).delay_s, earlier.wait_s))
            and later.began - earlier.began < delay_s - _TOLERANCE_S
        ]

    def disallowed(self, manners: Mapping[str, Manners]) -> list[str]:
        """Requests for what robots.txt forbids."""
        return [
            f"{entry} is disallowed"
            for entry in list(self.entries)
            if entry.path != "/robots.txt"
            and entry.path.startswith(manners.get(entry.address, Manners()).disallowed or ("\0",))
        ]

    def before_robots(self) -> list[str]:
        """Hosts of which something else was asked for first."""
        return [
            f"{asked[0]} came before robots.txt"
            for asked in self.by_address().values()
            if asked[0].path != "/robots.txt"
        ]

    def told_on(self, header: str, home: str | None) -> list[str]:
        """Requests with a header that is for one host's eyes, at another."""
        return [
            f"{entry} came with the {header} of {home}"
            for entry in list(self.entries)
            if header in entry.headers and entry.address != home
        ]

    def impolite(self, manners: Mapping[str, Manners], *, default_s: float = 0.0) -> list[str]:
        """Everything that a polite client would not have done, a sentence each."""
        return [
            *self.at_once(),
            *self.too_soon(manners, default_s=default_s),
            *self.disallowed(manners),
            *self.before_robots(),
        ]

    def _neighbours(self) -> Iterable[tuple[Entry, Entry]]:
        for asked in self.by_address().values():
            yield from pairwise(asked)
