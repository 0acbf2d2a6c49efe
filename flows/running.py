"""One run of any pipeline: items come in a stream, go into the warehouse in batches, and a row closes it."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.batches import Batches, BatchLimits, Item
from flows.interrupts import Interrupts
from flows.settings import program_version
from records import OUTCOMES, Outcome, OutcomeKind, WarehouseError
from warehouse import open_writer

if TYPE_CHECKING:
    from warehouse.writer import Writer

Status = Literal["completed", "interrupted", "failed"]

TROUBLE: tuple[OutcomeKind, ...] = ("refused", "failed")


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went.

    Attributes:
        run_id: as in the table `runs`.
        db: the database.
        status: completed, interrupted, or failed (the database gave up in the middle).
        counts: the number of candidates by outcome; every outcome has one.
        passed_over: files that were seen and are no candidates.
        seconds: from start to end.
        error: what went wrong with the database, in one sentence; None unless failed.
        notes: what else a person should know, a sentence each.
        unread: ids of sources that could not be asked what they have.
    """

    run_id: str
    db: Path
    status: Status
    counts: Mapping[OutcomeKind, int]
    passed_over: int
    seconds: float
    error: str | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def all_well(self) -> bool:
        """Whether the run came to its end and nothing was refused, failed or unread."""
        troubled = self.unread or any(self.counts[kind] for kind in TROUBLE)
        return self.status == "completed" and not troubled


@dataclass(frozen=True, slots=True)
class Running:
    """What the stream of a run may use.

    Attributes:
        run_id: of the run.
        writer: to ask what is known; the batches alone write outcomes.
        batches: what is in hand and not yet stored.
        passed_over: counts what was seen and is no candidate, by reason.
        notes: what a person should know, a sentence each.
        unread: ids of sources that could not be asked what they have, when they were asked last.
    """

    run_id: str
    writer: "Writer"
    batches: Batches
    passed_over: Counter[str]
    notes: list[str]
    unread: set[str]


def run(
    db: Path,
    stream: Callable[[Running], Generator[Item | None, None, None]],
    *,
    command: str,
    arguments: Mapping[str, object],
    on_outcome: Callable[[Outcome], None],
    now: Callable[[], datetime],
    stop: Callable[[], bool],
    wait_s: float,
    limits: BatchLimits,
    from_backlog: bool = True,
    before_write: Callable[[], None] = lambda: None,
    on_stored: Callable[[Sequence[Item]], None] = lambda _: None,
) -> Summary:
    """Store a stream and publish the database: at the end, and in a long run meanwhile.

    Memory does not grow with the work. Ctrl-C and SIGTERM end it cleanly: what was stored stays, the batch in
    hand is stored, and the database is published.

    Args:
        db: the database; made where it is missing.
        stream: gives the items, one at a time, once the run has begun; closed at the end. None in place of
            one lets the clock be looked at while there is nothing to store.
        command: what the run is called in the ledger.
        arguments: what with.
        on_outcome: called with each outcome once it is stored.
        now: the clock.
        stop: asked after each item whether to end as Ctrl-C would, which reaches the main thread alone.
        wait_s: seconds to wait for another writer to end.
        limits: when a batch is stored.
        from_backlog: as in `Writer.write`.
        before_write: called before each batch is stored, with what it points to still in the making.
        on_stored: called with the items of each batch once it is stored.

    Raises:
        WarehouseError: the database cannot be used; nothing was stored.
    """
    began = time.monotonic()
    version = program_version()
    with Interrupts() as interrupts, open_writer(db, wait_s=wait_s, program_version=version) as writer:
        run_id = writer.start_run(
            command=command, arguments=arguments, started_at=now(), program_version=version
        )
        counts: Counter[OutcomeKind] = Counter(dict.fromkeys(OUTCOMES, 0))
        passed_over: Counter[str] = Counter()

        def write(items: Sequence[Item]) -> None:
            before_write()
            outcomes = writer.write(run_id, items, at=now(), from_backlog=from_backlog)
            on_stored(items)
            counts.update(outcome.outcome for outcome in outcomes)
            for outcome in outcomes:
                on_outcome(outcome)

        batches = Batches(write, interrupts, limits)
        status: Status = "completed"
        error: WarehouseError | None = None
        notes = list(writer.notes)
        running = Running(run_id, writer, batches, passed_over, notes, set())
        try:
            status = _gone_through(stream, running, stop)
            interrupts.ignore()
            batches.flush()
        except WarehouseError as caught:
            status, error = "failed", caught
        except BaseException:
            with suppress(WarehouseError):
                writer.finish_run(run_id, finished_at=now(), status="failed", passed_over=passed_over.total())
            raise
        interrupts.ignore()
        try:
            writer.finish_run(run_id, finished_at=now(), status=status, passed_over=passed_over.total())
            notes += writer.publish()
        except WarehouseError as caught:
            status, error = "failed", error or caught
        if error is not None and not batches.stored:
            raise error
        return Summary(
            run_id=run_id,
            db=db,
            status=status,
            counts=dict(counts),
            passed_over=passed_over.total(),
            seconds=time.monotonic() - began,
            error=str(error) if error else None,
            notes=tuple(notes),
            unread=tuple(sorted(running.unread)),
        )


def _gone_through(
    stream: Callable[[Running], Generator[Item | None, None, None]],
    running: Running,
    stop: Callable[[], bool],
) -> Status:
    """Put every item of the stream into its batch."""
    try:
        with closing(stream(running)) as items:
            for item in items:
                if item is None:
                    running.batches.tick()
                else:
                    running.batches.add(item)
                with running.batches.interrupts.held():
                    running.notes.extend(running.writer.publish_when_due())
                if stop():
                    return "interrupted"
    except KeyboardInterrupt:
        return "interrupted"
    return "completed"
