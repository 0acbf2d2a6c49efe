"""JSON Lines: one article a line, with its content, the path of its file, or only its address."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

from records import Candidate, Claimed, InputError, Outcome
from sources.found import failed, failed_with
from sources.gzipped import megabytes
from sources.moments import moment
from sources.names import STDIN_URI, file_uri
from sources.urls import canonical_url

# JSON may write one byte of a document as six (\u00e9 for two): the limit of a line leaves room for that.
LINE_BYTES_PER_DOCUMENT_BYTE = 4

_KEYS = "url, html, text or path"
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from, and what holds for each of them unless it says otherwise.

    Attributes:
        uri: the file's URI, or `stdin:`.
        folder: what a line's `path` is relative to.
        source_id: for lines without `source`.
        fetched_at: for lines without `fetched_at`.
        max_bytes: the limit for one document.
        unit: what is counted in it: lines from 1, as editors do, or the rows of a table.
    """

    uri: str
    folder: str
    source_id: str
    fetched_at: datetime | None
    max_bytes: int
    unit: Literal["line", "row"] = "line"

    def line_uri(self, number: int) -> str:
        """What names a line, or a row, in the ledger."""
        return f"{self.uri}#{self.unit}={number}"


def is_json_object(line: bytes) -> bool:
    """Whether a line is a JSON object by itself, as every line of a JSON Lines file is."""
    line = line.removeprefix(_UTF8_BOM)
    if not line.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(_parsed(line), dict)
    except InputError:
        return False


def candidates_of_lines(
    lines: BinaryIO, origin: Origin, *, first: bytes = b""
) -> Iterator[Candidate | Outcome]:
    """A candidate for each line, or the outcome that says what is wrong with it; blank lines are skipped.

    Args:
        lines: an open binary stream, which stays open.
        origin: where it comes from.
        first: the first line, where it has been read already.
    """
    max_line_bytes = origin.max_bytes * LINE_BYTES_PER_DOCUMENT_BYTE
    number = 0
    try:
        for number, line in enumerate(_lines(lines, first, max_line_bytes), start=1):
            if line is None:
                yield failed(
                    origin.line_uri(number),
                    origin.source_id,
                    reason="too_large",
                    detail=f"it is longer than the limit of {megabytes(max_line_bytes)} for one line; "
                    "split it, or leave it out",
                    refused=True,
                )
            elif line.strip():
                yield _of_line(line, number, origin)
    except InputError as error:  # broken or swelling gzip: what came before it stands
        yield failed_with(origin.line_uri(number + 1), origin.source_id, error)
    except OSError as error:
        yield failed(
            origin.line_uri(number + 1),
            origin.source_id,
            reason="unreadable",
            detail=f"it cannot be read ({error.strerror or error}); check the file and the disk",
        )


def _lines(stream: BinaryIO, first: bytes, max_bytes: int) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is longer than `max_bytes`, which is skipped."""
    line = first or stream.readline(max_bytes + 1)
    line = line.removeprefix(_UTF8_BOM)
    while line:
        if len(line) > max_bytes:
            while line and not line.endswith(b"\n"):
                line = stream.readline(2**20)
            yield None
        else:
            yield line
        line = stream.readline(max_bytes + 1)


def _of_line(line: bytes, number: int, origin: Origin) -> Candidate | Outcome:
    try:
        record = _parsed(line)
        if not isinstance(record, dict):
            raise _bad_line('it is no JSON object; put one article on a line, like {"text": "..."}')
        return candidate_of(record, number, origin)
    except InputError as error:
        return failed_with(origin.line_uri(number), origin.source_id, error)


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8; convert the file", stage="find", reason="bad_json") from None
    except RecursionError:
        raise InputError("it is nested too deeply; flatten it", stage="find", reason="bad_json") from None
    except ValueError as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(
            f"it is broken JSON ({message}); mend the line", stage="find", reason="bad_json"
        ) from None


def candidate_of(record: Mapping[str, object], number: int, origin: Origin) -> Candidate:
    """The candidate that one record of a file is.

    Args:
        record: `url`, `html`, `text` or `path`, and any of `title`, `authors`, `published`, `updated`,
            `fetched_at` and `source`; other names are passed over.
        number: of its line or row.
        origin: the file.

    Raises:
        InputError: it cannot be used (stage `find`; reason `bad_line` or `bad_url`).
    """
    url, html, text, path = (_text(record, key) for key in ("url", "html", "text", "path"))
    if url is not None:
        canonical_url(url)  # a line with a broken address is refused before anything is stored under it
        url = url.strip()
    # HTML is what the publisher sent; a text beside it is what somebody made of it.
    body, media = (html, "html") if html else (text, "plain") if text is not None else (html, "html")
    uri = url
    content = None
    if body is not None:
        content = body.encode("utf-8")
        if origin.uri == STDIN_URI:
            uri = uri or f"{STDIN_URI}sha256={hashlib.sha256(content).hexdigest()}"
        uri = uri or origin.line_uri(number)
        path = None
    elif path is not None:
        path = os.path.join(origin.folder, path)
        uri = uri or file_uri(path)
    if uri is None:
        raise _bad_line(f"it has none of {_KEYS}; give one of them")
    return Candidate(
        uri=uri,
        source_id=_text(record, "source") or origin.source_id,
        url=url,
        path=path,
        content=content,
        content_type=f"text/{media}; charset=utf-8" if content is not None else None,
        fetched_at=_moment(record) or origin.fetched_at,
        claimed=Claimed(
            title=_text(record, "title") or None,
            authors=_authors(record.get("authors")),
            published=_date(record, "published"),
            updated=_date(record, "updated"),
        ),
    )


def _text(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if isinstance(value, str):
        return _encodable(value)
    if value is None:
        return None
    raise _bad_line(f"its {key} is no text; put it in quotes or leave it out")


def _encodable(text: str) -> str:
    """Half a surrogate pair, which JSON can spell and UTF-8 can't, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _moment(record: Mapping[str, object]) -> datetime | None:
    text = _text(record, "fetched_at")
    if not text:
        return None
    try:
        return moment(text)
    except ValueError as error:
        raise _bad_line(f"its fetched_at cannot be used: {error}") from None


def _authors(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if names is None:
        return ()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _bad_line('its authors are no list of names; write them like ["A. Smith", "B. Jones"]')
    return tuple(_encodable(name.strip()) for name in names if name.strip())


def _date(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if isinstance(value, str):
        return _encodable(value) or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is None:
        return None
    raise _bad_line(f"its {key} is no date; write it as text, like 2025-11-04")


def _bad_line(sentence: str) -> InputError:
    return InputError(sentence, stage="find", reason="bad_line")


def is_jsonl_name(path: str) -> bool:
    """Whether a file's name says that it is JSON Lines, gzipped or not."""
    return path.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def open_origin(path: str, *, source_id: str, fetched_at: datetime | None, max_bytes: int) -> Origin:
    """The origin of a JSON Lines file."""
    return Origin(
        uri=file_uri(path),
        folder=os.path.dirname(path),
        source_id=source_id,
        fetched_at=fetched_at,
        max_bytes=max_bytes,
    )
