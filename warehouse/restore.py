"""Puts a backup in the place of a database; what stood there is moved aside, never deleted."""

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import UsageError, WarehouseError
from warehouse import errors, lock, open_writer
from warehouse.archive_copy import incoming, names_here, set_aside_others
from warehouse.archive_takedown import note_pages
from warehouse.compact import publish_again
from warehouse.files import copy_to, sync_folder
from warehouse.forget import clean_archive, forget_again
from warehouse.forgotten import Forgotten, read_forgotten
from warehouse.integrity import Contents, read_file
from warehouse.places import ARCHIVE, STORE, archive_of, clear_left_over, folder_of, keep_aside
from warehouse.publish import identity_of, read_record
from warehouse.store import attach_published
from warehouse.writer import Writer


@dataclass(frozen=True, slots=True)
class Restored:
    """A database that was restored.

    Attributes:
        contents: what it holds, every row of it read.
        aside: where what stood there before is now.
        archive: archive files that came back from the backup.
        forgotten: articles of the backup that had been taken down since it was made, and were again.
        notes: what a person should know, a sentence each.
    """

    contents: Contents
    aside: tuple[Path, ...]
    archive: int
    forgotten: int
    notes: tuple[str, ...]


def restore(
    backup: Path, db: Path, *, now: datetime, wait_s: float = 0.0, program_version: str = ""
) -> Restored:
    """Make `db` what a backup or a published file holds, and publish it.

    Archive files that the backup has and the database lacks come back too; what else is in the archive stays.

    Args:
        backup: any database of Dateline's; the published file of `db` itself serves, where the store is lost.
        db: the database; damaged, older, newer or missing.
        now: aware.
        wait_s: how long to wait for a writer to end.
        program_version: of Dateline.

    Raises:
        UsageError: there is no such backup.
        WarehouseError: the backup is damaged or no database of Dateline's, a writer is at work, no room;
            nothing was changed.
    """
    if not backup.is_file():
        raise UsageError(f"There is no backup {backup}: check its name")
    if not db.resolve().parent.is_dir():
        raise UsageError(f"There is no folder {db.parent}: make it first, or name a database elsewhere")
    contents = read_file(backup.resolve(), backup)
    folder = folder_of(db)
    try:
        folder.mkdir(exist_ok=True)
        held = lock.take(folder / "lock", db, wait_s=wait_s)
        try:
            taken_down = _taken_down(db, folder)
            aside = _put_in_place(backup, db, folder)
        finally:
            os.close(held)
    except OSError as error:
        raise errors.from_os(error, db) from error
    with open_writer(db, wait_s=max(wait_s, 10.0), program_version=program_version) as writer:
        publish_again(writer.store)
        back, archives_aside = _bring_archive_back(backup, writer)
        forgotten = forget_again(writer, taken_down.values(), now=now, program_version=program_version)
        clean_archive(writer, now=now)
        notes = tuple(writer.publish())
    return Restored(contents, (*aside, *archives_aside), back, forgotten, notes)


def _bring_archive_back(backup: Path, writer: Writer) -> tuple[int, tuple[Path, ...]]:
    """Returns how many files came back, and the names under which different ones of their names are kept."""
    source, target = archive_of(backup), writer.store.folder / ARCHIVE
    if source.resolve() == target.resolve():
        return 0, ()
    try:
        aside = set_aside_others(source, target)
        with incoming(source, target, names_here(source, target)) as copies:
            note_pages(writer.store, read_forgotten(writer.store.connection), files=copies)
        return len(copies), aside
    except OSError as error:
        raise errors.from_os(error, writer.db) from error


def _put_in_place(backup: Path, db: Path, folder: Path) -> tuple[Path, ...]:
    """Copy the backup over the store; returns the names under which what stood there is kept."""
    clear_left_over(folder)
    store, fresh, published = folder / STORE, folder / "restoring", db.resolve()
    source = os.open(backup.resolve(), os.O_RDONLY | os.O_CLOEXEC)
    try:
        copy_to(source, fresh, mode=0o644)
    finally:
        os.close(source)
    read_file(fresh, backup)
    aside = [keep_aside(store)] if store.exists() else []
    # Another program's change to the published file is found, and the file moved aside, when publishing.
    ours = identity_of(published) in read_record(folder).files
    if ours and published.exists() and not backup.samefile(published):
        aside.append(keep_aside(published))
    fresh.replace(store)
    sync_folder(folder)
    return tuple(aside)


def _taken_down(db: Path, folder: Path) -> dict[str, Forgotten]:
    """What was forgotten here, as far as it can be read: a backup of before must not bring it back."""
    found: dict[str, Forgotten] = {}
    for file in (db.resolve(), folder / STORE):
        with contextlib.suppress(WarehouseError, duckdb.Error):
            connection = attach_published(file, db)
            with contextlib.closing(connection):
                found.update((each.article_id, each) for each in read_forgotten(connection))
    return found
