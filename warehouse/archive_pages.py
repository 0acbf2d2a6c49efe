"""Finds the pages that archive files hold, and overwrites one in place: what is behind it keeps its offset.

Dateline writes a page as records that follow one another, each a gzip member of its own: the response, or
the content that a feed brought along, then the request, and what was known beside them. These are taken away
together. Whole pages are looked through, since an archive also holds what no row points to any more: pages
that were no articles, and captures that a rule removed.
"""

import contextlib
import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

SUFFIX = ".warc.gz"
"""Of every archive file."""

_MARK = b"\x1f\x8b\x08"
_GZIP = zlib.MAX_WBITS | 16
_CHUNK_BYTES = 1 << 16
_STEP_BYTES = 16
_READ_BYTES = 1 << 20
"""So much of a record is looked at: its header, and what `sources.archive_note` writes at most."""

_PAGE_KINDS = (b"response", b"resource")
_BESIDE = (b"request", b"metadata")
_NOTE = b"dateline: "

_STORED_BYTES = 0xFFFF
_AROUND_MEMBER, _AROUND_BLOCK = 18, 5  # the gzip header and trailer; the header of a block that is not packed


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an archive file that holds one page: the file's name, where it begins, its bytes."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an archive file.

    Attributes:
        span: where it lies; a page that a kill cut short reaches to the end of the file.
        addresses: under which it was asked for and found, as far as they are written beside it.
        digest: of its content, as it is written; empty where it is not.
    """

    span: Span
    addresses: frozenset[str]
    digest: str


@dataclass(frozen=True, slots=True)
class _Record:
    """One gzip member: where it begins and ends, and as much of it as is looked at."""

    offset: int
    end: int
    head: bytes

    def field(self, name: bytes) -> bytes:
        """A field of the record's header, in lower case for a name; empty where it has none."""
        header = self.head.partition(b"\r\n\r\n")[0]
        for line in header.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip()
        return b""


def pages(file: Path, *, offset: int = 0) -> Iterator[Page]:
    """Every page of an archive file from an offset on, that of a record; what is broken is passed over.

    Raises:
        OSError: it cannot be read.
    """
    page: Page | None = None
    name = b""
    with file.open("rb") as opened:
        for record in _records(opened, offset):
            kind = record.field(b"warc-type").lower()
            if page and kind in _BESIDE and name and record.field(b"warc-concurrent-to") == name:
                page = _with_record(page, record)
                continue
            if page:
                yield page
            page, name = None, record.field(b"warc-record-id")
            if kind in _PAGE_KINDS:
                span = Span(file.name, record.offset, record.end - record.offset)
                page = Page(span, _target(record), record.field(b"warc-payload-digest").decode("latin-1"))
    if page:
        yield page


def beginning(file: Path) -> str:
    """What tells an archive file from any other: a digest of its first record, which is never overwritten.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        first = next(_records(opened, 0), None)
    return hashlib.sha256(first.head if first else b"").hexdigest()


def overwrite(file: Path, span: Span, *, at: datetime) -> None:
    """Put in the place of a page one record of the same length that says no more than when it was removed.

    Durable when it returns; to repeat it does no harm.

    Args:
        file: the archive file.
        span: of the page, as `pages` found it.
        at: aware; now.

    Raises:
        OSError: it cannot be written.
    """
    blank = _blank(span.length, at)
    descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_size < span.offset + span.length:
            return  # it was to be replaced by a longer one, and was not
        written = 0
        while written < span.length:
            written += os.pwrite(descriptor, memoryview(blank)[written:], span.offset + written)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _target(record: _Record) -> frozenset[str]:
    target = record.field(b"warc-target-uri").decode("utf-8", "replace")
    return frozenset({target} - {""})


def _with_record(page: Page, record: _Record) -> Page:
    span = Span(page.span.file, page.span.offset, record.end - page.span.offset)
    return Page(span, page.addresses | _noted(record), page.digest)


def _noted(record: _Record) -> frozenset[str]:
    """The addresses of the candidate, as `sources.archive_note` writes them."""
    for line in record.head.splitlines():
        if line.startswith(_NOTE):
            try:
                said = json.loads(line.removeprefix(_NOTE))
            except ValueError:
                return frozenset()
            if isinstance(said, dict):
                return frozenset(said[key] for key in ("uri", "url") if isinstance(said.get(key), str))
    return frozenset()


def _records(file: BinaryIO, offset: int) -> Iterator[_Record]:
    """Every gzip member; a broken one reaches to where the next begins, or to the end of the file."""
    file.seek(offset)
    rest = file.read(_CHUNK_BYTES)
    while rest:
        unpacking, head, end = zlib.decompressobj(_GZIP), bytearray(), offset
        try:
            while rest and not unpacking.eof:
                unpacked = unpacking.decompress(rest)
                head += unpacked[: _READ_BYTES - len(head)]
                end += len(rest) - len(unpacking.unused_data)
                rest = unpacking.unused_data or file.read(_CHUNK_BYTES)
        except zlib.error:
            head = _until_broken(file, offset)
            end = _next_mark(file, offset + 1)
            file.seek(end)
            rest = file.read(_CHUNK_BYTES)
        yield _Record(offset, end, bytes(head))
        offset = end


def _until_broken(file: BinaryIO, offset: int) -> bytearray:
    """As much as can be unpacked of a member that is broken: zlib gives nothing of the piece that is."""
    file.seek(offset)
    unpacking, head = zlib.decompressobj(_GZIP), bytearray()
    with contextlib.suppress(zlib.error):
        while len(head) < _READ_BYTES and (piece := file.read(_STEP_BYTES)):
            head += unpacking.decompress(piece)
    return head


def _next_mark(file: BinaryIO, offset: int) -> int:
    """Where the next gzip member may begin, else the end of the file."""
    file.seek(offset)
    kept = b""
    while chunk := file.read(_CHUNK_BYTES):
        found = (kept + chunk).find(_MARK)
        if found >= 0:
            return offset - len(kept) + found
        kept = chunk[-len(_MARK) + 1 :]
        offset += len(chunk)
    return offset


def _blank(length: int, at: datetime) -> bytes:
    """A gzip member of exactly this length that holds one record; zeros where there is no room for that."""
    blocks = -(-(length - _AROUND_MEMBER) // (_STORED_BYTES + _AROUND_BLOCK))
    room = length - _AROUND_MEMBER - blocks * _AROUND_BLOCK
    head = (
        "WARC/1.1\r\nWARC-Type: metadata\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
        f"WARC-Date: {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\r\n"
        "Content-Type: text/plain\r\nContent-Length: "
    ).encode("ascii")
    digits = 12  # leading zeros, so that the header is as long whatever it says
    said = room - len(head) - digits - 2 * len(b"\r\n\r\n")
    if said < 0:
        return bytes(length)
    text = b"What stood here was removed with `dateline forget`."[:said].ljust(said)
    content = b"%s%0*d\r\n\r\n%s\r\n\r\n" % (head, digits, said, text)
    packed = bytearray(_MARK + b"\0\0\0\0\0\0\xff")
    for number in range(blocks):  # the last may be empty
        part = content[number * _STORED_BYTES : (number + 1) * _STORED_BYTES]
        packed += bytes([number == blocks - 1])
        packed += len(part).to_bytes(2, "little") + (len(part) ^ _STORED_BYTES).to_bytes(2, "little") + part
    return bytes(packed) + zlib.crc32(content).to_bytes(4, "little") + room.to_bytes(4, "little")
