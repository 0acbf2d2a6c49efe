"""Brings the tables that follow from the others up to date before publishing: edits and sources."""

import contextlib

import duckdb

from warehouse.edit_rows import update_edits

_STATE = """
SELECT (SELECT coalesce(max(batch_id), 0) FROM derived_state),
  (SELECT coalesce(max(batch_id), 0) FROM batches)
"""

_SOURCES = """
INSERT INTO sources BY NAME
SELECT source_id, true AS enabled, min(recorded_at) AS added_at FROM outcomes
WHERE batch_id > $done AND source_id NOT IN (SELECT source_id FROM sources)
GROUP BY source_id ORDER BY source_id
"""


def update_derived(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the batches into account that were written since the last time, in one transaction.

    Args:
        connection: to the store, in no transaction.

    Raises:
        duckdb.Error: nothing is changed; the next call makes up for it.
    """
    [(done, last)] = connection.execute(_STATE).fetchall()
    if done >= last:
        return
    connection.begin()
    try:
        connection.execute(_SOURCES, {"done": done})
        update_edits(connection, after_batch=done, batch_id=last)
        connection.execute("DELETE FROM derived_state")
        connection.execute("INSERT INTO derived_state VALUES (?)", [last])
        connection.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            connection.rollback()
        raise
