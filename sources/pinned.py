"""Connections to the very addresses that were checked: one look-up a connection, none behind one's back."""

import asyncio
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import httpcore

from sources.addresses import Address, Ground, check_addresses, check_name, literal_of
from sources.web import Resolver

_READ_BYTES = 65_536
_PAUSE_BYTES = 4 * _READ_BYTES
_KEPT_S = 15.0  # servers close an idle connection after 5 to 75 s; a closed one is noticed


class Pinned:
    """Opens connections for one request after the other; a host's addresses are checked, all of them.

    A name is looked up once for a connection and the connection goes to one of the addresses found, so that
    a second look-up cannot lead elsewhere. The TLS name and the Host header stay the host's own.
    """

    def __init__(self, resolver: Resolver, *, public_ports: frozenset[int]) -> None:
        self._resolver = resolver
        self._public_ports = public_ports

    async def open(self, address: Address, *, private_allowed: bool) -> "tuple[Stream, Ground]":
        """A connection to an address's host, not encrypted yet.

        Raises:
            InputError: it may not be connected to (`private_address`, `port`).
            OSError: it cannot be: no such host (`socket.gaierror`), nobody answers.
        """
        check_name(address, private_allowed=private_allowed)
        literal = literal_of(address.host)
        found = (literal,) if literal else tuple(await self._resolver(address.host))
        ground = check_addresses(
            address, found, private_allowed=private_allowed, public_ports=self._public_ports
        )
        failure: OSError | None = None
        for each in found:
            try:
                return await _connected(each, address.port), ground
            except OSError as error:
                failure = failure or error
        assert failure is not None  # check_addresses lets no empty answer pass
        raise failure


class _Connection(httpcore.AsyncHTTP11Connection):
    """httpcore's connection, with the limit for headers that this client has."""

    def __init__(self, origin: httpcore.Origin, stream: "Stream", ground: Ground, max_header: int) -> None:
        self.MAX_INCOMPLETE_EVENT_SIZE = max_header
        self.ground = ground
        self.address = stream.address
        super().__init__(origin, stream, keepalive_expiry=_KEPT_S)


class Connections:
    """One connection an origin, kept open for the next request; the longest unused close where too many are.

    httpcore's own pool looks at all of its connections for every request: with a hundred hosts that took
    2.3 ms a request, ten times the request itself.
    """

    def __init__(
        self,
        backend: Pinned,
        *,
        tls: Callable[[], ssl.SSLContext],
        max_connections: int,
        max_header_bytes: int,
    ) -> None:
        """Args: tls, makes the context when the first https address is asked for: it takes a while."""
        self._backend = backend
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        self._max_connections = max_connections
        self._max_header_bytes = max_header_bytes
        self._open: OrderedDict[tuple[str, bool], _Connection] = OrderedDict()

    async def of(self, address: Address, *, private_allowed: bool) -> _Connection:
        """A connection for a request to an origin, taken out until it is given back."""
        key = (address.origin, private_allowed)
        kept = self._open.pop(key, None)
        if kept is not None:
            if kept.is_idle() and not kept.has_expired():
                return kept
            await kept.aclose()
        return await self._connect(address, private_allowed=private_allowed)

    async def back(self, address: Address, connection: _Connection, *, private_allowed: bool) -> None:
        """Give a connection back; it is kept where it is good for another request."""
        key = (address.origin, private_allowed)
        if not connection.is_idle() or key in self._open:
            await connection.aclose()
            return
        self._open[key] = connection
        while len(self._open) > self._max_connections:
            _, oldest = self._open.popitem(last=False)
            await oldest.aclose()

    async def aclose(self) -> None:
        """Close all."""
        while self._open:
            _, connection = self._open.popitem()
            await connection.aclose()

    async def _connect(self, address: Address, *, private_allowed: bool) -> _Connection:
        stream, ground = await self._backend.open(address, private_allowed=private_allowed)
        if address.scheme == "https":
            if self._context is None:
                self._context = self._tls()
                self._context.set_alpn_protocols(["http/1.1"])
            try:
                await stream.encrypt(self._context, literal_of(address.host) or address.host)
            except BaseException:
                await stream.aclose()
                raise
        origin = httpcore.Origin(address.scheme.encode(), address.host.encode(), address.port)
        return _Connection(origin, stream, ground, self._max_header_bytes)


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection as httpcore wants it, without a time-out for each step: the deadline is for the whole."""

    def __init__(self) -> None:
        self.address = ""
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._paused = False
        self._ended = False
        self._failure: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes came; too many, and no more are taken until they are read."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size > _PAUSE_BYTES and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """The other side sends no more."""
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed, with an error or without."""
        self._ended = True
        self._failure = self._failure or exc
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The other side does not take what is sent."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It does again."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        """The bytes that have come, or the next; none at the end."""
        del timeout
        while not self._chunks:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            if self._ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = [data[max_bytes:]] if len(data) > max_bytes else []
        self._size = max(len(data) - max_bytes, 0)
        if self._paused and self._size <= _PAUSE_BYTES and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data[:max_bytes]

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's
        """Send; waits where the other side does not take it."""
        del timeout
        if not buffer:
            return
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        if self._writable is not None:
            await self._writable

    async def aclose(self) -> None:
        """Close at once: nothing is left to be sent."""
        if self._transport is not None:
            self._transport.abort()

    async def encrypt(self, context: ssl.SSLContext, name: str) -> None:
        """Go on with TLS; the certificate must be the name's."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, self, context, server_hostname=name)
        if transport is None:
            raise ConnectionResetError("the connection was closed while encryption was agreed on")
        self._transport = transport

    def get_extra_info(self, info: str) -> Any:
        """Whether something can be read already: of an idle connection, that the other side closed it."""
        return (self._ended or bool(self._chunks)) if info == "is_readable" else None


async def _connected(address: str, port: int) -> Stream:
    _, stream = await asyncio.get_running_loop().create_connection(Stream, address, port)
    stream.address = address
    return stream


def system_resolver(*, at_once: int = 32) -> Resolver:
    """The name service of this machine, so many names at once.

    Threads that nobody waits for at the end: a name service that hangs does not keep the program from ending.
    """
    slots = asyncio.Semaphore(at_once)

    async def resolve(host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def tell(found: Sequence[str], error: Exception | None) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(found)
            else:
                answer.set_exception(error)

        def look_up() -> None:
            found: tuple[str, ...] = ()
            failure: Exception | None = None
            try:
                infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                found = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
            except (OSError, UnicodeError) as error:
                failure = error if isinstance(error, OSError) else socket.gaierror(str(error))
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, found, failure)

        async with slots:
            threading.Thread(target=look_up, name="dateline-dns", daemon=True).start()
            return await answer

    return resolve
