"""A row of CSV or Parquet is an article, or an outcome that names its file and row."""

import gzip
import io
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from records import Candidate, Claimed, Outcome
from sources.jsonl import Origin
from sources.names import file_uri
from sources.tables import FIELDS, candidates_of_csv, candidates_of_table, is_table_name

ORIGIN = Origin("file:///data/a.csv", "/data", "a", None, 1_000, unit="row")
HEADER = "url,title,authors,published,text\n"


def csv_rows(content: str | bytes, columns: dict[str, str] | None = None) -> list[Any]:
    written = content if isinstance(content, bytes) else content.encode()
    return list(candidates_of_csv(io.BytesIO(written), ORIGIN, columns))


def parquet_rows(path: Path, table: dict[str, Any] | pa.Table, **given: Any) -> list[Any]:
    parquet.write_table(table if isinstance(table, pa.Table) else pa.table(table), path)
    return list(candidates_of_table(str(path), source_id="a", max_bytes=1_000, **given))


def test_a_row_with_everything():
    (found,) = csv_rows(
        "url,html,title,authors,published,updated,fetched_at,source,anything\n"
        "https://example.org/a,<p>Text.</p>,T,A. Smith; B. Jones,2025-11-04,2025-11-05,"
        "2025-11-05T08:00:00+01:00,wire,else\n"
    )
    assert found == Candidate(
        uri="https://example.org/a",
        source_id="wire",
        url="https://example.org/a",
        content=b"<p>Text.</p>",
        content_type="text/html; charset=utf-8",
        fetched_at=datetime(2025, 11, 5, 7, tzinfo=UTC),
        claimed=Claimed("T", ("A. Smith", "B. Jones"), published="2025-11-04", updated="2025-11-05"),
    )


def test_a_row_without_an_address_is_known_by_its_file_and_number():
    one, two = csv_rows('text\n"First, with\na line break."\n\n"Said ""two""."\n')
    assert (one.uri, one.content) == ("file:///data/a.csv#row=1", b"First, with\na line break.")
    assert (two.uri, two.content) == ("file:///data/a.csv#row=2", b'Said "two".')


@pytest.mark.parametrize(
    "content",
    [
        "url;title\nhttps://example.org/a;One, two\n",
        "url\ttitle\r\nhttps://example.org/a\tOne, two\r\n",
        "url|title\nhttps://example.org/a|One, two",
        '\ufeffurl,title\nhttps://example.org/a,"One, two"\n',
        '\n\nURL, Headline\nhttps://example.org/a,"One, two"\n',
        '"link","a;b;c",title\nhttps://example.org/a,,"One, two"\n',
    ],
)
def test_what_divides_the_fields_and_what_columns_are_called_is_told_by_the_first_line(content):
    (found,) = csv_rows(content)
    assert (found.url, found.claimed.title) == ("https://example.org/a", "One, two")


def test_columns_are_named_by_the_user_where_their_names_say_something_else():
    columns = {"text": "Inhalt", "title": "Kopf"}
    (found,) = csv_rows("Kopf,title,Inhalt\nRight,Wrong,Text.\n", columns)
    assert (found.claimed.title, found.content) == ("Right", b"Text.")


@pytest.mark.parametrize(
    ("cell", "authors"),
    [
        ("A. Smith", ("A. Smith",)),
        ("A. Smith; B. Jones", ("A. Smith", "B. Jones")),
        ('["A. Smith", "B. Jones"]', ("A. Smith", "B. Jones")),
        ("[broken", ("[broken",)),
        ("", ()),
    ],
)
def test_several_authors_stand_in_one_cell(cell, authors):
    quoted = cell.replace('"', '""')
    (found,) = csv_rows(f'text,authors\nText.,"{quoted}"\n')
    assert found.claimed.authors == authors


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        ("notaurl,,,,", "bad_url", "no web address"),
        (",,,,", None, ""),
        (",T,,,", "bad_line", "none of url, html, text or path"),
        ("https://example.org/a,T,,,Text,more", "bad_row", "6 fields and the first line 5"),
        (b",T,,,caf\xe9", "not_utf8", "save the file as UTF-8"),
        (",T,,," + "a" * 4_001, "too_large", "limit of 4,000 bytes for one row"),
        (',T,,,"' + "aaaa\n" * 900, "too_large", "close its quotes"),
        ("\rT,,,,", "bad_row", "broken CSV"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_go_on(row, reason, said):
    row = row if isinstance(row, bytes) else row.encode()
    first, *between, last = csv_rows(HEADER.encode() + b",,,,First\n" + row + b"\n,,,,Last\n")
    assert (first.content, last.content) == (b"First", b"Last")
    if reason is None:
        assert between == []
        return
    broken = between[0]
    assert isinstance(broken, Outcome)
    assert (broken.uri, broken.reason, broken.stage) == ("file:///data/a.csv#row=2", reason, "find")
    assert said in (broken.detail or "")


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (b"", "empty", "empty"),
        (b"\n \n", "empty", "empty"),
        (b"a,b\n1,2\n", "bad_columns", "it has a, b: rename one"),
        ("text\nText.\n".encode("utf-16"), "not_utf8", "save it as UTF-8"),
        (b"\x1f\x8b broken", "bad_columns", "columns"),
    ],
)
def test_a_file_that_is_no_table_of_articles_is_one_outcome(content, reason, said):
    (only,) = csv_rows(content)
    assert isinstance(only, Outcome)
    assert (only.uri, only.reason, only.stage) == ("file:///data/a.csv", reason, "find")
    assert said in (only.detail or "")


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"text": "body"}, "no column 'body'"), ({"colour": "text"}, "no article has a 'colour'")],
)
def test_a_column_that_is_not_there_is_named(columns, said):
    (only,) = csv_rows("text\nText.\n", columns)
    assert (only.reason, said in only.detail) == ("bad_columns", True)


def test_gzip_is_undone_and_a_broken_end_leaves_what_came_before_it(tmp_path):
    path = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"text\n" + b"".join(b"%x\n" % (n * 7919) for n in range(9_000)))
    path.write_bytes(packed)
    assert len(list(candidates_of_table(str(path), source_id="a", max_bytes=1_000))) == 9_000
    path.write_bytes(packed[: len(packed) // 2])
    *good, last = candidates_of_table(str(path), source_id="a", max_bytes=1_000)
    assert good
    assert all(isinstance(each, Candidate) for each in good)
    assert isinstance(last, Outcome)
    assert (last.uri, last.reason) == (file_uri(str(path)), "bad_gzip")


def test_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    found = parquet_rows(
        path,
        {
            "url": ["https://example.org/a", None, None],
            "text": ["One", "Two", ""],
            "authors": [["A. Smith", "B. Jones"], [], None],
            "published": [datetime(2025, 11, 4, 10, 15, tzinfo=UTC), None, None],
            "updated": [date(2025, 11, 5), None, None],
            "title": [1984, None, 7],
        },
    )
    assert found[:2] == [
        Candidate(
            uri="https://example.org/a",
            source_id="a",
            url="https://example.org/a",
            content=b"One",
            content_type="text/plain; charset=utf-8",
            claimed=Claimed(
                "1984",
                ("A. Smith", "B. Jones"),
                published="2025-11-04 10:15:00.000000Z",
                updated="2025-11-05",
            ),
        ),
        Candidate(
            uri=f"{file_uri(str(path))}#row=2",
            source_id="a",
            content=b"Two",
            content_type="text/plain; charset=utf-8",
        ),
    ]
    assert (found[2].reason, found[2].uri) == ("bad_line", f"{file_uri(str(path))}#row=3")


@pytest.mark.parametrize(
    ("column", "published"),
    [
        (pa.array([1762251300], pa.timestamp("s")), "2025-11-04 10:15:00.000"),
        (pa.array([1762251300123456789], pa.timestamp("ns", "UTC")), "2025-11-04 10:15:00.123456789Z"),
        (pa.array([20000], pa.date32()), "2024-10-04"),
        (pa.array([1762251300]), "1762251300"),
        (pa.array([float("nan")]), None),
        (pa.array(["4 Nov 2025"]).dictionary_encode(), "4 Nov 2025"),
    ],
)
def test_times_in_parquet_are_claims_as_text(tmp_path, column, published):
    (found,) = parquet_rows(tmp_path / "a.pq", pa.table({"text": ["t"], "date": column}))
    assert found.claimed.published == published


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        ("<p>é".encode(), "text/html"),
        ("<p>é".encode("cp1252"), "text/html"),
        ("<p>é", "text/html; charset=utf-8"),
    ],
)
def test_a_page_in_parquet_may_be_bytes_of_any_encoding(tmp_path, page, content_type):
    (found,) = parquet_rows(tmp_path / "a.parquet", {"html": [page]})
    assert found.content == (page if isinstance(page, bytes) else page.encode())
    assert found.content_type == content_type


@pytest.mark.parametrize(
    ("table", "reason"),
    [({"text": [{"a": 1}]}, "bad_line"), ({"text": [b"caf\xe9"]}, "not_utf8"), ({"a": [1]}, "bad_columns")],
)
def test_a_row_of_parquet_that_cannot_be_used_is_an_outcome(tmp_path, table, reason):
    (only,) = parquet_rows(tmp_path / "a.parquet", table)
    assert (only.outcome, only.reason) == ("failed", reason)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_a_broken_parquet_file_is_an_outcome(tmp_path, keep):
    path = tmp_path / "a.parquet"
    parquet_rows(path, {"text": ["t" * 50] * 1_000})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    (only,) = candidates_of_table(str(path), source_id="a", max_bytes=1_000)
    assert isinstance(only, Outcome)
    assert (only.uri, only.reason) == (file_uri(str(path)), "bad_parquet")


def test_damage_in_the_middle_of_parquet_leaves_what_came_before_it(tmp_path):
    path = tmp_path / "a.parquet"
    texts = [f"{n:09}" * 20 for n in range(2_000)]
    parquet.write_table(pa.table({"text": texts}), path, row_group_size=500, use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2_000] = b"\xff" * 2_000
    path.write_bytes(content)
    *good, last = candidates_of_table(str(path), source_id="a", max_bytes=1_000)
    assert [each.content for each in good if isinstance(each, Candidate)][:500] == [
        text.encode() for text in texts[:500]
    ]
    assert isinstance(last, Outcome)
    assert last.reason == "bad_parquet"


def test_what_holds_for_the_file_holds_for_its_rows(tmp_path):
    at = datetime(2025, 1, 1, tzinfo=UTC)
    one, two = parquet_rows(tmp_path / "a.parquet", {"path": ["p.html", "/x"]}, fetched_at=at)
    assert (one.path, two.path, one.fetched_at) == (str(tmp_path / "p.html"), "/x", at)


def test_rows_are_handed_on_as_they_come():
    class Endless:
        lines = 0

        def readline(self, size: int) -> bytes:
            self.lines += 1
            return (b"text\n" if self.lines == 1 else b"again\n")[:size]

    stream = candidates_of_csv(cast("BinaryIO", Endless()), ORIGIN)
    assert [next(stream).uri[-1] for _ in range(3)] == ["1", "2", "3"]


@pytest.mark.slow
def test_a_long_table_takes_no_more_memory_than_a_short_one(tmp_path):
    def peak_bytes(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        with path.open("w") as file:
            file.write("url,title\n")
            file.writelines(f"https://example.org/{n},Title {n}\n" for n in range(rows))
        tracemalloc.start()
        assert sum(1 for _ in candidates_of_table(str(path), source_id="a", max_bytes=1_000)) == rows
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_bytes(10)  # whatever is made once
    assert peak_bytes(30_000) < 1.2 * peak_bytes(1_000) + 10_000


@given(st.binary(max_size=60), st.sampled_from([b"", b"text\n", b"url,html\n", b'text,"title\n']))
def test_any_bytes_are_candidates_or_outcomes(content, start):
    assert all(isinstance(each, Candidate | Outcome) and each.uri for each in csv_rows(start + content))


@given(st.lists(st.fixed_dictionaries({}, optional={field: st.text(max_size=20) for field in FIELDS})))
def test_any_rows_come_out_as_many_as_went_in(records):
    names = list(FIELDS)
    lines = [names, *([record.get(name, "") for name in names] for record in records)]
    written = "\n".join(
        ",".join('"' + cell.replace('"', '""').replace("\r", " ") + '"' for cell in line) for line in lines
    )
    blank = sum(not any(line) for line in lines)
    assert len(csv_rows(written.encode("utf-8", "replace"))) == len(records) - blank


@pytest.mark.parametrize(
    ("name", "is_table"),
    [
        ("a.csv", True),
        ("A.CSV.GZ", True),
        ("a.tsv", True),
        ("a.parquet", True),
        ("a.pq", True),
        ("a.parquet.gz", False),
        ("a.xlsx", False),
        ("csv", False),
    ],
)
def test_tables_are_told_by_their_name(name, is_table):
    assert is_table_name(name) is is_table


def test_the_names_of_columns_are_documented():
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line[:3] == "| `"
    ]
    assert {field: names for field, _, names in rows} == {
        f"`{field}`": ", ".join(f"`{name}`" for name in names) for field, names in FIELDS.items()
    }
