"""Publishes the store: a copy under the name that the user opens, put there in one step.

Readers of the published file keep the file they opened; the next one to open it gets the new. Nothing that
somebody else put or changed under that name is ever overwritten: it is moved aside, together with its
write-ahead log, which DuckDB would otherwise replay onto the next published file.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse import errors
from warehouse.files import copy_to, sync_folder

MODE = 0o444
"""Read-only for everybody, so that DuckDB's shell opens it so."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Tells whether a file is the one that was published: inode, size in bytes, time of change in ns."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Published:
    """What was published last. `files` holds two while one is being put in the place of the other."""

    state: str
    files: tuple[Identity, ...]


def identity_of(path: Path) -> Identity | None:
    """The identity of the file; None where there is none, or an empty one that nobody can miss."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Identity(found.st_ino, found.st_size, found.st_mtime_ns) if found.st_size else None


def is_published(file: Path, folder: Path, *, state: str) -> bool:
    """Whether this state is what stands under the name `file`, with no log beside it."""
    before = read_record(folder)
    return identity_of(file) in before.files and before.state == state and not _wal_of(file).exists()


def publish(source: int, file: Path, folder: Path, *, state: str) -> tuple[str, ...]:
    """Put a copy of the open, checkpointed store `source` under the name `file`.

    Args:
        source: descriptor of the store.
        file: the name that the user opens.
        folder: the store's folder, on the same file system.
        state: names what is in the store, for `is_published`.

    Returns:
        What a person should know: a sentence for each file that was moved aside.

    Raises:
        WarehouseError: no room or no permission; what was published before still stands.
    """
    before = read_record(folder)
    current = identity_of(file)
    wal = _wal_of(file)
    fresh = folder / "publishing"
    try:
        copy_to(source, fresh, mode=MODE)
        foreign = wal.exists() or (current is not None and current not in before.files)
        messages = (_set_aside(file, wal),) if foreign else ()
        identity = identity_of(fresh)
        # Written before the rename, so that a kill on either side of it leaves a file that is recognised.
        possible = (identity,) if foreign else (current, identity)
        write_record(folder, Published("", tuple(known for known in possible if known)))
        fresh.replace(file)
        sync_folder(file.parent)
        write_record(folder, Published(state, tuple(known for known in (identity,) if known)))
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise errors.from_os(error, file) from error
    return messages


def _wal_of(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def read_record(folder: Path) -> Published:
    """What was published last; nothing where that is not known."""
    try:
        record = json.loads((folder / "published.json").read_text(encoding="utf-8"))
        return Published(record["state"], tuple(Identity(**identity) for identity in record["files"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Published("", ())


def write_record(folder: Path, record: Published) -> None:
    """Note what is published, in one step."""
    fresh = folder / "published.json.new"
    with fresh.open("w", encoding="utf-8") as target:
        json.dump(asdict(record), target)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(folder / "published.json")
    sync_folder(folder)


def _set_aside(file: Path, wal: Path) -> str:
    """Move the file and its write-ahead log to the next free name; returns the sentence that says so."""
    number = 1
    while True:
        aside = file.with_name(f"{file.name}.set-aside-{number}")
        aside_wal = aside.with_name(aside.name + ".wal")
        if not (aside.exists() or aside_wal.exists()):
            break
        number += 1
    # The log first: alone beside the published file it would be replayed onto it.
    if wal.exists():
        wal.replace(aside_wal)
    if file.exists():
        file.replace(aside)
    sync_folder(file.parent)
    return (
        f"{file} was changed by another program since it was published, so it was kept as {aside.name}: "
        "tables of your own belong in a file of their own"
    )
