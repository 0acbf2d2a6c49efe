"""What the local web is asked and what it answers: plain data, the slow and the broken answers included."""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import brotli  # type: ignore[import-untyped]  # it has no types
import zstandard

Step = bytes | float | Literal["reset"]
"""Of an answer that does not go out at once: bytes to send, seconds to wait, or to reset the connection."""

_PHRASES = {
    200: "OK",
    204: "No Content",
    301: "Moved Permanently",
    302: "Found",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: at which address, under which name, for what, for the how-manieth time."""

    address: str
    host: str
    path: str
    headers: Mapping[str, str]
    nth: int

    @property
    def bare_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Attributes:
        body: before any content coding.
        status: the code.
        content_type: left out where empty.
        headers: further ones, as they are sent.
        etag: asked for with If-None-Match, it is answered with 304.
        last_modified: an HTTP date; the same with If-Modified-Since.
        codings: content codings, the first that the client takes is used.
        pause_s: how long the server thinks before it answers.
        steps: makes the whole answer, head included, where it does not go out at once or is none; the
            connection is closed after the last step.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    codings: tuple[str, ...] = ()
    pause_s: float = 0.0
    steps: Callable[[], Iterator[Step]] | None = None

    @property
    def wait_s(self) -> float:
        """The seconds of its Retry-After."""
        return float(dict(self.headers).get("Retry-After", "0"))

    def is_known(self, request: Request) -> bool:
        """Whether the client already holds this very answer."""
        if (tags := request.headers.get("if-none-match")) is not None:
            return self.etag is not None and self.etag in tags
        since = request.headers.get("if-modified-since")
        return since is not None and since == self.last_modified

    def wire(self, request: Request) -> bytes:
        """The bytes that go out to a client."""
        lines = [f"{name}: {value}" for name, value in self.headers]
        if self.etag:
            lines.append(f"ETag: {self.etag}")
        if self.last_modified:
            lines.append(f"Last-Modified: {self.last_modified}")
        if self.is_known(request):
            return head(304, lines)
        body = self.body
        taken = request.headers.get("accept-encoding", "")
        coding = next((each for each in self.codings if each in taken), None)
        if coding:
            body = CODINGS[coding](body)
            lines += [f"Content-Encoding: {coding}", "Vary: Accept-Encoding"]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append(f"Content-Length: {len(body)}")
        return head(self.status, lines) + body


Route = Reply | Callable[[Request], Reply]
"""What stands at a path: always the same, or what depends on how often and by whom it is asked for."""

MISSING = Reply(b"<!doctype html><title>404</title><p>There is no such page here.</p>", 404)


def head(status: int, lines: list[str]) -> bytes:
    """A status line and header lines, with the empty line after them."""
    return "\r\n".join([f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}", *lines, "", ""]).encode()


def redirect(location: str, status: int = 302) -> Reply:
    """An answer that leads on."""
    return Reply(status=status, headers=(("Location", location),))


def raw(*steps: Step) -> Reply:
    """An answer made of bytes as they are, after which the connection is closed."""
    return Reply(steps=lambda: iter(steps))


def text(content: str, content_type: str = "text/plain; charset=utf-8", **given: object) -> Reply:
    """A small answer of text."""
    return Reply(content.encode(), content_type=content_type, **given)  # type: ignore[arg-type]  # as Reply's
