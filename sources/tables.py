"""Tables of articles, one a row: CSV and Parquet files, read as they come, in memory that does not grow."""

import csv
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import chain
from types import ModuleType
from typing import Any, BinaryIO, Self

from records import Candidate, InputError, Outcome
from sources.found import failed, failed_with
from sources.gzipped import MAGIC, GunzipStream, megabytes
from sources.jsonl import LINE_BYTES_PER_DOCUMENT_BYTE, Origin, candidate_of
from sources.names import file_uri, printable

FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "link", "uri", "article_url"),
    "html": ("html", "raw_html"),
    "text": ("text", "body", "content", "article_text", "maintext", "full_text"),
    "path": ("path", "file", "filename"),
    "title": ("title", "headline"),
    "authors": ("authors", "author", "byline"),
    "published": (
        *("published", "published_at", "published_date", "publish_date", "date_publish"),
        *("publication_date", "pub_date", "pubdate", "date"),
    ),
    "updated": ("updated", "updated_at", "modified", "modified_at", "date_modify"),
    "fetched_at": ("fetched_at",),
    "source": ("source", "source_id"),
}
"""What a column may hold, and what it is called where nobody says: the first name that is there counts."""

_CONTENT = ("url", "html", "text", "path")
_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_CSV_ENDINGS = (".csv", ".tsv")
_PARQUET_ENDINGS = (".parquet", ".pq")
_WIDE = ("\udcff\udcfe", "\udcfe\udcff")  # the byte order marks of UTF-16, as `surrogateescape` reads them
_NO_LIMIT = 2**31 - 1
_READ_PAST_BYTES = 2**20
_PARQUET_BUFFER_BYTES = 2**20
_PARQUET_BATCH_ROWS = 64  # articles are kilobytes: some megabytes at a time
_NAMED = 12  # so many columns are spelled out in a message


def is_table_name(path: str) -> bool:
    """Whether a file's name says that it is CSV (gzipped or not) or Parquet."""
    name = path.lower()
    return name.endswith(_PARQUET_ENDINGS) or name.removesuffix(".gz").endswith(_CSV_ENDINGS)


def candidates_of_table(
    path: str,
    *,
    source_id: str,
    columns: Mapping[str, str] | None = None,
    fetched_at: datetime | None = None,
    max_bytes: int,
) -> Iterator[Candidate | Outcome]:
    """A candidate for each row of a file, or the outcome that says what is wrong with it.

    A row says what a JSON line says (`sources/jsonl.py`). Rows are named `FILE#row=N` and count from 1, the
    names of the columns not among them.

    Args:
        path: of a .csv, .tsv (either gzipped or not), .parquet or .pq file.
        source_id: for rows without one.
        columns: which column holds what, by the keys of `FIELDS`; what it does not say is told by name.
        fetched_at: for rows without one.
        max_bytes: the limit for one document.

    Raises:
        OSError: the file cannot be opened.
    """
    origin = Origin(file_uri(path), os.path.dirname(path), source_id, fetched_at, max_bytes, unit="row")
    if path.lower().endswith(_PARQUET_ENDINGS):
        with open(path, "rb") as file:
            yield from _of_parquet(file, columns or {}, origin)
        return
    with open(path, "rb") as file:
        packed = file.peek(len(MAGIC)).startswith(MAGIC)
        yield from candidates_of_csv(GunzipStream(file) if packed else file, origin, columns or {})


def candidates_of_csv(
    stream: BinaryIO, origin: Origin, columns: Mapping[str, str] | None = None
) -> Iterator[Candidate | Outcome]:
    """The same of an open stream of CSV: UTF-8, names in the first line, what divides them told by that line.

    Args:
        stream: binary; stays open.
        origin: where it comes from.
        columns: see `candidates_of_table`.
    """
    try:
        yield from _of_csv(stream, origin, columns or {})
    except InputError as error:  # no names that tell anything, or broken gzip: what came before it stands
        yield failed_with(origin.uri, origin.source_id, error)
    except OSError as error:
        yield failed(
            origin.uri,
            origin.source_id,
            reason="unreadable",
            detail=f"it cannot be read ({error.strerror or error}); check the file and the disk",
        )


def _of_csv(stream: BinaryIO, origin: Origin, columns: Mapping[str, str]) -> Iterator[Candidate | Outcome]:
    lines = _Lines(stream, origin.max_bytes * LINE_BYTES_PER_DOCUMENT_BYTE)
    csv.field_size_limit(_NO_LIMIT)  # it holds for the whole process, so it is none: `_Lines` has ours
    header = lines.header()
    rows = csv.reader(chain([header], lines), delimiter=_delimiter(header))
    try:
        names = [name.strip() for name in next(rows)]
    except csv.Error as error:
        raise _bad_row(f"its first line is broken CSV ({error}); mend it") from error
    chosen = [(field, names.index(column)) for field, column in _chosen(names, columns)]
    number = 0
    while True:
        number += 1
        lines.begin_row()
        try:
            row = next(rows)
            if not any(row):  # a blank line is no row
                number -= 1
                continue
            if len(row) > len(names):
                raise _bad_row(
                    f"it has {len(row)} fields and the first line {len(names)}; put quotes around texts that "
                    "hold what divides the fields"
                )
            record = {field: row[place] for field, place in chosen if place < len(row)}
            yield _candidate(record, number, origin)
        except StopIteration:
            return
        except csv.Error as error:
            yield failed_with(
                origin.line_uri(number), origin.source_id, _bad_row(f"it is broken CSV ({error})")
            )
        except InputError as error:
            if error.stage != "find":  # the file itself is broken
                raise
            yield failed_with(origin.line_uri(number), origin.source_id, error)


class _Lines:
    """The lines of a stream as text; where a row grows too long, an `InputError`, and what follows it.

    An iterator of its own, since a generator would end with its first error.
    """

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        """Args: stream, binary; max_bytes, the limit for one row, with all line breaks in its quotes."""
        self._stream = stream
        self._max_bytes = max_bytes
        self._row_bytes = 0

    def begin_row(self) -> None:
        """Count anew."""
        self._row_bytes = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._max_bytes + 1)
        if not line:
            raise StopIteration
        self._row_bytes += len(line)
        if self._row_bytes > self._max_bytes:
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(_READ_PAST_BYTES)
            raise InputError(
                f"it is longer than the limit of {megabytes(self._max_bytes)} for one row; close its quotes, "
                "split it, or leave it out",
                stage="find",
                reason="too_large",
                refused=True,
            )
        return line.decode("utf-8", "surrogateescape")

    def header(self) -> str:
        """The first line that is not blank, which holds the names of the columns."""
        for line in self:
            if line.startswith(_WIDE):
                raise InputError("it is UTF-16; save it as UTF-8", stage="find", reason="not_utf8")
            header = line.removeprefix("\ufeff")
            if header.strip():
                return header
        raise InputError("it is empty; fill it or leave it out", stage="find", reason="empty")


def _delimiter(header: str) -> str:
    bare = _QUOTED.sub("", header)
    return max(_DELIMITERS, key=bare.count)  # the first of those that are equal: the comma


def _of_parquet(
    stream: BinaryIO, columns: Mapping[str, str], origin: Origin
) -> Iterator[Candidate | Outcome]:
    # Imported here: most runs meet no Parquet, and it takes a fifth of a second.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    number = 0
    try:
        # Page by page instead of whole columns, so that memory does not grow with the file.
        with parquet.ParquetFile(stream, buffer_size=_PARQUET_BUFFER_BYTES, pre_buffer=False) as file:
            chosen = _chosen(file.schema_arrow.names, columns)
            read = [column for _, column in chosen]
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH_ROWS, columns=read, use_threads=False):
                values = {field: _listed(batch.column(column), pa) for field, column in chosen}
                for place in range(batch.num_rows):
                    number += 1
                    record = {field: column[place] for field, column in values.items()}
                    try:
                        yield _candidate(record, number, origin)
                    except InputError as error:
                        yield failed_with(origin.line_uri(number), origin.source_id, error)
    except InputError as error:
        yield failed_with(origin.uri, origin.source_id, error)
    except (pa.ArrowException, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        yield failed(
            origin.line_uri(number + 1) if number else origin.uri,
            origin.source_id,
            reason="bad_parquet",
            detail=f"it is no Parquet file that can be read ({printable(why)}); make or download it again",
        )


def _listed(column: Any, pa: ModuleType) -> list[Any]:
    """A column's values as Python has them, times as ISO 8601 text, which knows every year and fraction."""
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.string())
    listed: list[Any] = column.to_pylist()
    return listed


def _chosen(names: Sequence[str], columns: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which field is read from which column."""
    unknown = [field for field in columns if field not in FIELDS]
    if unknown:
        raise _bad_columns(f"no article has a '{unknown[0]}'; columns can be named for {', '.join(FIELDS)}")
    missing = [column for column in columns.values() if column not in names]
    if missing:
        raise _bad_columns(f"it has no column '{missing[0]}', but {_spelled(names)}; correct `columns`")
    by_name = {name.lower(): name for name in reversed(names)}
    chosen = dict(columns)
    for field, usual in FIELDS.items():
        found = next((by_name[name] for name in usual if name in by_name), None)
        if field not in chosen and found is not None:
            chosen[field] = found
    if not any(field in chosen for field in _CONTENT):
        raise _bad_columns(
            f"none of its columns is called {', '.join(_CONTENT)}; it has {_spelled(names)}: rename one, or "
            "say which is which (`columns` in sources.toml)"
        )
    return list(chosen.items())


def _spelled(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return printable(", ".join(names[:_NAMED]) or "none") + more


def _candidate(record: Mapping[str, Any], number: int, origin: Origin) -> Candidate:
    said = {field: _value(field, value) for field, value in record.items()}
    page = said.get("html")
    if not isinstance(page, bytes):
        return candidate_of(said, number, origin)
    # A page as it came over the wire: its encoding is told from the bytes, as it is for a file.
    return replace(
        candidate_of({**said, "html": " "}, number, origin), content=page, content_type="text/html"
    )


def _value(field: str, value: Any) -> Any:
    """A cell as a JSON line would say it; what is empty says nothing."""
    match value:
        case None | "" | b"":
            return None
        case float() if value != value:  # noqa: PLR0124  # not a number, which says that nothing is there
            return None
        case bytes() if field != "html":
            return _value(field, value.decode("utf-8", "surrogateescape"))
        case str():
            return _authors(_text(value)) if field == "authors" else _text(value)
        case int() | float() | Decimal():
            return str(value)
        case _:
            return value


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("it is not UTF-8; save the file as UTF-8", stage="find", reason="not_utf8") from None
    return value


def _authors(value: str) -> list[str]:
    """Several names in one cell: a JSON list, or divided by semicolons."""
    if value.startswith("["):
        try:
            names = json.loads(value)
        except (ValueError, RecursionError):
            names = None
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
    return value.split(";")


def _bad_columns(sentence: str) -> InputError:
    return InputError(sentence, stage="find", reason="bad_columns")


def _bad_row(sentence: str) -> InputError:
    return InputError(sentence, stage="find", reason="bad_row")
