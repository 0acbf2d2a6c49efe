"""One writer a database: a lock that names its holder, and that is free as soon as its process is dead.

The lock is flock(2) on a file, which the kernel frees with the process. Between machines that share a folder
over a network it may reach no farther than each of them; so the file also names the owner, who sets its time
every few seconds as a heartbeat. An owner on another machine holds the lock while that time is fresh.
"""

import contextlib
import errno
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from records import BusyError

HEARTBEAT_S = 5.0
STALE_S = 60.0
"""So long after its last heartbeat an owner on another machine counts as dead."""

_POLL_S = 0.1
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


def take(path: Path, db: Path, *, wait_s: float) -> int:
    """Lock the file `path` for writing to `db`; returns the descriptor that holds the lock until closed.

    A process that is forked (not spawned) while the lock is held keeps it as long as it lives.

    Args:
        path: the lock file; made where it is missing, and never removed, since removing it would let two in.
        db: the database as the user named it, for the message.
        wait_s: how long to wait for another writer to end.

    Raises:
        BusyError: another writer holds it, with who, since when and when it was last heard of.
        OSError: the file cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _wait(descriptor, db, wait_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _ourselves(), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def keep_alive(descriptor: int, *, every_s: float = HEARTBEAT_S) -> Callable[[], None]:
    """Set the lock's heartbeat in a thread of its own; returns what ends it and gives the lock back."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(every_s):
            with contextlib.suppress(OSError):
                os.utime(descriptor)

    thread = threading.Thread(target=beat, name="dateline-lock", daemon=True)
    thread.start()

    def release() -> None:
        ended.set()
        thread.join()
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)

    return release


def _wait(descriptor: int, db: Path, wait_s: float) -> None:
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
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return not (_owner(descriptor) and _age_s(descriptor) < STALE_S)
    owner = _owner(descriptor)
    # On the kernel that runs us the lock itself has told that the owner is gone.
    elsewhere = owner.get("boot") not in (None, _boot())
    if elsewhere and _age_s(descriptor) < STALE_S:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        return False
    return True


def _ourselves() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "boot": _boot()}
    return json.dumps(owner).encode() + b"\n"


def _owner(descriptor: int) -> Mapping[str, Any]:
    """Whom the file names; nobody where it was given back, or is unreadable."""
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _age_s(descriptor: int) -> float:
    return time.time() - os.fstat(descriptor).st_mtime


def _boot() -> str:
    """Tells the running kernel from every other, containers on it included; the host's name elsewhere."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


def _locked(descriptor: int, db: Path) -> BusyError:
    owner = _owner(descriptor)
    try:
        heard = max(0, round(_age_s(descriptor)))
        holder = (
            f"process {owner['pid']} on {owner['host']} since {owner['since']}, last heard of {heard} s ago"
        )
    except KeyError:
        holder = "another process"
    return BusyError(
        f"{db} is being written by {holder}: run this again when it has finished, or wait for it with "
        "--wait 60s"
    )
