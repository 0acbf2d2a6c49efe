"""The one writer of a database: runs, batches and publishing."""

import contextlib
import gc
import json
import os
import secrets
import socket
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import duckdb

from records import Candidate, Extracted, HostPause, HostRules, Outcome, Source, WarehouseError
from warehouse import errors, frontier, health, hosts, pace, polls, publish, snapshot, source_rows
from warehouse.apply import apply_plan
from warehouse.decide import decide, reading_of
from warehouse.derived import update_derived
from warehouse.forgotten import forgotten_addresses, refuse_forgotten
from warehouse.model import Known, Poll, PollCounts, SourceHealth, SourceState
from warehouse.state import load_known, load_state
from warehouse.store import Store, open_store

FinalStatus = Literal["completed", "interrupted", "failed"]

_BLOCKS = """
SELECT total_blocks * block_size FROM pragma_database_size() WHERE database_name = current_database()
"""

_STATE = """
SELECT concat_ws(' ', (SELECT max(version) FROM schema_migrations), (SELECT max(batch_id) FROM batches),
  (SELECT count(*) FROM runs), (SELECT count(*) FROM runs WHERE status <> 'running'),
  (SELECT 'derived ' || max(batch_id) FROM derived_state),
  (SELECT 'indexed ' || max(batch_id) FROM search_index))
"""


@dataclass(slots=True)
class Writer:
    """Writes to one database until it is closed; nobody else can meanwhile. Made by `open_writer`.

    Every method raises WarehouseError where the database cannot be used (no room, no permission); what an
    earlier call returned for is stored all the same.
    """

    db: Path
    program_version: str
    _store: Store
    _publishing: pace.Pace
    """When it pays to publish next."""
    _deriving: pace.Pace = field(default_factory=lambda: pace.Pace(pace.DERIVING_SHARE))
    """When it pays next to work out the edits before publishing."""

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; publishes nothing."""
        self.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of how the database was opened, a sentence each."""
        return self._store.notes

    @property
    def store(self) -> Store:
        """The open store, for the care commands, which tend it as a whole."""
        return self._store

    def close(self) -> None:
        """Give the database free; publishes nothing."""
        self._store.close()

    def start_run(
        self, *, command: str, arguments: Mapping[str, object], started_at: datetime, program_version: str
    ) -> str:
        """Enter a run in the ledger; returns its id.

        Args:
            command: what was called.
            arguments: what with; anything that JSON has no word for goes in as text.
            started_at: aware. Captures of unknown time count as made then.
            program_version: of Dateline.
        """
        run_id = f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self._execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, NULL, 'running', NULL, ?, ?, ?)",
            [
                run_id,
                command,
                json.dumps(dict(arguments), default=str),
                started_at,
                program_version,
                socket.gethostname(),
                os.getpid(),
            ],
        )
        return run_id

    def known(self, uris: Sequence[str]) -> Mapping[str, Known]:
        """What the last stored capture of each candidate held, by uri; unknown uris are left out."""
        with self._reported():
            return load_known(self._store.connection, uris)

    def forgotten(self, uris: Sequence[str]) -> Mapping[str, str]:
        """Those of the candidates that were taken down, each with the sentence why it is not read again."""
        with self._reported():
            return forgotten_addresses(self._store.connection, uris)

    def write(
        self,
        run_id: str,
        items: Sequence[Extracted | Outcome],
        *,
        at: datetime,
        from_backlog: bool = True,
    ) -> tuple[Outcome, ...]:
        """Decide on a batch and store it in one transaction with its row in the ledger.

        Args:
            run_id: from `start_run`.
            items: articles to decide on, and outcomes that are already known and recorded as they are.
            at: aware; now.
            from_backlog: False where captures of earlier are only read again: what waits for these
                addresses goes on waiting, and what sites said of them is not recorded a second time.

        Returns:
            One outcome an item, in their order, once all of them are stored.
        """
        if not items:
            return ()
        with self._reported(), _without_collecting():
            connection = self._store.connection
            items = refuse_forgotten(connection, items)
            started_at, batch_id = self._run_and_batch(run_id)
            readings = [
                reading_of(position, item, run_started_at=started_at)
                for position, item in enumerate(items)
                if isinstance(item, Extracted)
            ]
            plan = decide(load_state(connection, readings), readings)
            decided = iter(plan.outcomes)
            outcomes = tuple(next(decided) if isinstance(item, Extracted) else item for item in items)
            connection.begin()
            try:
                apply_plan(connection, plan, outcomes, run_id=run_id, batch_id=batch_id, at=at)
                if from_backlog:
                    frontier.settle(connection, items, outcomes, run_id=run_id, batch_id=batch_id, at=at)
                connection.commit()
            except BaseException as error:
                with contextlib.suppress(duckdb.Error):
                    connection.rollback()
                # A commit can be durable although the checkpoint after it failed; only the ledger knows.
                dead = isinstance(error, duckdb.Error) and errors.is_dead(error)
                if not (dead and self._was_stored(batch_id, run_id)):
                    raise
        return outcomes

    def sync_sources(self, sources: Sequence[Source], *, at: datetime) -> None:
        """Bring the table `sources` up to what the user wrote down, all of it.

        A source that is not written down any more stays, switched off. One that got another address is asked
        anew, without the validators of the old one; one that got another interval is due at once.

        Args:
            sources: every one that is written down.
            at: aware; now.
        """
        with self._stored() as connection:
            source_rows.sync(connection, sources, at=at)

    def source_states(self) -> Mapping[str, SourceState]:
        """Where the polling of each source stands, by its id; those never asked are left out."""
        with self._reported():
            return source_rows.states(self._store.connection)

    def save_poll(
        self, run_id: str, poll: Poll, found: Sequence[Candidate], *, at: datetime, last: bool = True
    ) -> PollCounts:
        """Put into the backlog what a poll found and is to be fetched, in one transaction.

        What is known is told by its canonical address (`Candidate.uri`), whichever source led to it, by the
        source's own id of the item (`Candidate.guid`), and by what is stored. A long list may come in several
        calls with the same `poll.source_id` and `poll.asked_at`, in any order; only the last one, which may
        find nothing, writes the source's state, so that a list that was cut off is asked for again. A call
        that failed can be repeated.

        Args:
            run_id: from `start_run`.
            poll: the poll; all but its name counts in the last call only.
            found: what it listed, or the next part of it.
            at: aware; now.
            last: whether that is all of it.

        Returns:
            What the addresses of this poll were, those of its earlier calls included.
        """
        with self._stored() as connection:
            _, batch_id = self._run_and_batch(run_id)
            return polls.save(connection, poll, found, run_id=run_id, batch_id=batch_id, at=at, last=last)

    def complaints(self, uris: Sequence[str]) -> Mapping[str, str]:
        """Why each of some uris was last refused or failed, by uri; those that never were are left out."""
        with self._reported():
            return polls.complaints(self._store.connection, uris)

    def due(
        self,
        *,
        at: datetime,
        limit: int,
        per_host: int,
        excluding_hosts: Collection[str] = (),
        sources: Collection[str] | None = None,
    ) -> tuple[Candidate, ...]:
        """What is to be fetched next; it stays in the backlog until its outcome is written.

        Of one host the newest come first; first comes one of each host, then the second of each. What is in
        hand has to be kept out by its host, or passed over: the backlog does not know of it.

        Args:
            at: aware; now.
            limit: at most so many.
            per_host: at most so many of one host. Candidates with content, which no host is asked for, count
                against `limit` alone.
            excluding_hosts: nothing of these: lower case, without a port.
            sources: of these alone; None for all.
        """
        with self._reported():
            return frontier.due(
                self._store.connection,
                at=at,
                limit=limit,
                per_host=per_host,
                excluding_hosts=excluding_hosts,
                sources=sources,
            )

    def waiting(self, uris: Sequence[str]) -> Mapping[str, str | None]:
        """Which of some candidates are in the backlog, by uri.

        Returns:
            Of each what its source claims as the time of its last change, verbatim; None where it does not.
        """
        with self._reported():
            return frontier.waiting(self._store.connection, uris)

    def put_off(
        self, run_id: str, delays: Sequence[tuple[Candidate, datetime, str | None]], *, at: datetime
    ) -> None:
        """Let candidates wait, in one transaction.

        Args:
            run_id: from `start_run`.
            delays: each candidate, when to try it again (aware), and what went wrong in words. None for that
                where it was not tried, because its host is to be left alone: then it counts as no attempt.
            at: aware; now.
        """
        with self._stored() as connection:
            self._run_and_batch(run_id)
            frontier.put_off(connection, delays, at=at)

    def host_rules(self, *, at: datetime) -> tuple[HostRules, ...]:
        """The rules of hosts that hold at a moment (aware)."""
        with self._reported():
            return hosts.rules(self._store.connection, at=at)

    def host_pauses(self, *, at: datetime) -> Mapping[str, datetime]:
        """Until when hosts are left alone, by host; those that may be asked at `at` (aware) are left out."""
        with self._reported():
            return hosts.pauses(self._store.connection, at=at)

    def save_hosts(self, rules: Sequence[HostRules], pauses: Sequence[HostPause], *, at: datetime) -> None:
        """Remember what was learned of hosts, in one transaction.

        Args:
            rules: in place of what was known of their origins.
            pauses: in place of what was known of their hosts.
            at: aware; now.
        """
        with self._stored() as connection:
            hosts.save(connection, rules, pauses, at=at)

    def health(self, *, at: datetime) -> tuple[SourceHealth, ...]:
        """How every source does, by its id.

        Args:
            at: aware; now.
        """
        with self._reported():
            return health.health(self._store.connection, at=at)

    def finish_run(
        self, run_id: str, *, finished_at: datetime, status: FinalStatus, passed_over: int
    ) -> None:
        """Close a run in the ledger."""
        self._execute(
            "UPDATE runs SET finished_at = ?, status = ?, passed_over = ? WHERE run_id = ?",
            [finished_at, status, passed_over, run_id],
        )

    def publish(self) -> tuple[str, ...]:
        """Put what is stored under the name that the user opens, unless it is there already.

        Returns:
            What a person should know: a sentence for each file that was moved aside, because somebody else
            put it there or changed it.
        """
        self._derive()
        return self._publish()

    def _derive(self) -> None:
        with self._paced(self._deriving), self._reported():
            update_derived(self._store.connection)

    def _publish(self) -> tuple[str, ...]:
        with self._reported():
            store = self._store
            [(state,)] = store.connection.execute(_STATE).fetchall()
            if publish.is_published(store.file, store.folder, state=state):
                return ()
            snapshot.take(store.connection, at=datetime.now(UTC), program_version=self.program_version)
            store.checkpoint()
            [(blocks_bytes,)] = store.connection.execute(_BLOCKS).fetchall()
        # What was published last may be the only good copy that is left.
        store.damaged = store.damaged or os.fstat(store.source).st_size < blocks_bytes
        if store.damaged:
            raise errors.store_damaged(self.db, "a part of the file cannot be read")
        return publish.publish(store.source, store.file, store.folder, state=state)

    def publish_when_due(self) -> tuple[str, ...]:
        """Publish, unless the last time was so lately that this would take more than 5 % of the time.

        That is seconds for small databases and minutes for millions of articles: what the last publishing
        took decides on the next. The edits, which take old texts to be read, keep a slower pace of their
        own until the run ends, so that rows are not kept waiting for them; `derived_state` says up to which
        batch they are complete. Publishing that fails is put off: `publish` at the end will say why.

        Returns:
            As `publish`.
        """
        if time.monotonic() < self._publishing.due_at:
            return ()
        try:
            if time.monotonic() >= self._deriving.due_at:
                self._derive()
            with self._paced(self._publishing):
                return self._publish()
        except WarehouseError:
            return ()

    @staticmethod
    @contextlib.contextmanager
    def _paced(paced: pace.Pace) -> Iterator[None]:
        began = pace.effort_s()
        try:
            yield
        finally:
            paced.took(pace.effort_s() - began, ended_at=time.monotonic())

    def _run_and_batch(self, run_id: str) -> tuple[datetime, int]:
        found = self._store.connection.execute(
            """SELECT started_at, (SELECT coalesce(max(batch_id), 0) + 1 FROM batches) FROM runs
            WHERE run_id = ?""",
            [run_id],
        ).fetchall()  # duckdb 2 registers no table while a fetchone() may have rows left
        if not found:
            raise ValueError(f"run {run_id} was not started here")
        [(started_at, batch_id)] = found
        return started_at, batch_id

    def _was_stored(self, batch_id: int, run_id: str) -> bool:
        self._store.reopen()
        found = self._store.connection.execute(
            "SELECT 1 FROM batches WHERE batch_id = ? AND run_id = ?", [batch_id, run_id]
        ).fetchall()
        return bool(found)

    def _execute(self, sql: str, values: Sequence[object]) -> None:
        with self._reported():
            self._store.connection.execute(sql, values)

    @contextlib.contextmanager
    def _stored(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction."""
        with self._reported():
            connection = self._store.connection
            connection.begin()
            try:
                yield connection
                connection.commit()
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    connection.rollback()
                raise

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        if self._store.dead:
            self._store.reopen()
        try:
            yield
        except duckdb.Error as error:
            # A new connection, made when it is next needed, finds all that was committed.
            self._store.dead = self._store.dead or errors.is_dead(error)
            self._store.damaged = self._store.damaged or errors.is_damaged(error)
            raise errors.from_store(error, self.db) from error


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Put off Python's search for cycles, a twentieth of a batch's time: it makes many objects, and none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def open_writer(db: Path, *, wait_s: float = 0.0, program_version: str = "") -> Writer:
    """Open the database that the user names `db` for writing; made where it is missing.

    Args:
        db: the published file; its private store stands beside it in `FILE.store`.
        wait_s: how long to wait for another writer.
        program_version: noted beside the schema changes that this call makes.

    Raises:
        WarehouseError: not a database, not Dateline's, newer, held by another writer, no folder, no
            permission, no room; the sentence says which and what to do.
    """
    store = open_store(db, wait_s=wait_s, program_version=program_version, now=datetime.now(UTC))
    try:
        # Whoever was running when the lock was taken is dead.
        store.connection.execute("UPDATE runs SET status = 'interrupted' WHERE status = 'running'")
    except duckdb.Error as error:
        store.close()
        raise errors.from_store(error, db) from error
    guess_s = pace.guess_s(os.fstat(store.source).st_size)
    publishing = pace.Pace(pace.SHARE, due_at=time.monotonic() + pace.wait_s(guess_s))
    return Writer(db, program_version, store, publishing)
