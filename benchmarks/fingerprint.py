"""What is in a database, less what tells of the run that put it there: equal for equal input.

    python -m benchmarks.fingerprint DB --name NAME [--batches N] [--order SEED] [--size N] [--twice]

writes the made-up batches in the order and the batches that are asked for, and prints one line of JSON: the
version of DuckDB, and a hash and a number of rows for each table.
"""

import argparse
import hashlib
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.made_up import batch
from warehouse.writer import open_writer

_OF_THE_RUN = {"runs", "batches", "outcomes", "schema_migrations", "snapshot", "restores"}
"""Tables that tell what happened, not what is known."""

_OF_THE_BATCH = {
    "added_at",
    "batch_id",
    "run_id",
    "extracted_at",
    "recorded_at",
    "changed_in",
    "first_batch_id",
}
"""Columns that do."""

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
ITEMS = 40


def fingerprint(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """The number of rows of each table of the database in use, and a hash of what they say."""
    tables: dict[str, list[str]] = {}
    for table, column in connection.execute(
        """SELECT c.table_name, c.column_name FROM duckdb_columns() c
        JOIN (SELECT database_name, table_name FROM duckdb_tables() UNION ALL
              SELECT database_name, view_name FROM duckdb_views() WHERE view_name = 'articles') t
        ON c.database_name = t.database_name AND c.table_name = t.table_name
        WHERE c.database_name = current_database() AND NOT c.internal ORDER BY 1, 2"""
    ).fetchall():
        if table not in _OF_THE_RUN and column not in _OF_THE_BATCH:
            tables.setdefault(table, []).append(column)
    found = {}
    for table, columns in tables.items():
        names = ", ".join(f'"{column}"' for column in columns)
        rows = connection.execute(f'SELECT {names} FROM "{table}" ORDER BY ALL').fetchall()  # noqa: S608 - names
        found[table] = (len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()[:16])
    return found


def main() -> None:
    """Write, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--batches", type=int, default=5, help="made-up batches to write")
    parser.add_argument("--order", type=int, help="seed of another order")
    parser.add_argument("--size", type=int, default=ITEMS, help="items in a batch that is written")
    parser.add_argument("--twice", action="store_true", help="write all of it a second time")
    asked = parser.parse_args()
    items = [item for number in range(asked.batches) for item in batch(asked.name, number, items=ITEMS)]
    if asked.order is not None:
        random.Random(asked.order).shuffle(items)  # noqa: S311 - not a secret
    with open_writer(asked.db) as writer:
        for _ in range(2 if asked.twice else 1):
            run_id = writer.start_run(command="same", arguments={}, started_at=NOW, program_version="0")
            for start in range(0, len(items), asked.size):
                writer.write(run_id, items[start : start + asked.size], at=NOW)
            writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    with duckdb.connect(str(asked.db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        report = {"duckdb": duckdb.__version__, "tables": fingerprint(connection)}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
