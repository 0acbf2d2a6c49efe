"""A big web for benchmarks: many sites of many pages, made from a seed as they are asked for."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from tests.web.pages import page, story
from tests.web.replies import Request, head

_POOL = 800
_MARK = "@@PARAGRAPHS@@"
_NOT_FOUND = head(404, ["Content-Length: 0"])


@dataclass(frozen=True, slots=True)
class BigWeb:
    """Pages that follow from a seed: `/news/N.html` on every site, lists of them, and robots.txt.

    Attributes:
        sites: on 127.0.1.1, 127.0.1.2 and so on; at most 250.
        pages: over all sites.
        page_bytes: of a page, about.
        delay_s: a Crawl-delay in every robots.txt; none where 0.
        paragraphs: that pages are made of.
        top: of a page, up to its title.
        middle: from its title to its first paragraph.
        bottom: from its last paragraph on.
    """

    sites: int
    pages: int
    page_bytes: int
    delay_s: float
    paragraphs: Sequence[bytes]
    top: bytes
    middle: bytes
    bottom: bytes

    @property
    def addresses(self) -> list[str]:
        """Where the sites stand."""
        return [f"127.0.1.{number}" for number in range(1, self.sites + 1)]

    def urls(self, port: int) -> Iterator[str]:
        """Every page, a site after the other, as a list of news would have them."""
        for number in range(self.pages):
            yield f"http://127.0.1.{number % self.sites + 1}:{port}/news/{number // self.sites}.html"

    def answer(self, request: Request) -> bytes:
        """The bytes of an answer."""
        if request.path.startswith("/news/"):
            site, number = int(request.address.rpartition(".")[2]), int(request.path[6:-5])
            return self.page(site, number)
        if request.path == "/robots.txt":
            delay = f"Crawl-delay: {self.delay_s:g}\n" if self.delay_s else ""
            return _wire("text/plain", f"User-agent: *\n{delay}Disallow: /private/\n".encode())
        if request.path == "/list.txt":
            base = f"http://{request.headers['host']}/news/"
            count = len(range(int(request.address.rpartition(".")[2]) - 1, self.pages, self.sites))
            return _wire("text/plain", "".join(f"{base}{n}.html\n" for n in range(count)).encode())
        return _NOT_FOUND

    def page(self, site: int, number: int) -> bytes:
        """A page with its head; the same at every call."""
        title = b"Case %d of town %d comes before the council" % (number, site)
        start, size = (site * 7919 + number * 104_729) % _POOL, len(self.top) + len(self.middle)
        chosen = [self.top, title, self.middle]
        step = 1 + (site + number) % 97
        while size < self.page_bytes:
            chosen.append(self.paragraphs[start])
            size += len(self.paragraphs[start])
            start = (start + step) % _POOL
        chosen.append(self.bottom)
        return _wire("text/html; charset=utf-8", b"".join(chosen))


def _wire(content_type: str, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        content_type.encode(),
        len(body),
        body,
    )


def big_web(
    *,
    sites: int = 200,
    pages: int = 20_000,
    page_bytes: int = 12_000,
    delay_s: float = 0.0,
    seed: str = "big",
) -> BigWeb:
    """Make one; takes about a second."""
    chance = random.Random(seed)
    pool: list[str] = []
    while len(pool) < _POOL:
        pool += story(f"{seed} {chance.random()}").paragraphs
    told = story(seed)
    whole = page(told)
    shown = "\n".join(f"<p>{escape(each, quote=False)}</p>" for each in told.paragraphs)
    before, after = whole.split(shown)
    before = before.replace(escape(told.title), "A page of the big web")
    top, _, middle = before.rpartition("A page of the big web")
    return BigWeb(
        sites=sites,
        pages=pages,
        page_bytes=page_bytes,
        delay_s=delay_s,
        paragraphs=[f"<p>{escape(each, quote=False)}</p>\n".encode() for each in pool[:_POOL]],
        top=top.encode(),
        middle=middle.encode(),
        bottom=after.encode(),
    )
