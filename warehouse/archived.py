"""Finds the captures whose bytes are in the archive, for whoever reads them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import UsageError, WarehouseError
from warehouse import errors
from warehouse.migrate import check_schema
from warehouse.store import attach_published

_AT_ONCE = 500

# What a condition may name: the columns of captures, and those of the version that each was last read as;
# laid out as one relation, so that no column needs a prefix.
_SOUGHT = """
SELECT capture_id, uri, source_id, url, content_sha256, bytes, content_type, status, fetched_at,
  archive_file, archive_offset
FROM (
  SELECT c.*, v.* EXCLUDE (article_id, version_id, source_id, url, extractor_version, captured_at,
    capture_id, batch_id, hints_snapshot, capture_no)
  FROM captures c LEFT JOIN article_versions v ON v.version_no = ('0x' || c.version_id)::UBIGINT
  WHERE c.archive_file IS NOT NULL AND c.archive_offset IS NOT NULL
    AND ($source_id IS NULL OR c.source_id = $source_id) AND ($since IS NULL OR c.captured_at >= $since)
) AS captures
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """A capture that can be had again; the columns of `captures` that tell it."""

    capture_id: str
    uri: str
    source_id: str
    url: str | None
    content_sha256: str
    bytes: int
    content_type: str | None
    status: int | None
    fetched_at: datetime | None
    archive_file: str
    archive_offset: int


def check_condition(db: Path, where: str) -> None:
    """Look whether a condition can be used, before anything is opened for writing.

    Raises:
        UsageError, WarehouseError: as `archived`.
    """
    with archived(db, where=f"(\n{where}\n) AND false" if where.strip() else where):
        pass


@contextmanager
def archived(
    db: Path, *, source_id: str | None = None, since: datetime | None = None, where: str | None = None
) -> Iterator[Iterator[Archived]]:
    """The archived captures of the published file, in the order in which they lie in the archive.

    The file is only read, and stays open as it was published when the `with` began.

    Args:
        db: the published file.
        source_id: only those that this source first led to.
        since: aware; only those captured then or later.
        where: an SQL condition on the columns of `captures` and of the version that each was last read as
            (`article_versions`: title, text, words, language, published, ...).

    Raises:
        UsageError: the condition is no single SQL expression, or names what is not there; also while the
            captures are read, where it breaks on a value.
        WarehouseError: the file is not there, cannot be read, or is not Dateline's.
    """
    connection = attach_published(db.resolve(), db)
    try:
        if not check_schema(connection, db):
            raise errors.not_ours(db)
        condition = ""
        if where is not None:
            _check(connection, where)
            # The line break keeps a comment at the condition's end from swallowing what follows.
            condition = f"WHERE ({where}\n)"
        try:
            connection.execute(
                f"{_SOUGHT} {condition} ORDER BY archive_file, archive_offset, capture_id",
                {"source_id": source_id, "since": since},
            )
        except duckdb.Error as error:
            raise _refused(error, where, db) from error
        yield _rows(connection, where, db)
    finally:
        connection.close()


def _check(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Hold the condition to being one expression: neither more than one statement nor a half of one."""
    if not where.strip():
        raise UsageError("the condition of --where is empty; write one like \"language = 'de'\"")
    try:
        statements = connection.extract_statements(f"SELECT (\n{where}\n)")
        alone = len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT
    except duckdb.Error as error:
        raise _refused(error, where, Path()) from error
    if not alone:
        raise UsageError("the condition of --where is more than one SQL statement; give a condition alone")


def _rows(connection: duckdb.DuckDBPyConnection, where: str | None, db: Path) -> Iterator[Archived]:
    try:
        while rows := connection.fetchmany(_AT_ONCE):
            for row in rows:
                yield Archived(*row)
    except duckdb.Error as error:
        raise _refused(error, where, db) from error


def _refused(error: duckdb.Error, where: str | None, db: Path) -> UsageError | WarehouseError:
    """The user's mistake where there is a condition, the file's where there is none."""
    if where is None or errors.is_damaged(error):
        return errors.from_duckdb(error, db)
    return UsageError(
        f"the condition of --where cannot be used: {errors.first_paragraph(error)}; it may name the columns "
        "of captures and article_versions, see docs/reference.md"
    )
