"""Merging unites two histories: the same tables whichever is merged into which, and however often."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from records import Cut, Extracted, Outcome, UsageError, WarehouseError
from warehouse import read
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.maintain import maintain
from warehouse.merge import merge
from warehouse.retention import parse
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)

TABLES = {
    "article_versions": "EXCLUDE (batch_id)",
    "version_cuts": "",
    "version_date_claims": "",
    "captures": "EXCLUDE (batch_id)",
    "outcomes": "EXCLUDE (batch_id)",
    "edits": "EXCLUDE (batch_id)",
}


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def store(db: Path, *items: Extracted | Outcome, at: int = 0) -> None:
    """Write items as a run of its own and publish."""
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=minute(at), program_version="0")
        writer.write(run_id, items, at=minute(at))
        writer.finish_run(run_id, finished_at=minute(at), status="completed", passed_over=0)
        writer.publish()


def tables(db: Path, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is in the tables, less the numbers of batches, which are each database's own."""
    return {
        name: sorted(read.query(db, f"SELECT * {TABLES[name]} FROM {name}").rows, key=repr)
        for name in names or TABLES
    }


def sound(db: Path) -> bool:
    wrong = [finding for finding in examine(db) if finding.passed is False]
    assert wrong == []
    return True


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a.duckdb", tmp_path / "b.duckdb"


def both_ways(a: Path, b: Path, folder: Path) -> tuple[Path, Path]:
    """The one merged into the other, and the other into the one."""
    ours = []
    for first, second in ((a, b), (b, a)):
        copy = folder / f"{first.stem}-with-{second.stem}.duckdb"
        shutil.copy(first, copy)
        merge(copy, second, now=NOW)
        ours.append(copy)
    return ours[0], ours[1]


def test_versions_of_both_are_numbered_together(pair, extracted):
    a, b = pair
    url = "https://example.org/a"
    store(a, extracted(url, "one", fetched_at=minute(1)), extracted(url, "three", fetched_at=minute(3)))
    store(b, extracted(url, "two", fetched_at=minute(2)), extracted(url, "four", fetched_at=minute(4)))
    done = merge(a, b, now=NOW)
    assert (done.articles, done.versions, done.captures, done.outcomes) == (0, 2, 2, 2)
    rows = list(
        read.query(a, "SELECT version, captured_at, is_current FROM article_versions ORDER BY ALL").rows
    )
    assert rows == [(n, minute(n), n == 4) for n in (1, 2, 3, 4)]
    assert sound(a)


def test_a_copy_found_there_is_a_duplicate_here(pair, extracted, tmp_path):
    a, b = pair
    store(a, extracted("https://example.org/late", "same", fetched_at=minute(2)))
    store(b, extracted("https://example.org/early", "same", fetched_at=minute(1)))
    for merged in both_ways(a, b, tmp_path):
        [(key,)] = read.query(merged, "SELECT article_key FROM articles").rows
        assert key == "https://example.org/early"
        assert sound(merged)


def test_the_other_is_only_read(pair, extracted):
    a, b = pair
    store(a, extracted("https://example.org/a"))
    store(b, extracted("https://example.org/b"))
    before = b.read_bytes()
    merge(a, b, now=NOW)
    assert b.read_bytes() == before


def history(
    random: Random, extracted: Callable[..., Extracted], minutes: range = range(9)
) -> list[list[Extracted | Outcome]]:
    """Runs over a few articles that say few things at few times, so that everything collides."""
    runs: list[list[Extracted | Outcome]] = []
    for _ in range(random.randint(1, 4)):
        items: list[Extracted | Outcome] = []
        for _ in range(random.randint(1, 6)):
            name, text = random.choice("abcd"), random.choice(["one", "two", "three"])
            items.append(
                extracted(
                    f"https://example.org/{name}",
                    text,
                    title=random.choice(["A title", "Another"]),
                    fetched_at=minute(random.choice(minutes)),
                    source_id=random.choice(["paper", "radio"]),
                    extractor_version=(version := random.choice("12")),
                    cuts=(Cut("byline", f"rule.{version}", "By A. Writer", 0, 12),),
                )
            )
        items.append(
            Outcome(f"https://example.org/{random.random()}", "paper", "failed", "fetch", "http_404")
        )
        runs.append(items)
    return runs


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_whichever_is_merged_into_which_gives_the_same_tables(seed, pair, extracted, tmp_path):
    random = Random(seed)
    a, b = pair
    for number, items in enumerate(history(random, extracted)):
        store(a, *items, at=number)
    if random.random() < 0.3:
        shutil.copy(a, b)
    for number, items in enumerate(history(random, extracted)):
        store(b, *items, at=10 + number)
    one, other = both_ways(a, b, tmp_path)
    assert tables(one) == tables(other)
    assert sound(one)
    assert sound(other)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_merged_is_as_if_one_database_had_seen_it_all(seed, pair, extracted, tmp_path):
    random = Random(1000 + seed)
    a, b = pair
    whole = tmp_path / "whole.duckdb"
    # At times of their own: the same capture read in two databases was extracted twice, in one only once.
    parts = [
        (a, history(random, extracted, range(0, 12, 2))),
        (b, history(random, extracted, range(1, 12, 2))),
    ]
    at = 0
    for db, runs in parts:
        for run in runs:
            items = [each for each in run if isinstance(each, Outcome) or each.extractor_version == "1"]
            store(db, *items, at=at)
            store(whole, *items, at=at)
            at += 1
    merge(a, b, now=NOW)
    shown = "SELECT * EXCLUDE (batch_id) FROM articles ORDER BY article_id"
    assert list(read.query(a, shown).rows) == list(read.query(whole, shown).rows)
    assert tables(a, "article_versions", "version_cuts") == tables(whole, "article_versions", "version_cuts")


def test_to_merge_again_changes_nothing(pair, extracted):
    a, b = pair
    store(a, extracted("https://example.org/a", fetched_at=minute(1)))
    store(
        b, extracted("https://example.org/a", "two", fetched_at=minute(2)), extracted("https://example.org/b")
    )
    merge(a, b, now=NOW)
    before = tables(a)
    done = merge(a, b, now=NOW)
    assert (done.articles, done.versions, done.captures, done.outcomes) == (0, 0, 0, 0)
    assert tables(a) == before
    assert sound(a)


def test_a_copy_that_went_on_brings_only_what_is_new(pair, extracted):
    a, b = pair
    store(a, extracted("https://example.org/a"))
    shutil.copy(a, b)
    store(b, extracted("https://example.org/b"), at=1)
    assert merge(a, b, now=NOW).outcomes == 1
    assert [row[0] for row in read.query(a, "SELECT count(*) FROM runs WHERE command = 'ingest'").rows] == [2]
    assert sound(a)


def test_what_a_rule_removed_on_one_side_leaves_the_ledger_right(pair, extracted, tmp_path):
    a, b = pair
    url = "https://example.org/a"
    for number in range(1, 6):
        store(a, extracted(url, str(number), fetched_at=minute(number)), at=number)
    shutil.copy(a, b)
    maintain(b, now=minute(60 * 24 * 30), rules=[parse("versions=1,captures=1d,outcomes=1d")])
    for merged in both_ways(a, b, tmp_path):
        assert sound(merged)
        assert [row[0] for row in read.query(merged, "SELECT count(*) FROM article_versions").rows] == [5]


def test_a_takedown_on_either_side_holds_in_both(pair, extracted, tmp_path):
    a, b = pair
    url = "https://example.org/a"
    for db in pair:
        store(
            db, extracted(url, fetched_at=minute(1)), extracted(f"https://example.org/{db.stem}-own", db.stem)
        )
    forget(b, [url], reason="court order", now=NOW)
    one, other = both_ways(a, b, tmp_path)
    for merged in (one, other):
        keys = [row[0] for row in read.query(merged, "SELECT article_key FROM articles ORDER BY ALL").rows]
        assert keys == ["https://example.org/a-own", "https://example.org/b-own"]
        assert [row[0] for row in read.query(merged, "SELECT reason FROM forgotten").rows] == ["court order"]
        assert sound(merged)


def test_a_run_that_was_still_running_there_is_finished_by_the_next_merge(pair, extracted):
    a, b = pair
    store(a, extracted("https://example.org/a"))
    with open_writer(b) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("https://example.org/b", "b")], at=NOW)
        writer.publish()
        merge(a, b, now=NOW)
        writer.write(run_id, [extracted("https://example.org/c", "c")], at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    merge(a, b, now=NOW)
    assert list(read.query(a, f"SELECT status FROM runs WHERE run_id = '{run_id}'").rows) == [("completed",)]
    assert [row[0] for row in read.query(a, "SELECT count(*) FROM articles").rows] == [3]
    assert sound(a)


def test_a_database_is_not_merged_into_itself(pair, extracted):
    a, _ = pair
    store(a, extracted("https://example.org/a"))
    with pytest.raises(UsageError, match="is the database itself"):
        merge(a, a, now=NOW)


def test_what_cannot_be_merged_is_named_and_changes_nothing(pair, extracted, tmp_path):
    a, b = pair
    store(a, extracted("https://example.org/a"))
    before = tables(a)
    with pytest.raises(UsageError, match="There is no database"):
        merge(a, b, now=NOW)
    b.write_bytes(b"x" * 10_000)
    with pytest.raises(WarehouseError, match="is not a DuckDB database"):
        merge(a, b, now=NOW)
    assert tables(a) == before


def test_another_schema_is_named_with_the_remedy(pair, extracted, monkeypatch):
    a, b = pair
    store(a, extracted("https://example.org/a"))
    store(b, extracted("https://example.org/b"))
    monkeypatch.setattr("warehouse.merge.check_schema", lambda *_: 1)
    with pytest.raises(WarehouseError, match=r"has schema 1 of an older Dateline.*dateline maintain --db"):
        merge(a, b, now=NOW)
