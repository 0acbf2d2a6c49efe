"""What passes between who asks the web for something and the polite client that gets it: types, no more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from records import InputError, Network, Signal

AskKind = Literal["page", "feed", "robots"]
"""What is asked for: an article's page; a feed, sitemap or list; a host's own rules."""

Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""The IP addresses of a host name, as text; raises `OSError` where it has none."""


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How much, how long and how often, for every request of one client.

    Attributes:
        deadline_s: seconds for one answer, redirects and body included, polite pauses not.
        page_deadline_s: the same for a page, which is small: a host that keeps one waiting for longer keeps
            all others waiting for the end of a run.
        max_bytes: the limit for a body, unpacked; several may be in hand at once.
        max_ratio: a body that unpacks to more than this many times its size is a bomb, once it is large.
        max_header_bytes: the limit for the headers of one answer.
        max_redirects: hops from one address to the next.
        delay_s: the pause between an answer of a public host and the next request to it.
        local_delay_s: the same for loopback and intranets.
        max_crawl_delay_s: what a robots.txt may raise the pause to.
        max_wait_s: the longest `Retry-After` that is waited for within one call; a longer one is a `PutOff`.
        attempts: requests for one address, the first included, where a failure may pass.
        back_off_s: the pause before the second attempt; it doubles with each, with jitter.
        max_back_off_s: the longest that a host is left alone, whatever it asks for.
        breaker_failures: after so many failures on end a host is left alone for a while.
        breaker_s: that while; it doubles as long as the host goes on failing.
        robots_s: how long a robots.txt is good for (RFC 9309, 2.4: at most 24 hours).
        max_connections: connections kept open at a time, over all hosts.
        public_ports: the ports of public hosts that may be asked.
    """

    deadline_s: float = 30.0
    page_deadline_s: float = 15.0
    max_bytes: int = 10_000_000
    max_ratio: int = 250
    max_header_bytes: int = 65_536
    max_redirects: int = 8
    delay_s: float = 1.0
    local_delay_s: float = 0.0
    max_crawl_delay_s: float = 60.0
    max_wait_s: float = 10.0
    attempts: int = 3
    back_off_s: float = 0.5
    max_back_off_s: float = 86_400.0
    breaker_failures: int = 5
    breaker_s: float = 60.0
    robots_s: float = 86_400.0
    max_connections: int = 512
    public_ports: frozenset[int] = frozenset({80, 443, 8000, 8008, 8080, 8443})


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to get.

    Attributes:
        url: http or https.
        kind: what it is to be; decides what is accepted.
        etag: of the answer that is stored already.
        last_modified: of the same; with either, the answer may be 304 with no content.
        headers: sent on top, to the host of `url` alone; their values are secrets.
        network: which addresses it may lead to.
        delay_s: the pause for this host; None for the default. A Crawl-delay may make it longer.
        max_bytes: the limit for the body, unpacked; None for the default.
        obey: False gets it in spite of robots.txt and reservations, which are recorded all the same.
    """

    url: str
    kind: AskKind = "page"
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    network: Network = "public"
    delay_s: float | None = None
    max_bytes: int | None = None
    obey: bool = True


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: the address asked, its status, the absolute address it led to."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, read to its end.

    Attributes:
        url: the address that answered, after redirects.
        status: 200 to 299, or 304 where the stored answer is still good.
        headers: lower-case names; several of one name are joined by a comma.
        content: the body, transfer and content coding undone.
        fetched_at: aware; when the answer had arrived.
        asked_at: aware; when the last request was sent.
        hops: the redirects that led here.
        signals: what the site says of the use of it.
        raw_headers: name and value as they were received, in their order.
        request_headers: the same as they were sent, values that may be secrets masked.
        reason_phrase: of the status line.
        http_version: `HTTP/1.1`.
        address: the IP address that was asked.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    fetched_at: datetime
    asked_at: datetime
    hops: tuple[Hop, ...] = ()
    signals: tuple[Signal, ...] = ()
    raw_headers: tuple[tuple[bytes, bytes], ...] = ()
    request_headers: tuple[tuple[bytes, bytes], ...] = ()
    reason_phrase: str = ""
    http_version: str = "HTTP/1.1"
    address: str = ""


class Refused(InputError):  # noqa: N818  # the outcome it becomes is called so
    """It is left alone because the site asks for that (`robots`, `tdm`, `noai`); `signals` say how."""

    def __init__(self, message: str, *, reason: str, signals: tuple[Signal, ...]) -> None:
        super().__init__(message, stage="fetch", reason=reason, refused=True)
        self.signals = signals


class PutOff(InputError):  # noqa: N818  # not an error: the engine asks again
    """The host wants to be left alone until `retry_at` (aware): the candidate goes back to the backlog."""

    def __init__(self, message: str, *, reason: str, retry_at: datetime) -> None:
        super().__init__(message, stage="fetch", reason=reason)
        self.retry_at = retry_at


Get = Callable[[Ask], Awaitable[Answer]]
"""Gets one thing; raises `InputError` (stage `fetch`), `Refused` or `PutOff` where it cannot be had."""
