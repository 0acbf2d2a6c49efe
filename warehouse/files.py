"""Copies a database file beside another and makes the change durable: reflink where the file system can."""

import contextlib
import errno
import fcntl
import os
import shutil
from pathlib import Path

_FICLONE = 0x40049409
"""The request number of Linux's ioctl_ficlone(2)."""

_CHUNK_BYTES = 1 << 26


def copy_to(source: int, target: Path, *, mode: int) -> None:
    """Copy the open file `source` (a descriptor) to the new file `target` and flush it to the disk.

    The descriptor stays open, on purpose: closing any descriptor of a file drops every POSIX lock that the
    process holds on it, DuckDB's among them.

    Raises:
        OSError: no room, no permission; the half-written target is removed.
    """
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    copy = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.ioctl(copy, _FICLONE, source)
        except OSError:
            _check_room(source, target)
            _copy_bytes(source, copy)
        os.fchmod(copy, mode)
        os.fsync(copy)
    except BaseException:
        target.unlink()
        raise
    finally:
        os.close(copy)


def sync_folder(folder: Path) -> None:
    """Make renames within the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_room(source: int, target: Path) -> None:
    """Rather refuse at once than fill the disk for everybody first."""
    free = shutil.disk_usage(target.parent).free
    needed = os.fstat(source).st_size
    if free < needed:
        raise OSError(
            errno.ENOSPC, f"a copy needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free", str(target)
        )


def _copy_bytes(source: int, copy: int) -> None:
    size = os.fstat(source).st_size
    offset = 0
    in_kernel = hasattr(os, "copy_file_range")
    while offset < size:
        count = min(_CHUNK_BYTES, size - offset)
        if in_kernel:
            try:
                offset += os.copy_file_range(source, copy, count, offset, offset)
            except OSError as error:
                if error.errno not in (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP):
                    raise
                in_kernel = False
        else:
            offset += os.pwrite(copy, os.pread(source, count, offset), offset)
