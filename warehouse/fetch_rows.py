"""Lays what fetching keeps out as Arrow tables (backlog, sightings, verdicts), and lends them to DuckDB."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from records import Extracted, Outcome
from warehouse.identity import uri_number
from warehouse.rows import as_table
from warehouse.sightings import Listed, Sighting, Waiting

_TIME = pa.timestamp("us", tz="UTC")

_CANDIDATES = pa.schema(
    [
        ("uri", pa.string()),
        ("uri_no", pa.uint64()),
        ("source_id", pa.string()),
        ("url", pa.string()),
        ("path", pa.string()),
        ("host", pa.string()),
        ("guid", pa.string()),
        ("found_as", pa.string()),
        ("found_at", _TIME),
        ("dated_at", _TIME),
        ("claimed_title", pa.string()),
        ("claimed_authors", pa.list_(pa.string())),
        ("claimed_published", pa.string()),
        ("claimed_updated", pa.string()),
        ("content", pa.binary()),
        ("content_type", pa.string()),
        ("fetched_at", _TIME),
        ("attempts", pa.int32()),
        ("next_attempt_at", _TIME),
    ]
)

_SIGHTINGS = pa.schema(
    [
        ("source_id", pa.string()),
        ("uri", pa.string()),
        ("uri_no", pa.uint64()),
        ("article_no", pa.uint64()),
        ("guid", pa.string()),
        ("guid_no", pa.uint64()),
        ("found_as", pa.string()),
        ("stands_for", pa.string()),
        ("first_found_at", _TIME),
        ("claimed_published", pa.string()),
        ("claimed_updated", pa.string()),
        ("changes", pa.int32()),
        ("changed_at", _TIME),
        ("failures", pa.int32()),
        ("failed_at", _TIME),
    ]
)

_MOVED = pa.schema(
    [
        ("uri_no", pa.uint64()),
        ("claimed_updated", pa.string()),
        ("changes", pa.int32()),
        ("changed_at", _TIME),
    ]
)

_DELAYS = pa.schema(
    [("uri_no", pa.uint64()), ("next_attempt_at", _TIME), ("problem", pa.string()), ("tried", pa.int32())]
)

_LEAVING = pa.schema(
    [("uri_no", pa.uint64()), ("claimed_updated", pa.string()), ("whatever_waits", pa.bool_())]
)

_VERDICTS = pa.schema(
    [
        ("run_id", pa.string()),
        ("batch_id", pa.int64()),
        ("outcome_seq", pa.int32()),
        ("seq", pa.int32()),
        ("recorded_at", _TIME),
        ("uri", pa.string()),
        ("source_id", pa.string()),
        ("article_id", pa.string()),
        ("kind", pa.string()),
        ("value", pa.string()),
        ("evidence", pa.string()),
        ("obeyed", pa.bool_()),
    ]
)


@contextlib.contextmanager
def lent(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """Lend a table to the connection under a name."""
    connection.register(name, table)
    try:
        yield
    finally:
        connection.unregister(name)


def numbers(of: Iterable[int]) -> pa.Table:
    """One column, `number`."""
    return pa.table({"number": pa.array(list(of), pa.uint64())})


def places(of: Iterable[int]) -> pa.Table:
    """One column, `place`, of the type of DuckDB's row numbers: any other takes five times as long."""
    return pa.table({"place": pa.array(list(of), pa.int64())})


def texts(of: Iterable[str]) -> pa.Table:
    """One column, `text`."""
    return pa.table({"text": pa.array(list(of), pa.string())})


def candidates(waiting: Iterable[Waiting], *, at: datetime) -> pa.Table:
    """What goes into the backlog."""
    return as_table(_CANDIDATES, (_candidate(each, at) for each in waiting))


def sightings(fresh: Iterable[tuple[Listed, Sighting]], *, source_id: str, at: datetime) -> pa.Table:
    """What a source lists for the first time."""
    return as_table(
        _SIGHTINGS,
        (
            (
                source_id,
                sighting.uri,
                item.uri_no,
                item.article_no,
                item.candidate.guid,
                item.guid_no,
                sighting.found_as,
                sighting.stands_for,
                at,
                sighting.claimed_published,
                sighting.claimed_updated,
                sighting.changes,
                sighting.changed_at,
                sighting.failures,
                sighting.failed_at,
            )
            for item, sighting in fresh
        ),
    )


def moved(changed: Iterable[tuple[int, Sighting]]) -> pa.Table:
    """What is to be remembered of sightings that changed."""
    return as_table(
        _MOVED,
        ((uri_no, each.claimed_updated, each.changes, each.changed_at) for uri_no, each in changed),
    )


def delays(put_off: Iterable[tuple[int, datetime, str | None]]) -> pa.Table:
    """Numbers of uris, when to try them again, and what went wrong where they were tried."""
    return as_table(
        _DELAYS, ((uri_no, until, problem, int(problem is not None)) for uri_no, until, problem in put_off)
    )


def leaving(items: Iterable[Extracted | Outcome]) -> pa.Table:
    """What is done, and what the source said of its last change when that was begun, where it was read."""
    return as_table(
        _LEAVING,
        {
            (uri_number(each.uri), None, True)
            if isinstance(each, Outcome)
            else (
                uri_number(each.capture.candidate.uri),
                each.capture.candidate.claimed.updated,
                False,
            )
            for each in items
        },
    )


def verdicts(
    items: Sequence[Extracted | Outcome],
    outcomes: Sequence[Outcome],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
) -> pa.Table:
    """What sites said of the candidates of a batch: of the capture, or of the outcome where there is none."""
    return as_table(
        _VERDICTS,
        (
            (
                run_id,
                batch_id,
                outcome_seq,
                seq,
                at,
                outcome.uri,
                outcome.source_id,
                outcome.article_id,
                signal.kind,
                signal.value,
                signal.evidence,
                signal.obeyed,
            )
            for outcome_seq, (item, outcome) in enumerate(zip(items, outcomes, strict=True), start=1)
            for seq, signal in enumerate(
                item.signals if isinstance(item, Outcome) else item.capture.signals, start=1
            )
        ),
    )


def _candidate(waiting: Waiting, at: datetime) -> tuple[object, ...]:
    candidate = waiting.candidate
    claimed = candidate.claimed
    is_itself = bool(waiting.host) and candidate.url == candidate.uri
    return (
        candidate.uri,
        waiting.uri_no,
        candidate.source_id,
        None if is_itself else candidate.url,
        candidate.path,
        waiting.host,
        candidate.guid,
        waiting.found_as,
        at,
        waiting.dated_at,
        claimed.title,
        list(claimed.authors),
        claimed.published,
        claimed.updated,
        candidate.content,
        candidate.content_type,
        candidate.fetched_at,
        candidate.attempts,
        waiting.next_attempt_at,
    )
