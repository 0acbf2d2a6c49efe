"""Opens the writer's private store: made, adopted from a published file, or found; migrated and locked.

The store of FILE is `FILE.store/store.duckdb`. DuckDB lets one process write a file or many read it, and a
reader that stays would block the writer; so nobody but the writer opens the store, and readers open FILE.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import BusyError, WarehouseError
from warehouse import errors, lock, publish
from warehouse.files import copy_to
from warehouse.migrate import bring_up_to_date, check_schema

CATALOG = "dateline"
"""What the store is called inside the connection."""

STORAGE_VERSION = "v1.2.0"
"""Compresses text with ZSTD and is read by every DuckDB since 1.2. Measured in issue 4: 145 MB for 100,000
articles of 4.5 kB, where the default takes 530 and v1.5.0 takes 235."""

CHECKPOINT_AT = "256MB"
"""Size of the write-ahead log at which DuckDB checkpoints by itself. It counts every piece of 2,048 values
that an update touches; at its own 16 MB each batch of updates scattered over a million articles was followed
by a checkpoint, which takes as long as four such batches."""

NO_COMPRESSION = "fsst,dict_fsst"
"""What DuckDB is not to try: ZSTD packs news texts better in the end, and to try these before
took a third of each checkpoint."""

READERS_S = 3.0
"""How long a writer waits for those who read the store live; `dateline sql --live` is to be short."""

LIVE_S = 2.0
"""How long one who reads the store live waits for its writer."""

_POLL_S = 0.1
_APOSTROPHE = "'"


@dataclass(slots=True)
class Store:
    """An open store.

    `source` is a descriptor for copying it, opened once and closed last: closing any descriptor of a file
    drops the lock that DuckDB holds on it. `release` gives the writer's lock back. `notes` are what a person
    should know of how it was opened. `dead` says that DuckDB has given the connection up, `damaged`
    that a part of the file could not be read, so that it must not be published over a good one.
    """

    db: Path
    file: Path
    folder: Path
    release: Callable[[], None]
    source: int
    connection: duckdb.DuckDBPyConnection
    notes: tuple[str, ...] = ()
    dead: bool = False
    damaged: bool = False

    def reopen(self) -> None:
        """Connect anew after DuckDB gave the old connection up; can be tried again when it fails.

        Raises:
            WarehouseError: it cannot be opened, for want of room for example.
        """
        self.dead = True
        self._disconnect()
        self.connection, self.source = _connect(self.folder)
        self.dead = False

    def checkpoint(self) -> None:
        """Write everything into the file, in this thread.

        With more of them another one may do it, while this one does nothing but ask whether it is done. Where
        others want the processor too, that doubled the time.

        Raises:
            duckdb.Error: what was committed is stored all the same, in the log.
        """
        self.connection.execute("SET threads = 1")
        try:
            self.connection.execute("CHECKPOINT")
        finally:
            with contextlib.suppress(duckdb.Error):  # where there was no room, nothing can be asked of it
                self.connection.execute("RESET threads")

    def close(self) -> None:
        """Give everything back, the lock last."""
        self._disconnect()
        self.release()

    def _disconnect(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self.connection.close()
        if self.source >= 0:
            os.close(self.source)
        self.source = -1


def open_store(db: Path, *, wait_s: float, program_version: str, now: datetime) -> Store:
    """Lock, find or make, and migrate the store of `db`.

    Raises:
        WarehouseError: with one sentence for each thing that can be in the way.
    """
    file = db.resolve()
    folder = file.with_name(file.name + ".store")
    with contextlib.ExitStack() as undo:
        try:
            held = _locked_folder(file, folder, db, wait_s=wait_s)
            release = lock.keep_alive(held)
            undo.callback(release)
            if not (folder / "store.duckdb").exists() and publish.identity_of(file):
                _adopt(file, folder, db)
            connection, source = _connect_at_last(folder, db, wait_s=wait_s)
            undo.callback(os.close, source)
            undo.callback(connection.close)
            notes = bring_up_to_date(connection, source, folder, db, program_version=program_version, now=now)
        except OSError as error:
            raise errors.from_os(error, db) from error
        except duckdb.Error as error:
            raise errors.from_store(error, db) from error
        undo.pop_all()
    return Store(
        db=db, file=file, folder=folder, release=release, source=source, connection=connection, notes=notes
    )


def attach_published(file: Path, db: Path) -> duckdb.DuckDBPyConnection:
    """A new read-only connection to the published file, its catalog named after the file; times are in UTC.

    Attached to a database in memory rather than connected to: a second `duckdb.connect` in a process that
    still reads the file published before would be answered from that one.

    Raises:
        WarehouseError: not there, not a database, not to be read.
    """
    if not file.exists():
        raise WarehouseError(
            f"There is no database {db}: make one with `dateline ingest`, or name another with --db"
        )
    if file.is_dir() or not file.stat().st_size:
        raise errors.not_a_database(db)
    return _attached(file, file, db)


def _attached(path: Path, file: Path, db: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    try:
        name = _catalog_name(file)
        connection.execute(f"ATTACH {quoted(str(path), mark=_APOSTROPHE)} AS {name} (READ_ONLY)")
        connection.execute(f"USE {name}")
        connection.execute("SET TimeZone = 'UTC'")
    except duckdb.Error as error:
        connection.close()
        raise errors.from_duckdb(error, db) from error
    return connection


def quoted(text: str, *, mark: str = '"') -> str:
    """The text as an SQL identifier, or as a literal with an apostrophe for `mark`."""
    return mark + text.replace(mark, mark * 2) + mark


def _catalog_name(file: Path) -> str:
    taken = {"memory", "system", "temp", "main"}
    return quoted(CATALOG if file.stem.lower() in taken else file.stem)


def _locked_folder(file: Path, folder: Path, db: Path, *, wait_s: float) -> int:
    if not file.parent.is_dir():
        raise WarehouseError(
            f"There is no folder {file.parent}: make it first, or name a database elsewhere with --db"
        )
    if file.is_dir():
        raise errors.not_a_database(db)
    # A file that is no database is to be named before a folder is made beside it.
    if not folder.exists() and publish.identity_of(file):
        attach_published(file, db).close()
    folder.mkdir(exist_ok=True)
    return lock.take(folder / "lock", db, wait_s=wait_s)


def _adopt(file: Path, folder: Path, db: Path) -> None:
    """Make the published file the store, as after a restore or a move without the store's folder."""
    connection = attach_published(file, db)
    try:
        if not check_schema(connection, db):
            raise errors.not_ours(db)
    finally:
        connection.close()
    fresh = folder / "adopting"
    source = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        copy_to(source, fresh, mode=0o644)
    finally:
        os.close(source)
    identity = publish.identity_of(file)
    publish.write_record(folder, publish.Published("", (identity,) if identity else ()))
    fresh.replace(folder / "store.duckdb")


def _connect_at_last(folder: Path, db: Path, *, wait_s: float) -> tuple[duckdb.DuckDBPyConnection, int]:
    """Connect, and wait a little for whoever reads the store live."""
    deadline = time.monotonic() + max(wait_s, READERS_S)
    while True:
        try:
            return _connect(folder)
        except BusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_S)
        except WarehouseError as error:
            raise errors.damaged_store(db, error) from error


def attach_live(file: Path, db: Path) -> duckdb.DuckDBPyConnection:
    """A new read-only connection to the store itself, which only its writer sees while there is one.

    While the connection is open no writer can begin.

    Raises:
        BusyError: a writer was at work for `LIVE_S` seconds.
        WarehouseError: there is no store, or it is damaged.
    """
    store = file.with_name(file.name + ".store") / "store.duckdb"
    if not store.exists():
        return attach_published(file, db)
    deadline = time.monotonic() + LIVE_S
    while True:
        try:
            return _attached(store, file, db)
        except BusyError as error:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"The store of {db} is being written, and its writer lets nobody in: leave --live away "
                    "to read what was published last, or try again when it has finished"
                ) from error
            time.sleep(_POLL_S)
        except WarehouseError as error:
            raise errors.damaged_store(db, error) from error


def _connect(folder: Path) -> tuple[duckdb.DuckDBPyConnection, int]:
    path = folder / "store.duckdb"
    with contextlib.ExitStack() as undo:
        connection = duckdb.connect(":memory:")
        undo.callback(connection.close)
        try:
            literal = quoted(str(path), mark=_APOSTROPHE)
            connection.execute(f"ATTACH {literal} AS {CATALOG} (STORAGE_VERSION '{STORAGE_VERSION}')")
            connection.execute(f"USE {CATALOG}")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET checkpoint_threshold = '{CHECKPOINT_AT}'")
            connection.execute(f"SET disabled_compression_methods = '{NO_COMPRESSION}'")
        except duckdb.Error as error:
            raise errors.from_duckdb(error, path) from error
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        undo.pop_all()
    return connection, source
