"""A real web server on 127.0.0.1 for tests, which behaves as badly as it is told to."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Page:
    """What is answered: status, headers and body; or bytes as they are, where `raw` is given."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    drip: bool = False


@dataclass(slots=True)
class Web:
    """A running server: its pages, what was asked of it, and the gates that hold answers back."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def serve(self, path: str, body: bytes | str = b"", **given: Any) -> str:
        """Answer a path with a page from now on; the address to ask for."""
        self.pages[path] = Page(body.encode() if isinstance(body, str) else body, **given)
        return self.url + path

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Answer a path with a redirect."""
        return self.serve(path, status=status, headers={"Location": location})

    def hold(self, path: str) -> str:
        """Never answer a path; `held` is set as soon as it is asked for."""
        self.pages.pop(path, None)
        return f"{self.url}/hold{path}"


class _Handler(BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        self.web.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.path.startswith("/hold"):
            self.web.held.set()
            self.web.closing.wait()
            return
        page = self.web.pages.get(self.path, Page(b"Not here.", 404))
        if page.raw is not None:
            self.wfile.write(page.raw)
            return
        self.send_response(page.status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **page.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(page.body)
            while page.drip and not self.web.closing.wait(0.02):
                self.wfile.write(b".")
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        pass


@contextmanager
def running() -> Iterator[Web]:
    """A server on a free port for as long as the `with` lasts."""
    web = Web("")
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": web})) as server:
        web.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield web
        finally:
            web.closing.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A fresh server, asked without any proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running() as server:
        yield server
