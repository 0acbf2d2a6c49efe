"""The one HTTP client: requests over httpx's transport, to addresses that were checked, within all limits."""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime

import httpcore
import httpx

from records import HostRules
from sources.addresses import address_of, follow
from sources.coding import CODINGS, Body
from sources.exchange import Exchange, Request, Response, lower_case
from sources.faults import (
    NETWORK_ERRORS,
    check_type,
    fault_of,
    headers_too_large,
    status_fault,
    timed_out,
    too_large,
    too_many_redirects,
)
from sources.fetched import Fetch, Fetched
from sources.gate import Gate
from sources.load import MAX_DOCUMENT_BYTES
from sources.pinned import Connections, Pinned, system_resolver
from sources.polite import Polite
from sources.web import Get, Resolver, WebLimits

DEADLINE_S = 30.0
MAX_REDIRECTS = 8

_ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.8,*/*;q=0.1"
_DRAINED_BYTES = 16_384  # so much of an error's page is read, to keep the connection for the next request
_ANY_PORT = frozenset(range(1, 2**16))
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_MODIFIED, _MULTIPLE = 200, 304, 300


@asynccontextmanager
async def web(
    *,
    user_agent: str,
    now: Callable[[], datetime],
    limits: WebLimits | None = None,
    resolver: Resolver | None = None,
    allow_private: bool = False,
    remembered: Iterable[HostRules] = (),
    remember: Callable[[HostRules], None] = lambda _: None,
) -> AsyncIterator[Get]:
    """The polite client, for as long as the `with` lasts; what Dateline asks of the web goes through it.

    It keeps to robots.txt and reservations, asks a host one thing at a time with a pause between two, waits
    where it is told to, tries again what may pass, leaves failing hosts alone, and connects to public
    addresses only. `Get` raises `InputError` (stage `fetch`), of it `Refused` where the site asks to be left
    alone and `PutOff` where it is to be asked later.

    Args:
        user_agent: what the client calls itself, with a contact: `Dateline/0.1 (+https://...)`. The name
            before the slash is the one that robots.txt files address.
        now: the clock for what is recorded.
        limits: how much, how long, how often.
        resolver: looks names up, for tests; None for this machine's name service.
        allow_private: opens loopback and intranets for every request.
        remembered: the rules of hosts that an earlier client was told and that hold still.
        remember: called with those that this one is told.
    """
    limits = limits or WebLimits()
    transport = _transport(limits, resolver, public_ports=limits.public_ports)
    polite = Polite(
        _exchanger(transport, now, CODINGS, limits),
        Gate(limits, clock=time.monotonic),
        user_agent=user_agent,
        now=now,
        limits=limits,
        allow_private=allow_private,
        remembered=remembered,
        remember=remember,
    )
    try:
        yield polite.get
    finally:
        await transport.aclose()


@contextmanager
def client(
    *,
    user_agent: str,
    now: Callable[[], datetime],
    deadline_s: float = DEADLINE_S,
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> Iterator[Fetch]:
    """A function that gets single pages that a person named, for as long as the `with` lasts.

    It follows at most eight redirects, to http and https alone; keeps no cookies from one page to the next;
    and says with an `InputError` (stage `fetch`) what went wrong: `timeout`, `dns`, `connection_refused`,
    `tls`, `network`, `http_404` and its like, `bad_redirect`, `too_many_redirects`, `too_large`, `image`,
    `pdf` and other content that is no text. A page on this machine or an intranet can be named; a public one
    that leads there is `private_address`.

    Args:
        user_agent: what the client calls itself.
        now: the clock, for `Fetched.fetched_at`.
        deadline_s: seconds for one page, redirects and body included.
        max_bytes: the limit for a body, unpacked.
    """
    limits = WebLimits(deadline_s=deadline_s, max_bytes=max_bytes, max_redirects=MAX_REDIRECTS)
    headers = _encoded({"user-agent": user_agent, "accept": _ACCEPT, "accept-encoding": "gzip"})
    with asyncio.Runner() as runner:

        async def opened() -> _Transport:
            return _transport(limits, None, public_ports=_ANY_PORT)

        transport = runner.run(opened())
        exchange = _exchanger(transport, now, ("gzip",), limits)

        def fetch(url: str) -> Fetched:
            request = Request(address_of(url), headers, True, deadline_s, max_bytes)
            return runner.run(_named(exchange, request))

        try:
            yield fetch
        finally:
            runner.run(transport.aclose())


async def _named(exchange: Exchange, request: Request) -> Fetched:
    """Get a page that a person named: what is public stays public, the deadline is for all of it."""
    ends = time.monotonic() + request.deadline_s
    total_s = request.deadline_s
    for _ in range(MAX_REDIRECTS + 1):
        left_s = ends - time.monotonic()
        if left_s <= 0:
            raise timed_out(total_s)
        response = await exchange(replace(request, deadline_s=left_s))
        if response.location is None:
            if response.status >= _MULTIPLE:
                raise status_fault(response.status, response.reason_phrase)
            return Fetched(
                url=request.address.url,
                status=response.status,
                headers=response.headers,
                content=response.content,
                fetched_at=response.fetched_at,
            )
        request = replace(
            request,
            address=follow(request.address, response.location),
            private_allowed=request.private_allowed and response.ground == "private",
        )
    raise too_many_redirects(MAX_REDIRECTS)


def _transport(limits: WebLimits, resolver: Resolver | None, *, public_ports: frozenset[int]) -> "_Transport":
    backend = Pinned(resolver or system_resolver(), public_ports=public_ports)
    return _Transport(
        Connections(
            backend,
            tls=httpx.create_ssl_context,
            max_connections=limits.max_connections,
            max_header_bytes=limits.max_header_bytes,
        )
    )


def _exchanger(
    transport: httpx.AsyncBaseTransport,
    now: Callable[[], datetime],
    codings: tuple[str, ...],
    limits: WebLimits,
) -> Exchange:
    """Sends requests over a transport of httpx.

    Not over `httpx.AsyncClient`: what it adds (redirects, cookies, passwords from addresses and netrc,
    proxies from the environment, unpacking without a limit) is what must not happen here by itself.
    """

    async def exchange(request: Request) -> Response:
        began = time.monotonic()
        try:
            async with asyncio.timeout(request.deadline_s):
                response = await _sent(transport, request, now, codings, limits)
        except TimeoutError as error:
            raise timed_out(round(request.deadline_s, 1)) from error
        except NETWORK_ERRORS as error:
            raise fault_of(error) from error
        return replace(response, took_s=time.monotonic() - began)

    return exchange


async def _sent(
    transport: httpx.AsyncBaseTransport,
    request: Request,
    now: Callable[[], datetime],
    codings: tuple[str, ...],
    limits: WebLimits,
) -> Response:
    headers = ((b"Host", request.address.authority.encode("ascii")), *request.headers)
    asked_at = now()
    response = await transport.handle_async_request(
        httpx.Request("GET", _NOWHERE, headers=headers, extensions={"asked": request})
    )
    try:
        raw_headers = tuple(response.headers.raw)
        if sum(len(name) + len(value) + 4 for name, value in raw_headers) > limits.max_header_bytes:
            raise headers_too_large()
        status = response.status_code
        by_name = lower_case(raw_headers)
        location = by_name.get("location") if status in _REDIRECTS else None
        content = b""
        if location is None and _OK <= status < _MULTIPLE:
            check_type(by_name.get("content-type", ""), page=request.page)
            content = await _body(response, request, by_name, codings, limits)
        elif status != _NOT_MODIFIED:
            await _drain(response)
    finally:
        await response.aclose()
    extensions = response.extensions
    return Response(
        status=status,
        reason_phrase=extensions["reason_phrase"].decode("latin-1"),
        http_version=extensions["http_version"].decode("latin-1"),
        raw_headers=raw_headers,
        headers=by_name,
        content=content,
        location=location,
        ip=extensions["ip"],
        ground=extensions["ground"],
        asked_at=asked_at,
        fetched_at=now(),
        request_headers=headers,
    )


async def _body(
    response: httpx.Response,
    request: Request,
    headers: dict[str, str],
    codings: tuple[str, ...],
    limits: WebLimits,
) -> bytes:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > request.max_bytes and not request.cut:
        raise too_large(request.max_bytes)
    max_bytes = request.max_bytes + (_DRAINED_BYTES + 2**20 if request.cut else 0)
    body = Body(
        headers.get("content-encoding", ""), asked=codings, max_bytes=max_bytes, max_ratio=limits.max_ratio
    )
    size = 0
    async for chunk in response.stream:
        size += len(chunk)
        body.feed(chunk)
        if request.cut and size > request.max_bytes:
            return body.so_far()[: request.max_bytes]
    return body.finish()


async def _drain(response: httpx.Response) -> None:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    size = 0
    async for chunk in response.stream:
        size += len(chunk)
        if size > _DRAINED_BYTES:
            return


_NOWHERE = httpx.URL("http://pinned.invalid/")  # the address itself goes beside it, never read a second time


class _Transport(httpx.AsyncBaseTransport):
    """httpx's way to the network, over pinned connections."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked: Request = request.extensions["asked"]
        address, private = asked.address, asked.private_allowed
        connection = await self._connections.of(address, private_allowed=private)
        try:
            reply = await connection.handle_async_request(
                httpcore.Request(
                    b"GET",
                    httpcore.URL(
                        scheme=address.scheme.encode(),
                        host=address.host.encode(),
                        port=address.port,
                        target=address.target.encode(),
                    ),
                    headers=request.headers.raw,
                )
            )
        except BaseException:
            await connection.aclose()
            raise

        async def done() -> None:
            await reply.aclose()
            await self._connections.back(address, connection, private_allowed=private)

        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Stream(reply, done),
            extensions={**reply.extensions, "ip": connection.address, "ground": connection.ground},
        )

    async def aclose(self) -> None:
        await self._connections.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, reply: httpcore.Response, done: Callable[[], Awaitable[None]]) -> None:
        self._reply = reply
        self._done = done

    def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._reply.stream, AsyncIterable)
        return self._reply.stream.__aiter__()

    async def aclose(self) -> None:
        await self._done()


def _encoded(headers: dict[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items())
