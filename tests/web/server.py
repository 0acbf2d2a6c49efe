"""The server of the local web: one event loop, many addresses of 127.0.0.0/8, one port, raw HTTP/1.1."""

import asyncio
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from tests.web.log import Entry, Log
from tests.web.replies import Reply, Request, Step

Answering = Callable[[Request], Reply | bytes]
"""What answers: with a reply, or with the bytes of one that goes out as it is."""

_LARGEST_HEAD = 1 << 16
_PORT_ATTEMPTS = 20


class Unavailable(Exception):  # noqa: N818  # it is no error of the server's
    """This machine does not have the addresses, as one without the whole of 127.0.0.0/8."""


class _Connection(asyncio.Protocol):
    """One connection: reads heads, answers them one after the other."""

    def __init__(self, answer: Answering, log: Log, asked: Counter[tuple[str, str]]) -> None:
        self._answer = answer
        self._log = log
        self._asked = asked
        self._buffer = bytearray()
        self._slow: asyncio.Task[None] | None = None
        self._entry: Entry | None = None
        self._can_write = asyncio.Event()
        self._can_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address: str = transport.get_extra_info("sockname")[0]
        self._log.connections += 1
        self._number = self._log.connections

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._slow is None and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            del self._buffer[: end + 4]
            self._take(head)
        if len(self._buffer) > _LARGEST_HEAD:
            self._transport.abort()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio passes it
        self._end()
        self._can_write.set()
        if self._slow:
            self._slow.cancel()

    def pause_writing(self) -> None:
        self._can_write.clear()

    def resume_writing(self) -> None:
        self._can_write.set()

    def _end(self) -> None:
        if self._entry and self._entry.ended is None:
            self._entry.ended = time.monotonic()

    def _take(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        _, _, rest = first.partition(" ")
        path = rest.rpartition(" ")[0]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        host = headers.get("host", "").rpartition(":")[0]
        self._asked[self._address, path] += 1
        self._entry = Entry(self._address, host, path, headers, self._number, time.monotonic())
        request = Request(self._address, host, path, headers, self._asked[self._address, path])
        reply = self._answer(request)
        self._log.add(self._entry)
        if isinstance(reply, bytes):
            self._send(reply, request)
        elif reply.steps:
            self._slow = asyncio.get_running_loop().create_task(self._walk(reply.steps()))
        elif reply.pause_s:
            self._slow = asyncio.get_running_loop().create_task(self._think(reply, request))
        else:
            self._entry.wait_s = reply.wait_s
            self._send(reply.wire(request), request)

    def _send(self, wire: bytes, request: Request) -> None:
        assert self._entry
        self._entry.status = int(wire[9:12])
        self._transport.write(wire)
        self._end()
        if request.headers.get("connection", "").lower() == "close":
            self._transport.close()

    async def _think(self, reply: Reply, request: Request) -> None:
        await asyncio.sleep(reply.pause_s)
        self._slow = None
        if not self._transport.is_closing():
            self._send(reply.wire(request), request)
            self.data_received(b"")  # what came meanwhile

    async def _walk(self, steps: Iterator[Step]) -> None:
        for step in steps:
            if step == "reset":
                self._reset()
                return
            if isinstance(step, bytes):
                if self._entry and not self._entry.status and step.startswith(b"HTTP/1.1 "):
                    self._entry.status = int(step[9:12])
                self._transport.write(step)
                await self._can_write.wait()
                await asyncio.sleep(0)  # others have their turn, and a client that is gone is noticed
            elif isinstance(step, float):
                await asyncio.sleep(step)
            if self._transport.is_closing():
                break
        self._end()
        self._transport.close()

    def _reset(self) -> None:
        """End with RST, which a socket sends whose lingering is off."""
        wire = self._transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end()
        self._transport.abort()


def free_port(addresses: Sequence[str]) -> tuple[int, list[socket.socket]]:
    """A port that is free on all the addresses, with a socket bound to each; raises `Unavailable`."""
    refused: OSError | None = None
    for _ in range(_PORT_ATTEMPTS):
        port, sockets = 0, list[socket.socket]()
        try:
            for address in addresses:
                sockets.append(_bound(address, port))
                port = sockets[0].getsockname()[1]
        except OSError as error:
            refused = error
            for each in sockets:
                each.close()
            continue
        return port, sockets
    raise Unavailable(f"no port is free on all of {addresses[0]} to {addresses[-1]}: {refused}")


def _bound(address: str, port: int) -> socket.socket:
    wire = socket.socket()
    try:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wire.bind((address, port))
    except OSError:
        wire.close()
        raise
    return wire


async def serve(
    sockets: Sequence[socket.socket], answer: Answering, log: Log, until: Coroutine[Any, Any, object]
) -> None:
    """Answer at bound sockets until something is done."""
    loop = asyncio.get_running_loop()
    asked: Counter[tuple[str, str]] = Counter()
    made: set[_Connection] = set()

    def connection() -> _Connection:
        each = _Connection(answer, log, asked)
        made.add(each)
        return each

    servers = [await loop.create_server(connection, sock=each, backlog=256) for each in sockets]
    try:
        await until
    finally:
        for server in servers:
            server.close()
        for each in made:
            if hasattr(each, "_transport"):
                each._transport.abort()
        await asyncio.sleep(0)


@contextmanager
def running(sockets: Sequence[socket.socket], answer: Answering, log: Log) -> Iterator[None]:
    """The same in a thread of its own, for as long as the `with` lasts."""
    started, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def main() -> None:
        ended = asyncio.Event()
        loops.append((asyncio.get_running_loop(), ended))

        async def until() -> None:
            started.set()
            await ended.wait()

        await serve(sockets, answer, log, until())

    thread = threading.Thread(target=asyncio.run, args=(main(),), name="local web", daemon=True)
    thread.start()
    assert started.wait(30), "the local web did not start"
    try:
        yield
    finally:
        loop, ended = loops[0]
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(ended.set)
        thread.join(30)
