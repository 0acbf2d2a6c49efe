"""Rows as text: a table for people, csv, json, jsonl and markdown for programs."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from flows.width import padded, shortened, width_of
from sources.names import printable

NULL = "NULL"
"""What stands for NULL in tables; csv leaves the field empty (an empty text is `""`), JSON has null."""

_MEASURED_ROWS = 500
"""So many rows decide how wide the columns of a table are; those after them follow as they come."""

_NARROWEST = 6
_GAP = "  "

Row = Sequence[Any]


def table(columns: Sequence[str], rows: Iterator[Row], *, width: int | None = None) -> Iterator[str]:
    """Aligned columns under their names; numbers stand to the right, line breaks are escaped.

    Args:
        columns: their names.
        rows: their values.
        width: columns of the terminal, to which long text is shortened; None shortens nothing.
    """
    head = list(islice(rows, _MEASURED_ROWS))
    names = [printable(name) for name in columns]
    right = [_is_number(row[index] for row in head) for index in range(len(names))]
    cells = [[_cell(value) for value in row] for row in head]
    widths = [max(map(width_of, column)) for column in zip(names, *cells, strict=True)]
    if width is not None:
        widths = _fitted(widths, width)

    def line(texts: Sequence[str]) -> str:
        if width is not None:
            texts = [shortened(text, columns) for text, columns in zip(texts, widths, strict=True)]
        aligned = (
            padded(text, columns, right=is_right)
            for text, columns, is_right in zip(texts, widths, right, strict=True)
        )
        return _GAP.join(aligned).rstrip()

    yield line(names)
    yield _GAP.join("-" * columns for columns in widths)
    for row in cells:
        yield line(row)
    for values in rows:
        yield line([_cell(value) for value in values])


def csv(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """RFC 4180 with line feeds; NULL is an empty field, an empty text `""`, lists and structures are JSON."""
    for row in chain([columns], rows):
        yield ",".join(_csv_field(_text(value)) for value in row)


def jsonl(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """One JSON object a row."""
    names = _unique(columns)
    for row in rows:
        yield dumps(dict(zip(names, row, strict=True)))


def json_array(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """One JSON array of objects, an object a line."""
    last = None
    for line in jsonl(columns, rows):
        yield "[" if last is None else f"{last},"
        last = line
    yield from ["[]"] if last is None else [last, "]"]


def markdown(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """A table as GitHub's Markdown has it."""
    head = list(islice(rows, _MEASURED_ROWS))
    right = [_is_number(row[index] for row in head) for index in range(len(columns))]
    yield _markdown_row(columns)
    yield "| " + " | ".join("--:" if is_right else "---" for is_right in right) + " |"
    for row in chain(head, rows):
        yield _markdown_row([NULL if value is None else _text(value) or "" for value in row])


FORMATS: Mapping[str, Callable[[Sequence[str], Iterator[Row]], Iterator[str]]] = {
    "table": table,
    "csv": csv,
    "json": json_array,
    "jsonl": jsonl,
    "markdown": markdown,
}


def _cell(value: Any) -> str:
    text = _text(value)
    return NULL if text is None else printable(text)


def _text(value: Any) -> str | None:
    """A value as text, complete and exact; None for NULL."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, list | tuple | dict):
        return dumps(value)
    plain = jsonable(value)
    return plain if isinstance(plain, str) else dumps(plain)


def dumps(value: Any) -> str:
    """Any value of DuckDB's as JSON on one line."""
    return json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False)


def jsonable(value: Any) -> Any:
    """A value of DuckDB's as one that JSON has: times in ISO 8601 and UTC, bytes in hexadecimal digits."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            # As a number where no digit is lost by it.
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        case datetime():
            if value.tzinfo is None:
                return value.isoformat()
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case dict():
            return {str(jsonable(key)): jsonable(each) for key, each in value.items()}
        case list() | tuple():
            return [jsonable(each) for each in value]
        case _:
            return str(value)


def _is_number(values: Iterator[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known
    )


def _fitted(widths: Sequence[int], room: int) -> list[int]:
    """The widest columns are made narrower until all fit, down to a few characters each."""
    fitted = list(widths)
    room -= len(_GAP) * (len(fitted) - 1)
    while sum(fitted) > room:
        widest = max(fitted)
        if widest <= _NARROWEST:
            break
        next_widest = max((width for width in fitted if width < widest), default=_NARROWEST)
        many = fitted.count(widest)
        target = max(next_widest, widest - math.ceil((sum(fitted) - room) / many), _NARROWEST)
        fitted = [min(width, target) for width in fitted]
    return fitted


def _csv_field(text: str | None) -> str:
    if text is None:
        return ""
    if text == "" or any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _markdown_row(texts: Sequence[str]) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace("|", "\\|").replace("\r\n", "<br>").replace("\n", "<br>")
        for text in texts
    )
    return "| " + " | ".join(escaped) + " |"


def _unique(columns: Sequence[str]) -> list[str]:
    """Names for the keys of an object; a name that comes again gets its number."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names
