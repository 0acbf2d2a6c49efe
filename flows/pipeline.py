"""The pipeline as one plain function: find, load, extract, store; in a stream, a row for each end."""

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from flows.batches import BatchLimits, Item
from flows.running import Running, Summary, run
from flows.settings import user_agent
from flows.settle import settle
from records import Candidate, Outcome
from sources.fetched import Fetch, Fetched
from sources.find import candidates
from sources.found import Found, PassedOver
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import printable

__all__ = ["Limits", "Summary", "ingest", "utc_now"]

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
    found = candidates(
        inputs,
        source_id=source_id,
        fetched_at=fetched_at,
        stdin=stdin,
        max_bytes=limits.document_bytes,
        passing_over=_files_of(db),
    )

    def stream(running: Running) -> Generator[Item, None, None]:
        with ExitStack() as stack:
            fetch = _lazily(stack, now, limits)
            yield from _settled(found, running, fetch=fetch, now=now, limits=limits)

    return run(
        db,
        stream,
        command=command,
        arguments=_arguments(inputs, source_id, fetched_at),
        on_outcome=on_outcome,
        now=now,
        stop=stop,
        wait_s=wait_s,
        limits=limits.batch,
    )


def _settled(
    found: Iterator[Found],
    running: Running,
    *,
    fetch: Fetch,
    now: Callable[[], datetime],
    limits: Limits,
) -> Iterator[Item]:
    """What becomes of everything that is found, one item a candidate; what is passed over is counted."""
    for chunk in _chunks(found, limits.chunk):
        with running.batches.interrupts.held():
            uris = [each.uri for each in chunk if isinstance(each, Candidate)]
            known, forgotten = running.writer.known(uris), running.writer.forgotten(uris)
        # What the warehouse said is out of date for what waits to be written, or comes twice.
        recent = running.batches.uris()
        for each in chunk:
            match each:
                case PassedOver():
                    running.passed_over[each.reason] += 1
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
