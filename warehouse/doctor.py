"""Examines a database without changing it: reads all of it, and looks for what breaks an invariant."""

import contextlib
import os
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import duckdb

from records import BusyError, WarehouseError
from warehouse import errors, lock
from warehouse.checks import CHECKS, Check
from warehouse.integrity import current_catalog, read_table, tables_of
from warehouse.migrate import check_schema, migrations
from warehouse.places import ARCHIVE, STORE, archive_of, folder_of, must_exist
from warehouse.store import attach_published

_HEAD_BYTES = 400
_GZIP_MARK, _RECORD_MARK = b"\x1f\x8b", b"WARC/"
_NOTICE = b"\r\nWARC-Type: metadata\r\n"
"""What `warehouse.archive_pages` puts in the place of a page bears it; a page never does."""

_EXAMPLES = 3
_AT_ONCE = 10_000

_STATE = """
SELECT (SELECT coalesce(max(batch_id), 0) FROM batches), (SELECT count(*) FROM runs),
  (SELECT count(*) FROM articles), (SELECT count(*) FROM article_versions), (SELECT count(*) FROM captures),
  (SELECT count(*) FROM outcomes)
"""

_RESTORE = "bring the data back with `dateline restore BACKUP`"
_REPORT = (
    "make a copy with `dateline backup`, then bring back a sound state with `dateline restore`, and please "
    "report it"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at the database showed.

    Attributes:
        says: what was looked for, in words.
        passed: None where it could not be looked for.
        found: what is wrong or why it was not looked at; empty where it passed.
        remedy: what to do; empty unless it did not pass.
    """

    says: str
    passed: bool | None
    found: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A database that could be opened: its name in findings, and what it holds."""

    state: tuple[object, ...]
    schema: int


def examine(db: Path) -> Iterator[Finding]:
    """Look into the store, unless a writer has it, and into the published file. Changes neither.

    Args:
        db: the published file.

    Yields:
        One finding a check, as they are made.

    Raises:
        WarehouseError: there is no such database.
    """
    must_exist(db)
    file, folder = db.resolve(), folder_of(db)
    store = folder / STORE
    held = -1
    stored: _Looked | None = None
    try:
        if store.exists():
            try:
                held = lock.take(folder / "lock", db, wait_s=0)
            except BusyError as error:
                yield Finding("the store can be looked into", None, str(error))
            except OSError as error:
                yield Finding("the store can be looked into", None, str(errors.from_os(error, db)))
            else:
                stored = yield from _file(store, "the store", remedy=_remedy_for_store(file))
        if not file.exists():
            yield Finding(
                "there is a published file", False, f"{db} is not there", "publish with `dateline maintain`"
            )
            return
        published = yield from _file(
            file,
            "the published file",
            remedy="publish anew with `dateline maintain` after moving it away" if stored else _RESTORE,
            checks=() if stored else CHECKS,
        )
    finally:
        if held >= 0:
            os.close(held)
    if stored and published:
        yield _agreement(stored, published)


def _remedy_for_store(file: Path) -> str:
    return f"{_RESTORE}, or from what was published last with `dateline restore {file}`"


def _file(
    file: Path, name: str, *, remedy: str, checks: tuple[Check, ...] = CHECKS
) -> Generator[Finding, None, _Looked | None]:
    """Everything about one file; returns what it holds, None where that could not be read."""
    try:
        connection = attach_published(file, file)
    except WarehouseError as error:
        yield Finding(f"{name} opens", False, str(error), remedy)
        return None
    try:
        schema = check_schema(connection, file)
        newest = migrations()[-1].version
        yield Finding(f"{name} opens, with schema {schema}", True)
        if schema < newest:
            yield Finding(
                f"{name} has the newest schema, {newest}",
                None,
                "an older Dateline made it: the next `dateline maintain` brings it up to date",
            )
        sound = yield from _reading(connection, name, remedy)
        if not sound:
            return None
        for check in checks:
            yield _checked(connection, check)
        if checks:
            yield _archives(connection, file)
        return _Looked(connection.execute(_STATE).fetchall()[0], schema)
    except WarehouseError as error:
        yield Finding(f"{name} is a database of Dateline's", False, str(error), remedy)
    except duckdb.Error as error:
        yield Finding(f"{name} can be read", False, errors.first_paragraph(error), remedy)
    finally:
        connection.close()
    return None


def _reading(connection: duckdb.DuckDBPyConnection, name: str, remedy: str) -> Generator[Finding, None, bool]:
    """Every value of every table; a damaged block kills the connection, so the first one ends it."""
    rows = 0
    tables = tables_of(connection, current_catalog(connection))
    for table in tables:
        try:
            rows += read_table(connection, current_catalog(connection), table).rows
        except duckdb.Error as error:
            yield Finding(
                f"every row of {name} can be read",
                False,
                f"{table} cannot be: {errors.first_paragraph(error)}",
                remedy,
            )
            return False
    yield Finding(f"every row of {name} can be read: {rows} in {len(tables)} tables", True)
    return True


def _checked(connection: duckdb.DuckDBPyConnection, check: Check) -> Finding:
    if not _has(connection, check.needs):
        return Finding(check.says, None, "the schema is of an older Dateline that did not keep this")
    rows = connection.execute(check.sql).fetchall()
    if not rows:
        return Finding(check.says, True)
    examples = ", ".join(str(row[0]) for row in rows[:_EXAMPLES])
    return Finding(check.says, False, f"{len(rows)} times not, as {examples}", check.remedy or _REPORT)


def _has(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> bool:
    there = {str(row[0]) for row in connection.execute("SHOW TABLES").fetchall()}
    return there.issuperset(tables)


def _archives(connection: duckdb.DuckDBPyConnection, file: Path) -> Finding:
    """Whether each capture that says where its bytes are archived is right: a record begins there."""
    says = "each archived capture is where it says"
    base = file.parent / ARCHIVE if file.name == STORE else archive_of(file)
    wrong: list[str] = []
    cursor = connection.execute(
        """SELECT capture_id, archive_file, archive_offset FROM captures
        WHERE archive_file IS NOT NULL ORDER BY archive_file, archive_offset"""
    )
    with _Archives(base) as archives:
        while rows := cursor.fetchmany(_AT_ONCE):
            for capture_id, archive, offset in rows:
                problem = archives.not_a_page(archive, offset)
                if problem:
                    wrong.append(f"{capture_id} ({archive}: {problem})")
    if not wrong:
        return Finding(says, True)
    return Finding(
        says,
        False,
        f"{len(wrong)} are not, as {', '.join(wrong[:_EXAMPLES])}",
        "put the archive files back from a backup; the articles themselves are not concerned",
    )


@dataclass(slots=True)
class _Archives:
    """The files of an archive while they are looked into, one of them open at a time."""

    folder: Path
    _name: str = ""
    _file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def not_a_page(self, name: str, offset: int | None) -> str:
        """What is wrong with a place in a file, in words; empty where a page begins there."""
        if offset is None:
            return "no offset is given"
        try:
            if self._file is None or name != self._name:
                self.__exit__()
                self._file, self._name = None, name
                self._file = (self.folder / name).open("rb")
            self._file.seek(offset)
            head = self._file.read(_HEAD_BYTES)
        except OSError as error:
            return error.strerror or "cannot be read"
        if head.startswith(_GZIP_MARK):
            with contextlib.suppress(zlib.error):
                head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head)
        if not head.startswith(_RECORD_MARK):
            return f"no record begins at {offset}"
        return f"the page at {offset} was taken down" if _NOTICE in head else ""


def _agreement(stored: _Looked, published: _Looked) -> Finding:
    says = "the published file holds what the ledger does"
    if stored == published:
        return Finding(says, True)
    names = ("schema", "batches", "runs", "articles", "versions", "captures", "outcomes")
    apart = [
        f"{mine} {name} in the store and {theirs} published"
        for name, mine, theirs in zip(
            names, (stored.schema, *stored.state), (published.schema, *published.state), strict=True
        )
        if mine != theirs
    ]
    return Finding(says, False, ", ".join(apart), "publish what is stored with `dateline maintain`")
