"""Makes a backup: a copy of the published file, read to the end before it got its name, with its archive."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from records import BusyError, UsageError, WarehouseError
from warehouse import errors, open_writer
from warehouse.archive_copy import Copied, back_up, size_of
from warehouse.files import copy_to, sync_folder
from warehouse.integrity import Contents, read_file
from warehouse.migrate import check_schema, migrations
from warehouse.places import STORE, archive_of, folder_of, must_exist
from warehouse.publish import MODE
from warehouse.store import attach_published

_MADE = "backups.jsonl"
"""One line a backup, in the store's folder, so that `forget` can name them."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Attributes:
        file: where it is.
        bytes: its size.
        contents: what it holds, every row of it read.
        archive: the archive of the database.
        has_archive: whether that was copied too; False where it was left out.
        notes: what a person should know, a sentence each.
    """

    file: Path
    bytes: int
    contents: Contents
    archive: Copied
    has_archive: bool
    notes: tuple[str, ...]


def backup(
    db: Path,
    target: Path,
    *,
    now: datetime,
    replace: bool = False,
    with_archive: bool = True,
    program_version: str = "",
) -> Backup:
    """Copy a database with its archive, also while a writer is writing, and read every row of the copy.

    What the writer has stored is published first; while another process writes, what it published last is
    copied. The copy is a database like any other: open it, ingest into it, restore it. Its archive stands
    where that of any database does; only files that are not there yet are copied, and those that another
    backup beside it has become hard links.

    Args:
        db: the database.
        target: the file to make, or a folder, in which it gets the name of the database with the time.
        now: aware; for that name.
        replace: whether a file of that name may be replaced.
        with_archive: False to leave the archive out.
        program_version: of Dateline.

    Raises:
        UsageError: the target is there already, or its folder is not.
        WarehouseError: no database, no room, or the published file is damaged; no backup was made.
    """
    must_exist(db)
    file = _named(db, target, now)
    if file.resolve() == db.resolve():
        raise UsageError(f"{file} is the database itself: name another file for the backup")
    if not file.parent.is_dir():
        raise UsageError(f"There is no folder {file.parent}: make it first, or name another")
    if os.path.lexists(file) and not replace:
        raise _there_already(file)
    notes = _publish_first(db, program_version)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        source = os.open(db.resolve(), os.O_RDONLY | os.O_CLOEXEC)
        try:
            copy_to(source, fresh, mode=MODE)
        finally:
            os.close(source)
        contents = read_file(fresh, db)
        archive = _back_up_archive(db, file) if with_archive else size_of(archive_of(db))
        _give_name(fresh, file, replace=replace)
        sync_folder(file.parent)
    except OSError as error:
        raise errors.from_os(error, file) from error
    finally:
        fresh.unlink(missing_ok=True)
    _note(db, file, now)
    return Backup(
        file=file,
        bytes=file.stat().st_size,
        contents=contents,
        archive=archive,
        has_archive=with_archive,
        notes=notes,
    )


def backups_of(db: Path) -> tuple[Path, ...]:
    """Every backup that was made of a database and is still where it was made, in the order of making."""
    try:
        lines = (folder_of(db) / _MADE).read_text(encoding="utf-8").splitlines()
        found = [Path(json.loads(line)["file"]) for line in lines]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    return tuple(file for file in dict.fromkeys(found) if file.exists())


def _back_up_archive(db: Path, file: Path) -> Copied:
    """After the rows, so that every page that they point to is there."""
    beside = (archive_of(each) for each in reversed(backups_of(db)) if each.parent == file.resolve().parent)
    return back_up(archive_of(db), archive_of(file), earlier=tuple(beside))


def _named(db: Path, target: Path, now: datetime) -> Path:
    if not target.is_dir():
        return target
    return target / f"{db.stem}-{now:%Y%m%dT%H%M%SZ}.duckdb"


def _publish_first(db: Path, program_version: str) -> tuple[str, ...]:
    """Bring the published file up to what is stored, unless somebody is just doing so."""
    if not (folder_of(db) / STORE).exists() or _is_of_an_older_dateline(db):
        return ()
    try:
        with open_writer(db, program_version=program_version) as writer:
            return tuple(writer.publish())
    except BusyError:
        return ("another process is writing, so this is what it published last",)
    except WarehouseError as error:
        if not db.exists():
            raise
        return (f"this is what was published last, because the store cannot be used: {error}",)


def _is_of_an_older_dateline(db: Path) -> bool:
    """Whether opening it for writing would change its schema, which a backup must not do."""
    if not db.exists():
        return False
    connection = attach_published(db.resolve(), db)
    try:
        return check_schema(connection, db) < migrations()[-1].version
    finally:
        connection.close()


def _give_name(fresh: Path, file: Path, *, replace: bool) -> None:
    if replace:
        fresh.replace(file)
        return
    try:
        os.link(fresh, file)  # fails where somebody made the file meanwhile; a rename would replace it
    except FileExistsError:
        raise _there_already(file) from None
    except OSError:  # a file system without hard links
        fresh.rename(file)


def _there_already(file: Path) -> UsageError:
    return UsageError(f"{file} is there already: name another file, or replace it with --replace")


def _note(db: Path, file: Path, now: datetime) -> None:
    folder = folder_of(db)
    if folder.is_dir():
        with (folder / _MADE).open("a", encoding="utf-8") as made:
            made.write(json.dumps({"file": str(file.resolve()), "at": now.isoformat()}) + "\n")
