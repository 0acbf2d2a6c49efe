"""One writer a database: a lock that names its holder, and that the kernel frees when its process dies."""

import fcntl
import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

from records import BusyError

_POLL_S = 0.1


def take(path: Path, db: Path, *, wait_s: float) -> int:
    """Lock the file `path` for writing to `db`; returns the descriptor that holds the lock until closed.

    A process that is forked (not spawned) while the lock is held keeps it as long as it lives.

    Args:
        path: the lock file; made where it is missing, and never removed, since removing it would let two in.
        db: the database as the user named it, for the message.
        wait_s: how long to wait for another writer to end.

    Raises:
        BusyError: another writer holds it, with who and since when.
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, db, wait_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _owner(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _acquire(descriptor: int, db: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while not _try(descriptor):
        if time.monotonic() >= deadline:
            raise _locked(descriptor, db)
        time.sleep(_POLL_S)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode() + b"\n"


def _locked(descriptor: int, db: Path) -> BusyError:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
        holder = f"process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        holder = "another process"
    return BusyError(f"{db} is being written by {holder}: run this again when it has finished")
