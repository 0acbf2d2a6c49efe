"""Stores what a poll found: the new into the backlog, the poll into `polls`, and the source's state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any

import duckdb

from records import Candidate
from warehouse import fetch_rows, frontier, source_rows
from warehouse.apply import apply_plan
from warehouse.fetch_rows import lent
from warehouse.forgotten import forgotten_addresses
from warehouse.identity import uri_number
from warehouse.model import Plan, Poll, PollCounts
from warehouse.sightings import Listed, Seen, Sighting, Sorted, listed, sort_out

# Found by narrow columns, and read then: to read the words of every sighting takes five times as long.
_SEEN = """
SELECT rowid, uri_no, source_id = $source, found_as = 'forgotten' FROM sightings
WHERE uri_no IN (SELECT number FROM asked)
"""

# An id that several addresses have had, or that came first in another part of this list, tells nothing.
_ALIASES = """
SELECT any_value(rowid) FROM sightings WHERE guid_no IN (SELECT number FROM asked) AND stands_for IS NULL
GROUP BY guid_no HAVING count(*) = 1 AND max(first_found_at) < $asked_at
"""

_OWN = """
SELECT uri_no, uri, found_as, stands_for, claimed_published, claimed_updated, changes, changed_at, failures,
  failed_at
FROM sightings WHERE rowid IN (SELECT place FROM chosen)
"""

_OF_GUID = """
SELECT guid_no, uri, 'new', NULL, claimed_published, claimed_updated, changes, changed_at, 0, NULL
FROM sightings WHERE rowid IN (SELECT place FROM chosen)
"""

_WAITING = "SELECT uri_no FROM candidates WHERE uri_no IN (SELECT number FROM asked)"

_CAPTURED = "SELECT DISTINCT uri_no FROM captures WHERE uri_no IN (SELECT number FROM asked)"

_ARTICLES = "SELECT DISTINCT article_no FROM article_versions WHERE article_no IN (SELECT number FROM asked)"

_MOVED = """
WITH arriving AS MATERIALIZED (FROM arriving)
UPDATE sightings SET claimed_updated = arriving.claimed_updated, changes = arriving.changes,
  changed_at = arriving.changed_at
FROM arriving WHERE sightings.source_id = $source AND sightings.uri_no = arriving.uri_no
"""

_NAMED = "WHERE run_id = $run AND source_id = $source AND asked_at = $asked_at"

_COUNTS = tuple(field.name for field in fields(PollCounts))

_Row = tuple[Any, ...]


def save(
    connection: duckdb.DuckDBPyConnection,
    poll: Poll,
    found: Sequence[Candidate],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
    last: bool,
) -> PollCounts:
    """Store a poll or a part of its list, within the transaction that is open.

    Args:
        connection: to the store.
        poll: the poll.
        found: what it listed, or a part of it.
        run_id: the run.
        batch_id: the number of the next batch; made only where something that was taken down came back.
        at: aware; now.
        last: whether that is all of the list.

    Returns:
        What the addresses of this poll were, those of earlier calls included.
    """
    counts = PollCounts()
    if found:
        items = listed(found, source_id=poll.source_id)
        decided = sort_out(items, _seen(connection, poll, items), found=len(found), at=at)
        _carry_out(connection, poll, decided, run_id=run_id, batch_id=batch_id, at=at)
        counts = decided.counts
    counts = _enter(connection, poll, counts, run_id=run_id, at=at, last=last)
    if last:
        source_rows.note_poll(connection, poll, at=at)
    return counts


def complaints(connection: duckdb.DuckDBPyConnection, uris: Sequence[str]) -> Mapping[str, str]:
    """Why each of some uris ended last in a refusal or failure, by uri; the others are left out."""
    rows = connection.execute(
        """SELECT uri, last(reason ORDER BY batch_id) FROM outcomes
        WHERE reason IS NOT NULL AND uri IN (SELECT unnest($uris)) GROUP BY uri""",
        {"uris": list(uris)},
    ).fetchall()
    return dict(rows)


def _seen(connection: duckdb.DuckDBPyConnection, poll: Poll, items: Sequence[Listed]) -> Seen:
    """Everything that deciding asks for, by scans of narrow columns of numbers, as in `warehouse.state`."""
    by_article = {item.article_no: item.uri_no for item in items}
    with lent(connection, "asked", fetch_rows.numbers(item.uri_no for item in items)):
        seen = connection.execute(_SEEN, {"source": poll.source_id}).fetchall()
        captured = _column(connection, _CAPTURED)
    own = _sightings(connection, _OWN, [place for place, _, is_own, _ in seen if is_own])
    with lent(connection, "asked", fetch_rows.numbers(by_article)):
        stored = {by_article[article_no] for article_no in _column(connection, _ARTICLES)}
    aliases: Mapping[int, Sighting] = {}
    guids = fetch_rows.numbers(
        item.guid_no for item in items if item.guid_no is not None and item.uri_no not in own
    )
    if guids.num_rows:
        with lent(connection, "asked", guids):
            places = _column(connection, _ALIASES, {"asked_at": poll.asked_at})
        aliases = _sightings(connection, _OF_GUID, places)
    first = {each.stands_for or each.uri for each in (*own.values(), *aliases.values())}
    with lent(
        connection,
        "asked",
        fetch_rows.numbers({*(item.uri_no for item in items), *map(uri_number, first)}),
    ):
        waiting = _column(connection, _WAITING)
    addresses = {text for item in items for text in (item.candidate.uri, item.candidate.url) if text}
    return Seen(
        own=own,
        aliases=aliases,
        known={*(uri_no for _, uri_no, *_ in seen), *waiting, *captured, *stored},
        waiting=waiting,
        forgotten=forgotten_addresses(connection, tuple(addresses)),
        told={uri_no for _, uri_no, _, is_told in seen if is_told},
    )


def _sightings(
    connection: duckdb.DuckDBPyConnection, sql: str, places: Collection[int]
) -> Mapping[int, Sighting]:
    """The sightings at these places, by the number that comes first."""
    if not places:
        return {}
    with lent(connection, "chosen", fetch_rows.places(places)):
        return {row[0]: Sighting(*row[1:]) for row in connection.execute(sql).fetchall()}


def _column(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None
) -> Collection[int]:
    return {number for (number,) in connection.execute(sql, values).fetchall()}


def _carry_out(
    connection: duckdb.DuckDBPyConnection,
    poll: Poll,
    decided: Sorted,
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
) -> None:
    frontier.add(connection, decided.backlog, at=at)
    frontier.refresh(connection, decided.refreshed, at=at)
    if decided.fresh:
        with lent(
            connection,
            "arriving",
            fetch_rows.sightings(decided.fresh, source_id=poll.source_id, at=at),
        ):
            connection.execute("INSERT INTO sightings BY NAME SELECT * FROM arriving")
    if decided.moved:
        with lent(connection, "arriving", fetch_rows.moved(decided.moved)):
            connection.execute(_MOVED, {"source": poll.source_id})
    if decided.refused:
        plan = Plan((), (), decided.refused, articles_added=0, versions_added=0, captures_added=0)
        apply_plan(connection, plan, decided.refused, run_id=run_id, batch_id=batch_id, at=at)


def _enter(
    connection: duckdb.DuckDBPyConnection,
    poll: Poll,
    counts: PollCounts,
    *,
    run_id: str,
    at: datetime,
    last: bool,
) -> PollCounts:
    """Bring the poll's row up to date; returns the counts of all its calls."""
    name = {"run": run_id, "source": poll.source_id, "asked_at": poll.asked_at}
    before = connection.execute(f"SELECT {', '.join(_COUNTS)} FROM polls {_NAMED}", name).fetchall()  # noqa: S608 - our own columns
    if before:
        counts = PollCounts(*(sum(pair) for pair in zip(before[0], astuple(counts), strict=True)))
        connection.execute(f"DELETE FROM polls {_NAMED}", name)  # noqa: S608 - our own text
    end: tuple[object, ...] = (
        (at, poll.result, poll.status, poll.reason, poll.problem) if last else (None,) * 5
    )
    connection.execute(
        "INSERT INTO polls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            run_id,
            poll.source_id,
            poll.asked_at,
            *end,
            *astuple(counts),
            poll.next_poll_at if last else None,
        ],
    )
    return counts
