"""Copies archive files from one database to another: into a backup, back from it, and when two are merged.

A file is written once, by one run; later only pages that were taken down are overwritten. So files of one
name and one beginning are one file, and the longer is the more complete.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.archive_pages import SUFFIX, beginning
from warehouse.files import copy_to, sync_folder
from warehouse.places import keep_aside

_MODE = 0o644
_INCOMING = "incoming"
"""A folder in the archive's, for files that have no name there yet."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Archive files that were copied.

    Attributes:
        files: so many the archive has.
        bytes: so many bytes these have.
        fresh: the files that were copied now, by their new full names.
    """

    files: int
    bytes: int
    fresh: tuple[Path, ...] = ()


def archive_files(folder: Path) -> tuple[Path, ...]:
    """The files of an archive, by name; none where there is no such folder."""
    return tuple(sorted(each for each in folder.glob(f"*{SUFFIX}") if each.is_file()))


def size_of(folder: Path) -> Copied:
    """How large an archive is, nothing of it copied."""
    files = archive_files(folder)
    return Copied(len(files), _bytes(files))


def back_up(source: Path, target: Path, *, earlier: Collection[Path] = ()) -> Copied:
    """Bring the archive of a backup up to that of its database; nothing that only the backup has is removed.

    Args:
        source: the archive's folder.
        target: the folder for the copies; made where it is missing.
        earlier: folders of other backups beside it: what is the same there becomes a hard link.

    Raises:
        OSError: no room, no permission; what is there already stays, and is not copied again the next time.
    """
    files = archive_files(source)
    needed = [file for file in files if not _is_copy(file, target / file.name) and not _is_cut(file, target)]
    linked = {file for file in needed if _link(file, target, earlier)}
    copied = [file for file in needed if file not in linked]
    if copied:
        target.mkdir(parents=True, exist_ok=True)
        _check_room(copied, target)
    for file in copied:
        fresh = target / f".{file.name}.{os.getpid()}.part"
        _copy(file, fresh)
        fresh.replace(target / file.name)
    if needed:
        sync_folder(target)
    return Copied(len(files), _bytes(files), tuple(target / file.name for file in needed))


@contextlib.contextmanager
def incoming(source: Path, target: Path, names: Mapping[str, str]) -> Iterator[tuple[Path, ...]]:
    """Copy the files that an archive has not, or has shorter, to where they wait; name them at the end.

    Args:
        source: the folder of the other archive.
        target: the folder of this one.
        names: what each file of the other is called here.

    Yields:
        The copies, with their new names but in a folder apart: what is not to come in can be noted.

    Raises:
        OSError: no room, no permission; nothing came in.
    """
    needed = [
        file
        for file in archive_files(source)
        if file.name in names and _size(target / names[file.name]) < file.stat().st_size
    ]
    if not needed:
        yield ()
        return
    waiting = target / _INCOMING
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(parents=True)
    try:
        _check_room(needed, waiting)
        for file in needed:
            _copy(file, waiting / names[file.name])
        copies = tuple(waiting / names[file.name] for file in needed)
        yield copies
        for copy in copies:
            copy.replace(target / copy.name)
        sync_folder(target)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def names_here(source: Path, target: Path) -> dict[str, str]:
    """What each file of one archive is called in another: the same, unless a different one has that name."""
    names = {}
    for file in archive_files(source):
        here = target / file.name
        names[file.name] = file.name
        if here.exists() and beginning(here) != (told := beginning(file)):
            names[file.name] = f"{file.name.removesuffix(SUFFIX)}-{told[:12]}{SUFFIX}"
    return names


def set_aside_others(source: Path, target: Path) -> tuple[Path, ...]:
    """Give another name to the files of an archive that have the name of a different one in the other."""
    aside = []
    for name, other_name in names_here(source, target).items():
        if name != other_name:
            aside.append(keep_aside(target / name))
            (target / name).unlink(missing_ok=True)
    return tuple(aside)


def _is_copy(file: Path, copy: Path) -> bool:
    """Whether it was copied and not changed since, by size and time, as rsync looks."""
    try:
        there, here = file.stat(), copy.stat()
    except FileNotFoundError:
        return False
    return (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns)


def _is_cut(file: Path, target: Path) -> bool:
    """Whether the backup has more of it: then damage has cut it since."""
    return _size(target / file.name) > file.stat().st_size


def _link(file: Path, target: Path, earlier: Collection[Path]) -> bool:
    for folder in earlier:
        if _is_copy(file, folder / file.name):
            target.mkdir(parents=True, exist_ok=True)
            fresh = target / f".{file.name}.{os.getpid()}.part"
            fresh.unlink(missing_ok=True)
            try:
                os.link(folder / file.name, fresh)
            except OSError:  # a file system without hard links, or another one
                return False
            fresh.replace(target / file.name)
            return True
    return False


def _copy(file: Path, target: Path) -> None:
    """Durable, and with the time of the original, by which `_is_copy` knows it."""
    source = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(source)
        copy_to(source, target, mode=_MODE)
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
    finally:
        os.close(source)


def _check_room(files: Collection[Path], folder: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, _bytes(files)
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"the archive needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free",
            str(folder),
        )


def _bytes(files: Collection[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def _size(file: Path) -> int:
    """Of a file; -1 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return -1
