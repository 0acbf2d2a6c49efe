"""Writes into the store what its next published copy is a snapshot of."""

from datetime import datetime

import duckdb

_TAKE = """
INSERT INTO snapshot BY NAME
SELECT $at AS as_of,
  (SELECT max(version) FROM schema_migrations) AS schema_version,
  $program_version AS program_version,
  (SELECT max_by(run_id, (started_at, run_id)) FROM runs) AS run_id,
  (SELECT coalesce(max(batch_id), 0) FROM batches) AS batch_id,
  (SELECT count(*) FROM articles) AS articles,
  (SELECT count(*) FROM article_versions) AS versions,
  (SELECT count(*) FROM captures) AS captures,
  (SELECT count(*) FROM outcomes) AS outcomes
"""


def take(connection: duckdb.DuckDBPyConnection, *, at: datetime, program_version: str) -> None:
    """Put the one row of the table `snapshot` in the place of the last.

    Args:
        connection: to the store, in no transaction.
        at: aware; now.
        program_version: of Dateline.

    Raises:
        duckdb.Error: the row of the last snapshot stands.
    """
    connection.begin()
    try:
        connection.execute("DELETE FROM snapshot")
        connection.execute(_TAKE, {"at": at, "program_version": program_version})
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
