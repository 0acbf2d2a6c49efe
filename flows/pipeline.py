"""The pipeline as one plain function: find, load, extract, store; in a stream, a row for each end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from flows.batches import Batches, BatchLimits, Item
from flows.interrupts import Interrupts
from flows.settings import program_version, user_agent
from flows.settle import settle
from records import OUTCOMES, Candidate, Outcome, OutcomeKind, WarehouseError
from sources.fetched import Fetch, Fetched
from sources.find import candidates
from sources.found import Found, PassedOver
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import printable
from warehouse import open_writer

if TYPE_CHECKING:
    from warehouse.writer import Writer

Status = Literal["completed", "interrupted", "failed"]

_TROUBLE: tuple[OutcomeKind, ...] = ("refused", "failed")
_SLOW_S = 0.2  # a folder gives a chunk in milliseconds, a pipe may take its time
_NOTED_INPUTS = 100  # so many of them are kept with the run


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be in hand at once.

    Attributes:
        document_bytes: for one document, unpacked; what is larger is refused.
        fetch_s: seconds for one web page.
        batch: when a batch is stored.
        chunk: the warehouse is asked for so many candidates at once whether it knows them.
    """

    document_bytes: int = MAX_DOCUMENT_BYTES
    fetch_s: float = 30.0
    batch: BatchLimits = field(default_factory=BatchLimits)
    chunk: int = 64


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
    """

    run_id: str
    db: Path
    status: Status
    counts: Mapping[OutcomeKind, int]
    passed_over: int
    seconds: float
    error: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def all_well(self) -> bool:
        """Whether the run came to its end and nothing was refused or failed."""
        return self.status == "completed" and not any(self.counts[kind] for kind in _TROUBLE)


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def ingest(
    inputs: Sequence[str],
    *,
    db: Path,
    source_id: str | None = None,
    fetched_at: datetime | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    now: Callable[[], datetime] = utc_now,
    stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    wait_s: float = 0.0,
    command: str = "ingest",
    limits: Limits | None = None,
) -> Summary:
    """Ingest what the user names into a database, and publish it: at the end, and in a long run meanwhile.

    Memory does not grow with the work. Ctrl-C and SIGTERM end it cleanly: what was stored stays, the batch in
    hand is stored, and the database is published.

    Args:
        inputs: files, folders, patterns, http(s) addresses, `-`; see `sources.find.candidates`.
        db: the database; made where it is missing.
        source_id: the source of everything; None names each input's own.
        fetched_at: aware; when the bytes left the publisher's server, where nothing nearer says so. Unknown
            otherwise: now only bounds the dates of an article.
        on_outcome: called with each outcome once it is stored.
        now: the clock.
        stop: asked after each candidate whether to end as Ctrl-C would, which reaches the main thread alone.
        stdin: what `-` reads; standard input by default.
        wait_s: seconds to wait for another writer to end.
        command: what the run is called in the ledger.
        limits: how much may be in hand at once.

    Raises:
        UsageError: none of the inputs is there; nothing was touched.
        WarehouseError: the database cannot be used; nothing was stored.
    """
    limits = limits or Limits()
    began = time.monotonic()
    found = candidates(
        inputs,
        source_id=source_id,
        fetched_at=fetched_at,
        stdin=stdin,
        max_bytes=limits.document_bytes,
        passing_over=_files_of(db),
    )
    version = program_version()
    with Interrupts() as interrupts, open_writer(db, wait_s=wait_s, program_version=version) as writer:
        run_id = writer.start_run(
            command=command,
            arguments=_arguments(inputs, source_id, fetched_at),
            started_at=now(),
            program_version=version,
        )
        counts: Counter[OutcomeKind] = Counter(dict.fromkeys(OUTCOMES, 0))
        passed_over: Counter[str] = Counter()

        def write(items: Sequence[Item]) -> None:
            outcomes = writer.write(run_id, items, at=now())
            counts.update(outcome.outcome for outcome in outcomes)
            for outcome in outcomes:
                on_outcome(outcome)

        batches = Batches(write, interrupts, limits.batch)
        status: Status = "completed"
        error: WarehouseError | None = None
        notes = writer.notes
        try:
            try:
                with ExitStack() as stack:
                    fetch = _lazily(stack, now, limits)
                    for item in _settled(
                        found, writer, batches, passed_over, fetch=fetch, now=now, limits=limits
                    ):
                        batches.add(item)
                        with interrupts.held():
                            notes += writer.publish_when_due()
                        if stop():
                            status = "interrupted"
                            break
            except KeyboardInterrupt:
                status = "interrupted"
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
            notes=notes,
        )


def _settled(
    found: Iterator[Found],
    writer: "Writer",
    batches: Batches,
    passed_over: Counter[str],
    *,
    fetch: Fetch,
    now: Callable[[], datetime],
    limits: Limits,
) -> Iterator[Item]:
    """What becomes of everything that is found, one item a candidate; what is passed over is counted."""
    for chunk in _chunks(found, limits.chunk):
        with batches.interrupts.held():
            uris = [each.uri for each in chunk if isinstance(each, Candidate)]
            known, forgotten = writer.known(uris), writer.forgotten(uris)
        # What the warehouse said is out of date for what waits to be written, or comes twice.
        recent = batches.uris()
        for each in chunk:
            match each:
                case PassedOver():
                    passed_over[each.reason] += 1
                case Outcome():
                    yield each
                case Candidate() if each.uri in forgotten:
                    yield _forgotten(each, forgotten[each.uri])
                case Candidate():
                    stored = None if each.uri in recent else known.get(each.uri)
                    recent.add(each.uri)
                    yield settle(each, stored, fetch=fetch, now=now, max_bytes=limits.document_bytes)


def _forgotten(candidate: Candidate, sentence: str) -> Outcome:
    """What was taken down is neither fetched nor read again."""
    return Outcome(
        uri=candidate.uri,
        source_id=candidate.source_id,
        outcome="refused",
        stage="find",
        reason="forgotten",
        detail=sentence,
    )


def _chunks(found: Iterator[Found], largest: int) -> Iterator[list[Found]]:
    """What is found, in lists: small ones at first and where it comes slowly, so that nothing waits long."""
    size = 1
    while True:
        began = time.monotonic()
        chunk = list(islice(found, size))
        if not chunk:
            return
        slow = time.monotonic() - began > _SLOW_S
        yield chunk
        size = 1 if slow else min(2 * size, largest)


def _lazily(stack: ExitStack, now: Callable[[], datetime], limits: Limits) -> Fetch:
    """A fetch whose client is made when the first page is asked for, and closed with the stack."""
    client: list[Fetch] = []

    def fetch(url: str) -> Fetched:
        if not client:
            from sources import http  # noqa: PLC0415  # httpx costs a quarter of a second; files need none

            opened = http.client(
                user_agent=user_agent(), now=now, deadline_s=limits.fetch_s, max_bytes=limits.document_bytes
            )
            client.append(stack.enter_context(opened))
        return client[0](url)

    return fetch


def _files_of(db: Path) -> tuple[str, ...]:
    """What belongs to the database and is passed over when it lies in a folder that is ingested."""
    name = os.path.abspath(db)  # noqa: PTH100  # as the walk names files: links unresolved
    return name, f"{name}.store", f"{name}.wal"


def _arguments(
    inputs: Sequence[str], source_id: str | None, fetched_at: datetime | None
) -> Mapping[str, object]:
    noted = [printable(each) for each in inputs[:_NOTED_INPUTS]]
    return {
        "inputs": noted,
        **({"more_inputs": len(inputs) - len(noted)} if len(inputs) > len(noted) else {}),
        "source": source_id,
        "fetched_at": fetched_at.isoformat() if fetched_at else None,
    }
