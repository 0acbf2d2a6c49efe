"""The rows of sources: what the user wrote down of each, and where its polling stands."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields, replace
from datetime import datetime

import duckdb

from records import Source
from warehouse.model import Poll, SourceState

_STATE = ", ".join(field.name for field in fields(SourceState))

_WRITTEN = ("kind", "name", "url", "country", "language", "poll_interval_s", "enabled")
"""What of a source the user decides, as the columns of `sources`."""


def sync(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], *, at: datetime) -> None:
    """Bring `sources` up to what is written down, within the transaction that is open.

    Args:
        connection: to the store.
        sources: every one that is written down.
        at: aware; now.
    """
    stored = {
        row[0]: row[1:]
        for row in connection.execute(
            f"SELECT source_id, {', '.join(_WRITTEN)} FROM sources"  # noqa: S608 - our own columns
        ).fetchall()
    }
    for source in sources:
        written = (
            source.kind,
            source.name,
            source.url,
            source.country,
            source.language,
            source.interval_s,
            source.enabled,
        )
        before = stored.get(source.id)
        if before is None:
            connection.execute(
                "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [source.id, *written, at]
            )
        elif before != written:
            changes = ", ".join(f"{column} = ?" for column in _WRITTEN)
            connection.execute(
                f"UPDATE sources SET {changes} WHERE source_id = ?",  # noqa: S608 - our own columns
                [*written, source.id],
            )
            _note_change(connection, source, dict(zip(_WRITTEN, before, strict=True)))
    here = {source.id for source in sources}
    for source_id, before in stored.items():
        row = dict(zip(_WRITTEN, before, strict=True))
        # One without a kind was only named, on the command line or in the data.
        if source_id not in here and row["kind"] is not None and row["enabled"]:
            connection.execute("UPDATE sources SET enabled = false WHERE source_id = ?", [source_id])


def states(connection: duckdb.DuckDBPyConnection) -> Mapping[str, SourceState]:
    """Where the polling of each source stands, by its id; those never asked are left out."""
    rows = connection.execute(f"SELECT {_STATE} FROM source_state").fetchall()  # noqa: S608 - our own columns
    return {row[0]: SourceState(*row) for row in rows}


def note_poll(connection: duckdb.DuckDBPyConnection, poll: Poll, *, at: datetime) -> None:
    """Keep how a poll ended, within the transaction that is open.

    Args:
        connection: to the store.
        poll: the poll.
        at: aware; when all that it listed was stored.
    """
    before = states(connection).get(poll.source_id, SourceState(poll.source_id))
    _write(connection, after(before, poll, at=at))


def after(before: SourceState, poll: Poll, *, at: datetime) -> SourceState:
    """Where the polling of a source stands after a poll. Pure."""
    asked = replace(before, polled_at=poll.asked_at, next_poll_at=poll.next_poll_at or before.next_poll_at)
    if poll.result in {"failed", "put_off"}:
        # Who asks to be left alone has not failed.
        failures = before.failures + (poll.result == "failed")
        return replace(asked, failures=failures, problem=poll.problem)
    answered = replace(asked, succeeded_at=at, failures=0, problem=None, moved_to=poll.moved_to)
    if poll.result == "answered":
        return replace(answered, etag=poll.etag, last_modified=poll.last_modified)
    return replace(
        answered,
        etag=poll.etag or before.etag,
        last_modified=poll.last_modified or before.last_modified,
    )


def _note_change(connection: duckdb.DuckDBPyConnection, source: Source, before: Mapping[str, object]) -> None:
    """What was decided of one address says nothing of another; a new interval holds from now on."""
    state = states(connection).get(source.id)
    if state is None:
        return
    if (before["url"], before["kind"]) != (source.url, source.kind):
        _write(connection, SourceState(source.id, polled_at=state.polled_at, succeeded_at=state.succeeded_at))
    elif before["poll_interval_s"] != source.interval_s:
        _write(connection, replace(state, next_poll_at=None))


def _write(connection: duckdb.DuckDBPyConnection, state: SourceState) -> None:
    connection.execute("DELETE FROM source_state WHERE source_id = ?", [state.source_id])
    marks = ", ".join("?" for _ in fields(SourceState))
    connection.execute(
        f"INSERT INTO source_state ({_STATE}) VALUES ({marks})",  # noqa: S608 - our own columns
        list(astuple(state)),
    )
