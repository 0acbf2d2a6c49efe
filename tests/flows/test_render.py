"""Rows as text: complete and exact for programs, aligned and safe for people."""

import csv as csv_module
import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import render
from flows.render import csv, json_array, jsonable, jsonl, markdown, table
from flows.width import shortened, width_of, wrapped


@pytest.mark.parametrize(
    ("value", "as_json"),
    [
        (None, None),
        (True, True),
        (2**100, 2**100),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Decimal("1.10"), 1.1),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (datetime(2025, 11, 4, 10, 15, tzinfo=UTC), "2025-11-04T10:15:00Z"),
        (datetime(2025, 11, 4, 10, 15, tzinfo=timezone(timedelta(hours=8))), "2025-11-04T02:15:00Z"),
        (datetime(2025, 11, 4, 10, 15, 0, 1), "2025-11-04T10:15:00.000001"),  # noqa: DTZ001  # as DuckDB has it
        (date(2025, 11, 4), "2025-11-04"),
        (time(10, 15), "10:15:00"),
        (timedelta(days=1), "1 day, 0:00:00"),
        (b"\x00\xff", "00ff"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([date(2025, 1, 1), None], ["2025-01-01", None]),
        ({"a": {1: b"x"}}, {"a": {"1": "78"}}),
    ],
)
def test_every_kind_of_value_has_a_json_form(value, as_json):
    assert jsonable(value) == as_json
    json.dumps(jsonable(value), allow_nan=False)


CELLS = st.none() | st.text() | st.integers() | st.booleans()


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_csv_reads_back_and_tells_null_from_nothing(rows):
    written = "".join(f"{line}\n" for line in csv(["a", "b"], iter(rows)))
    read = list(csv_module.reader(io.StringIO(written, newline=""), strict=True))
    assert read == [["a", "b"], *[[as_text(cell) for cell in row] for row in rows]]
    assert [list(csv(["a", "b"], iter([(None, "")])))[1]] == [',""']


def as_text(cell: object) -> str:
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


@given(st.lists(st.tuples(CELLS, st.lists(CELLS)), max_size=5))
def test_json_reads_back(rows):
    expected = [{"a": first, "b": second} for first, second in rows]
    assert [json.loads(line) for line in jsonl(["a", "b"], iter(rows))] == expected
    assert json.loads("".join(json_array(["a", "b"], iter(rows)))) == expected


def test_a_json_array_of_nothing():
    assert "".join(json_array(["a"], iter([]))) == "[]"


def test_columns_of_the_same_name_are_numbered_as_keys():
    assert list(jsonl(["a", "a", "a_2"], iter([(1, 2, 3)]))) == ['{"a": 1, "a_2": 2, "a_2_2": 3}']


def test_a_table_is_aligned_by_what_is_seen():
    rows = [("日本", 1, None), ("e\u0301a", 200, "x")]
    assert list(table(["name", "n", "z"], iter(rows))) == [
        "name    n  z",
        "----  ---  ----",
        "日本    1  NULL",
        "e\u0301a    200  x",
    ]


def test_a_table_lets_nothing_through_that_could_disturb_a_terminal():
    (line,) = list(table(["t"], iter([("a\nb\x1b[2J",)])))[2:]
    assert line == "a\\nb\\x1b[2J"


@given(
    st.lists(st.tuples(st.text(max_size=50), st.text(max_size=50), st.integers()), min_size=1, max_size=4),
    st.integers(30, 90),
)
def test_a_table_on_a_terminal_is_no_wider(rows, width):
    assert all(width_of(line) <= width for line in table(["a", "b", "c"], iter(rows), width=width))


def test_rows_beyond_those_measured_follow_as_they_come():
    taken: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(10**9):
            taken.append(number)
            yield (number,)

    lines = table(["n"], rows())
    for _ in range(10):
        next(lines)
    assert len(taken) == render._MEASURED_ROWS


def test_markdown_keeps_a_cell_in_its_cell():
    assert list(markdown(["a|b"], iter([("x\ny|z\\",)])))[2] == "| x<br>y\\|z\\\\ |"


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("a b", 2, "a…"),
    ],
)
def test_text_is_shortened_to_what_fits(text, columns, expected):
    assert shortened(text, columns) == expected
    assert width_of(expected) <= columns


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("a-word-too-long-to-fit x", ["a-word-too-long-to-fit", "x"]),
        ("日本語の文章です", ["日本語の", "文章です"]),
        ("", []),
    ],
)
def test_text_is_wrapped_at_blanks_and_between_east_asian_characters(text, lines):
    assert list(wrapped(text, 8)) == lines


@given(st.text(), st.integers(1, 40))
def test_wrapping_loses_nothing(text, columns):
    assert "".join("".join(wrapped(text, columns)).split()) == "".join(text.split())
