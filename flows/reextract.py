"""Extracts what the archive holds anew, without a network: captures stay, another reading is a version."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows.batches import BatchLimits, Item
from flows.pipeline import utc_now
from flows.reading import from_archive
from flows.running import Running, Summary, run
from flows.settle import ended, settle
from records import Candidate, Extracted, InputError, Outcome
from sources.archive import Kept, Place, read
from sources.load import MAX_DOCUMENT_BYTES
from warehouse.archived import Archived, archived, check_condition
from warehouse.places import archive_of, must_exist


def reextract(
    db: Path,
    *,
    source_id: str | None = None,
    since: datetime | None = None,
    where: str | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    now: Callable[[], datetime] = utc_now,
    stop: Callable[[], bool] = lambda: False,
    wait_s: float = 0.0,
    limits: BatchLimits | None = None,
) -> Summary:
    """Extract the captures that have a place in the archive again, in a run of its own.

    A capture keeps its id, its time and all that was claimed beside it. With the extractor that read it
    last, nothing changes; another one's different reading becomes a version beside those that are there.

    Args:
        db: the database.
        source_id: only captures that this source first led to.
        since: aware; only what was captured then or later.
        where: an SQL condition, see `warehouse.archived`.
        on_outcome: called with each outcome once it is stored.
        now: the clock.
        stop: asked after each capture whether to end as Ctrl-C would.
        wait_s: seconds to wait for another writer to end.
        limits: when a batch is stored.

    Raises:
        UsageError: the condition cannot be used.
        WarehouseError: there is no such database, or it cannot be used; nothing was stored.
    """
    must_exist(db)
    if where is not None and db.exists():
        check_condition(db, where)

    def stream(running: Running) -> Generator[Item, None, None]:
        # What is stored and not yet published is read, too; from a file that no batch is written into.
        with running.batches.interrupts.held():
            running.notes.extend(running.writer.publish())
        with archived(db, source_id=source_id, since=since, where=where) as captures:
            yield from readings(captures, archive_of(db), now=now)

    return run(
        db,
        stream,
        command="reextract",
        arguments={
            "source": source_id,
            "since": since.isoformat() if since else None,
            "where": where,
        },
        on_outcome=on_outcome,
        now=now,
        stop=stop,
        wait_s=wait_s,
        limits=limits or BatchLimits(),
        from_backlog=False,
    )


def readings(
    captures: Iterator[Archived], folder: Path, *, now: Callable[[], datetime]
) -> Iterator[Extracted | Outcome]:
    """What an extractor makes of each capture now, or the outcome that says why its bytes cannot be had.

    Args:
        captures: as the warehouse knows them.
        folder: of the archive.
        now: the clock.
    """
    for row in captures:
        place = Place(row.archive_file, row.archive_offset)
        try:
            kept = read(folder, place, max_bytes=max(row.bytes, MAX_DOCUMENT_BYTES))
            yield _reading(row, kept, now)
        except InputError as error:
            yield ended(Candidate(row.uri, row.source_id), error)


def _reading(row: Archived, kept: Kept, now: Callable[[], datetime]) -> Extracted | Outcome:
    """The capture as it was, read again."""
    item = settle(
        _candidate(row, kept),
        None,
        fetch=lambda _: from_archive(kept),
        now=now,
        max_bytes=max(row.bytes, MAX_DOCUMENT_BYTES),
        language=kept.note.language,
        country=kept.note.country,
    )
    if isinstance(item, Outcome):
        return item
    capture = item.capture
    if (capture.content_sha256, capture.fetched_at) != (row.content_sha256, row.fetched_at):
        raise InputError(
            f"its archive holds another capture ({row.archive_file} at {row.archive_offset}); put all files "
            "of the archive back from a backup",
            stage="load",
            reason="archive_mismatch",
        )
    # What the site said of its use was recorded when it was fetched.
    capture = replace(capture, archive_file=row.archive_file, archive_offset=row.archive_offset, signals=())
    return replace(item, capture=capture)


def _candidate(row: Archived, kept: Kept) -> Candidate:
    """What led to the capture: its name as the warehouse has it, its claims as the archive has them."""
    candidate = kept.note.candidate or Candidate(uri=row.uri, source_id=row.source_id)
    return replace(
        candidate,
        uri=row.uri,
        source_id=row.source_id,
        content=kept.content if kept.status is None else None,
    )
