"""Where the files of a database lie, and how one is put in the place of another without losing either."""

import contextlib
import os
from pathlib import Path

from records import WarehouseError
from warehouse.files import sync_folder

STORE = "store.duckdb"
ARCHIVE = "archive"
"""The folder, in the store's, of the WARC files that `captures.archive_file` names."""
COMPACTION_DUE = "compaction-due"
"""Stands in the store's folder while free blocks still hold what was forgotten."""

LEFT_OVER = ("compacting", "compacting.wal", "publishing", "restoring", "restoring.wal", "adopting")
"""What a killed command leaves in the store's folder; whoever holds the lock may remove it."""


def folder_of(db: Path) -> Path:
    """The folder of the private store of a database."""
    file = db.resolve()
    return file.with_name(file.name + ".store")


def archive_of(db: Path) -> Path:
    """The folder of a database's archive, whether or not there is one."""
    return folder_of(db) / ARCHIVE


def must_exist(db: Path) -> None:
    """Refuse to make a database where one was to be tended.

    Raises:
        WarehouseError: neither the published file nor a store is there.
    """
    if not (db.exists() or (folder_of(db) / STORE).exists()):
        raise WarehouseError(
            f"There is no database {db}: make one with `dateline ingest`, or name another with --db"
        )


def wal_of(file: Path) -> Path:
    """The write-ahead log that DuckDB keeps beside a database file."""
    return file.with_name(file.name + ".wal")


def keep_aside(file: Path) -> Path:
    """Give the file a second name, under which it stays when another takes its place; returns that name."""
    number = 1
    while (aside := file.with_name(f"{file.name}.set-aside-{number}")).exists() or wal_of(aside).exists():
        number += 1
    wal = wal_of(file)
    # The log first: beside the file that comes in its place it would be replayed onto that one.
    if wal.exists():
        wal.replace(wal_of(aside))
    if file.exists():
        try:
            os.link(file, aside)
        except OSError:  # a file system without hard links
            file.replace(aside)
    sync_folder(file.parent)
    return aside


def clear_left_over(folder: Path) -> None:
    """Remove what killed commands left in the store's folder; the lock must be held."""
    for name in LEFT_OVER:
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()


def sync_file(file: Path) -> None:
    """Make what was written to a closed file durable."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
