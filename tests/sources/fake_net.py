"""A network that is a dictionary, and a clock that goes on when somebody sleeps: for the client's rules."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from records import InputError
from sources.addresses import Ground, ground_of, literal_of
from sources.exchange import Request, Response
from sources.gate import Gate
from sources.polite import Polite
from sources.web import Ask, WebLimits

BEGAN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
USER_AGENT = "Dateline/0.1 (+https://desk.example)"
SITE, OTHER = "https://paper.example", "https://other.example"
LIMITS = WebLimits(delay_s=1.0, max_wait_s=10.0, breaker_failures=3, breaker_s=60.0, max_back_off_s=3600.0)
_T = TypeVar("_T")


@dataclass(slots=True)
class Clock:
    """Seconds that go on when somebody sleeps."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.at)

    async def sleep(self, for_s: float) -> None:
        self.slept.append(for_s)
        self.at += for_s
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of the network."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b"<p>Text."
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its address, when it was sent, what was sent."""

    url: str
    at: float
    headers: Mapping[str, str]
    request: Request


Route = Said | InputError | Callable[[int], Said | InputError]
"""What is answered: always the same, or what depends on how often it was asked for, from 1."""


@dataclass(slots=True)
class FakeNet:
    """Answers from a dictionary by address; any robots.txt and tdmrep.json that is not in it is 404."""

    routes: dict[str, Route] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    asked: list[Asked] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    two_at_once: bool = False

    async def exchange(self, request: Request) -> Response:
        """See `exchange.Exchange`."""
        url, host = request.address.url, request.address.host
        self.two_at_once |= host in self.under_way
        self.under_way.append(host)
        sent = {name.decode().lower(): value.decode() for name, value in request.headers}
        self.asked.append(Asked(url, self.clock.at, sent, request))
        await asyncio.sleep(0)
        self.under_way.remove(host)
        route = self.routes.get(url, Said(404))
        said = route if isinstance(route, (Said, InputError)) else route(self.times(url))
        if isinstance(said, InputError):
            raise said
        self.clock.at += said.took_s
        literal = literal_of(host)
        ground: Ground = ground_of(literal) if literal else "public"
        return Response(
            status=said.status,
            reason_phrase="",
            http_version="HTTP/1.1",
            raw_headers=tuple((name.encode(), value.encode()) for name, value in said.headers.items()),
            headers={name.lower(): value for name, value in said.headers.items()},
            content=said.content,
            location=said.headers.get("Location"),
            ip=literal or "192.0.2.1",
            ground=ground,
            asked_at=self.clock.now(),
            fetched_at=self.clock.now(),
            request_headers=request.headers,
            took_s=said.took_s,
        )

    def times(self, url: str) -> int:
        """How often an address was asked for."""
        return self.urls.count(url)

    @property
    def urls(self) -> list[str]:
        """What was asked for, in order."""
        return [each.url for each in self.asked]

    def pages(self, *, with_rules: bool = False) -> list[tuple[str, float]]:
        """The requests with their times; those for a host's rules left out, unless they are wanted."""
        rules = ("/robots.txt", "/tdmrep.json")
        return [(each.url, each.at) for each in self.asked if with_rules or not each.url.endswith(rules)]

    def client(self, limits: WebLimits | None = None, *, allow_private: bool = False) -> Polite:
        """The polite client over this network and its clock."""
        limits = limits or WebLimits()
        return Polite(
            self.exchange,
            Gate(limits, clock=self.clock, sleep=self.clock.sleep),
            user_agent=USER_AGENT,
            now=self.clock.now,
            limits=limits,
            allow_private=allow_private,
            clock=self.clock,
        )


def run(net: FakeNet, visit: Callable[[Polite], Awaitable[_T]], limits: WebLimits = LIMITS) -> _T:
    """Have the polite client of a network do something."""

    async def visited() -> _T:
        return await visit(net.client(limits))

    return asyncio.run(visited())


def served(*paths: str, **routes: Said) -> FakeNet:
    """A site with these pages, and with these answers under the paths that they are named for."""
    net = FakeNet({SITE + path: Said() for path in paths})
    net.routes |= {f"{SITE}/{name}": said for name, said in routes.items()}
    return net


async def ending(polite: Polite, url: str, **given: object) -> InputError | None:
    """How a request ended: None where it was answered."""
    try:
        await polite.get(Ask(url, **given))  # type: ignore[arg-type]  # as Ask has them
    except InputError as error:
        return error
    return None
