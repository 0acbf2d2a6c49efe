"""Reads the records of ARC files, the format before WARC: a line of five words, then what was received.

FastWARC knows WARC alone. An ARC file begins with a record of its own, whose second line names the words.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from records import InputError
from sources.gzipped import GunzipStream, megabytes
from sources.warc_read import MAX_HEADER_BYTES, Broken, Entry

FIRST = b"filedesc://"
"""How an ARC file begins."""

_WORDS = 5
_LINE = re.compile(rb"[a-z][a-z0-9+.-]*:\S.* \S+ \d{8,} \S+ \S+\s*", re.IGNORECASE)
_DIGITS = 14
_STEP_BYTES = 1 << 20


def arc_entries(file: BinaryIO, *, packed: bool, max_bytes: int) -> Iterator[Entry | Broken]:
    """Every record of an ARC file, as `warc_read.entries` gives those of a WARC file.

    Offsets count in the unpacked stream. The file's description of itself is a record of the kind `filedesc`.

    Args:
        file: at its beginning.
        packed: whether it is gzipped.
        max_bytes: the limit for one block, its HTTP header aside.
    """
    stream: BinaryIO = GunzipStream(file) if packed else file
    offset = words = 0
    sound = True
    try:
        while line := stream.readline(MAX_HEADER_BYTES):
            begins, offset = offset, offset + len(line)
            if not line.strip():
                continue
            if not _LINE.fullmatch(line):
                if sound:
                    yield Broken(begins, "bad_record", f"no record begins at {begins}; what follows is read")
                sound = False
                continue
            sound = True
            if line.startswith(FIRST):
                words, read = _described(stream)
                offset += read
                yield Entry(begins, "filedesc", "", None, "")
                continue
            found, read = _entry(stream, begins, line, words or _WORDS, max_bytes)
            offset += read
            yield found
    except InputError as error:  # broken or swelling gzip
        yield Broken(offset, error.reason, f"{error} (at {offset})", refused=error.refused)
    except OSError as error:
        yield Broken(offset, "unreadable", f"it cannot be read ({error.strerror or error}); check the disk")


def _described(stream: BinaryIO) -> tuple[int, int]:
    """The number of words in each record's line, from the file's own description, and its length."""
    version = stream.readline(MAX_HEADER_BYTES)
    names = stream.readline(MAX_HEADER_BYTES)
    return len(names.split()), len(version) + len(names)


def _entry(
    stream: BinaryIO, begins: int, line: bytes, words: int, max_bytes: int
) -> tuple[Entry | Broken, int]:
    """The record whose line was read, and how many bytes were read of it."""
    said = line.decode("utf-8", "replace").strip().rsplit(" ", max(words, _WORDS) - 1)
    url, length = said[0], said[-1]
    if len(said) < _WORDS or not (length.isascii() and length.isdecimal()):
        sentence = f"the record at {begins} does not say how long it is; what follows is read"
        return Broken(begins, "bad_record", sentence, url), 0
    size = int(length)
    if size > max_bytes + MAX_HEADER_BYTES:
        left = size
        while left and (skipped := len(stream.read(min(left, _STEP_BYTES)))):
            left -= skipped
        sentence = f"it is larger than the limit of {megabytes(max_bytes)} for one document; leave it out"
        return Broken(begins, "too_large", sentence, url, refused=True), size - left
    block = stream.read(size)
    missing = size - len(block)
    return Entry(begins, "response", url, _moment(said[2]), said[3], block=block, missing=missing), size


def _moment(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits[:_DIGITS], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
