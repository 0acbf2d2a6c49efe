"""Reads the records of WARC files, broken ones included: what can be read is, what cannot is named."""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from fastwarc import ArchiveIterator, WarcRecord, WarcRecordType

from sources.gzipped import MAGIC, megabytes
from sources.moments import moment

MAX_HEADER_BYTES = 65_536
"""The limit for a record's own header and for the HTTP header in it."""

_READ = frozenset({"response", "resource", "conversion", "metadata"})
_STEP_BYTES = 1 << 24
_DECODINGS: tuple[Literal["all", "transfer", "none"], ...] = ("all", "transfer", "none")
_MEMBER = MAGIC + b"\x08"  # a gzip member begins with its mark and its one method, deflate
_PLAIN = re.compile(rb"(?<=\n)WARC/")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record.

    Attributes:
        offset: where it begins in the file; that of its gzip member where it is packed.
        kind: response, resource, conversion, metadata, request, revisit, warcinfo, ...
        url: its target; empty where it has none.
        at: aware; None where it says no time that can be read.
        content_type: of the block; empty where none is said.
        name: its id.
        of: the ids of the records that it says something about.
        payload_digest: as it is given; empty where it is not.
        block: what it holds; empty for kinds that nobody reads.
        missing: so many bytes of the block are not there, the file having been cut short.
    """

    offset: int
    kind: str
    url: str
    at: datetime | None
    content_type: str
    name: str = ""
    of: tuple[str, ...] = ()
    payload_digest: str = ""
    block: bytes = b""
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that cannot be read: a stable code, a sentence, and whether that is a refusal."""

    offset: int
    reason: str
    detail: str
    url: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """An HTTP answer as it was archived, codings undone; `status` is None where it is none."""

    status: int | None
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes

    def header(self, name: str) -> str:
        """The first value of a header, empty where there is none."""
        wanted = name.encode("ascii")
        return next((value.decode("latin-1") for each, value in self.headers if each.lower() == wanted), "")


def entries(file: BinaryIO, *, max_bytes: int) -> Iterator[Entry | Broken]:
    """Every record from where the file stands, gzipped or not; behind what is broken it looks for the next.

    Args:
        file: seekable.
        max_bytes: the limit for one block, its HTTP header aside; a larger one is passed by.
    """
    start = file.tell()
    marks = _MEMBER if file.read(len(MAGIC)) == MAGIC else _PLAIN
    file.seek(start)
    sound = True
    while True:
        last = start
        try:
            for record in ArchiveIterator(
                file, parse_http=False, quirks_mode=True, max_header_len=MAX_HEADER_BYTES
            ):
                last = record.stream_pos
                found = _entry(record, max_bytes)
                if sound or isinstance(found, Entry):
                    yield found
                sound = True
        except OSError as error:
            if error.errno is not None:  # the disk's own, not the parser's
                yield Broken(last, "unreadable", f"it cannot be read ({error.strerror}); check the disk")
                return
            if sound:
                yield Broken(last, "bad_archive", _what_is_wrong(last, error))
            sound = False  # what follows is said to be broken once, however often it is tried
        else:
            return
        following = _next_mark(file, last + 1, marks)
        if following is None:
            return
        start = following
        file.seek(start)


def message_of(block: bytes, *, max_bytes: int) -> Message:
    """The HTTP answer in a block; chunks and packing are undone where they are what the header says.

    At most `max_bytes` + 1 bytes of content come out, so that nothing swells.
    """
    for decode in _DECODINGS:
        record = WarcRecord()
        record.init_headers(WarcRecordType.response)
        record.is_http = True
        record.set_bytes_content(block)
        try:
            record.parse_http(decode, max_header_len=MAX_HEADER_BYTES, quirks_mode=True, strict_mode=False)
            content = _read(record, max_bytes + 1)
        except OSError:
            # Archives hold bodies whose codings a crawler undid and whose headers it left as they were.
            continue
        return Message(record.http_headers.status_code, record.http_headers.items_bytes(), content)
    return Message(None, (), b"")


def _entry(record: WarcRecord, max_bytes: int) -> Entry | Broken:
    said = record.headers
    offset = record.stream_pos
    kind = (said.get("WARC-Type") or "").lower()
    # Wget 1.19 wrote the address in the angle brackets of the standard's grammar.
    url = (said.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    length = said.get("Content-Length") or ""
    if not (length.isascii() and length.isdecimal()):
        detail = "it breaks off or does not say how long it is"
        return Broken(
            offset, "bad_record", f"the record at {offset} is broken: {detail}; the rest is read", url
        )
    block, missing = b"", 0
    if kind in _READ:
        limit = max_bytes + MAX_HEADER_BYTES
        if int(length) > limit:
            _pass_by(record)
            return Broken(
                offset,
                "too_large",
                f"it is larger than the limit of {megabytes(max_bytes)} for one document; leave it out",
                url,
                refused=True,
            )
        block = _read(record, limit)
        missing = int(length) - len(block)
    else:
        _pass_by(record)
    return Entry(
        offset=offset,
        kind=kind,
        url=url,
        at=_moment(said.get("WARC-Date")),
        content_type=said.get("Content-Type") or "",
        name=said.get("WARC-Record-ID") or "",
        of=(*said.get_multiple("WARC-Concurrent-To"), *said.get_multiple("WARC-Refers-To")),
        payload_digest=said.get("WARC-Payload-Digest") or "",
        block=block,
        missing=missing,
    )


def _read(record: WarcRecord, size: int) -> bytes:
    chunks = []
    while size > 0 and (chunk := record.reader.read(size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _pass_by(record: WarcRecord) -> None:
    """In steps, so that Ctrl-C is heard in the middle of what unpacks to gigabytes."""
    while record.reader.consume(_STEP_BYTES):
        pass


def _moment(text: str | None) -> datetime | None:
    try:
        return moment(text or "")
    except ValueError:
        return None


def _what_is_wrong(last: int, error: OSError) -> str:
    why = str(error).rstrip(".")
    return f"it cannot be read behind {last} ({why}); what can be read after it is; get the file anew"


def _next_mark(file: BinaryIO, start: int, mark: "bytes | re.Pattern[bytes]") -> int | None:
    """Where the next record may begin."""
    overlap = 16
    position = max(0, start - 1)  # with the line feed before it
    file.seek(position, os.SEEK_SET)
    before = b""
    while chunk := file.read(io.DEFAULT_BUFFER_SIZE * 16):
        window = before + chunk
        base = position - len(before)
        found = -1
        if isinstance(mark, bytes):
            found = window.find(mark, max(0, start - base))
        elif (match := mark.search(window, max(0, start - base))) is not None:
            found = match.start()
        if found >= 0:
            return base + found
        before = window[-overlap:]
        position += len(chunk)
    return None
