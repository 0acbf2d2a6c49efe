"""Brings the store's schema up to date: numbered SQL files, each applied in one transaction.

The files stand in `warehouse/migrations/` as `NNNN_name.sql` and are never edited once released. What was
applied is in the table `schema_migrations` of the store.
"""

import importlib.resources
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import WarehouseError
from warehouse import errors
from warehouse.files import copy_to

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  applied_at TIMESTAMPTZ NOT NULL,
  program_version VARCHAR NOT NULL
);
COMMENT ON TABLE schema_migrations IS
  'One row a change of the schema; the greatest version is that of this database.';
COMMENT ON COLUMN schema_migrations.version IS 'Number of the migration, from 1 without gaps.';
COMMENT ON COLUMN schema_migrations.name IS 'Its name.';
COMMENT ON COLUMN schema_migrations.applied_at IS 'When it was applied.';
COMMENT ON COLUMN schema_migrations.program_version IS 'Version of Dateline that applied it.';
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    version: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """Every migration this program knows, in order."""
    folder = importlib.resources.files("warehouse") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(
        Migration(
            version=int(name[:4]),
            name=name[5 : -len(".sql")],
            sql=(folder / name).read_text(encoding="utf-8"),
        )
        for name in names
    )


def schema_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The schema version of the database in use; 0 when it is empty, None when Dateline did not make it."""
    tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    if not tables:
        return 0
    if "schema_migrations" not in tables:
        return None
    try:
        found = connection.execute(
            "SELECT max(version), max(program_version) FROM schema_migrations"
        ).fetchone()
    except duckdb.BinderException:
        return None
    return int(found[0]) if found and found[0] is not None else 0


def bring_up_to_date(
    connection: duckdb.DuckDBPyConnection,
    source: int,
    folder: Path,
    db: Path,
    *,
    program_version: str,
    now: datetime,
) -> tuple[str, ...]:
    """Apply what is missing to the store, after a copy of it was made; an empty store needs none.

    Args:
        connection: to the store.
        source: descriptor of the store, for copying it.
        folder: the store's folder, where the copy goes.
        db: the database as the user named it.
        program_version: noted beside the changes.
        now: aware; noted beside the changes.

    Returns:
        A sentence that names the copy, where one was made.

    Raises:
        WarehouseError: Dateline did not make it, or a newer Dateline did.
        OSError: no room for the copy.
        duckdb.Error: a migration failed; it left no trace.
    """
    before = check_schema(connection, db)
    if not before or not _missing(connection):
        migrate(connection, db, program_version=program_version, now=now)
        return ()
    copy = folder / f"schema-{before}.duckdb"
    connection.execute("CHECKPOINT")
    copy_to(source, copy, mode=0o444)
    newest = migrations()[-1].version
    try:
        migrate(connection, db, program_version=program_version, now=now)
    except duckdb.Error as error:
        if errors.is_full(error):
            raise
        raise WarehouseError(
            f"{db} could not be brought from schema {before} to {newest} (DuckDB says: "
            f"{errors.first_paragraph(error)}): nothing is lost, a copy of it as it was is in {copy}; please "
            "report this, and use the Dateline it was made with meanwhile"
        ) from error
    said = (
        f"{db} was brought from schema {before} to {newest}; a copy of it as it was is in {copy}: remove it "
    )
    return (said + "when all is well",)


def migrate(connection: duckdb.DuckDBPyConnection, db: Path, *, program_version: str, now: datetime) -> None:
    """Apply what is missing to the database in use.

    Raises:
        WarehouseError: Dateline did not make it, or a newer Dateline did.
        duckdb.Error: a migration failed; it left no trace.
    """
    check_schema(connection, db)
    for migration in _missing(connection):
        connection.begin()
        try:
            connection.execute(_LEDGER + migration.sql)
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                [migration.version, migration.name, now, program_version],
            )
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _missing(connection: duckdb.DuckDBPyConnection) -> tuple[Migration, ...]:
    if not schema_version(connection):
        return migrations()
    applied = {
        version for (version,) in connection.execute("SELECT version FROM schema_migrations").fetchall()
    }
    return tuple(migration for migration in migrations() if migration.version not in applied)


def check_schema(connection: duckdb.DuckDBPyConnection, db: Path) -> int:
    """The schema version of the database in use.

    Raises:
        WarehouseError: Dateline did not make it, or a newer Dateline did.
    """
    version = schema_version(connection)
    if version is None:
        raise errors.not_ours(db)
    newest = migrations()[-1].version
    if version > newest:
        raise WarehouseError(
            f"{db} has schema {version} of a newer Dateline (this one knows {newest}): update Dateline, or "
            "name another with --db"
        )
    return version
