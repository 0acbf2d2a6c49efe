"""Lists of web addresses, one a line, of any length: read as they come, in memory that does not grow."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from records import Candidate, InputError, Outcome
from sources.found import failed, failed_with
from sources.gzipped import MAGIC, GunzipStream
from sources.urls import canonical_url

MAX_LINE_BYTES = 16_384
"""The limit for one line: twice what servers commonly take for an address."""

_COMMENT = re.compile(r"(?:^|\s)#.*")  # `https://example.org/#part` is no comment
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_READ_PAST_BYTES = 2**20


def addresses(lines: Iterable[bytes], *, source_id: str, uri: str) -> Iterator[Candidate | Outcome]:
    """A candidate for each address, or the outcome that says what is wrong with its line.

    Blank lines and comments (`#` at the beginning, or after a blank) say nothing. An address that comes twice
    is yielded twice: who keeps the backlog knows better, and a list has no end that could be waited for.

    Args:
        lines: with their line ends or without; see `lines_of` for a stream.
        source_id: for what is found.
        uri: names the list; a bad line is `uri#line=N`, counted from 1 as editors do.

    Yields:
        Candidates whose `uri` is the canonical address and whose `url` is as it was written.
    """
    for number, line in enumerate(lines, start=1):
        try:
            url = _address(line, first=number == 1)
            if url:
                yield Candidate(uri=canonical_url(url), source_id=source_id, url=url)
        except InputError as error:
            yield failed_with(f"{uri}#line={number}", source_id, error)
            if error.reason == "not_utf8" and number == 1 and line.startswith(_WIDE):
                return  # nothing after it can be read either


def read(stream: BinaryIO, *, source_id: str, uri: str) -> Iterator[Candidate | Outcome]:
    """The same of a stream, gzipped or not, which stays open; what breaks it off is the last outcome.

    Args:
        stream: open, binary; a file, or the body of an answer in `io.BytesIO`.
        source_id: for what is found.
        uri: names the list.
    """
    try:
        first = stream.readline(MAX_LINE_BYTES + 1)
        packed = first.startswith(MAGIC)
        lines = lines_of(GunzipStream(stream, prefix=first)) if packed else lines_of(stream, first)
        yield from addresses(lines, source_id=source_id, uri=uri)
    except InputError as error:  # broken or swelling gzip: what came before it stands
        yield failed_with(uri, source_id, error)
    except OSError as error:
        yield failed(
            uri,
            source_id,
            reason="unreadable",
            detail=f"it cannot be read ({error.strerror or error}); check the file and the disk",
        )


def lines_of(stream: BinaryIO, first: bytes = b"") -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, still longer than `MAX_LINE_BYTES`.

    Args:
        stream: open, binary.
        first: the first line, where it has been read already.
    """
    line = first or stream.readline(MAX_LINE_BYTES + 1)
    while line:
        yield line
        if len(line) > MAX_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = stream.readline(_READ_PAST_BYTES)
        line = stream.readline(MAX_LINE_BYTES + 1)


def _address(line: bytes, *, first: bool) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise InputError(
            f"it is longer than the limit of {MAX_LINE_BYTES:,} bytes for one address; put each on a line of "
            "its own",
            stage="find",
            reason="too_large",
            refused=True,
        )
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8; save the list as UTF-8", stage="find", reason="not_utf8") from None
    return _COMMENT.sub("", text.removeprefix("\ufeff") if first else text).strip()
