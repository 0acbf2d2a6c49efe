"""Reading: any SQL on what is published, and one article with what was decided about it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import BusyError, Extracted, UsageError, WarehouseError
from warehouse.read import query, show
from warehouse.writer import open_writer

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]


@pytest.fixture
def stored(db: Path, empty: Path, extracted: Make) -> Path:
    shutil.copytree(empty, db.parent, dirs_exist_ok=True)
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        items = [
            extracted("https://example.org/a", "one", canonical_url="https://example.org/a"),
            extracted("file:///news/b.txt", "two", uri="file:///news/b.txt"),
            extracted("file:///news/copy.txt", "two"),
        ]
        writer.write(run_id, items, at=NOW)
        writer.publish()
    return db


def test_a_query_gives_columns_and_rows(stored: Path):
    result = query(stored, "SELECT article_key AS key, words FROM articles ORDER BY key")
    assert result.columns == ("key", "words")
    assert [row[0] for row in result.rows] == ["file:///news/b.txt", "https://example.org/a"]


def test_rows_come_as_they_are_asked_for(stored: Path):
    result = query(stored, "SELECT * FROM range(100_000_000_000)")
    assert [next(result.rows), next(result.rows)] == [(0,), (1,)]
    result.close()


def test_times_are_in_utc(stored: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    [row] = query(stored, "SELECT first_seen_at, first_seen_at::VARCHAR FROM articles LIMIT 1").rows
    assert row[0].utcoffset().total_seconds() == 0
    assert row[1] == "2025-11-04 12:00:00+00"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", "Parser Error: syntax error"),
        ("SELECT nothing FROM articles", "Binder Error"),
        ("SELECT * FROM artikles", 'Did you mean "articles"'),
        ("DELETE FROM article_versions", "read-only"),
        ("CREATE TABLE mine (i INT)", "read-only"),
    ],
)
def test_what_is_wrong_with_the_sql_is_said_on_one_line(stored: Path, sql: str, said: str):
    with pytest.raises(UsageError, match=said) as raised:
        query(stored, sql)
    assert "\n" not in str(raised.value)


def test_what_goes_wrong_while_rows_are_read_is_said_too(stored: Path):
    with pytest.raises(UsageError, match="Conversion Error"):
        list(query(stored, "SELECT (title || range)::INT FROM articles, range(3)").rows)


def test_a_statement_without_an_answer_gives_no_rows(stored: Path):
    assert list(query(stored, "SET threads = 1").rows) in ([], [(True,)])


def test_a_database_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(WarehouseError, match=r"no database .*absent.duckdb: make one with `dateline ingest`"):
        query(tmp_path / "absent.duckdb", "SELECT 1")


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(WarehouseError, match=r"notes.txt is not a DuckDB database"):
        query(tmp_path / "notes.txt", "SELECT 1")


@pytest.mark.parametrize(
    "name", ["temp.duckdb", "main.db", 'it\'s "mine".duckdb', "2025-11.duckdb", "select"]
)
def test_any_name_of_a_file_will_do(tmp_path: Path, name: str):
    with open_writer(tmp_path / name) as writer:
        writer.publish()
    assert list(query(tmp_path / name, "SELECT count(*) FROM articles").rows) == [(0,)]


@pytest.mark.parametrize("wanted", ["https://example.org/a", "id", "prefix"])
def test_an_article_is_shown_by_id_by_the_beginning_of_it_and_by_url(stored: Path, wanted: str):
    [(article_id,)] = query(stored, "SELECT article_id FROM articles WHERE canonical_url IS NOT NULL").rows
    shown = show(stored, {"id": article_id, "prefix": article_id[:6]}.get(wanted, wanted))
    assert shown is not None
    assert shown.article.article_id == article_id
    assert shown.article.authors == ()
    assert [cut.rule for cut in shown.cuts] == ["byline.by"]
    assert [claim.evidence for claim in shown.date_claims] == ["4 November"]
    assert shown.found_as is None


@pytest.mark.parametrize("wanted", ["file:///news/b.txt", "/news/b.txt", "/news/../news/b.txt"])
def test_an_article_is_shown_by_its_file(stored: Path, wanted: str):
    shown = show(stored, wanted)
    assert shown is not None
    assert shown.article.article_key == "file:///news/b.txt"


def test_a_duplicate_leads_to_the_article(stored: Path):
    shown = show(stored, "/news/copy.txt")
    assert shown is not None
    assert (shown.article.article_key, shown.found_as) == ("file:///news/b.txt", "file:///news/copy.txt")


def test_what_is_not_there_is_none(stored: Path):
    assert show(stored, "https://example.org/nothing") is None
    assert show(stored, "ffffffffffffffff") is None


def test_a_beginning_of_several_ids_is_refused(db: Path, extracted: Make):
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        items = [extracted(f"file:///{n}", str(n)) for n in range(1500)]
        writer.write(run_id, items, at=NOW)
        writer.publish()
    [(beginning,)] = query(
        db, "SELECT article_id[:4] FROM articles GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).rows
    with pytest.raises(UsageError, match="give more digits"):
        show(db, beginning)


def test_reading_loads_no_pyarrow_and_the_package_no_duckdb():
    script = """
import sys, warehouse
print("duckdb" in sys.modules, "pyarrow" in sys.modules)
import warehouse.read
print("pyarrow" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False", "False"]


def test_live_reads_what_is_stored_and_not_yet_published(stored: Path, extracted: Make):
    asked = "SELECT count(*) FROM articles"
    [(published,)] = query(stored, asked).rows
    with open_writer(stored) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("live", "said live")], at=NOW)
    assert list(query(stored, asked, live=True).rows) == [(published + 1,)]
    assert list(query(stored, asked).rows) == [(published,)]


def test_live_says_after_a_short_while_that_a_writer_is_at_work(
    stored: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("warehouse.store.LIVE_S", 0.0)
    hold = "import sys\nfrom pathlib import Path\nfrom warehouse.writer import open_writer\n"
    hold += "with open_writer(Path(sys.argv[1])):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(stored)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(BusyError, match="leave --live away to read what was published last"):
            query(stored, "SELECT 1", live=True)
        holder.communicate("")


def test_a_writer_waits_for_who_reads_live(stored: Path):
    script = "import sys\nfrom pathlib import Path\nfrom warehouse.read import query\n"
    script += "result = query(Path(sys.argv[1]), 'SELECT * FROM range(9999)', live=True)\nnext(result.rows)\n"
    script += "print('open', flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(stored)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        reader.stdin.close()
        open_writer(stored, wait_s=60).close()
