"""Turns what DuckDB and the operating system report into sentences for a person."""

import errno
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
        f"{db} cannot be used, it may be damaged (DuckDB says: {said}): restore it from a backup, or name "
        "another with --db"
    )


def from_os(error: OSError, db: Path) -> WarehouseError:
    """The sentence for an error of the operating system while the database `db` was being written."""
    if error.errno in _FULL:
        return no_room(db)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return not_writable(db)
    return WarehouseError(f"{db} cannot be written ({error.strerror}): mend that, or name another with --db")


def is_dead(error: duckdb.Error) -> bool:
    """Whether DuckDB answers nothing more on this connection, as after a checkpoint that failed."""
    return isinstance(error, duckdb.FatalException | duckdb.InternalException) or "invalidated" in str(error)


def is_full(error: duckdb.Error) -> bool:
    """Whether the disk (or the quota) is full."""
    said = str(error).lower()
    return any(words in said for words in _FULL_WORDS)


def no_room(db: Path) -> WarehouseError:
    """The disk is full."""
    return WarehouseError(
        f"There is no room left on the disk of {db}: what was stored is safe, free some space and run it "
        "again"
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


def not_ours(db: Path) -> WarehouseError:
    """Somebody else's database stands under the name."""
    return WarehouseError(
        f"{db} is a DuckDB database that Dateline did not make, so it was left as it is: name another "
        "with --db"
    )


def first_paragraph(error: duckdb.Error) -> str:
    """What DuckDB says, on one line: its lines up to the first blank one, and the line that it points at."""
    return " ".join(str(error).strip().split("\n\n", 1)[0].split())
