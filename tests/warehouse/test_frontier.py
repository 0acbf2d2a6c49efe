"""The backlog: newest first within a host, fair between hosts, and nothing leaves it without its outcome."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import Candidate, Claimed, Extracted, Outcome, Signal
from warehouse.model import Poll
from warehouse.read import query
from warehouse.writer import Writer, open_writer

Rows = Callable[[str], list[tuple[Any, ...]]]
Run = Callable[..., str]
Make = Callable[..., Extracted]
Find = Callable[..., None]

AT = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(url: str, *, published: datetime | None = None, source_id: str = "paper") -> Candidate:
    said = Claimed(published=published.isoformat() if published else None)
    return Candidate(uri=url, source_id=source_id, url=url, claimed=said)


@pytest.fixture
def find(writer: Writer, run: Run) -> Find:
    """Put candidates into the backlog."""
    run_id = run()

    def found(*candidates: Candidate, at: datetime = AT) -> None:
        for source_id in {each.source_id for each in candidates}:
            of_source = [each for each in candidates if each.source_id == source_id]
            writer.save_poll(run_id, Poll(source_id, at), of_source, at=at)

    return found


def due(writer: Writer, **asked: Any) -> list[str]:
    found = writer.due(**{"at": AT + HOUR, "limit": 99, "per_host": 99, **asked})
    return [each.uri.removeprefix("https://") for each in found]


def test_an_empty_backlog_has_nothing_due(writer: Writer):
    assert writer.due(at=AT, limit=9, per_host=9) == ()


def test_of_one_host_the_newest_comes_first(writer: Writer, find: Find):
    find(
        item("https://a/old", published=AT - 3 * HOUR),
        item("https://a/new", published=AT - HOUR),
        item("https://a/older", published=AT - 9 * HOUR),
    )
    find(item("https://a/just-found"), item("https://a/after-it"))
    find(item("https://a/from-the-future", published=AT + 99 * HOUR), at=AT - 2 * HOUR)
    assert due(writer) == [
        "a/just-found",
        "a/after-it",
        "a/new",
        "a/from-the-future",
        "a/old",
        "a/older",
    ]


def test_one_of_each_host_comes_before_the_second_of_any(writer: Writer, find: Find):
    find(*(item(f"https://{host}/{number}") for host in "abc" for number in range(3)))
    hosts = [uri[0] for uri in due(writer)]
    assert [set(hosts[start : start + 3]) for start in (0, 3, 6)] == [set("abc")] * 3


def test_no_host_gets_more_than_its_share(writer: Writer, find: Find):
    find(*(item(f"https://{host}/{number}") for host in "ab" for number in range(5)))
    assert Counter(uri[0] for uri in due(writer, per_host=2)) == {"a": 2, "b": 2}
    assert len(due(writer, limit=3)) == 3


@pytest.mark.slow
def test_every_host_gets_its_turn_whatever_the_others_have(writer: Writer, find: Find):
    find(*(item(f"https://{number}.example/", published=AT - number * HOUR) for number in range(20)))
    first = {due(writer, limit=1, at=AT + minute * timedelta(minutes=1))[0] for minute in range(400)}
    assert len(first) == 20


def test_hosts_and_sources_can_be_left_out(writer: Writer, find: Find):
    find(item("https://a/1"), item("https://b/1"), item("https://c/1", source_id="wire"))
    assert due(writer, excluding_hosts=["b"], sources=["paper"]) == ["a/1"]
    assert due(writer, sources=[]) == []
    assert due(writer, excluding_hosts={"a", "b", "c"}) == []


def test_what_no_host_is_asked_for_is_not_held_back_by_the_others(writer: Writer, find: Find):
    find(*(replace(item(f"https://a/{number}"), content=b"All of it") for number in range(5)))
    assert len(due(writer, per_host=1)) == 5
    assert len(due(writer, per_host=1, limit=3)) == 3


def test_what_is_put_off_comes_back_at_its_time_and_remembers_its_attempts(
    writer: Writer, run: Run, rows: Rows, find: Find
):
    find(item("https://a/1"), item("https://a/2"), item("https://a/3"))
    [one, two, three] = writer.due(at=AT, limit=9, per_host=9)
    run_id = run()
    writer.put_off(run_id, [(one, AT + HOUR, "It is busy."), (two, AT + HOUR, None)], at=AT)
    writer.put_off(run_id, [(one, AT + 2 * HOUR, "It is still busy.")], at=AT)
    assert writer.due(at=AT, limit=9, per_host=9) == (three,)
    assert writer.due(at=AT + HOUR, limit=9, per_host=9) == (two, three)
    assert replace(one, attempts=2) in writer.due(at=AT + 2 * HOUR, limit=9, per_host=9)
    assert rows("SELECT attempts, attempted_at, problem FROM candidates ORDER BY uri") == [
        (2, AT, "It is still busy."),
        (0, None, None),
        (0, None, None),
    ]


def test_putting_off_what_is_gone_brings_nothing_back(writer: Writer, run: Run, rows: Rows):
    writer.put_off(run(), [(item("https://a/1"), AT, "It is busy.")], at=AT)
    writer.put_off(run(), [], at=AT)
    assert rows("FROM candidates") == []


def test_a_candidate_leaves_with_its_outcome(
    writer: Writer, run: Run, rows: Rows, find: Find, extracted: Make
):
    find(*(item(f"https://a/{number}") for number in range(4)))
    gone = Outcome("https://a/2", "paper", "failed", "fetch", "http_404", "It is gone.")
    writer.write(run(), [extracted("https://b/1", uri="https://a/1"), gone], at=AT)
    assert sorted(due(writer)) == ["a/0", "a/3"]
    assert rows("SELECT failures, failed_at FROM sightings WHERE failed_at IS NOT NULL") == [(1, AT)]


def test_a_batch_that_fails_leaves_the_backlog_as_it_was(
    writer: Writer, run: Run, find: Find, monkeypatch: pytest.MonkeyPatch
):
    find(item("https://a/1"))
    gone = Outcome("https://a/1", "paper", "failed", "fetch", "http_404", "It is gone.")
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.frontier._note_failures", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            writer.write(run(), [gone], at=AT)
    assert due(writer) == ["a/1"]
    assert writer.write(run(), [gone], at=AT) == (gone,)
    assert due(writer) == []


def test_what_a_site_says_of_the_use_of_its_pages_is_kept(
    writer: Writer, run: Run, rows: Rows, extracted: Make
):
    robots = Signal("robots", "disallow", "Disallow: /", obeyed=True)
    noai = Signal("noai", "noai", "X-Robots-Tag: noai", obeyed=False)
    tdm = Signal("tdm", "1", "tdm-reservation: 1", obeyed=False)
    refused = Outcome(
        "https://a/1", "paper", "refused", "fetch", "robots", "It may not be read.", signals=(robots,)
    )
    read = extracted("https://a/2")
    read = replace(read, capture=replace(read.capture, signals=(noai, tdm)))
    [_, stored] = writer.write(run(), [refused, read], at=AT)
    assert rows(
        """SELECT uri, outcome_seq, seq, article_id, kind, value, evidence, obeyed FROM verdicts
        ORDER BY outcome_seq, seq"""
    ) == [
        ("https://a/1", 1, 1, None, "robots", "disallow", "Disallow: /", True),
        ("https://a/2", 2, 1, stored.article_id, "noai", "noai", "X-Robots-Tag: noai", False),
        ("https://a/2", 2, 2, stored.article_id, "tdm", "1", "tdm-reservation: 1", False),
    ]


def test_a_capture_says_where_its_bytes_are_archived(writer: Writer, run: Run, rows: Rows, extracted: Make):
    read = extracted("https://a/1")
    read = replace(read, capture=replace(read.capture, archive_file="a.warc.gz", archive_offset=7))
    writer.write(run(), [read], at=AT)
    assert rows("SELECT archive_file, archive_offset FROM captures") == [("a.warc.gz", 7)]


def test_the_backlog_outlives_the_writer(db: Path):
    with open_writer(db) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=AT, program_version="0")
        writer.save_poll(run_id, Poll("paper", AT), [item("https://a/1")], at=AT)
    with open_writer(db) as writer:
        assert due(writer) == ["a/1"]


FETCH = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from records import Candidate, Outcome
from warehouse.model import Poll
from warehouse.writer import open_writer

db, name, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
at = datetime(2025, 11, 4, tzinfo=UTC) + timedelta(hours=seed)
with open_writer(db) as writer:
    run_id = writer.start_run(command="fetch", arguments={}, started_at=at, program_version="0")
    for number in range(10_000):
        asked = at + timedelta(seconds=number)
        found = [
            Candidate(f"https://{host}.example/{name}-{number}-{host}", "paper") for host in range(7)
        ]
        poll = Poll("paper", asked, etag=f"{name}-{number}")
        writer.save_poll(run_id, poll, found[:3], at=asked, last=False)
        writer.save_poll(run_id, poll, found[3:], at=asked)
        print("found", *(each.uri for each in found), flush=True)
        due = writer.due(at=asked, limit=5, per_host=2)
        writer.put_off(run_id, [(each, asked, "It is busy.") for each in due[3:]], at=asked)
        writer.write(
            run_id, [Outcome(each.uri, "paper", "failed", "fetch", "http_404") for each in due[:3]], at=asked
        )
        print("ended", *(each.uri for each in due[:3]), flush=True)
        if number % 3 == 0:
            writer.publish()
"""


@pytest.mark.slow
def test_no_kill_loses_a_candidate_or_ends_it_twice(db: Path):
    chance = random.Random(5)
    found: set[str] = set()
    ended: set[str] = set()
    for number in range(8):
        said = _until_killed(db, number, after_lines=chance.randrange(1, 9), wait_s=chance.uniform(0, 0.1))
        found |= {uri for word, *uris in said if word == "found" for uri in uris}
        ended |= {uri for word, *uris in said if word == "ended" for uri in uris}
        with open_writer(db) as writer:
            connection = writer.store.connection
            waiting = [uri for (uri,) in connection.execute("SELECT uri FROM candidates").fetchall()]
            outcomes = [uri for (uri,) in connection.execute("SELECT uri FROM outcomes").fetchall()]
            listed = [uri for (uri,) in connection.execute("SELECT uri FROM sightings").fetchall()]
            writer.publish()
        assert len(set(waiting)) == len(waiting)
        assert len(set(outcomes)) == len(outcomes)
        assert not set(waiting) & set(outcomes)
        assert sorted(listed) == sorted({*waiting, *outcomes})
        assert found <= set(listed)
        assert ended <= set(outcomes)
        # Only a list that is stored to its end has left validators.
        [(polls, whole)] = query(db, "SELECT count(*), count(*) FILTER (WHERE found = 7) FROM polls").rows
        [(open_ended,)] = query(db, "SELECT count(*) FROM polls WHERE finished_at IS NULL").rows
        assert polls - whole == open_ended <= number + 1
    assert found
    assert ended


def _until_killed(db: Path, number: int, *, after_lines: int, wait_s: float) -> Sequence[list[str]]:
    """What a writer said before it was killed, so many lines and a moment after its start."""
    with subprocess.Popen(
        [sys.executable, "-c", FETCH, str(db), f"k{number}", str(number)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after_lines)]
        killer = threading.Timer(wait_s, os.kill, (process.pid, signal.SIGKILL))
        killer.start()
        lines += process.stdout.readlines()
        killer.join()
    return [line.split() for line in lines if line.endswith("\n")]
