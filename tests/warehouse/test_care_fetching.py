"""The care commands on a database with all that fetching keeps: nothing is lost, nothing is left over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import Candidate, Claimed, Extracted, Outcome, Signal, Source
from tests.warehouse.test_export import read_back
from warehouse import read
from warehouse.backup import backup
from warehouse.doctor import examine
from warehouse.export import FORMATS, Format, export
from warehouse.forget import forget
from warehouse.maintain import maintain
from warehouse.model import Poll, PollCounts
from warehouse.restore import restore
from warehouse.retention import parse
from warehouse.writer import Writer, open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=100)
HARBOUR, BRIDGE, GONE, CLOSED, LATER = (
    f"https://example.org/{name}" for name in ("harbour", "bridge", "gone", "closed", "later")
)
MOVED = "https://example.org/harbour-plan"
TABLES = ("candidates", "sightings", "polls", "verdicts", "sources", "source_state", "article_sources")
NOAI = Signal("noai", "noai", "X-Robots-Tag: noai", obeyed=False)
ROBOTS = Signal("robots", "disallow", "Disallow: /closed", obeyed=True)


WHOLE = Candidate(
    LATER, "wire", url=LATER, content=b"<p>\x00\xff\n,</p>", content_type="text/html", fetched_at=NOW
)


def found(
    uri: str, source_id: str = "paper", *, guid: str | None = None, updated: str | None = None
) -> Candidate:
    return Candidate(uri, source_id, url=uri, guid=guid, claimed=Claimed("Zyxwvut", updated=updated))


def poll(writer: Writer, run_id: str, source_id: str, at: datetime, *listed: Candidate) -> PollCounts:
    return writer.save_poll(run_id, Poll(source_id, at, etag='"1"'), listed, at=at)


@pytest.fixture
def fetched(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """Two sources, polled twice: two articles, one of which moved, a failure, a refusal, two that wait."""
    with open_writer(db) as writer:
        sources = [Source(name, "feed", url=f"https://example.org/{name}.xml") for name in ("paper", "wire")]
        writer.sync_sources(sources, at=OLD)
        for at, uris in ((OLD, (HARBOUR, GONE, CLOSED)), (NOW, (BRIDGE,))):
            run_id = writer.start_run(command="fetch", arguments={}, started_at=at, program_version="0")
            poll(writer, run_id, "paper", at, *(found(uri, guid=uri, updated="1") for uri in uris))
            due = {each.uri: each for each in writer.due(at=at, limit=9, per_host=9)}
            items: list[Extracted | Outcome] = []
            for uri in uris:
                if uri == GONE:
                    items.append(Outcome(uri, "paper", "failed", "fetch", "http_404", "It is gone."))
                elif uri == CLOSED:
                    items.append(
                        Outcome(uri, "paper", "refused", "fetch", "robots", "No.", signals=(ROBOTS,))
                    )
                else:
                    item = extracted(uri, uri, fetched_at=at)
                    capture = replace(item.capture, candidate=due[uri], signals=(NOAI,))
                    items.append(replace(item, capture=capture))
            writer.write(run_id, items, at=at)
            writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        later = NOW + timedelta(minutes=1)
        poll(writer, run_id, "wire", later, found(HARBOUR, "wire"), WHOLE)
        poll(writer, run_id, "paper", later, found(MOVED, guid=HARBOUR, updated="2"))
        writer.finish_run(run_id, finished_at=later, status="completed", passed_over=0)
        writer.publish()
    return db


def said(db: Path, sql: str) -> list[tuple[Any, ...]]:
    return list(read.query(db, sql).rows)


def fetching(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(said(db, f"FROM {table}"), key=repr) for table in TABLES}


def sound(db: Path) -> bool:
    assert [finding for finding in examine(db) if finding.passed is False] == []
    return True


def test_what_is_fetched_is_as_this_page_says(fetched: Path):
    assert said(fetched, "SELECT uri, found_as FROM candidates ORDER BY 1") == [
        (HARBOUR, "changed"),
        (LATER, "new"),
    ]
    assert said(fetched, "SELECT source_id, found_as FROM sightings WHERE found_as <> 'new' ORDER BY 1") == [
        ("paper", "alias"),
        ("wire", "known"),
    ]
    assert len(said(fetched, "FROM verdicts")) == 3
    assert sound(fetched)


def test_a_takedown_leaves_nothing_of_it_in_what_fetching_keeps(fetched: Path):
    forget(fetched, [HARBOUR], reason="", now=NOW)
    for table, columns in {
        "candidates": ("uri", "url", "claimed_title"),
        "sightings": ("uri", "stands_for", "guid"),
        "verdicts": ("uri",),
    }.items():
        for column in columns:
            assert said(fetched, f"SELECT {column} FROM {table} WHERE {column} LIKE '%/harbour%'") == []
    assert [uri for (uri,) in said(fetched, "SELECT uri FROM candidates")] == [LATER]
    assert len(said(fetched, "FROM polls")) == 4
    assert sound(fetched)


@pytest.mark.parametrize("address", [HARBOUR, MOVED])
def test_what_was_taken_down_does_not_come_back_by_a_poll(fetched: Path, address: str):
    forget(fetched, [HARBOUR], reason="", now=NOW)
    later = NOW + timedelta(hours=1)
    with open_writer(fetched) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=later, program_version="0")
        counts = poll(writer, run_id, "paper", later, found(address, guid=HARBOUR, updated="3"))
        writer.publish()
    assert counts == PollCounts(found=1, refused=1)
    assert [uri for (uri,) in said(fetched, "SELECT uri FROM candidates")] == [LATER]
    assert sound(fetched)


def test_a_takedown_by_another_address_of_the_item_finds_it(fetched: Path):
    done = forget(fetched, [MOVED], reason="", now=NOW)
    assert [each.article_key for each in done.articles] == [HARBOUR]
    assert sound(fetched)


def test_a_takedown_reaches_what_waits_and_was_never_stored(fetched: Path):
    done = forget(fetched, [LATER], reason="", now=NOW)
    assert [each.article_key for each in done.articles] == [LATER]
    assert [uri for (uri,) in said(fetched, "SELECT uri FROM candidates")] == [HARBOUR]
    later = NOW + timedelta(hours=1)
    with open_writer(fetched) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=later, program_version="0")
        assert poll(writer, run_id, "wire", later, found(LATER, "wire")).refused == 1
        writer.publish()
    assert sound(fetched)


def test_retention_takes_old_polls_and_verdicts_and_leaves_what_deciding_needs(fetched: Path):
    before = fetching(fetched)
    maintain(fetched, now=NOW, rules=[parse("outcomes=90d,captures=90d")])
    after = fetching(fetched)
    for table in ("candidates", "sightings", "sources", "source_state", "article_sources"):
        assert after[table] == before[table], table
    assert said(fetched, "SELECT count(*) FROM polls") == [(3,)]
    assert said(fetched, "SELECT kind, uri FROM verdicts ORDER BY ALL") == [
        ("noai", BRIDGE),
        ("noai", HARBOUR),
    ]
    assert sound(fetched)
    with open_writer(fetched) as writer:
        later = NOW + timedelta(hours=1)
        run_id = writer.start_run(command="fetch", arguments={}, started_at=later, program_version="0")
        counts = poll(writer, run_id, "paper", later, found(CLOSED, updated="1"), found(BRIDGE, updated="1"))
    assert counts == PollCounts(found=2, known=2)


def test_compaction_keeps_the_backlog_and_its_order(fetched: Path):
    before = fetching(fetched)
    maintain(fetched, now=NOW, compact_always=True)
    assert fetching(fetched) == before
    with open_writer(fetched) as writer:
        due = writer.due(at=NOW + timedelta(days=9), limit=9, per_host=9)
    assert {each.uri for each in due} == {HARBOUR, LATER}


def test_a_backup_and_a_restore_bring_the_backlog_and_the_state_of_sources_back(
    fetched: Path, tmp_path: Path
):
    before = fetching(fetched)
    copy = backup(fetched, tmp_path / "copy.duckdb", now=NOW).file
    assert fetching(copy) == before
    with open_writer(fetched) as writer:
        later = NOW + timedelta(hours=1)
        run_id = writer.start_run(command="fetch", arguments={}, started_at=later, program_version="0")
        writer.write(run_id, [Outcome(LATER, "wire", "failed", "fetch", "http_404")], at=later)
        writer.publish()
    assert fetching(fetched) != before
    restore(copy, fetched, now=NOW)
    assert fetching(fetched) == before
    assert sound(fetched)


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("table", ["candidates", "sightings", "polls", "verdicts"])
def test_what_fetching_keeps_reads_back_as_it_was(fetched: Path, tmp_path: Path, style: Format, table: str):
    made = export(fetched, tmp_path / "dump", style=style, table=table)
    assert made.rows > 0
    assert read_back(made.folder, fetched, table) == (0, 0)
