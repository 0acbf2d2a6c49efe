"""Lays out as WARC records what the archive keeps of one page: the response, the request, and the note."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from records import Candidate
from sources.archive_note import Note, note_block
from sources.warc_record import digest, packed_record, record_id
from sources.web import Answer

_WARC_FIELDS = "application/warc-fields"
_RESPONSE = "application/http;msgtype=response"
_REQUEST = "application/http;msgtype=request"
_UNTOLD = "application/octet-stream"  # what the standard says of content whose type nobody told

# The body is archived as it was read, codings undone, so these three no longer say what they said. Common
# Crawl keeps them under these names, and readers undo nothing.
_KEPT_AS = {
    b"content-encoding": b"X-Crawler-Content-Encoding",
    b"transfer-encoding": b"X-Crawler-Transfer-Encoding",
    b"content-length": b"X-Crawler-Content-Length",
}
_GIVEN_BACK = {kept.decode().lower(): name.decode() for name, kept in _KEPT_AS.items()}
_LINE_BREAKS = re.compile(rb"[\r\n\x00]+")


def packed_answer(answer: Answer, note: Note, source_id: str) -> bytes:
    """Response, request and note, a gzip member each; the response first: that is what is pointed to."""
    name = record_id()
    head = f"{_version(answer)} {answer.status} {answer.reason_phrase}".encode("latin-1", "replace")
    block = _message(head, _adapted(answer), answer.content)
    address = (("WARC-IP-Address", answer.address),) if answer.address else ()
    target = ("WARC-Target-URI", answer.url)
    response = packed_record(
        "response",
        block,
        name=name,
        at=answer.fetched_at,
        content_type=_RESPONSE,
        fields=(target, *address, ("WARC-Payload-Digest", digest(answer.content))),
    )
    request = packed_record(
        "request",
        _message(_request_line(answer), answer.request_headers, b""),
        name=record_id(),
        at=answer.asked_at,
        content_type=_REQUEST,
        fields=(target, *address, ("WARC-Concurrent-To", name)),
    )
    took_ms = round((answer.fetched_at - answer.asked_at).total_seconds() * 1000)
    beside = _packed_note(
        note, source_id, of=name, url=answer.url, at=answer.fetched_at, fetch_time_ms=max(0, took_ms)
    )
    return response + request + beside


def packed_content(candidate: Candidate, note: Note, *, fetched_at: datetime) -> bytes:
    """The content that a candidate brought along, as a resource of its address, and the note."""
    name = record_id()
    content = candidate.content or b""
    url = candidate.url or candidate.uri
    resource = packed_record(
        "resource",
        content,
        name=name,
        at=fetched_at,
        content_type=candidate.content_type or _UNTOLD,
        fields=(("WARC-Target-URI", url), ("WARC-Payload-Digest", digest(content))),
    )
    beside = _packed_note(note, candidate.source_id, of=name, url=url, at=fetched_at, fetch_time_ms=None)
    return resource + beside


def _packed_note(
    note: Note, source_id: str, *, of: str, url: str, at: datetime, fetch_time_ms: int | None
) -> bytes:
    return packed_record(
        "metadata",
        note_block(note, source_id=source_id, fetch_time_ms=fetch_time_ms),
        name=record_id(),
        at=at,
        content_type=_WARC_FIELDS,
        fields=(("WARC-Target-URI", url), ("WARC-Concurrent-To", of)),
    )


def packed_info(software: str, name: str, at: datetime) -> bytes:
    """The record that a file begins with: what wrote it, and in which format."""
    block = (
        f"software: {software}\r\nformat: WARC File Format 1.1\r\n"
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
    ).encode()
    fields = (("WARC-Filename", name),)
    return packed_record("warcinfo", block, name=record_id(), at=at, content_type=_WARC_FIELDS, fields=fields)


def _version(answer: Answer) -> str:
    """Readers of WARC know the two versions that are text; later ones say the same in other bytes."""
    return answer.http_version if answer.http_version in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"


def _request_line(answer: Answer) -> bytes:
    parts = urlsplit(answer.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"GET {target} {_version(answer)}".encode("ascii", "replace")


def _adapted(answer: Answer) -> Iterator[tuple[bytes, bytes]]:
    """The headers as received, less what holds no longer of a body whose codings are undone."""
    raw = answer.raw_headers or tuple(
        (name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in answer.headers.items()
    )
    for name, value in raw:
        yield _KEPT_AS.get(name.lower(), name), value
    yield b"Content-Length", b"%d" % len(answer.content)


def as_received(headers: tuple[tuple[bytes, bytes], ...]) -> Mapping[str, str]:
    """The inverse, with lower-case names; several of one name are joined by a comma."""
    received: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), _decoded(raw_value)
        if name == "content-length":  # ours; the server's own stands under its other name
            continue
        name = _GIVEN_BACK.get(name, name)
        received[name] = f"{received[name]}, {value}" if name in received else value
    return received


def _decoded(value: bytes) -> str:
    """UTF-8 where it is that, else Latin-1, as the client reads headers."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _message(head: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    lines = [head, *(b"%s: %s" % (name, value) for name, value in headers)]
    return b"".join(b"%s\r\n" % _LINE_BREAKS.sub(b" ", line) for line in lines) + b"\r\n" + body
