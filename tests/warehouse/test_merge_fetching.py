"""Merging unites what fetching keeps: what waits, who listed what, polls, verdicts, and takedowns of them."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from records import Candidate, Claimed, Extracted, Outcome, Signal, Source
from warehouse import merge_rows, merge_versions, read
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.merge import merge
from warehouse.model import Poll
from warehouse.writer import Writer, open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
URL = "https://example.org/a"


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


class Fetching:
    """One run of fetching into a database, an action a minute from `at` on."""

    def __init__(self, writer: Writer, at: int) -> None:
        self.writer, self.at = writer, at
        self.run_id = writer.start_run(
            command="fetch", arguments={}, started_at=minute(at), program_version="0"
        )

    def poll(self, source_id: str, *uris: str, updated: str | None = None) -> None:
        self.at += 1
        found = [Candidate(uri, source_id, url=uri, claimed=Claimed(updated=updated)) for uri in uris]
        self.writer.save_poll(self.run_id, Poll(source_id, minute(self.at)), found, at=minute(self.at))

    def end(self, *items: Extracted | Outcome) -> None:
        self.at += 1
        self.writer.write(self.run_id, items, at=minute(self.at))


def fetching(db: Path, at: int, act: Callable[[Fetching], None]) -> None:
    with open_writer(db) as writer:
        made = Fetching(writer, at)
        sources = [Source(name, "feed", url=f"https://example.org/{name}.xml") for name in ("paper", "wire")]
        writer.sync_sources(sources, at=minute(at))
        act(made)
        writer.finish_run(made.run_id, finished_at=minute(made.at), status="completed", passed_over=0)
        writer.publish()


def said(db: Path, sql: str) -> list[tuple[Any, ...]]:
    return list(read.query(db, sql).rows)


def sound(db: Path) -> bool:
    assert [finding for finding in examine(db) if finding.passed is False] == []
    return True


def both_ways(a: Path, b: Path) -> tuple[Path, Path]:
    """The one merged into the other, and the other into the one."""
    ours = []
    for first, second in ((a, b), (b, a)):
        copy = first.with_name(f"{first.stem}-with-{second.stem}.duckdb")
        shutil.copy(first, copy)
        merge(copy, second, now=NOW)
        ours.append(copy)
    return ours[0], ours[1]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a.duckdb", tmp_path / "b.duckdb"


def test_what_waits_in_one_and_is_stored_in_the_other_has_the_sources_of_both(pair, extracted):
    a, b = pair
    fetching(a, 0, lambda run: run.poll("paper", URL))

    def fetched(run: Fetching) -> None:
        run.poll("wire", URL)
        run.end(extracted(URL, source_id="wire", fetched_at=minute(10)))

    fetching(b, 10, fetched)
    for merged in both_ways(a, b):
        assert said(merged, "FROM candidates") == []
        assert said(merged, "SELECT source_id, sightings FROM article_sources ORDER BY ALL") == [
            ("paper", 1),
            ("wire", 1),
        ]
        assert sound(merged)


def test_what_waits_in_both_waits_once_and_has_both_sources_when_it_is_fetched(pair, extracted):
    a, b = pair
    fetching(a, 0, lambda run: run.poll("paper", URL))
    fetching(b, 5, lambda run: run.poll("wire", URL))
    for merged in both_ways(a, b):
        assert said(merged, "SELECT uri, source_id FROM candidates") == [(URL, "paper")]
        fetching(merged, 20, lambda run: run.end(extracted(URL, source_id="paper", fetched_at=minute(20))))
        assert said(merged, "SELECT source_id FROM article_sources ORDER BY ALL") == [("paper",), ("wire",)]
        assert sound(merged)


def test_what_changed_since_it_was_stored_still_waits(pair, extracted):
    a, b = pair

    def fetched(run: Fetching) -> None:
        run.poll("paper", URL, updated="1")
        [due] = run.writer.due(at=minute(2), limit=1, per_host=1)
        item = extracted(URL, fetched_at=minute(2))
        run.end(replace(item, capture=replace(item.capture, candidate=due)))
        run.poll("paper", URL, updated="2")

    fetching(a, 0, fetched)
    fetching(b, 0, lambda run: run.poll("paper", URL, updated="1"))
    for merged in both_ways(a, b):
        assert said(merged, "SELECT found_as, claimed_updated FROM candidates") == [("changed", "2")]
        assert said(merged, "SELECT claimed_updated, changes, first_found_at FROM sightings") == [
            ("2", 1, minute(1))
        ]
        assert sound(merged)


def test_what_failed_in_one_and_was_fetched_since_in_the_other_is_not_tried_again(pair, extracted):
    a, b = pair

    def failing(run: Fetching) -> None:
        run.poll("paper", URL)
        run.end(Outcome(URL, "paper", "failed", "fetch", "http_404", "It is gone."))
        run.at += 60 * 25
        run.poll("paper", URL)

    fetching(a, 0, failing)
    assert said(a, "SELECT found_as FROM candidates") == [("again",)]
    fetching(b, 60 * 30, lambda run: run.end(extracted(URL, source_id="wire", fetched_at=minute(60 * 30))))
    for merged in both_ways(a, b):
        assert said(merged, "FROM candidates") == []
        assert sound(merged)


def test_polls_verdicts_sources_and_their_state_come_along(pair, extracted):
    a, b = pair
    fetching(a, 0, lambda run: run.poll("paper", URL))
    noai = Signal("noai", "noai", "X-Robots-Tag: noai", obeyed=False)

    def fetched(run: Fetching) -> None:
        run.writer.sync_sources([Source("radio", "feed", url="https://example.org/feed")], at=minute(10))
        run.poll("wire", "https://example.org/b")
        item = extracted("https://example.org/b", "two", source_id="wire", fetched_at=minute(11))
        run.end(replace(item, capture=replace(item.capture, signals=(noai,))))

    fetching(b, 10, fetched)
    merge(a, b, now=NOW)
    merge(a, b, now=NOW)
    assert said(a, "SELECT source_id, new FROM polls ORDER BY ALL") == [("paper", 1), ("wire", 1)]
    assert said(a, "SELECT uri, kind FROM verdicts") == [("https://example.org/b", "noai")]
    assert said(a, "SELECT source_id FROM source_state ORDER BY ALL") == [("paper",), ("wire",)]
    assert said(a, "SELECT url FROM sources WHERE source_id = 'radio'") == [("https://example.org/feed",)]
    assert sound(a)


def test_what_was_taken_down_in_one_neither_waits_nor_is_listed_in_the_result(pair, extracted):
    a, b = pair

    def fetched(run: Fetching) -> None:
        run.poll("paper", URL)
        run.end(extracted(URL, fetched_at=minute(2)))

    fetching(a, 0, fetched)
    forget(a, [URL], reason="", now=NOW)
    fetching(b, 10, lambda run: run.poll("wire", URL, "https://example.org/b"))
    for merged in both_ways(a, b):
        assert said(merged, "SELECT uri FROM candidates") == [("https://example.org/b",)]
        assert said(merged, "SELECT uri FROM sightings") == [("https://example.org/b",)]
        assert sound(merged)


def test_of_a_host_that_both_know_the_longer_pause_and_the_later_rules_hold(pair):
    for db, hours in zip(pair, (1, 2), strict=True):
        with open_writer(db) as writer:
            until = NOW + timedelta(hours=hours)
            connection = writer.store.connection
            connection.execute("INSERT INTO host_pauses VALUES ('example.org', ?, 'http_429')", [until])
            connection.execute(
                "INSERT INTO host_pauses VALUES (?, ?, 'breaker')", [f"{db.stem}.example", until]
            )
            connection.execute(
                "INSERT INTO host_rules VALUES ('https://example.org', ?, NULL, ?)", [db.stem, until]
            )
            # Publishing looks at the ledger.
            writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
            writer.publish()
    for merged in both_ways(*pair):
        assert said(merged, "SELECT host, paused_until FROM host_pauses ORDER BY host") == [
            ("a.example", NOW + timedelta(hours=1)),
            ("b.example", NOW + timedelta(hours=2)),
            ("example.org", NOW + timedelta(hours=2)),
        ]
        assert said(merged, "SELECT robots FROM host_rules") == [("b",)]


APART = {
    "boilerplate": "learned by each database for itself",
    "derived_state": "worked out anew",
    "edits": "worked out anew",
    "forgotten": "taken down again, see warehouse.forget",
    "schema_migrations": "of the file",
    "search_documents": "made anew",
    "search_index": "made anew",
    "search_postings": "made anew",
    "search_terms": "made anew",
    "snapshot": "of what is published",
}
"""The tables that merging leaves alone, and why."""


def test_no_table_is_left_out_by_mistake(db):
    with open_writer(db) as writer:
        asked = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'dateline'"
        tables = {name for (name,) in writer.store.connection.execute(asked).fetchall()}
    source = "".join(
        Path(module.__file__ or "").read_text("utf-8") for module in (merge_rows, merge_versions)
    )
    united = {name for name in tables if re.search(rf"\b{name}\b", source)}
    assert tables == united | APART.keys()
    assert not {"sightings", "candidates", "captures", "version_cuts"} & APART.keys()


def random_run(chance: Random, extracted: Callable[..., Extracted], at: int) -> Callable[[Fetching], None]:
    """Polls of two sources over a few addresses, and outcomes of some of what is due."""

    def act(run: Fetching) -> None:
        for _ in range(4):
            uris = [f"https://example.org/{name}" for name in chance.sample("abcdef", chance.randint(0, 4))]
            run.poll(chance.choice(["paper", "wire"]), *uris, updated=chance.choice([None, "1", "2"]))
            due = run.writer.due(at=minute(run.at + 9_999), limit=3, per_host=3)
            for each in sorted(due, key=lambda each: each.uri):
                name, kind = each.uri[-1], chance.choice(["read", "read", "refused", "left"])
                if kind == "read":
                    item = extracted(
                        each.uri,
                        f"{name}{each.claimed.updated}",
                        source_id=each.source_id,
                        fetched_at=minute(run.at),
                    )
                    run.end(replace(item, capture=replace(item.capture, candidate=each)))
                elif kind == "refused":
                    run.end(Outcome(each.uri, each.source_id, "refused", "fetch", "robots"))

    return act


@pytest.mark.parametrize("seed", range(8))
def test_whichever_is_merged_into_which_gives_the_same_backlog(seed, pair, extracted):
    chance = Random(seed)
    a, b = pair
    # At times of their own, as two machines' clocks have them.
    for number in range(2):
        fetching(a, 1000 * number, random_run(chance, extracted, 0))
        fetching(b, 1000 * number + 500, random_run(chance, extracted, 0))
    one, other = both_ways(a, b)
    for table, columns in {
        "candidates": "*",
        "sightings": "*",
        "polls": "*",
        "verdicts": "* EXCLUDE (batch_id)",
        "article_sources": "*",
    }.items():
        asked = f"SELECT {columns} FROM {table}"
        assert sorted(said(one, asked), key=repr) == sorted(said(other, asked), key=repr), table
    assert sound(one)
    assert sound(other)
    waiting = {uri for (uri,) in said(one, "SELECT uri FROM candidates WHERE found_as = 'new'")}
    ended = {uri for (uri,) in said(one, "SELECT uri FROM outcomes")}
    listed = {uri for (uri,) in said(one, "SELECT uri FROM sightings")}
    assert not waiting & ended
    assert listed <= waiting | ended
    for db in pair:
        shown = "SELECT DISTINCT s.uri, s.source_id FROM sightings s JOIN captures c USING (uri)"
        led = "SELECT c.uri, s.source_id FROM article_sources s JOIN captures c USING (article_id)"
        assert set(said(db, shown)) <= set(said(one, led))
