"""Writing: what stands in the tables after each kind of batch."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from records import Cut, DateClaim, Extracted, Outcome, WarehouseError
from warehouse.migrate import migrations
from warehouse.writer import Writer, open_writer

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]
Rows = Callable[[str], list[tuple[Any, ...]]]
Run = Callable[..., str]


def test_an_article_is_stored_with_all_it_says(writer: Writer, run: Run, rows: Rows, extracted: Make):
    item = extracted(
        "https://example.org/a",
        title="Harbour plan",
        authors=("A. Writer", "B. Reporter"),
        published="2025-11-04T02:15Z",
        published_date=datetime(2025, 11, 4, tzinfo=UTC).date(),
        published_at=datetime(2025, 11, 4, 2, 15, tzinfo=UTC),
        published_precision="minute",
        published_basis="dateline",
        published_zone_basis="name",
        language="en",
    )
    [outcome] = writer.write(run(), [item], at=NOW)
    [row] = rows(
        """SELECT article_id, title, authors, published, published_date, published_at, published_precision,
        published_basis, published_zone_basis, language, canonical_url, text, words, version, versions
        FROM articles"""
    )
    assert row[:-4] == (
        outcome.article_id,
        "Harbour plan",
        ["A. Writer", "B. Reporter"],
        "2025-11-04T02:15Z",
        datetime(2025, 11, 4, tzinfo=UTC).date(),
        datetime(2025, 11, 4, 2, 15, tzinfo=UTC),
        "minute",
        "dateline",
        "name",
        "en",
        "https://example.org/a",
    )
    assert row[-4:] == (item.article.text, len(item.article.text.split()), 1, 1)


def test_times_are_shown_in_utc_whatever_the_zone_of_the_machine(
    db: Path, extracted: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("a")], at=NOW)
        found = writer._store.connection.execute("SELECT first_seen_at::VARCHAR FROM articles").fetchone()
    assert found == ("2025-11-04 12:00:00+00",)


def test_cuts_and_claims_explain_the_current_version(writer: Writer, run: Run, rows: Rows, extracted: Make):
    first = (Cut("title", "title.first", "Old", 0, 3), Cut("footer", "footer.rights", "All rights", 90, 100))
    claims = (
        DateClaim("2025", "year", "text", "unknown", "in 2025", "5", None, "unused", "It names no day."),
        DateClaim(None, None, "text", "published", "Tuesdayy", "9", None, "rejected", "It is no date."),
    )
    writer.write(run(), [extracted("a", cuts=first)], at=NOW)
    writer.write(run(), [extracted("a", "two", cuts=first[1:], date_claims=claims)], at=NOW)
    assert rows("SELECT version, seq, role, rule, text, start_offset, end_offset FROM cuts") == [
        (2, 1, "footer", "footer.rights", "All rights", 90, 100)
    ]
    assert rows("SELECT version, seq, value, precision, verdict, reason FROM date_claims ORDER BY seq") == [
        (2, 1, "2025", "year", "unused", "It names no day."),
        (2, 2, None, None, "rejected", "It is no date."),
    ]
    assert rows("SELECT count(*) FROM version_cuts") == [(3,)]


def test_an_updated_article_keeps_both_versions(writer: Writer, run: Run, rows: Rows, extracted: Make):
    writer.write(run(), [extracted("a", "one")], at=NOW)
    [outcome] = writer.write(run(), [extracted("a", "two", title="New")], at=NOW)
    assert outcome.outcome == "updated"
    assert rows("SELECT title, version, versions FROM articles") == [("New", 2, 2)]
    assert rows("SELECT version, is_current, title FROM article_versions ORDER BY 1") == [
        (1, False, "A title"),
        (2, True, "New"),
    ]


def test_a_second_run_over_the_same_input_adds_its_run_and_outcomes_only(
    writer: Writer, run: Run, rows: Rows, extracted: Make
):
    items = [extracted("a"), extracted("b"), extracted("c", "three")]
    writer.write(run(), items, at=NOW)
    tables = ("articles", "article_versions", "captures", "version_cuts", "version_date_claims")
    before = [rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]
    again = writer.write(run(), items, at=NOW)
    assert [outcome.outcome for outcome in again] == ["unchanged", "duplicate", "unchanged"]
    assert [rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables] == before
    assert rows("SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM outcomes)") == [(2, 6)]


def test_outcomes_that_come_in_are_recorded_as_they_are_in_their_place(
    writer: Writer, run: Run, rows: Rows, extracted: Make
):
    refused = Outcome("file:///x.png", "paper", "refused", "extract", "image", "It is a picture.")
    found = writer.write(run(), [refused, extracted("a"), refused], at=NOW)
    assert [outcome.outcome for outcome in found] == ["refused", "stored", "refused"]
    assert found[0] is refused
    assert rows(
        "SELECT seq, uri, outcome, stage, reason, detail FROM outcomes WHERE seq <> 2 ORDER BY seq"
    ) == [
        (1, "file:///x.png", "refused", "extract", "image", "It is a picture."),
        (3, "file:///x.png", "refused", "extract", "image", "It is a picture."),
    ]


def test_the_ledger_adds_up(writer: Writer, run: Run, rows: Rows, extracted: Make):
    failed = Outcome("u", "paper", "failed", "load", "timeout", "No answer.")
    writer.write(run(), [extracted("b"), failed, extracted("c", "three")], at=NOW)
    writer.write(run(), [extracted("a"), extracted("c", "four")], at=NOW)
    writer.write(run(), [extracted("0", fetched_at=NOW - timedelta(days=9))], at=NOW)
    [totals] = rows(
        """SELECT sum(items)::INT, sum(articles_added)::INT, sum(versions_added)::INT,
        sum(captures_added)::INT, list(batch_id ORDER BY batch_id) FROM batches"""
    )
    [found] = rows(
        """SELECT (SELECT count(*) FROM outcomes), (SELECT count(*) FROM articles),
        (SELECT count(*) FROM article_versions), (SELECT count(*) FROM captures)"""
    )
    assert totals == (*found, [1, 2, 3])
    assert found == (6, 2, 5, 5)


def test_a_duplicate_is_kept_and_points_to_an_article(writer: Writer, run: Run, rows: Rows, extracted: Make):
    writer.write(run(), [extracted("a"), extracted("b", title="As the agency has it")], at=NOW)
    assert rows("SELECT article_key, title FROM duplicates") == [("b", "As the agency has it")]
    assert rows(
        "SELECT a.article_key FROM duplicates d JOIN articles a ON a.article_id = d.duplicate_of"
    ) == [("a",)]


def test_an_article_that_is_taken_over_moves_whole(writer: Writer, run: Run, rows: Rows, extracted: Make):
    writer.write(run(), [extracted("b"), extracted("c")], at=NOW)
    writer.write(run(), [extracted("a", fetched_at=NOW - timedelta(days=9))], at=NOW)
    assert rows("SELECT article_key FROM articles") == [("a",)]
    assert rows(
        """SELECT d.article_key, a.article_key
        FROM duplicates d JOIN articles a ON a.article_id = d.duplicate_of ORDER BY 1"""
    ) == [("b", "a"), ("c", "a")]
    assert rows("SELECT count(*) FROM article_versions WHERE text = (SELECT text FROM articles)") == [(3,)]


def test_sources_that_led_to_an_article_are_all_named(writer: Writer, run: Run, rows: Rows, extracted: Make):
    writer.write(run(), [extracted("a", source_id="feed one")], at=NOW)
    writer.write(run(), [extracted("a", source_id="feed two", uri="other")], at=NOW + timedelta(hours=1))
    assert rows("SELECT source_id FROM articles") == [("feed one",)]
    assert rows("SELECT source_id, first_sighting_at, sightings FROM article_sources ORDER BY 1") == [
        ("feed one", NOW, 1),
        ("feed two", NOW + timedelta(hours=1), 1),
    ]


def test_what_a_candidate_last_held_is_known(writer: Writer, run: Run, extracted: Make):
    one, two = extracted("a", "one"), extracted("a", "two")
    other = extracted("b", "two", extractor_version="7")
    writer.write(run(), [one], at=NOW)
    writer.write(run(), [two], at=NOW)
    [_, duplicate] = writer.write(run(), [two, other], at=NOW)
    known = writer.known(["a", "b", "never seen"])
    assert sorted(known) == ["a", "b"]
    assert known["a"].content_sha256 == two.capture.content_sha256
    assert (known["a"].duplicate_of, known["b"].duplicate_of) == (None, duplicate.article_id)
    assert known["b"].extractor_version == "7"
    writer.write(run(), [one], at=NOW)
    assert writer.known(["a"])["a"].content_sha256 == one.capture.content_sha256


def test_text_that_no_database_can_hold_is_stored_with_a_mark(
    writer: Writer, run: Run, rows: Rows, extracted: Make
):
    writer.write(
        run(), [extracted("a", "half \ud83d a pair", authors=("\udfff",)), extracted("b", "\0")], at=NOW
    )
    assert rows("SELECT contains(text, 'half ? a pair'), authors FROM articles WHERE article_key = 'a'") == [
        (True, ["?"])
    ]


def test_an_empty_batch_leaves_nothing(writer: Writer, run: Run, rows: Rows):
    assert writer.write(run(), [], at=NOW) == ()
    assert rows("SELECT * FROM batches") == []


def test_a_failed_batch_leaves_nothing_and_the_next_goes_on(
    writer: Writer, run: Run, rows: Rows, extracted: Make, monkeypatch: pytest.MonkeyPatch
):
    run_id = run()

    def full(*_: Any, **__: Any) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.apply._insert", full)
        with pytest.raises(WarehouseError, match="no room left on the disk"):
            writer.write(run_id, [extracted("a")], at=NOW)
    assert rows("SELECT count(*) FROM articles") == [(0,)]
    [outcome] = writer.write(run_id, [extracted("a")], at=NOW)
    assert outcome.outcome == "stored"


def test_runs_are_entered_and_closed(writer: Writer, rows: Rows):
    run_id = writer.start_run(
        command="ingest", arguments={"inputs": ["a b"], "at": NOW}, started_at=NOW, program_version="1.2"
    )
    assert run_id.startswith("20251104T120000Z-")
    assert rows("SELECT status, finished_at, arguments->>'$.inputs[0]', program_version FROM runs") == [
        ("running", None, "a b", "1.2")
    ]
    writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=3)
    assert rows("SELECT status, finished_at, passed_over FROM runs") == [("completed", NOW, 3)]


def test_a_run_that_was_killed_is_marked_by_the_next_writer(db: Path):
    with open_writer(db) as first:
        first.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
    with open_writer(db) as second:
        assert second._store.connection.execute("SELECT status, finished_at FROM runs").fetchall() == [
            ("interrupted", None)
        ]


def test_every_table_view_and_column_says_what_it_means(rows: Rows):
    undocumented = rows(
        """SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT table_name, NULL FROM duckdb_tables() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT view_name, NULL FROM duckdb_views() WHERE NOT internal AND comment IS NULL"""
    )
    assert undocumented == []


def test_a_column_that_can_be_null_says_when(rows: Rows):
    silent = rows(
        """SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)
        WHERE is_nullable AND NOT duckdb_columns.internal AND NOT contains(duckdb_columns.comment, 'NULL')"""
    )
    assert silent == []


def test_the_schema_is_one_that_a_lake_can_hold(rows: Rows):
    assert rows("SELECT * FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'") == []
    assert rows("SELECT * FROM duckdb_indexes()") == []
    assert rows("SELECT * FROM duckdb_sequences()") == []


def test_the_schema_version_is_noted(rows: Rows):
    assert [row[0] for row in rows("SELECT version FROM schema_migrations ORDER BY 1")] == [
        migration.version for migration in migrations()
    ]


def test_text_is_stored_compressed(writer: Writer, run: Run, rows: Rows, extracted: Make):
    items = [extracted(str(n), f"number {n} of {random.randbytes(2000).hex()}") for n in range(500)]
    writer.write(run(), items, at=NOW)
    rows("CHECKPOINT")
    used = rows(
        """SELECT DISTINCT compression FROM pragma_storage_info('article_versions')
        WHERE column_name = 'text' AND segment_type = 'VARCHAR'"""
    )
    assert used == [("ZSTD",)]
