"""Carries a decided batch out: inserts and updates from Arrow, one transaction with the ledger's row."""

# ruff: noqa: S608 - the SQL is put together from this module's own column lists; values are parameters

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from records import OUTCOMES, Outcome
from warehouse import rows
from warehouse.model import Plan, VersionRow

_SEEN = ("last_seen_at", "extracted_at")
_SUPERSEDED = ("is_current", "first_seen_at", "versions")
_PLACE = ("version", "duplicate_of", "source_id", *_SEEN, *_SUPERSEDED)


def apply_plan(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    outcomes: Sequence[Outcome],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
) -> None:
    """Write everything that the batch changes, within the transaction that is open.

    Args:
        connection: to the store, in a transaction.
        plan: what was decided of the extracted items.
        outcomes: one an item of the batch, those that were not decided here included.
        run_id: the run.
        batch_id: the number of the batch.
        at: aware; when the batch was handed in.

    Raises:
        duckdb.Error: nothing of it is stored once the transaction is rolled back.
    """
    _write_versions(connection, plan, batch_id)
    _write_captures(connection, plan, run_id=run_id, batch_id=batch_id)
    _insert(connection, "outcomes", rows.outcomes(outcomes, run_id=run_id, batch_id=batch_id, at=at))
    counts = Counter(outcome.outcome for outcome in outcomes)
    connection.execute(
        "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            batch_id,
            run_id,
            at,
            len(outcomes),
            *(counts[kind] for kind in OUTCOMES),
            plan.articles_added,
            plan.versions_added,
            plan.captures_added,
        ],
    )


def _write_versions(connection: duckdb.DuckDBPyConnection, plan: Plan, batch_id: int) -> None:
    """Insert what is new; change flags and times of the rest in place: no stored text is read or moved."""
    written = [(row, row.content) for row in plan.rows if row.content is not None]
    replaced = [row for row, _ in written if row.version.version_id in plan.before]
    kept = [row for row in plan.rows if row.content is None]
    if kept:
        _update(connection, rows.places(kept), _changed_columns(kept, plan.before), batch_id)
    if replaced:
        connection.register("arriving", rows.places(replaced))
        connection.execute(
            "DELETE FROM article_versions WHERE version_no IN (SELECT version_no FROM arriving)"
        )
        connection.unregister("arriving")
        connection.register("arriving", rows.version_ids(replaced))
        for table in ("version_cuts", "version_date_claims"):
            connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM arriving)")
        connection.unregister("arriving")
    readings = [reading for _, reading in written]
    _insert(connection, "article_versions", rows.versions(written, batch_id=batch_id))
    _insert(connection, "version_cuts", rows.cuts(readings))
    _insert(connection, "version_date_claims", rows.claims(readings))


def _changed_columns(kept: Sequence[VersionRow], before: Mapping[str, VersionRow]) -> tuple[str, ...]:
    """The columns to set in the rows whose content stays: each costs a piece of 2,048 values a row."""
    columns: set[str] = set()
    for row in kept:
        stored = before[row.version.version_id]
        places = row.number, row.duplicate_of, row.source_id
        if places != (stored.number, stored.duplicate_of, stored.source_id):
            return _PLACE
        if row.version != stored.version:
            columns.update(_SEEN)
        shown = row.current, row.first_seen_at, row.versions
        if shown != (stored.current, stored.first_seen_at, stored.versions):
            columns.update(_SUPERSEDED)
    return tuple(column for column in _PLACE if column in columns)


def _update(
    connection: duckdb.DuckDBPyConnection, values: pa.Table, columns: Sequence[str], batch_id: int
) -> None:
    assignments = ", ".join(f"{column} = arriving.{column}" for column in columns)
    connection.register("arriving", values)
    connection.execute(
        # Materialised, since DuckDB cannot hand numbers from 2⁶³ on to Arrow as a filter on `arriving`.
        f"""WITH arriving AS MATERIALIZED (FROM arriving)
        UPDATE article_versions SET {assignments}, batch_id = $batch FROM arriving
        WHERE article_versions.version_no = arriving.version_no""",
        {"batch": batch_id},
    )
    connection.unregister("arriving")


def _write_captures(connection: duckdb.DuckDBPyConnection, plan: Plan, *, run_id: str, batch_id: int) -> None:
    known = [reading for reading in plan.captures if reading.capture_id in plan.known_captures]
    fresh = [reading for reading in plan.captures if reading.capture_id not in plan.known_captures]
    _insert(connection, "captures", rows.captures(fresh, run_id=run_id, batch_id=batch_id))
    if not known:
        return
    connection.register("arriving", rows.captures(known, run_id=run_id, batch_id=batch_id))
    # A capture is immutable but for what it was last read as: who first led to it and when stays.
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE replacing AS
        SELECT n.* REPLACE (
          coalesce(o.source_id, n.source_id) AS source_id,
          coalesce(o.captured_at, n.captured_at) AS captured_at,
          coalesce(o.archive_file, n.archive_file) AS archive_file,
          coalesce(o.archive_offset, n.archive_offset) AS archive_offset)
        FROM arriving n LEFT JOIN captures o USING (capture_no)"""
    )
    connection.unregister("arriving")
    connection.execute("DELETE FROM captures WHERE capture_no IN (SELECT capture_no FROM replacing)")
    connection.execute("INSERT INTO captures BY NAME SELECT * FROM replacing")
    connection.execute("DROP TABLE replacing")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, arriving: pa.Table) -> None:
    # DuckDB finds a variable by its name, in half a millisecond less than a table that is registered.
    if arriving.num_rows:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arriving")
