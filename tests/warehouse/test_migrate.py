"""Upgrading: a database of every earlier schema goes on as if it had been of the newest all along."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from records import Candidate, Claimed, Extracted, Source, WarehouseError
from warehouse import migrate
from warehouse.doctor import examine
from warehouse.migrate import Migration, migrations
from warehouse.model import Poll, PollCounts
from warehouse.read import query
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Make = Callable[..., Extracted]
NEWEST = migrations()[-1].version
FIRST_WITH_A_BACKLOG = 3
EARLIER = [migration.version for migration in migrations()[:-1]]


def items(extracted: Make) -> list[Extracted]:
    """An article with two versions, one with a short text, a duplicate, and one by a file."""
    return [
        extracted("https://example.org/a", "one", fetched_at=NOW - timedelta(days=2)),
        extracted("https://example.org/a", "two", fetched_at=NOW - timedelta(days=1)),
        extracted("https://example.org/b", "two", fetched_at=NOW),
        extracted("file:///c", text="Watch.", title=" Caf\u0065\u0301\x1c  \u2003du\u00a0 Nord ", short=True),
        extracted("file:///d", text="Watch.", title="Another", short=True),
    ]


@pytest.fixture
def extracted_or_short(extracted: Make) -> Make:
    def make(key: str, text: str = "one", *, short: bool = False, **rest: object) -> Extracted:
        item = extracted(key, text, **rest)
        if not short:
            return item
        return replace(item, article=replace(item.article, text=text))

    return make


def downgraded(db: Path, version: int) -> None:
    """Put a store of an earlier schema in the place of the newest, with what that schema can hold."""
    store = db.with_name(db.name + ".store") / "store.duckdb"
    newest = store.with_name("newest.duckdb")
    store.rename(newest)
    with duckdb.connect(str(store), config={"storage_compatibility_version": "v1.2.0"}) as old:
        for migration in migrations():
            if migration.version <= version:
                old.execute(migrate._LEDGER + migration.sql)
                old.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?, '0')",
                    [migration.version, migration.name, NOW],
                )
        old.execute(f"ATTACH '{newest}' AS newest (READ_ONLY)")
        asked = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store'"
        tables = {name for (name,) in old.execute(asked).fetchall()}
        for table in sorted(tables - {"schema_migrations"}):
            source = "article_versions" if table == "article_history" else table
            rest = "WHERE NOT (is_current AND duplicate_of IS NULL)" if table == "article_history" else ""
            columns = ", ".join(
                name
                for (name,) in old.execute(
                    """SELECT column_name FROM duckdb_columns()
                    WHERE table_name = ? AND database_name = 'store'
                    INTERSECT SELECT column_name FROM duckdb_columns()
                    WHERE table_name = ? AND database_name = 'newest'""",
                    [table, source],
                ).fetchall()
            )
            old.execute(f"DELETE FROM {table}")
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newest.{source} {rest}")
    newest.unlink()


def contents(db: Path) -> dict[str, list[tuple[object, ...]]]:
    tables = {
        "articles": "*",
        "article_versions": "* EXCLUDE (batch_id)",
        "captures": "* EXCLUDE (batch_id, run_id)",
        "duplicates": "*",
        "cuts": "*",
        "date_claims": "*",
        "article_sources": "* EXCLUDE (last_sighting_at, sightings)",
    }
    return {
        name: sorted(query(db, f"SELECT {columns} FROM {name}").rows, key=repr)
        for name, columns in tables.items()
    }


@pytest.mark.parametrize("version", EARLIER)
def test_a_database_of_every_earlier_schema_is_upgraded(db: Path, extracted_or_short: Make, version: int):
    made = items(extracted_or_short)
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, made, at=NOW)
        writer.publish()
    before = contents(db)
    downgraded(db, version)

    with open_writer(db, program_version="9") as writer:
        [note] = writer.notes
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="9")
        again = writer.write(run_id, made, at=NOW)
        writer.publish()

    assert {outcome.outcome for outcome in again} <= {"unchanged", "duplicate"}
    assert contents(db) == before
    copy = db.with_name(db.name + ".store") / f"schema-{version}.duckdb"
    assert f"from schema {version} to {NEWEST}" in note
    assert str(copy) in note
    with duckdb.connect(str(copy), read_only=True) as old:
        assert old.execute("SELECT max(version) FROM schema_migrations").fetchall() == [(version,)]
        assert old.execute("SELECT count(*) FROM captures").fetchall() == [(5,)]
    with open_writer(db) as writer:
        assert writer.notes == ()


@pytest.mark.parametrize("version", [each for each in EARLIER if each >= FIRST_WITH_A_BACKLOG])
def test_what_waited_in_an_earlier_schema_still_waits_and_is_known(
    db: Path, extracted: Make, rows_of: Callable[[str], list[tuple[object, ...]]], version: int
):
    found = [
        Candidate(
            f"https://Example.org:8080/{number}", "paper", claimed=Claimed("A title", (), "4 Nov", "5 Nov")
        )
        for number in range(3)
    ]
    with open_writer(db) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        writer.save_poll(run_id, Poll("paper", NOW), found, at=NOW)
        [late, *_] = writer.due(at=NOW, limit=9, per_host=9)
        writer.put_off(run_id, [(late, NOW + timedelta(hours=1), "It is busy.")], at=NOW)
        writer.write(run_id, [extracted("https://example.org/a", fetched_at=NOW)], at=NOW)
        writer.publish()
        before = {each.uri: each for each in writer.due(at=NOW + DAY, limit=9, per_host=9)}
    downgraded(db, version)

    with open_writer(db, program_version="9") as writer:
        after = {each.uri: each for each in writer.due(at=NOW + DAY, limit=9, per_host=9)}
        assert after == before
        assert late.uri not in {each.uri for each in writer.due(at=NOW, limit=9, per_host=9)}
        assert len(writer.due(at=NOW + DAY, limit=9, per_host=1)) == 1
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="9")
        later = NOW + timedelta(minutes=1)
        again = writer.save_poll(run_id, Poll("paper", later), found, at=later)
        writer.sync_sources([Source("wire", "feed", url="https://example.org/feed")], at=later)
        stored = Candidate("https://example.org/a", "wire")
        known = writer.save_poll(run_id, Poll("wire", later), [stored], at=later)
        writer.publish()
    assert again == PollCounts(found=3, known=3)
    assert known == PollCounts(found=1, known=1)
    assert rows_of("SELECT source_id FROM article_sources ORDER BY 1") == [("paper",), ("wire",)]
    assert [finding for finding in examine(db) if finding.passed is False] == []


@pytest.fixture
def rows_of(db: Path) -> Callable[[str], list[tuple[object, ...]]]:
    return lambda sql: list(query(db, sql).rows)


def test_a_new_database_needs_no_copy(db: Path):
    with open_writer(db) as writer:
        assert writer.notes == ()
    folder = db.with_name(db.name + ".store")
    assert sorted(path.name for path in folder.iterdir()) == ["lock", "store.duckdb"]


def test_a_migration_that_fails_leaves_the_database_as_it_was_and_the_copy(
    db: Path, monkeypatch: pytest.MonkeyPatch
):
    open_writer(db).close()
    broken = Migration(NEWEST + 1, "broken", "CREATE TABLE half (i INTEGER); SELECT * FROM nowhere;")
    known = migrations()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: (*known, broken))
        with pytest.raises(WarehouseError, match=f"to {NEWEST + 1} .*nowhere.*schema-{NEWEST}.duckdb"):
            open_writer(db)
    assert (db.with_name(db.name + ".store") / f"schema-{NEWEST}.duckdb").exists()
    with open_writer(db) as writer:
        tables = writer.store.connection.execute("SHOW TABLES").fetchall()
    assert ("half",) not in tables


def test_a_migration_that_was_left_out_is_made_up_for(db: Path, monkeypatch: pytest.MonkeyPatch):
    known = migrations()
    first = Migration(NEWEST + 1, "first", "CREATE TABLE first (i INTEGER);")
    second = Migration(NEWEST + 2, "second", "CREATE TABLE second (i INTEGER);")
    for listed in ((*known, second), (*known, first, second)):
        with monkeypatch.context() as patch:
            patch.setattr(migrate, "migrations", lambda listed=listed: listed)
            with open_writer(db) as writer:
                tables = {name for (name,) in writer.store.connection.execute("SHOW TABLES").fetchall()}
    assert {"first", "second"} <= tables
