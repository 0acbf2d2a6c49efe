"""The backlog: what was found and is to be fetched, durable, so that a kill at any moment loses nothing."""

# ruff: noqa: S608 - put together from this module's own text; values are parameters or tables that are lent

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb

from records import Candidate, Claimed, Extracted, Outcome
from warehouse import fetch_rows
from warehouse.fetch_rows import lent
from warehouse.identity import uri_number
from warehouse.sightings import EPOCH, Waiting

Delay = tuple[Candidate, datetime, str | None]
"""A candidate, when to try it again, and what went wrong in words; None for that where it was not tried."""

# Chosen by narrow columns; what a candidate carries is read of the chosen ones only. Which host comes first
# differs from one moment to the next, so that none waits for others that always have something newer. The
# newest of each host are found by one number, the seconds since 2020 in its upper half and the place in the
# lower: to rank all that waits took six times as long at 100,000 (benchmarks/backlog.py).
_DUE = """
WITH ready AS (
  SELECT rowid AS place, host,
    (epoch_us(dated_at) // 1_000_000 - 1_577_836_800) * 4_294_967_296 - rowid AS rank
  FROM candidates
  WHERE (next_attempt_at IS NULL OR next_attempt_at <= $at)
    AND host NOT IN (SELECT text FROM excluded) {of_sources}
),
newest AS (
  SELECT host, max_by(place, rank, $per_host) AS places FROM ready WHERE host <> '' GROUP BY host
  UNION ALL
  SELECT '', max_by(place, rank, $limit) FROM ready WHERE host = ''
)
SELECT unnest(places) AS place, generate_subscripts(places, 1) AS nth, host FROM newest
ORDER BY nth, hash(host, $at), place LIMIT $limit
"""

_OF_SOURCES = "AND source_id IN (SELECT text FROM asked_sources)"

_SAID = (
    *("url", "host", "dated_at", "claimed_title", "claimed_authors", "claimed_published", "claimed_updated"),
    *("content", "content_type", "fetched_at"),
)
"""What its source says of a candidate."""

_CANDIDATES = """
SELECT rowid, uri, source_id, url, path, host, content, content_type, epoch_us(fetched_at), claimed_title,
  claimed_authors, claimed_published, claimed_updated, guid, attempts
FROM candidates WHERE rowid IN (SELECT place FROM chosen)
"""


def add(connection: duckdb.DuckDBPyConnection, waiting: Sequence[Waiting], *, at: datetime) -> None:
    """Put candidates into the backlog, within the transaction that is open; none of them may be there."""
    if waiting:
        with lent(connection, "arriving", fetch_rows.candidates(waiting, at=at)):
            connection.execute("INSERT INTO candidates BY NAME SELECT * FROM arriving")


def refresh(connection: duckdb.DuckDBPyConnection, waiting: Sequence[Waiting], *, at: datetime) -> None:
    """Let what waits say what its source says now, within the transaction that is open."""
    if waiting:
        changes = ", ".join(f"{column} = arriving.{column}" for column in _SAID)
        with lent(connection, "arriving", fetch_rows.candidates(waiting, at=at)):
            connection.execute(
                f"""WITH arriving AS MATERIALIZED (FROM arriving)
                UPDATE candidates SET {changes} FROM arriving WHERE candidates.uri_no = arriving.uri_no"""
            )


def due(
    connection: duckdb.DuckDBPyConnection,
    *,
    at: datetime,
    limit: int,
    per_host: int,
    excluding_hosts: Collection[str],
    sources: Collection[str] | None,
) -> tuple[Candidate, ...]:
    """What is to be fetched next, see `Writer.due`."""
    sql = _DUE.format(of_sources="" if sources is None else _OF_SOURCES)
    with (
        lent(connection, "excluded", fetch_rows.texts(excluding_hosts)),
        lent(connection, "asked_sources", fetch_rows.texts(sources or ())),
    ):
        values = {"at": at, "per_host": per_host, "limit": limit}
        places = [place for place, *_ in connection.execute(sql, values).fetchall()]
    if not places:
        return ()
    with lent(connection, "chosen", fetch_rows.places(places)):
        rows = {row[0]: row[1:] for row in connection.execute(_CANDIDATES).fetchall()}
    return tuple(_candidate(rows[place]) for place in places)


def waiting(connection: duckdb.DuckDBPyConnection, uris: Sequence[str]) -> Mapping[str, str | None]:
    """Which of some candidates wait, with what their source claims of their last change, see `Writer`."""
    with lent(connection, "asked", fetch_rows.numbers(map(uri_number, uris))):
        rows = connection.execute(
            "SELECT uri, claimed_updated FROM candidates WHERE uri_no IN (SELECT number FROM asked)"
        ).fetchall()
    return dict(rows)


def put_off(connection: duckdb.DuckDBPyConnection, delays: Sequence[Delay], *, at: datetime) -> None:
    """Let candidates wait, within the transaction that is open."""
    waiting = {uri_number(candidate.uri): (until, problem) for candidate, until, problem in delays}
    if not waiting:
        return
    rows = fetch_rows.delays((uri_no, *rest) for uri_no, rest in waiting.items())
    with lent(connection, "arriving", rows):
        connection.execute(
            # Materialised, since DuckDB cannot hand numbers from 2⁶³ on to Arrow as a filter on `arriving`.
            """WITH arriving AS MATERIALIZED (FROM arriving)
            UPDATE candidates SET next_attempt_at = arriving.next_attempt_at,
              attempts = candidates.attempts + arriving.tried,
              attempted_at = CASE WHEN arriving.tried = 1 THEN $at ELSE candidates.attempted_at END,
              problem = coalesce(arriving.problem, candidates.problem)
            FROM arriving WHERE candidates.uri_no = arriving.uri_no""",
            {"at": at},
        )


def settle(
    connection: duckdb.DuckDBPyConnection,
    items: Sequence[Extracted | Outcome],
    outcomes: Sequence[Outcome],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
) -> None:
    """Let the candidates of a batch leave the backlog, and keep what was said of them.

    Within the transaction that writes their outcomes.

    Args:
        connection: to the store.
        items: of the batch.
        outcomes: theirs, in the same order.
        run_id: the run.
        batch_id: the number of the batch.
        at: aware; when it was handed in.
    """
    said = fetch_rows.verdicts(items, outcomes, run_id=run_id, batch_id=batch_id, at=at)
    if said.num_rows:
        with lent(connection, "arriving", said):
            connection.execute("INSERT INTO verdicts BY NAME SELECT * FROM arriving")
    [(has_backlog, has_failures)] = connection.execute(
        """SELECT EXISTS (FROM candidates), EXISTS (FROM sightings WHERE failed_at IS NOT NULL)"""
    ).fetchall()
    if has_backlog:
        _remove(connection, items)
    gone = {uri_number(each.uri) for each in outcomes if each.outcome == "failed" and each.stage == "fetch"}
    if has_failures:
        had = {uri_number(each.uri) for each in outcomes} - gone
        _note_failures(connection, had, "failed_at = NULL", "AND failed_at IS NOT NULL", at=None)
    _note_failures(connection, gone, "failed_at = $at, failures = failures + 1", "", at=at)


def _remove(connection: duckdb.DuckDBPyConnection, items: Sequence[Extracted | Outcome]) -> None:
    """Take what is done out of the backlog, but not what has changed again while it was fetched.

    That waits for its change from then on, whatever it had waited for.
    """
    with lent(connection, "leaving", fetch_rows.leaving(items)):
        connection.execute(
            """DELETE FROM candidates USING leaving
            WHERE candidates.uri_no = leaving.uri_no AND (
              leaving.whatever_waits
              OR candidates.claimed_updated IS NOT DISTINCT FROM leaving.claimed_updated)"""
        )
        if any(isinstance(each, Extracted) for each in items):
            connection.execute(
                """UPDATE candidates SET found_as = 'changed' FROM leaving
                WHERE candidates.uri_no = leaving.uri_no AND found_as <> 'changed'"""
            )


def _note_failures(
    connection: duckdb.DuckDBPyConnection,
    uri_numbers: Collection[int],
    change: str,
    condition: str,
    *,
    at: datetime | None,
) -> None:
    if not uri_numbers:
        return
    with lent(connection, "asked", fetch_rows.numbers(uri_numbers)):
        connection.execute(
            f"UPDATE sightings SET {change} WHERE uri_no IN (SELECT number FROM asked) {condition}",
            {"at": at} if at else None,
        )


def _candidate(row: tuple[Any, ...]) -> Candidate:
    uri, source_id, url, path, host, content, content_type, fetched_us, *claimed, guid, attempts = row
    title, authors, published, updated = claimed
    return Candidate(
        uri=uri,
        source_id=source_id,
        url=uri if url is None and host else url,
        path=path,
        content=content,
        content_type=content_type,
        fetched_at=None if fetched_us is None else EPOCH + timedelta(microseconds=fetched_us),
        claimed=Claimed(title, tuple(authors), published, updated),
        guid=guid,
        attempts=attempts,
    )
