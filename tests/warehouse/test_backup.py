"""A backup is whole, read to the end before it gets its name, and can be put back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Extracted, UsageError, WarehouseError
from warehouse import read
from warehouse.backup import backup, backups_of
from warehouse.restore import restore
from warehouse.writer import Writer, open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)


def keys(db: Path) -> list[str]:
    return [row[0] for row in read.query(db, "SELECT article_key FROM articles ORDER BY ALL").rows]


def damage(file: Path) -> None:
    """Overwrite a stretch in the middle of every block but the headers."""
    file.chmod(0o644)
    with file.open("r+b") as opened:
        for offset in range(3 * 4096 + 5000, file.stat().st_size, 1 << 18):
            opened.seek(offset)
            opened.write(b"\xff" * 512)


@pytest.fixture
def store_articles(db: Path, extracted: Callable[..., Extracted]) -> Callable[..., None]:
    """Store articles of these names as a run of its own, and publish."""

    def store(*names: str, publish: bool = True) -> None:
        with open_writer(db) as writer:
            write(writer, *names)
            if publish:
                writer.publish()

    def write(writer: Writer, *names: str) -> None:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        items = [extracted(f"https://example.org/{name}", name) for name in names]
        writer.write(run_id, items, at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)

    return store


def test_a_backup_holds_what_is_stored_though_it_was_not_published(db, store_articles, tmp_path):
    store_articles("a")
    store_articles("b", publish=False)
    made = backup(db, tmp_path / "copy.duckdb", now=NOW)
    assert keys(made.file) == ["https://example.org/a", "https://example.org/b"]
    assert made.contents.articles == 2
    assert made.contents.as_of.startswith("batch 2, stored 2025-11-05T09:00:00Z")
    assert made.notes == ()


def test_in_a_folder_it_gets_the_name_of_the_database_and_the_time(db, store_articles, tmp_path):
    store_articles("a")
    assert backup(db, tmp_path, now=NOW).file == tmp_path / "news-20251105T090000Z.duckdb"


def test_while_a_writer_writes_it_is_what_was_published_last(db, store_articles, tmp_path):
    store_articles("a")
    with open_writer(db):
        made = backup(db, tmp_path / "copy.duckdb", now=NOW)
    assert keys(made.file) == ["https://example.org/a"]
    assert "what it published last" in made.notes[0]


def test_what_is_there_already_is_replaced_only_when_asked(db, store_articles, tmp_path):
    store_articles("a")
    target = tmp_path / "copy.duckdb"
    target.write_bytes(b"something else")
    with pytest.raises(UsageError, match="is there already: name another file, or replace it with --replace"):
        backup(db, target, now=NOW)
    assert target.read_bytes() == b"something else"
    assert keys(backup(db, target, now=NOW, replace=True).file) == ["https://example.org/a"]


def test_the_database_is_no_backup_of_itself(db, store_articles):
    store_articles("a")
    with pytest.raises(UsageError, match="is the database itself"):
        backup(db, db, now=NOW, replace=True)


@pytest.mark.parametrize("target", ["no-such/copy.duckdb"])
def test_a_folder_that_is_not_there_is_named(db, store_articles, tmp_path, target):
    store_articles("a")
    with pytest.raises(UsageError, match="There is no folder"):
        backup(db, tmp_path / target, now=NOW)


def test_a_database_that_is_not_there_is_named_and_not_made(db, tmp_path):
    with pytest.raises(WarehouseError, match="There is no database"):
        backup(db, tmp_path / "copy.duckdb", now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_damage_shows_when_the_backup_is_made_and_none_is_kept(db, store_articles, tmp_path):
    store_articles("a", "b")
    damage(db)
    folder = tmp_path / "backups"
    folder.mkdir()
    store = db.with_name("news.duckdb.store")
    store.rename(tmp_path / "lost")
    with pytest.raises(WarehouseError, match="damaged"):
        backup(db, folder, now=NOW)
    assert list(folder.iterdir()) == []


def test_backups_that_are_still_there_are_known(db, store_articles, tmp_path):
    store_articles("a")
    one = backup(db, tmp_path / "one.duckdb", now=NOW).file
    two = backup(db, tmp_path / "two.duckdb", now=NOW).file
    one.unlink()
    assert backups_of(db) == (two,)


def test_a_damaged_store_is_brought_back_and_kept_aside(db, store_articles, tmp_path):
    store_articles("a", "b")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    store_articles("c")
    store = db.with_name("news.duckdb.store") / "store.duckdb"
    damage(store)
    broken = store.read_bytes()
    restored = restore(copy, db, now=NOW)
    assert keys(db) == ["https://example.org/a", "https://example.org/b"]
    assert restored.contents.articles == 2
    assert [each.name for each in restored.aside] == ["store.duckdb.set-aside-1", "news.duckdb.set-aside-1"]
    assert restored.aside[0].read_bytes() == broken
    assert keys(restored.aside[1]) == [f"https://example.org/{name}" for name in "abc"]


def test_a_restored_database_can_be_written(db, store_articles, tmp_path):
    store_articles("a")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    restore(copy, db, now=NOW)
    store_articles("b")
    assert keys(db) == ["https://example.org/a", "https://example.org/b"]


def test_the_published_file_brings_a_lost_store_back(db, store_articles):
    store_articles("a")
    damage(db.with_name("news.duckdb.store") / "store.duckdb")
    restored = restore(db, db, now=NOW)
    assert keys(db) == ["https://example.org/a"]
    assert [each.name for each in restored.aside] == ["store.duckdb.set-aside-1"]


def test_a_backup_makes_a_database_where_none_was(db, store_articles, tmp_path):
    store_articles("a")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    other = tmp_path / "other.duckdb"
    assert restore(copy, other, now=NOW).aside == ()
    assert keys(other) == ["https://example.org/a"]


def test_a_log_that_was_left_is_not_replayed_onto_what_is_restored(db, store_articles, tmp_path):
    store_articles("a")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    wal = db.with_name("news.duckdb.store") / "store.duckdb.wal"
    wal.write_bytes(b"left by a killed writer")
    restore(copy, db, now=NOW)
    assert keys(db) == ["https://example.org/a"]
    aside = wal.with_name("store.duckdb.set-aside-1.wal")
    assert aside.read_bytes() == b"left by a killed writer"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"x" * 5000, "is not a DuckDB database"), (b"", "is not a DuckDB database")],
)
def test_what_is_no_backup_changes_nothing(db, store_articles, tmp_path, content, said):
    store_articles("a")
    wrong = tmp_path / "wrong.duckdb"
    wrong.write_bytes(content)
    with pytest.raises(WarehouseError, match=said):
        restore(wrong, db, now=NOW)
    assert keys(db) == ["https://example.org/a"]


def test_a_damaged_backup_changes_nothing(db, store_articles, tmp_path):
    store_articles("a")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    damage(copy)
    with pytest.raises(WarehouseError, match=r"copy\.duckdb .*damaged"):
        restore(copy, db, now=NOW)
    assert keys(db) == ["https://example.org/a"]


def test_a_backup_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(UsageError, match="There is no backup"):
        restore(tmp_path / "none.duckdb", db, now=NOW)


def test_nothing_is_restored_under_a_writer(db, store_articles, tmp_path):
    store_articles("a")
    copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
    with open_writer(db), pytest.raises(WarehouseError, match="is being written by process"):
        restore(copy, db, now=NOW)
