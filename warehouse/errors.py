"""Turns what DuckDB and the operating system report into sentences for a person."""

import errno
import os
import re
from pathlib import Path

import duckdb

from records import BusyError, WarehouseError

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>\S+)(?: \(PID (?P<pid>\d+)\))?")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = (
    "no space left on device",
    "disk quota exceeded",
    "file too large",
    "could not write all bytes",
)
_DAMAGED_WORDS = ("corrupt", "could not read enough bytes")


def from_duckdb(error: duckdb.Error, db: Path) -> WarehouseError:
    """The sentence for an error that DuckDB raised while the database `db` was opened, read or written."""
    said = first_paragraph(error)
    lower = said.lower()
    if is_full(error):
        return no_room(db)
    if "not a valid duckdb database file" in lower:
        return not_a_database(db)
    if "could not set lock" in lower:
        holder = _HOLDER.search(said)
        who = (
            f"process {holder['pid']} ({holder['program']})"
            if holder and holder["pid"]
            else "another process"
        )
        return BusyError(f"{db} is held open by {who}: end that process, or wait for it, and try again")
    if "trying to read a database file with version number" in lower or "newer version of duckdb" in lower:
        return WarehouseError(
            f"{db} was written by a newer DuckDB than this Dateline uses: update Dateline, or name another "
            "with --db"
        )
    if "permission denied" in lower or "read-only file system" in lower:
        return not_writable(db)
    return WarehouseError(
        f"{db} cannot be used, it may be damaged (DuckDB says: {said}): put a backup in its place with "
        "`dateline restore BACKUP`, or name another with --db"
    )


def from_os(error: OSError, db: Path) -> WarehouseError:
    """The sentence for an error of the operating system while the database `db` was being written."""
    if error.errno in _FULL:
        said = error.strerror or ""
        return no_room(db, "" if said == os.strerror(error.errno) else said)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return not_writable(db)
    return WarehouseError(f"{db} cannot be written ({error.strerror}): mend that, or name another with --db")


def is_dead(error: duckdb.Error) -> bool:
    """Whether DuckDB answers nothing more on this connection, as after a checkpoint that failed."""
    return isinstance(error, duckdb.FatalException | duckdb.InternalException) or "invalidated" in str(error)


def is_damaged(error: duckdb.Error) -> bool:
    """Whether a file holds what DuckDB never wrote, or less than it did; seen when that part is read."""
    said = str(error).lower()
    return any(words in said for words in _DAMAGED_WORDS)


def is_full(error: duckdb.Error) -> bool:
    """Whether the disk (or the quota) is full."""
    said = str(error).lower()
    return any(words in said for words in _FULL_WORDS)


def no_room(db: Path, detail: str = "") -> WarehouseError:
    """The disk is full, or has too little room for what `detail` says."""
    more = f" ({detail})" if detail else ""
    return WarehouseError(
        f"There is no room left on the disk of {db}{more}: what was stored is safe, free some space and run "
        "it again"
    )


def not_writable(db: Path) -> WarehouseError:
    """The folder cannot be written."""
    return WarehouseError(
        f"The folder {db.parent} cannot be written by this user: name a database elsewhere with --db"
    )


def not_a_database(db: Path) -> WarehouseError:
    """Something else stands under the name."""
    return WarehouseError(
        f"{db} is not a DuckDB database, so it was left as it is: name another file with --db"
    )


def damaged_store(db: Path, error: WarehouseError) -> WarehouseError:
    """The writer's private store cannot be opened; whatever DuckDB calls it, its remedy is the same."""
    if not isinstance(error.__cause__, duckdb.Error) or is_full(error.__cause__):
        return error
    said = first_paragraph(error.__cause__)
    if "permission denied" in said.lower() or "newer" in said.lower():
        return error
    return store_damaged(db, said)


def from_store(error: duckdb.Error, db: Path) -> WarehouseError:
    """The sentence for an error that DuckDB raised over the writer's private store."""
    if is_damaged(error) and not is_full(error):
        return store_damaged(db, first_paragraph(error))
    return from_duckdb(error, db)


def store_damaged(db: Path, said: str) -> WarehouseError:
    """The writer's private store holds what DuckDB never wrote, or less than it did."""
    return WarehouseError(
        f"The store of {db} is damaged, and was left as it is (DuckDB says: {said}): put a backup, or "
        f"{db.name} itself as it was published last, in its place with `dateline restore BACKUP --db {db}`"
    )


def not_ours(db: Path) -> WarehouseError:
    """Somebody else's database stands under the name."""
    return WarehouseError(
        f"{db} is a DuckDB database that Dateline did not make, so it was left as it is: name another "
        "with --db"
    )


def first_paragraph(error: duckdb.Error) -> str:
    """What DuckDB says, on one line: its lines up to the first blank one, and the line that it points at."""
    return " ".join(str(error).strip().split("\n\n", 1)[0].split())
