"""Maintenance gives room back, removes what a rule lets go, loses nothing, and publishes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import Extracted, Outcome, UsageError, WarehouseError
from warehouse import read
from warehouse.compact import compact, free_share, publish_again
from warehouse.doctor import examine
from warehouse.maintain import maintain
from warehouse.places import folder_of
from warehouse.retention import Rule, parse
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
URL = "https://example.org/a"


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def store(db: Path) -> Callable[..., list[Outcome]]:
    """Write items as a run of its own, some days ago, and publish."""

    def written(*items: Extracted | Outcome, days: int = 0) -> list[Outcome]:
        at = days_ago(days)
        with open_writer(db) as writer:
            run_id = writer.start_run(command="ingest", arguments={}, started_at=at, program_version="0")
            outcomes = writer.write(run_id, items, at=at)
            writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)
            writer.publish()
        return list(outcomes)

    return written


def all_of(db: Path, sql: str) -> list[tuple[object, ...]]:
    return list(read.query(db, sql).rows)


def sound(db: Path) -> bool:
    return not [finding for finding in examine(db) if finding.passed is False]


ALL = """SELECT version_id, text, title, version, versions, first_seen_at, last_seen_at
  FROM articles ORDER BY ALL"""


@pytest.fixture
def sparse(db: Path, store, extracted) -> Path:
    """A store whose first blocks are free, most of all there are."""
    with open_writer(db) as writer:
        connection = writer.store.connection
        connection.execute("CREATE TABLE large AS SELECT sha256(i::VARCHAR) AS x FROM range(200000) AS r(i)")
        connection.execute("CHECKPOINT")
    store(*(extracted(f"https://example.org/{number}", f"{number}") for number in range(100)))
    with open_writer(db) as writer:
        writer.store.connection.execute("DROP TABLE large")
        publish_again(writer.store)
        writer.publish()
    return db


def test_free_blocks_are_given_back_and_not_a_row_is_lost(sparse):
    before = all_of(sparse, ALL)
    size = sparse.stat().st_size
    done = maintain(sparse, now=NOW)
    assert done.free_share > 0.4
    assert done.compaction is not None
    assert done.compaction.after < done.compaction.before / 2
    assert sparse.stat().st_size < size / 2, "what is published is compacted too"
    assert all_of(sparse, ALL) == before
    assert len(before) == 100
    assert sound(sparse)


def test_comments_and_views_are_kept(sparse):
    described = """SELECT table_name, column_name, comment FROM duckdb_columns()
        WHERE NOT internal ORDER BY ALL"""
    before = all_of(sparse, described)
    maintain(sparse, now=NOW)
    assert all_of(sparse, described) == before
    assert all_of(sparse, "SELECT count(*) FROM latest") == [(100,)]


def test_a_store_that_is_full_is_left_alone_unless_asked(db, store, extracted):
    store(extracted(URL))
    assert maintain(db, now=NOW).compaction is None
    assert maintain(db, now=NOW, compact_always=True).compaction is not None


def test_after_compaction_the_same_writer_goes_on(db, store, extracted):
    store(extracted(URL))
    with open_writer(db) as writer:
        compact(writer.store)
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("https://example.org/b", "b")], at=NOW)
        writer.publish()
    assert all_of(db, "SELECT count(*) FROM articles") == [(2,)]


def test_what_was_not_published_is(db, store, extracted):
    store(extracted(URL))
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("https://example.org/b", "b")], at=NOW)
    maintain(db, now=NOW)
    assert all_of(db, "SELECT count(*) FROM articles") == [(2,)]


def test_what_a_killed_command_left_is_removed(db, store, extracted):
    store(extracted(URL))
    left = [folder_of(db) / name for name in ("compacting", "compacting.wal", "publishing", "restoring")]
    for each in left:
        each.write_bytes(b"half")
    maintain(db, now=NOW)
    assert [each for each in left if each.exists()] == []


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from warehouse import compact, maintain
from warehouse.places import STORE

step, count = sys.argv[2], 0
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

if step == "copied":
    compact.sync_file = die
elif step == "named":
    compact.sync_folder = die
elif step == "reopening":
    compact.Store.reopen = die
maintain.maintain(Path(sys.argv[1]), now=datetime(2025, 11, 5, tzinfo=UTC), compact_always=True)
"""


@pytest.mark.parametrize("step", ["copied", "named", "reopening"])
def test_a_kill_while_compacting_leaves_one_store_or_the_other(sparse, step):
    before = all_of(sparse, ALL)
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(sparse), step],
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert all_of(sparse, ALL) == before, "the published file is as it was"
    with open_writer(sparse) as writer:
        assert writer.store.connection.execute(ALL).fetchall() == before
    maintain(sparse, now=NOW)
    assert all_of(sparse, ALL) == before
    assert sound(sparse)


def test_no_room_for_the_copy_leaves_the_store_as_it_was(sparse, monkeypatch):
    before = all_of(sparse, ALL)
    monkeypatch.setattr("warehouse.compact.sync_file", _full)
    with pytest.raises(WarehouseError, match="no room left"):
        maintain(sparse, now=NOW)
    monkeypatch.undo()
    with open_writer(sparse) as writer:
        assert free_share(writer.store) > 0.4
        assert writer.store.connection.execute(ALL).fetchall() == before
    assert not (folder_of(sparse) / "compacting").exists()


def _full(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_without_a_rule_nothing_is_removed(db, store, extracted):
    for days in (400, 300, 200):
        store(extracted(URL, str(days), fetched_at=days_ago(days)), days=days)
    done = maintain(db, now=NOW)
    assert (done.removed.versions, done.removed.captures, done.removed.outcomes) == (0, 0, 0)
    assert all_of(db, "SELECT count(*) FROM article_versions") == [(3,)]


@pytest.fixture
def edited(db: Path, store, extracted) -> Path:
    """An article in six versions, a day apart, and another that was seen on each of those days."""
    for days in (60, 50, 40, 30, 20, 10):
        store(
            extracted(URL, f"day {days}", fetched_at=days_ago(days)),
            extracted("https://example.org/same", "same", fetched_at=days_ago(days)),
            Outcome("https://example.org/bad", "paper", "failed", "fetch", "http_404", "not there"),
            days=days,
        )
    return db


def test_versions_beyond_the_first_and_the_latest_leave(edited):
    before = all_of(
        edited, f"SELECT * EXCLUDE (version, versions, batch_id) FROM articles WHERE url = '{URL}'"
    )
    done = maintain(edited, now=NOW, rules=[parse("versions=2")])
    kept = all_of(
        edited,
        f"""SELECT version, captured_at, versions FROM article_versions
        WHERE article_key = '{URL}' ORDER BY ALL""",
    )
    assert kept == [(1, days_ago(60), None), (2, days_ago(20), None), (3, days_ago(10), 3)]
    assert done.removed.versions == 3
    assert sound(edited)
    assert (
        all_of(edited, f"SELECT * EXCLUDE (version, versions, batch_id) FROM articles WHERE url = '{URL}'")
        == before
    )
    assert all_of(edited, "SELECT from_version, to_version FROM edits ORDER BY ALL") == [(1, 2), (2, 3)]


def test_a_version_whose_words_tell_who_had_them_first_stays(edited, store, extracted):
    store(extracted("https://copy.example/1", "day 40", fetched_at=NOW))
    assert all_of(edited, "SELECT count(*) FROM duplicates") == [(1,)]
    maintain(edited, now=NOW, rules=[parse("versions=1")])
    kept = all_of(
        edited, f"SELECT captured_at FROM article_versions WHERE article_key = '{URL}' ORDER BY ALL"
    )
    assert kept == [(days_ago(60),), (days_ago(40),), (days_ago(10),)]
    assert sound(edited)


def test_old_captures_leave_but_those_that_versions_were_made_from(edited):
    done = maintain(edited, now=NOW, rules=[parse("captures=15d")])
    left = all_of(
        edited, "SELECT captured_at FROM captures WHERE uri = 'https://example.org/same' ORDER BY ALL"
    )
    assert left == [(days_ago(60),), (days_ago(10),)]
    assert done.removed.captures == 4
    assert sound(edited)


def test_old_outcomes_leave_but_the_first_and_last_of_each_article_and_those_of_captures(
    edited, store, extracted
):
    for days in (9, 8, 7):
        store(extracted("https://example.org/file", "file"), days=days)
    done = maintain(edited, now=NOW, rules=[parse("outcomes=1d")])
    assert all_of(edited, "SELECT count(*) FROM outcomes WHERE uri = 'https://example.org/bad'") == [(0,)]
    assert all_of(edited, "SELECT count(*) FROM outcomes WHERE uri = 'https://example.org/same'") == [(6,)]
    assert all_of(edited, "SELECT count(*) FROM outcomes WHERE uri = 'https://example.org/file'") == [(2,)]
    assert done.removed.outcomes == 7
    assert sound(edited)


def test_what_left_does_not_come_back_as_new(edited, store, extracted):
    maintain(edited, now=NOW, rules=[parse("versions=1,captures=15d,outcomes=15d")])
    current = all_of(edited, ALL)
    same = extracted(URL, "day 10", fetched_at=days_ago(10))
    assert [outcome.outcome for outcome in store(same)] == ["unchanged"]
    assert all_of(edited, ALL) == current
    assert sound(edited)


def test_rules_are_for_a_source_or_for_all_that_have_none(edited, store, extracted):
    for days in (60, 50, 40):
        store(
            extracted("https://example.net/b", f"b {days}", fetched_at=days_ago(days), source_id="radio"),
            days=days,
        )
    maintain(edited, now=NOW, rules=[parse("radio:versions=5"), parse("versions=1")])
    left = "SELECT article_key, count(*) FROM article_versions GROUP BY ALL ORDER BY ALL"
    assert all_of(edited, left) == [
        ("https://example.net/b", 3),
        (URL, 2),
        ("https://example.org/same", 1),
    ]
    assert sound(edited)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("versions=5", Rule(versions=5)),
        ("captures=90d,outcomes=30d", Rule(captures_days=90, outcomes_days=30)),
        ("paper:captures=90d, versions=1", Rule("paper", captures_days=90, versions=1)),
        ("a:b:versions=1", Rule("a:b", versions=1)),
    ],
)
def test_a_rule_is_read_and_written(text, rule):
    assert parse(text) == rule
    assert parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text", ["", "paper", "captures=90", "versions=0", "captures=-1d", "versions=5d", "x=1"]
)
def test_what_is_no_rule_is_named(text):
    with pytest.raises(UsageError, match="is no rule: write captures=90d"):
        parse(text)


def test_a_database_that_is_not_there_is_not_made(db):
    with pytest.raises(WarehouseError, match="There is no database"):
        maintain(db, now=NOW)
    assert list(db.parent.iterdir()) == []
