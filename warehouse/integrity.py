"""Reads every row of every table, since damage to a file shows only when its blocks are read."""

# ruff: noqa: S608 - the names of tables come from the catalog, quoted; values are parameters

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import WarehouseError
from warehouse import errors
from warehouse.migrate import check_schema
from warehouse.store import attach_published, quoted

_AS_OF = "SELECT coalesce(max(batch_id), 0), max(committed_at) FROM batches"


@dataclass(frozen=True, slots=True)
class TableRead:
    """One table, read to the end.

    Attributes:
        table: its name, quoted and qualified by its schema.
        rows: how many it has.
        checksum: sum of the hashes of all rows; the same for the same rows in any order.
    """

    table: str
    rows: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, every row of it read.

    Attributes:
        batch_id: the last batch in its ledger; 0 before the first.
        committed_at: aware; when that batch was stored; None before the first.
        articles: rows of `articles`.
        tables: every table that was read.
    """

    batch_id: int
    committed_at: datetime | None
    articles: int
    tables: tuple[TableRead, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables)

    @property
    def as_of(self) -> str:
        """Up to where its ledger goes, in words."""
        if self.committed_at is None:
            return "before the first batch"
        return f"batch {self.batch_id}, stored {self.committed_at:%Y-%m-%dT%H:%M:%SZ}"


def tables_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> tuple[str, ...]:
    """Every table of an attached database, quoted and qualified by its schema, in a fixed order."""
    found = connection.execute(
        """SELECT schema_name, table_name FROM duckdb_tables()
        WHERE database_name = ? AND NOT internal ORDER BY ALL""",
        [catalog],
    ).fetchall()
    return tuple(f"{quoted(schema)}.{quoted(table)}" for schema, table in found)


def read_table(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> TableRead:
    """Every value of one table.

    Raises:
        duckdb.Error: a block cannot be read.
    """
    found = connection.execute(
        f"SELECT count(*), coalesce(sum(hash(one)), 0) FROM {quoted(catalog)}.{table} AS one"
    ).fetchall()
    [(rows, checksum)] = found
    return TableRead(table, int(rows), int(checksum))


def read_tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> tuple[TableRead, ...]:
    """Every value of every table of an attached database.

    Raises:
        duckdb.Error: a block cannot be read.
    """
    return tuple(read_table(connection, catalog, table) for table in tables_of(connection, catalog))


def read_file(file: Path, named: Path) -> Contents:
    """Read a closed or published database to the end.

    Args:
        file: the database.
        named: what to call it in an error.

    Raises:
        WarehouseError: not there, not Dateline's, newer than this program, or a block cannot be read.
    """
    connection = attach_published(file, named)
    try:
        check_schema(connection, named)
        [(batch_id, committed_at)] = connection.execute(_AS_OF).fetchall()
        [(articles,)] = connection.execute("SELECT count(*) FROM articles").fetchall()
        tables = read_tables(connection, current_catalog(connection))
    except duckdb.Error as error:
        raise _damaged(error, named) from error
    finally:
        connection.close()
    return Contents(batch_id, committed_at, articles, tables)


def current_catalog(connection: duckdb.DuckDBPyConnection) -> str:
    """The name of the database in use."""
    [(name,)] = connection.execute("SELECT current_database()").fetchall()
    return str(name)


def _damaged(error: duckdb.Error, named: Path) -> WarehouseError:
    return WarehouseError(
        f"{named} is damaged (DuckDB says: {errors.first_paragraph(error)}): see what is left with "
        "`dateline doctor`, and bring the data back with `dateline restore BACKUP`"
    )
