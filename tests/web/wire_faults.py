"""The sites of the local web whose HTTP is broken or hostile: heads and bodies, lengths, connections."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import count, repeat

from records import OutcomeKind
from tests.web.pages import page, story
from tests.web.replies import Reply, Request, Step, head, raw
from tests.web.site import Builder, Place, Site, reasons

_HTML = "Content-Type: text/html; charset=utf-8"
_TIMEOUT = reasons("timeout")
_BROKEN = reasons("network")
_TOO_MUCH = reasons("too_large", "bomb")
_ANY: frozenset[OutcomeKind] = frozenset({"stored", "refused", "failed", "duplicate", "unchanged"})


def drip(at: Place) -> Site:
    site = Site(at, "bytes that drip for ever")
    source = site.source("feed", "/rss.xml")

    def dripping() -> Iterator[Step]:
        yield head(200, [_HTML, "Content-Length: 100000"])
        for byte in b"<p>" * 33_000:
            yield bytes([byte])
            yield 0.1

    return site.with_feed([site.fault("/drip", source, Reply(steps=dripping), reasons=_TIMEOUT)])


def slow_head(at: Place) -> Site:
    site = Site(at, "a head that drips for ever, and an answer that never comes")
    source = site.source("feed", "/rss.xml")

    def dripping() -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\n"
        for number in count():
            yield f"X-{number}: y\r\n".encode()
            yield 0.1

    return site.with_feed(
        [
            site.fault("/head", source, Reply(steps=dripping), reasons=_TIMEOUT, waits=True),
            site.fault("/never", source, Reply(steps=lambda: repeat(0.5)), reasons=_TIMEOUT, waits=True),
        ],
    )


def bombs(at: Place) -> Site:
    site = Site(at, "a gigabyte of blanks packed into a megabyte, and packed twice")
    source = site.source("feed", "/rss.xml")
    items = []
    for coding in ("gzip", "deflate"):
        bomb = Reply(steps=lambda coding=coding: iter((_bomb(coding),)))  # type: ignore[misc]  # binds it early
        # Few clients ask for deflate, which was never told apart from zlib.
        unasked = reasons("content_encoding") if coding == "deflate" else reasons()
        items.append(site.fault(f"/bomb-{coding}", source, bomb, reasons=_TOO_MUCH | unasked))
    items.append(site.fault("/twice", source, _packed_twice))
    lie = Reply(page(story(f"{at.number} plain")).encode(), headers=(("Content-Encoding", "gzip"),))
    items.append(site.fault("/no-gzip", source, lie, outcomes=_ANY))
    return site.with_feed(items)


def _packed_twice(_: Request) -> Reply:
    twice = gzip.compress(gzip.compress(bytes(50_000_000), 9, mtime=0), 9, mtime=0)
    return Reply(twice, headers=(("Content-Encoding", "gzip, gzip"),))


def _bomb(coding: str) -> bytes:
    """A thousand times the same megabyte: a flushed block stands for itself wherever it comes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    opening = packer.compress(b"<html><body><p>") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    start = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" if coding == "gzip" else b"\x78\xda"
    body = start + opening + block * 1000 + packer.flush() + bytes(8)
    return head(200, [_HTML, f"Content-Encoding: {coding}", f"Content-Length: {len(body)}"]) + body


def endless(at: Place) -> Site:
    site = Site(at, "bodies without an end")
    source = site.source("feed", "/rss.xml")
    piece = b"<p>And so it went on. " * 3000

    def chunked() -> Iterator[Step]:
        yield head(200, [_HTML, "Transfer-Encoding: chunked"])
        yield from repeat(b"%x\r\n%s\r\n" % (len(piece), piece))

    def bare() -> Iterator[Step]:
        yield head(200, [_HTML])
        yield from repeat(piece)

    wanted = _TOO_MUCH | _TIMEOUT
    return site.with_feed(
        [
            site.fault("/chunked", source, Reply(steps=chunked), reasons=wanted),
            site.fault("/bare", source, Reply(steps=bare), reasons=wanted),
        ],
    )


def lengths(at: Place) -> Site:
    site = Site(at, "a Content-Length that is too long, too short, twice, or no number")
    source = site.source("feed", "/rss.xml")
    body = page(story(f"{at.number} lengths")).encode()
    return site.with_feed(
        [
            site.fault(
                "/too-long",
                source,
                raw(head(200, [_HTML, f"Content-Length: {len(body) + 500}"]) + body),
                reasons=_BROKEN,
            ),
            site.fault(
                "/too-short", source, raw(head(200, [_HTML, "Content-Length: 100"]) + body), outcomes=_ANY
            ),
            site.fault(
                "/twice",
                source,
                raw(head(200, [_HTML, "Content-Length: 5", "Content-Length: 50"]) + body),
                reasons=_BROKEN,
            ),
            site.fault(
                "/no-number", source, raw(head(200, [_HTML, "Content-Length: many"]) + body), reasons=_BROKEN
            ),
        ],
    )


def resets(at: Place) -> Site:
    site = Site(at, "connections that are reset, or closed without a word, or speak no HTTP")
    source = site.source("feed", "/rss.xml")
    items = [
        site.fault("/at-once", source, raw("reset"), reasons=_BROKEN, waits=True),
        site.fault(
            "/in-body",
            source,
            raw(head(200, [_HTML, "Content-Length: 5000"]) + b"<p>It began", 0.02, "reset"),
            reasons=_BROKEN,
            waits=True,
        ),
    ]
    return site.with_feed(items)


def no_http(at: Place) -> Site:
    site = Site(at, "answers that are no HTTP")
    source = site.source("feed", "/rss.xml")
    items = [
        site.fault("/close", source, raw(), reasons=_BROKEN, waits=True),
        site.fault("/ssh", source, raw(b"SSH-2.0-OpenSSH_9.9\r\n"), reasons=_BROKEN, waits=True),
    ]
    return site.with_feed(items)


def huge_head(at: Place) -> Site:
    site = Site(at, "a megabyte of headers, in one and in many")
    source = site.source("feed", "/rss.xml")
    one = head(200, [_HTML, "X-One: " + "x" * 1_000_000, "Content-Length: 0"])
    many = head(200, [_HTML, *(f"X-{number}: {'y' * 80}" for number in range(10_000)), "Content-Length: 0"])
    wanted = reasons("headers_too_large")
    return site.with_feed(
        [
            site.fault("/one", source, raw(one), reasons=wanted),
            site.fault("/many", source, raw(many), reasons=wanted),
        ],
    )


BUILDERS: tuple[Builder, ...] = (*(drip, slow_head, bombs, endless, lengths, resets, no_http, huge_head),)
