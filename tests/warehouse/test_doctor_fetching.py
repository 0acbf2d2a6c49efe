"""The doctor passes what fetching keeps where it is sound, and names each thing that is broken in it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from records import Candidate, Claimed, Extracted, Outcome, Signal, Source
from warehouse.checks import CHECKS
from warehouse.doctor import examine
from warehouse.maintain import maintain
from warehouse.model import Poll
from warehouse.places import STORE, folder_of
from warehouse.retention import parse
from warehouse.writer import open_writer

# Each test makes databases and looks through them.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
SIGNALS = (Signal("noai", "noai", "X", obeyed=False), Signal("tdm", "1", "Y", obeyed=False))


@pytest.fixture
def sound(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """A poll of four items: one read, with verdicts; one refused; two wait; then one with another address."""
    with open_writer(db) as writer:
        writer.sync_sources([Source("paper", "feed", url="https://example.org/feed")], at=NOW)
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        uris = [f"https://example.org/{name}" for name in "abcd"]
        found = [Candidate(uri, "paper", url=uri, guid=uri) for uri in uris]
        writer.save_poll(run_id, Poll("paper", NOW), found, at=NOW)
        item = extracted(uris[0], fetched_at=NOW)
        item = replace(item, capture=replace(item.capture, signals=SIGNALS))
        later = NOW.replace(minute=1)
        writer.write(run_id, [item, Outcome(uris[1], "paper", "refused", "fetch", "robots")], at=later)
        moved = Candidate(f"{uris[0]}-moved", "paper", url=f"{uris[0]}-moved", guid=uris[0])
        writer.save_poll(run_id, Poll("paper", later), [moved], at=later)
        writer.finish_run(run_id, finished_at=later, status="completed", passed_over=0)
        writer.publish()
    return db


def broken(db: Path) -> dict[str, str]:
    """What is wrong, with its remedy."""
    return {finding.says: finding.remedy for finding in examine(db) if finding.passed is False}


def change(db: Path, *statements: str) -> None:
    """Break the store behind the writer's back."""
    with duckdb.connect(folder_of(db) / STORE) as connection:
        for statement in statements:
            connection.execute(statement)


BREAKS = [
    ("nothing waits twice", "INSERT INTO candidates SELECT * FROM candidates LIMIT 1"),
    ("what waits was listed by a source", "DELETE FROM sightings WHERE uri LIKE '%/c'"),
    (
        "nothing waits as new that has an outcome since it was found",
        "UPDATE outcomes SET uri = (SELECT min(uri) FROM candidates) WHERE outcome = 'refused'",
    ),
    ("what a source led to first waits, or has an outcome", "DELETE FROM candidates WHERE uri LIKE '%/c'"),
    (
        "another address of an item stands for one that its source listed",
        "UPDATE sightings SET stands_for = 'x' WHERE found_as = 'alias'",
    ),
    (
        "another address of an item stands for one that its source listed",
        "UPDATE sightings SET stands_for = NULL",
    ),
    (
        "nothing waits that was forgotten",
        "INSERT INTO forgotten SELECT 'x', uri, [uri], [], '', now(), 'r' FROM candidates",
    ),
    ("each source lists an address once", "INSERT INTO sightings SELECT * FROM sightings LIMIT 1"),
    ("the number of an address is its hash", "UPDATE sightings SET uri_no = 7 WHERE uri LIKE '%/a'"),
    ("each verdict belongs to an outcome", "UPDATE verdicts SET outcome_seq = 9"),
    ("each verdict belongs to an outcome", "UPDATE verdicts SET article_id = NULL"),
    ("the verdicts of an outcome are numbered 1 to n", "DELETE FROM verdicts WHERE seq = 1"),
    ("each poll belongs to a run, and its addresses add up", "UPDATE polls SET found = 99"),
    ("a poll stands once, and one that ended says how", "INSERT INTO polls SELECT * FROM polls LIMIT 1"),
    ("a poll stands once, and one that ended says how", "UPDATE polls SET result = NULL"),
    ("the state of a source stands once", "INSERT INTO source_state SELECT * FROM source_state"),
    ("a source stands once", "INSERT INTO sources SELECT * FROM sources"),
    (
        "the rules and the pause of a host stand once",
        "INSERT INTO host_pauses SELECT 'example.org', now(), 'breaker' FROM range(2)",
    ),
    ("every source that led to an article is in sources", "DELETE FROM sources"),
]


def test_what_is_sound_passes(sound: Path):
    assert broken(sound) == {}


@pytest.mark.parametrize(("says", "statement"), BREAKS)
def test_each_break_is_named_with_what_to_do(sound: Path, says: str, statement: str):
    change(sound, statement)
    assert "dateline" in broken(sound)[says]


def test_every_check_of_what_fetching_keeps_has_a_case_here():
    tables = {"candidates", "sightings", "polls", "verdicts", "source_state", "article_sources", "host_rules"}
    of_fetching = {check.says for check in CHECKS if any(table in check.sql for table in tables)}
    assert of_fetching <= {says for says, _ in BREAKS}


def test_an_outcome_that_a_rule_removed_is_not_missed(sound: Path):
    maintain(sound, now=NOW.replace(month=12), rules=[parse("outcomes=7d")])
    assert broken(sound) == {}


def test_what_changed_while_it_was_fetched_waits_for_its_change(
    sound: Path, extracted: Callable[..., Extracted]
):
    with open_writer(sound) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        [due, *_] = writer.due(at=NOW.replace(hour=10), limit=1, per_host=1)
        at = NOW.replace(minute=2)
        changed = replace(due, claimed=Claimed(updated="later"))
        writer.save_poll(run_id, Poll("paper", at), [changed], at=at)
        item = extracted(due.uri, "c", fetched_at=at)
        item = replace(item, capture=replace(item.capture, candidate=due))
        writer.write(run_id, [item], at=NOW.replace(minute=3))
        waits = writer.store.connection.execute(
            f"SELECT found_as FROM candidates WHERE uri = '{due.uri}'"
        ).fetchall()
        writer.publish()
    assert waits == [("changed",)]
    assert broken(sound) == {}
