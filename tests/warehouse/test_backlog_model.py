"""The backlog against a plain model: whatever happens, each candidate waits or is settled, never both."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from records import Candidate, Claimed, Outcome
from warehouse.model import Poll
from warehouse.sightings import CHANGE_PAUSE, FAILURE_PAUSE, LONGEST_CHANGE_PAUSE, MOST_FAILURES
from warehouse.writer import Writer, open_writer

AT = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
HOSTS = ("a.example", "b.example", "c.example")
URLS = [f"https://{host}/{number}" for host in HOSTS for number in range(3)]
SOURCES = ("paper", "wire")


class KilledError(Exception):
    """What a transaction meets where the process would be killed."""


@dataclass
class Listed:
    """What a source is known to have said of an address."""

    updated: str | None
    changes: int = 0
    changed_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None


@dataclass
class Waiting:
    """What the model knows of a candidate in the backlog."""

    updated: str | None
    next_attempt_at: datetime | None = None
    attempts: int = 0


class Backlog(RuleBasedStateMachine):
    """Polls, looks, puts off, writes and crashes in any order, on the store and on dictionaries alike."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = AT
        self.listed: dict[tuple[str, str], Listed] = {}
        self.waiting: dict[str, Waiting] = {}
        self.outcomes: dict[str, int] = {}
        self.entered: dict[str, int] = {}
        self.in_hand: dict[str, Candidate] = {}

    @initialize()
    def begin(self) -> None:
        self._open()

    def teardown(self) -> None:
        self.writer.close()
        shutil.rmtree(self.folder)

    def _open(self) -> None:
        self.writer: Writer = open_writer(self.folder / "news.duckdb")
        self.run_id = self.writer.start_run(
            command="fetch", arguments={}, started_at=self.now, program_version="0"
        )

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        source_id=st.sampled_from(SOURCES),
        urls=st.lists(st.sampled_from(URLS), max_size=5),
        updated=st.sampled_from([None, "1", "2", "3"]),
        cut=st.booleans(),
    )
    def poll(self, source_id: str, urls: list[str], updated: str | None, cut: bool) -> None:
        """A list, in one part or cut off after its first half."""
        self.now += timedelta(minutes=1)
        found = [Candidate(url, source_id, url=url, claimed=Claimed(updated=updated)) for url in urls]
        half = len(found) // 2 if cut else len(found)
        for part in (found[:half], found[half:]):
            if part:
                self.writer.save_poll(self.run_id, Poll(source_id, self.now), part, at=self.now, last=not cut)
                self._listed(source_id, [each.uri for each in part], updated)

    def _listed(self, source_id: str, urls: list[str], updated: str | None) -> None:
        known = {url for _, url in self.listed} | set(self.waiting) | set(self.outcomes)
        for url in dict.fromkeys(urls):
            before = self.listed.get((source_id, url))
            if before is None:
                self.listed[source_id, url] = Listed(updated)
                if url not in known:
                    self._enter(url, Waiting(updated))
                continue
            is_waiting = url in self.waiting
            if updated is not None and updated != before.updated:
                before.updated = updated
                if is_waiting:
                    self.waiting[url].updated = updated
                    continue
                pause = min(CHANGE_PAUSE * 2 ** max(before.changes - 1, 0), LONGEST_CHANGE_PAUSE)
                until = before.changed_at + pause if before.changed_at else None
                self._enter(url, Waiting(updated, until if until and until > self.now else None))
                before.changes, before.changed_at = before.changes + 1, self.now
            elif before.failed_at and not is_waiting and before.failures <= MOST_FAILURES:
                pause = FAILURE_PAUSE * 2 ** (before.failures - 1)
                if before.failed_at + pause <= self.now:
                    self._enter(url, Waiting(updated))

    def _enter(self, url: str, waiting: Waiting) -> None:
        self.waiting[url] = waiting
        self.entered[url] = self.entered.get(url, 0) + 1

    @rule(
        limit=st.integers(1, 12),
        per_host=st.integers(1, 4),
        excluded=st.sets(st.sampled_from(HOSTS), max_size=2),
    )
    def look(self, limit: int, per_host: int, excluded: set[str]) -> None:
        found = self.writer.due(at=self.now, limit=limit, per_host=per_host, excluding_hosts=excluded)
        open_now = {
            url
            for url, each in self.waiting.items()
            if (each.next_attempt_at is None or each.next_attempt_at <= self.now)
            and _host(url) not in excluded
        }
        came = [each.uri for each in found]
        assert set(came) <= open_now
        of_host = {host: sum(_host(url) == host for url in came) for host in HOSTS}
        there = {host: sum(_host(url) == host for url in open_now) for host in HOSTS}
        assert len(came) == min(limit, sum(min(per_host, count) for count in there.values()))
        fair = min(
            (count for host, count in of_host.items() if count < min(per_host, there[host])), default=99
        )
        assert max(of_host.values()) <= fair + 1, "none comes twice more often than another that has some"
        for each in found:
            assert each.attempts == self.waiting[each.uri].attempts
            assert each.claimed.updated == self.waiting[each.uri].updated
            self.in_hand[each.uri] = each

    @rule(data=st.data(), hours=st.integers(1, 9), tried=st.booleans())
    def put_off(self, data: st.DataObject, hours: int, tried: bool) -> None:
        chosen = self._taken(data)
        until = self.now + timedelta(hours=hours)
        delays = [(each, until, "It is busy." if tried else None) for each in chosen]
        self.writer.put_off(self.run_id, delays, at=self.now)
        for each in chosen:
            if waits := self.waiting.get(each.uri):
                waits.next_attempt_at, waits.attempts = until, waits.attempts + tried

    @rule(
        data=st.data(),
        kind=st.sampled_from(["failed", "refused", "unchanged"]),
        killed_at=st.sampled_from([None, "warehouse.frontier._remove", "warehouse.frontier._note_failures"]),
    )
    def write(self, data: st.DataObject, kind: str, killed_at: str | None) -> None:
        chosen = self._taken(data)
        outcomes = [Outcome(each.uri, each.source_id, kind, "fetch") for each in chosen]  # type: ignore[arg-type] # drawn
        if killed_at and outcomes:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(killed_at, _killed)
                try:
                    self.writer.write(self.run_id, outcomes, at=self.now)
                except KilledError:
                    self._reopen()
                    return
        else:
            self.writer.write(self.run_id, outcomes, at=self.now)
        for each in chosen:
            self.waiting.pop(each.uri, None)
            self.outcomes[each.uri] = self.outcomes.get(each.uri, 0) + 1
            for (_, url), said in self.listed.items():
                if url == each.uri and kind == "failed":
                    said.failures, said.failed_at = said.failures + 1, self.now
                elif url == each.uri:
                    said.failed_at = None

    def _taken(self, data: st.DataObject) -> list[Candidate]:
        """Some of what is in hand; it leaves the hand."""
        uris = data.draw(
            st.lists(st.sampled_from(sorted(self.in_hand)), unique=True) if self.in_hand else st.just([])
        )
        return [self.in_hand.pop(uri) for uri in uris]

    @rule()
    def crash(self) -> None:
        """What is in hand is forgotten; what was stored is not."""
        self._reopen()

    def _reopen(self) -> None:
        self.writer.close()
        self.in_hand = {}
        self._open()

    @invariant()
    def each_candidate_waits_or_is_settled(self) -> None:
        if not hasattr(self, "writer"):
            return
        connection = self.writer.store.connection
        rows = connection.execute(
            "SELECT uri, claimed_updated, next_attempt_at, attempts FROM candidates"
        ).fetchall()
        assert len({uri for uri, *_ in rows}) == len(rows)
        assert {uri: Waiting(*rest) for uri, *rest in rows} == self.waiting
        counted = connection.execute("SELECT uri, count(*) FROM outcomes GROUP BY uri").fetchall()
        assert dict(counted) == self.outcomes
        for url, times in self.entered.items():
            assert self.outcomes.get(url, 0) + (url in self.waiting) == times, "each entry ends exactly once"
        listed = connection.execute("SELECT source_id, uri FROM sightings").fetchall()
        assert sorted(listed) == sorted(self.listed)


def _host(url: str) -> str:
    return url.split("/")[2]


def _killed(*_: object, **__: object) -> None:
    raise KilledError


Backlog.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestBacklog = pytest.mark.slow(Backlog.TestCase)
