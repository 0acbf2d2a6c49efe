"""The doctor passes a sound database, and names what is broken in any other."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from records import Extracted, Outcome, WarehouseError
from warehouse.doctor import Finding, examine
from warehouse.places import archive_of
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def sound(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """Two articles, one of two versions; a duplicate; a refusal; published."""
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        at = NOW.replace(hour=8)
        writer.write(
            run_id,
            [
                extracted("https://example.org/a", "one", fetched_at=at),
                extracted("https://example.org/b", "two", fetched_at=at),
                extracted("https://example.org/c", "two", fetched_at=at.replace(minute=1)),
                Outcome("https://example.org/d", "paper", "refused", "extract", "empty", "there is nothing"),
            ],
            at=NOW,
        )
        writer.write(run_id, [extracted("https://example.org/a", "uno", fetched_at=NOW)], at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    return db


def store_of(db: Path) -> Path:
    return db.with_name(f"{db.name}.store") / "store.duckdb"


def change(db: Path, *statements: str) -> None:
    """Break the store behind the writer's back."""
    with duckdb.connect(store_of(db)) as connection:
        for statement in statements:
            connection.execute(statement)


def broken(db: Path) -> list[str]:
    return [finding.says for finding in examine(db) if finding.passed is False]


def test_a_sound_database_passes_every_check(sound):
    findings = list(examine(sound))
    assert [finding for finding in findings if finding.passed is False] == []
    assert len(findings) > 30


def test_an_empty_database_is_sound(db):
    with open_writer(db) as writer:
        writer.publish()
    assert [finding for finding in examine(db) if finding.passed is False] == []


@pytest.mark.parametrize(
    ("says", "statements"),
    [
        ("each version stands once", ["INSERT INTO {versions} SELECT * FROM {versions} LIMIT 1"]),
        (
            "the versions of an article are numbered 1 to n",
            ["UPDATE {versions} SET version = 7 WHERE version = 2"],
        ),
        (
            "the number of versions in articles is right",
            ["UPDATE {versions} SET versions = 9 WHERE versions = 2"],
        ),
        ("an article's id is the hash of its key", ["UPDATE {versions} SET article_key = 'x'"]),
        ("each capture stands once", ["INSERT INTO captures SELECT * FROM captures LIMIT 1"]),
        ("each version was made from a capture that is there", ["DELETE FROM captures"]),
        ("each capture belongs to a version of its article", ["UPDATE captures SET version_id = 'x'"]),
        ("each capture has an outcome", ["DELETE FROM outcomes WHERE outcome = 'stored'"]),
        ("each cut belongs to a version", ["UPDATE version_cuts SET version_id = 'x'"]),
        ("each date claim belongs to a version", ["UPDATE version_date_claims SET version_id = 'x'"]),
        (
            "at most one date claim of a version is chosen",
            [
                "UPDATE version_date_claims SET verdict = 'chosen'",
                "INSERT INTO version_date_claims SELECT * FROM version_date_claims",
            ],
        ),
        ("an outcome's article is there, or was forgotten", ["UPDATE outcomes SET article_id = 'x'"]),
        ("batches are numbered 1 to n", ["UPDATE batches SET batch_id = 5 WHERE batch_id = 2"]),
        ("each batch belongs to a run", ["DELETE FROM runs"]),
        ("each outcome belongs to a batch of its run", ["UPDATE outcomes SET run_id = 'x'"]),
        ("a batch's items are the sum of its outcomes", ["UPDATE batches SET stored = 99"]),
        (
            "the outcomes of a batch are those that the ledger counts",
            ["UPDATE outcomes SET outcome = 'failed'"],
        ),
        (
            "all items of the ledger are in outcomes, or were removed by a rule",
            ["DELETE FROM outcomes WHERE outcome = 'refused'"],
        ),
        ("the ledger adds up to the articles", ["UPDATE batches SET articles_added = 0"]),
        ("the ledger adds up to the versions", ["UPDATE batches SET versions_added = 0"]),
        ("the ledger adds up to the captures", ["UPDATE batches SET captures_added = 0"]),
        (
            "no version was last seen before it was captured",
            [
                "UPDATE {versions} SET last_seen_at = last_seen_at - INTERVAL 1 YEAR",
            ],
        ),
        (
            "an article was first seen with its earliest version",
            [
                "UPDATE {versions} SET first_seen_at = first_seen_at - INTERVAL 1 YEAR",
            ],
        ),
        (
            "nothing of a forgotten article is kept",
            [
                "INSERT INTO forgotten SELECT article_id, article_key, [], [], '', now(), 'r' FROM articles",
            ],
        ),
        (
            "each archived capture is where it says",
            [
                "UPDATE captures SET archive_file = 'none.warc.gz', archive_offset = 0",
            ],
        ),
    ],
)
def test_each_break_is_named(sound, says, statements):
    change(sound, *(statement.format(versions="article_versions") for statement in statements))
    assert says in broken(sound)


def test_a_finding_names_what_is_wrong_and_says_what_to_do(sound):
    change(sound, "UPDATE captures SET version_id = 'x'")
    found = next(each for each in examine(sound) if each.passed is False)
    assert "4 times not, as " in found.found
    assert "dateline restore" in found.remedy


def test_an_archived_capture_is_read_where_it_lies(sound):
    (archive_of(sound) / "a.warc").parent.mkdir()
    (archive_of(sound) / "a.warc").write_bytes(b"padding" + b"WARC/1.1\r\n")
    change(sound, "UPDATE captures SET archive_file = 'a.warc', archive_offset = 7")
    assert "each archived capture is where it says" not in broken(sound)
    change(sound, "UPDATE captures SET archive_offset = 6")
    assert "each archived capture is where it says" in broken(sound)


def test_what_is_not_published_yet_is_told(sound):
    with open_writer(sound) as writer:
        writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
    found = next(each for each in examine(sound) if each.passed is False)
    assert found == Finding(
        "the published file holds what the ledger does",
        False,
        "2 runs in the store and 1 published",
        "publish what is stored with `dateline maintain`",
    )


def test_a_missing_published_file_is_told(sound):
    sound.unlink()
    assert broken(sound) == ["there is a published file"]


@pytest.mark.parametrize("which", ["store", "published"])
def test_damage_is_found_by_reading_everything(sound, which):
    file = store_of(sound) if which == "store" else sound
    file.chmod(0o644)
    with file.open("r+b") as opened:
        for offset in range(3 * 4096 + 5000, file.stat().st_size, 1 << 18):
            opened.seek(offset)
            opened.write(b"\xff" * 512)
    wrong = [finding for finding in examine(sound) if finding.passed is False]
    assert len(wrong) == 1
    assert "restore" in wrong[0].remedy or "maintain" in wrong[0].remedy


def test_under_a_writer_the_published_file_is_examined(sound):
    with open_writer(sound):
        findings = list(examine(sound))
    assert findings[0].passed is None
    assert "is being written by process" in findings[0].found
    assert [finding for finding in findings if finding.passed is False] == []
    assert len(findings) > 25


def test_it_changes_nothing(sound):
    before = {each: each.read_bytes() for each in (sound, store_of(sound))}
    list(examine(sound))
    assert {each: each.read_bytes() for each in before} == before


def test_a_database_that_is_not_there_is_named(db):
    with pytest.raises(WarehouseError, match="There is no database"):
        list(examine(db))
