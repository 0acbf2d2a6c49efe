"""What is exported reads back as the same rows with the same types, by the SQL in its own README."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from records import Extracted, UsageError
from warehouse.export import FORMATS, export
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
AWKWARD = [
    'He said "no",\r\nthen\n\n"yes"',
    "tab\there, comma, semicolon; pipe|",
    "nul\x00 bell\x07 escape\x1b",
    "NULL",
    "'; DROP TABLE articles; --",
    '{"json": [1, null]}',
    "\\n \\N \\x01 \x01 \x02",
    "漢字 Ünï 🗞 \u2028 \ufeff",
    "007",
]


@pytest.fixture
def published(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """Articles that are awkward to quote, some with a day, one with a month, one with nothing."""
    items = [
        extracted(
            f"https://example.org/{number}",
            text,
            title=text,
            authors=('O\'Hara, "Bob"', "A [B], C") if number % 2 else (),
            published="2025-11-04T10:15:00Z",
            published_date=date(2025, 11, 4),
            published_at=datetime(2025, 11, 4, 10, 15, 0, 123456, tzinfo=UTC),
            published_precision="instant",
        )
        for number, text in enumerate(AWKWARD)
    ]
    items += [
        extracted(
            "https://example.org/month", "m", title="", published="2025-09", published_precision="month"
        ),
        extracted("https://example.org/none", "n", title=None),
        extracted("https://example.org/old", "o", published="1999-01-02", published_date=date(1999, 1, 2)),
        extracted("https://example.org/long", "l" * 3_000_000),
    ]
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, items, at=NOW)
        writer.publish()
    return db


def read_back(folder: Path, db: Path, table: str = "articles", where: str = "true") -> tuple[int, int]:
    """Rows that only the one or the other has: the table in the database, and the export by its README."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"```sql\n(SELECT.*?);\n```", readme, re.DOTALL)
    sql = found[-1].replace("'./", f"'{folder}/")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{db}' AS news (READ_ONLY)")
        connection.execute(f"CREATE TABLE back AS {sql}")
        types = "SELECT list(data_type ORDER BY column_index) FROM duckdb_columns() WHERE table_name = "
        same = connection.execute(f"({types} 'back') INTERSECT ({types} '{table}')").fetchall()
        assert same, "the types are the same"
        news = f"SELECT * FROM news.{table} WHERE {where}"
        lost = connection.execute(f"SELECT count(*) FROM ({news} EXCEPT ALL FROM back)").fetchall()
        made = connection.execute(f"SELECT count(*) FROM (FROM back EXCEPT ALL {news})").fetchall()
    return lost[0][0], made[0][0]


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("by_month", [False, True], ids=["whole", "by month"])
def test_reading_it_back_gives_the_same_rows(published, tmp_path, style, by_month):
    made = export(published, tmp_path / "out", style=style, by_month=by_month)
    assert made.rows == len(AWKWARD) + 4
    assert read_back(made.folder, published) == (0, 0)


@pytest.mark.parametrize("style", FORMATS)
def test_months_are_folders_and_what_has_none_has_a_name(published, tmp_path, style):
    export(published, tmp_path / "out", style=style, by_month=True)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "README.md",
        "month=1999-01",
        "month=2025-09",
        "month=2025-11",
        "month=undated",
    ]


@pytest.mark.parametrize("style", FORMATS)
def test_a_condition_chooses(published, tmp_path, style):
    where = "title = 'NULL' -- the word"
    made = export(published, tmp_path / "out", style=style, where=where)
    assert made.rows == 1
    assert read_back(made.folder, published, where="title = 'NULL'") == (0, 0)
    assert where in (made.folder / "README.md").read_text()


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("table", ["captures", "outcomes", "cuts", "article_versions"])
def test_any_table_or_view_can_be_exported(published, tmp_path, style, table):
    made = export(published, tmp_path / "out", style=style, table=table)
    assert read_back(made.folder, published, table) == (0, 0)


def test_the_readme_says_what_each_column_means(published, tmp_path):
    folder = export(published, tmp_path / "out").folder
    readme = (folder / "README.md").read_text()
    assert "| published_date | DATE | The publisher's calendar day" in readme


@pytest.mark.parametrize("style", FORMATS)
def test_no_rows_is_an_export_too(published, tmp_path, style):
    made = export(published, tmp_path / "out", style=style, where="false")
    assert made.rows == 0
    assert (made.folder / "README.md").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"where": "no_such_column = 1"}, "--where cannot be used"),
        ({"where": "title ="}, "--where cannot be used"),
        ({"where": "true) UNION ALL (SELECT 1"}, "--where cannot be used"),
        ({"table": "no_such"}, "There is no table or view no_such"),
        ({"table": "outcomes", "by_month": True}, "has no published_date"),
    ],
)
def test_a_mistake_is_named_and_leaves_nothing(published, tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        export(published, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
    assert [each for each in tmp_path.iterdir() if each.name.startswith(".out")] == []


def test_an_export_is_replaced_only_when_asked_and_nothing_else_ever(published, tmp_path):
    folder = tmp_path / "out"
    export(published, folder, style="csv")
    with pytest.raises(UsageError, match="is there already"):
        export(published, folder)
    export(published, folder, replace=True)
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "articles.parquet"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other things"):
        export(published, other, replace=True)
    assert (other / "mine.txt").exists()


def test_the_folder_above_must_be_there(published, tmp_path):
    with pytest.raises(UsageError, match="There is no folder"):
        export(published, tmp_path / "no" / "out")
