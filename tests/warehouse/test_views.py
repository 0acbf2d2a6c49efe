"""What the views say, and the edits that are worked out before a database is published."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from records import Extracted, Outcome
from warehouse.derived import update_derived
from warehouse.forget import forget
from warehouse.read import query
from warehouse.writer import Writer, open_writer

NOON = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]
Rows = list[tuple[Any, ...]]
Store = Callable[..., None]
Ask = Callable[[str], Rows]

ONE = "https://example.org/one"
TWO = "https://example.org/two"


@pytest.fixture
def store(writer: Writer, run: Callable[..., str]) -> Store:
    """Store each item, in a batch of its own, and work out what follows."""

    def stored(*items: Extracted | Outcome, at: datetime = NOON) -> None:
        run_id = run()
        for item in items:
            writer.write(run_id, [item], at=at)
        update_derived(writer._store.connection)

    return stored


def hours(count: int) -> datetime:
    return NOON + timedelta(hours=count)


EDITS = """
SELECT seq, from_version, to_version, kind, title_changed, seen_before_at, seen_after_at FROM edits
ORDER BY article_id, seq
"""


def test_a_new_version_is_an_edit(store: Store, rows: Ask, extracted: Make):
    store(
        extracted(ONE, "one", fetched_at=hours(0)),
        extracted(ONE, "one", fetched_at=hours(2)),
        extracted(ONE, "one", title="Another headline", fetched_at=hours(5)),
    )
    assert rows(EDITS) == [(1, 1, 2, "update", True, hours(2), hours(5))]
    assert rows("SELECT title_before, title_after, words_added FROM edits") == [
        ("A title", "Another headline", 0)
    ]


def test_going_back_is_an_edit_too(store: Store, rows: Ask, extracted: Make):
    store(*(extracted(ONE, text, fetched_at=hours(hour)) for hour, text in enumerate(["one", "two", "one"])))
    assert [row[1:3] for row in rows(EDITS)] == [(1, 2), (2, 1)]


def test_going_back_shows_where_no_capture_has_a_time(store: Store, rows: Ask, extracted: Make):
    for text in ("one", "two", "one"):
        store(extracted(ONE, text))
    assert [row[1:3] for row in rows(EDITS)] == [(1, 2), (2, 1)]


def test_what_another_extractor_makes_of_the_same_capture_is_no_edit(
    store: Store, rows: Ask, extracted: Make
):
    store(extracted(ONE, title="A title", fetched_at=hours(0)))
    again = extracted(ONE, title="A title", fetched_at=hours(0), extractor_version="2")
    again_cleaner = Extracted(
        again.capture,
        extracted(ONE, "cleaner", fetched_at=hours(0)).article,
        again.key,
        again.extractor_version,
    )
    store(again_cleaner)
    assert rows("SELECT count(*) FROM article_versions") == [(2,)]
    assert rows(EDITS) == []


def test_what_only_the_old_extractor_saw_is_no_edit_any_more(store: Store, rows: Ask, extracted: Make):
    first, second = (extracted(ONE, text, fetched_at=hours(n)) for n, text in enumerate(["one", "two"]))
    store(first, second)
    assert len(rows(EDITS)) == 1
    same = extracted(ONE, "what both say").article
    store(*(Extracted(each.capture, same, each.key, "2") for each in (first, second)))
    assert rows(EDITS) == []


def test_an_edit_between_captures_of_two_extractors_says_so(store: Store, rows: Ask, extracted: Make):
    store(
        extracted(ONE, "one", fetched_at=hours(0)),
        extracted(ONE, "two", fetched_at=hours(1), extractor_version="2"),
        extracted(ONE, "three", fetched_at=hours(2), extractor_version="2"),
    )
    assert rows("SELECT extractor_changed FROM edits ORDER BY seq") == [(True,), (False,)]


@pytest.mark.slow
def test_edits_do_not_depend_on_the_order_of_arrival(tmp_path: Path, extracted: Make):
    items = [
        extracted(ONE, text, fetched_at=hours(hour), title=title)
        for hour, (text, title) in enumerate([("one", "A"), ("two", "A"), ("two", "B"), ("one", "A")])
    ]
    found = set()
    for number, order in enumerate(permutations(items)):
        with open_writer(tmp_path / f"{number}.duckdb") as writer:
            connection = writer._store.connection
            run_id = writer.start_run(command="ingest", arguments={}, started_at=NOON, program_version="0")
            for item in order:
                writer.write(run_id, [item], at=NOON)
                if number % 2:
                    update_derived(connection)
            update_derived(connection)
            rows = connection.execute("SELECT * EXCLUDE (batch_id) FROM edits ORDER BY ALL").fetchall()
            found.add(tuple(rows))
    assert len(found) == 1
    assert len(found.pop()) == 3


def test_edits_that_stay_are_not_written_again(store: Store, rows: Ask, extracted: Make):
    store(extracted(ONE, "one", fetched_at=hours(0)), extracted(ONE, "two", fetched_at=hours(1)))
    store(extracted(ONE, "two", fetched_at=hours(2)), extracted(TWO, "other", fetched_at=hours(2)))
    assert rows("SELECT batch_id FROM edits") == [(2,)]


def test_the_published_file_holds_the_edits(
    writer: Writer, run: Callable[..., str], extracted: Make, db: Path
):
    run_id = run()
    writer.write(run_id, [extracted(ONE, "one", fetched_at=hours(0))], at=NOON)
    writer.write(run_id, [extracted(ONE, "two", fetched_at=hours(1))], at=NOON)
    writer.publish()
    assert list(query(db, "SELECT count(*) FROM edits").rows) == [(1,)]
    assert list(query(db, "SELECT source_id, enabled FROM sources").rows) == [("paper", True)]


def test_timeline_has_a_row_an_article_and_source(store: Store, rows: Ask, extracted: Make):
    day = {"published": "2025-11-03", "published_date": date(2025, 11, 3)}
    store(
        extracted(ONE, "one", source_id="paper", fetched_at=hours(0), **day),
        extracted(ONE, "one", source_id="wire", fetched_at=hours(1), **day),
        extracted(TWO, "one", source_id="blog", fetched_at=hours(2), **day),
        extracted("https://example.org/three", "three", source_id="paper", fetched_at=hours(2)),
    )
    assert rows("SELECT day, source_id, is_first_source, url FROM timeline ORDER BY ALL") == [
        (date(2025, 11, 3), "blog", False, None),
        (date(2025, 11, 3), "paper", True, None),
        (date(2025, 11, 3), "wire", False, None),
        (None, "paper", True, None),
    ]


@pytest.mark.slow
def test_the_sources_of_an_article_do_not_depend_on_the_order_of_arrival(tmp_path: Path, extracted: Make):
    items = [
        extracted(ONE, "one", source_id="paper", fetched_at=hours(0)),
        extracted(TWO, "one", source_id="wire", fetched_at=hours(1)),
        extracted("https://example.org/three", "one", source_id="blog", fetched_at=hours(2)),
    ]
    found = set()
    for number, order in enumerate(permutations(items)):
        with open_writer(tmp_path / f"{number}.duckdb") as writer:
            run_id = writer.start_run(command="ingest", arguments={}, started_at=NOON, program_version="0")
            for item in order:
                writer.write(run_id, [item], at=NOON)
            for view in ("article_sources", "timeline"):
                sql = f"SELECT '{view}', article_id, source_id FROM {view} ORDER BY ALL"
                found.add(tuple(writer._store.connection.execute(sql).fetchall()))
    assert sorted(len(each) for each in found) == [3, 3]


def test_coverage_has_a_row_for_the_days_without_anything(store: Store, rows: Ask, extracted: Make):
    def published(key: str, day: int, source: str) -> Extracted:
        on = date(2025, 11, day)
        return extracted(
            key, key, source_id=source, fetched_at=NOON, published=on.isoformat(), published_date=on
        )

    store(
        published(ONE, 1, "paper"),
        published(TWO, 3, "paper"),
        published("https://example.org/three", 3, "wire"),
        Outcome("https://example.org/four", "wire", "failed", "fetch", "http_404", "It is gone."),
    )
    assert rows(
        "SELECT source_id, day, published, words, collected, lost FROM coverage ORDER BY source_id, day"
    ) == [
        ("paper", date(2025, 11, 1), 1, 36, 0, 0),
        ("paper", date(2025, 11, 2), 0, 0, 0, 0),
        ("paper", date(2025, 11, 3), 1, 36, 0, 0),
        ("paper", date(2025, 11, 4), 0, 0, 2, 0),
        ("wire", date(2025, 11, 3), 1, 36, 0, 0),
        ("wire", date(2025, 11, 4), 0, 0, 1, 1),
    ]


def test_a_source_that_fell_silent_has_rows_to_the_last_day_of_all(store: Store, rows: Ask, extracted: Make):
    store(
        extracted(ONE, "one", source_id="silent", fetched_at=NOON),
        extracted(TWO, "two", source_id="busy", fetched_at=NOON + timedelta(days=30)),
    )
    assert rows("SELECT count(*), sum(collected) FROM coverage WHERE source_id = 'silent'") == [(31, 1)]
    assert rows("SELECT max(day) FROM coverage WHERE source_id = 'silent'") == [(date(2025, 12, 4),)]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_days_are_the_same_in_every_time_zone(store: Store, rows: Ask, extracted: Make, zone: str):
    store(
        extracted(ONE, fetched_at=NOON.replace(hour=23)), extracted(TWO, "b", fetched_at=NOON.replace(hour=0))
    )
    rows(f"SET TimeZone = '{zone}'")
    assert rows("SELECT day, collected FROM coverage") == [(date(2025, 11, 4), 2)]


def test_losses_say_why_in_words(store: Store, rows: Ask):
    store(
        Outcome("file:///a.png", "folder", "refused", "extract", "binary", "a.png is an image; leave it out"),
        Outcome("file:///b", "folder", "failed", "load", "not_found"),
        Outcome("file:///c", "folder", "failed", "load"),
        Outcome("file:///d", "folder", "unchanged", "load"),
    )
    assert rows("SELECT uri, reason, why FROM losses ORDER BY uri") == [
        ("file:///a.png", "binary", "a.png is an image; leave it out"),
        ("file:///b", "not_found", "not found"),
        ("file:///c", None, "no reason was given"),
    ]


def test_a_copy_kept_up_by_changes_is_equal(
    writer: Writer, run: Callable[..., str], rows: Ask, extracted: Make
):
    """What the comment on the view promises, done: upsert articles and versions, delete duplicates."""
    articles: dict[str, str] = {}
    versions: set[str] = set()
    cursor = 0
    for step in (
        [extracted(ONE, "one", fetched_at=hours(4)), extracted(TWO, "two", fetched_at=hours(4))],
        [extracted(ONE, "one more", fetched_at=hours(5))],
        [extracted("https://example.org/first", "two", fetched_at=hours(1))],
        [extracted(ONE, "one", fetched_at=hours(6)), extracted(TWO, "its own", fetched_at=hours(7))],
    ):
        writer.write(run(), step, at=NOON)
        found = rows(f"SELECT what, article_id, version_id FROM changes WHERE batch_id > {cursor}")
        for what, article_id, version_id in found:
            versions.add(version_id)
            if what == "article":
                articles[article_id] = version_id
            elif what == "duplicate":
                articles.pop(article_id, None)
        [(cursor,)] = rows("SELECT max(batch_id) FROM batches")
        assert sorted(articles.items()) == rows("SELECT article_id, version_id FROM articles ORDER BY ALL")
        assert sorted(versions) == [
            row[0] for row in rows("SELECT version_id FROM article_versions ORDER BY ALL")
        ]


def test_lineage_leads_from_every_capture_to_its_extractor(store: Store, rows: Ask, extracted: Make):
    store(
        extracted(ONE, "one", fetched_at=hours(0)),
        extracted(ONE, "one", fetched_at=hours(1)),
        extracted(ONE, "two", fetched_at=hours(2), extractor_version="2"),
    )
    assert rows(
        """SELECT version, is_current, captured_at, extractor_version, program_version, archive_file
        FROM lineage ORDER BY captured_at"""
    ) == [
        (1, False, hours(0), "1", "0", None),
        (1, False, hours(1), "1", "0", None),
        (2, True, hours(2), "2", "0", None),
    ]


def test_latest_starts_with_the_newest(store: Store, rows: Ask, extracted: Make):
    store(*(extracted(f"https://example.org/{n}", str(n), fetched_at=hours(n)) for n in (3, 1, 2)))
    assert [row[0] for row in rows("SELECT first_seen_at FROM latest LIMIT 2")] == [hours(3), hours(2)]


def test_changes_tell_of_takedowns(db: Path, extracted: Make):
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOON, program_version="0")
        writer.write(run_id, [extracted(ONE, "one"), extracted(TWO, "two")], at=NOON)
        writer.publish()
    [(cursor, gone)] = query(
        db,
        f"SELECT (SELECT max(batch_id) FROM batches), article_id FROM articles WHERE article_key = '{ONE}'",
    ).rows
    forget(db, [ONE], reason="asked to", program_version="0", now=NOON)
    changed = query(db, f"SELECT what, article_id FROM changes WHERE batch_id > {cursor}").rows
    assert list(changed) == [("forgotten", gone)]
