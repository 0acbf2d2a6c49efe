"""Brings the history of another database into one: the same tables whichever is merged into which.

Ids are the same everywhere, so the histories are united: an article has the versions of both, each with the
earliest capture, the latest sighting and the last extraction of the two, and the decider then numbers them,
chooses the current one and tells duplicates from originals as it does for any batch.
"""

# ruff: noqa: S608 - put together from this module's own text; values are parameters

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from records import UsageError, WarehouseError
from warehouse import errors, ledger
from warehouse.archive_copy import incoming, names_here
from warehouse.archive_takedown import note_pages
from warehouse.forget import clean_archive, forget_again
from warehouse.forgotten import Forgotten, read_forgotten
from warehouse.integrity import read_file
from warehouse.merge_rows import OTHER, unite_fetching, unite_history
from warehouse.merge_versions import unite_versions
from warehouse.migrate import check_schema, migrations
from warehouse.places import ARCHIVE, archive_of, must_exist
from warehouse.store import attach_published, quoted
from warehouse.writer import Writer, open_writer

_APOSTROPHE = "'"

_NAMED = f"SELECT DISTINCT archive_file FROM {OTHER}.captures WHERE archive_file IS NOT NULL"

_UNWANTED_PLACES = f"""
SELECT DISTINCT archive_file, archive_offset FROM {OTHER}.captures
WHERE archive_file IS NOT NULL AND archive_offset IS NOT NULL
  AND (article_id IN (SELECT article_id FROM forgotten)
    OR content_sha256 IN (SELECT unnest(content_sha256) FROM forgotten))
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging brought.

    Attributes:
        articles: rows that `articles` gained; negative where articles turned out to be duplicates.
        versions: versions that are new.
        captures: captures that are new.
        outcomes: outcomes that are new.
        forgotten: articles that had been taken down there, and now are here.
        archive: archive files that came in.
        notes: what a person should know, a sentence each.
    """

    articles: int
    versions: int
    captures: int
    outcomes: int
    forgotten: int
    archive: int
    notes: tuple[str, ...]


def merge(db: Path, other: Path, *, now: datetime, wait_s: float = 0.0, program_version: str = "") -> Merged:
    """Bring all that `other` holds into `db`, in one transaction, and publish; to repeat it is harmless.

    What was learned of sources stays each database's own. The archive files of `other` are copied; where a
    different one has the name here, under another name, which `captures` then says.

    Args:
        db: the database that gains.
        other: any database of Dateline's of the same schema; only read.
        now: aware.
        wait_s: how long to wait for a writer to end.
        program_version: of Dateline.

    Raises:
        UsageError: the two are one.
        WarehouseError: either cannot be used, or `other` is damaged or of another schema.
    """
    must_exist(db)
    taken_down = _looked_at(db, other)
    with open_writer(db, wait_s=wait_s, program_version=program_version) as writer:
        forgotten = forget_again(writer, taken_down, now=now, program_version=program_version)
        connection = writer.store.connection
        with _attached(writer, other):
            before = ledger.counts(connection)
            archives, came = _bring_archive(writer, other)
            with ledger.entry(
                writer,
                command="merge",
                arguments={"other": str(other)},
                now=now,
                program_version=program_version,
            ) as made:
                _unite(made, archives=archives)
            gained = ledger.counts(connection).less(before)
        clean_archive(writer, now=now)
        notes = (*_missing(other, archives), *writer.publish())
    return Merged(gained.articles, gained.versions, gained.captures, gained.outcomes, forgotten, came, notes)


def _looked_at(db: Path, other: Path) -> tuple[Forgotten, ...]:
    """Read the other database to the end; returns what was taken down from it."""
    if other.exists() and db.exists() and other.samefile(db):
        raise UsageError(f"{other} is the database itself: name another one to merge into it")
    if not other.exists():
        raise UsageError(f"There is no database {other} to merge: check its name")
    connection = attach_published(other.resolve(), other)
    try:
        schema, newest = check_schema(connection, other), migrations()[-1].version
        if schema < newest:
            raise WarehouseError(
                f"{other} has schema {schema} of an older Dateline, this one has {newest}: bring it up to "
                f"date with `dateline maintain --db {other}` first"
            )
        taken_down = read_forgotten(connection)
    finally:
        connection.close()
    read_file(other.resolve(), other)
    return taken_down


@contextlib.contextmanager
def _attached(writer: Writer, other: Path) -> Iterator[None]:
    connection = writer.store.connection
    literal = quoted(str(other.resolve()), mark=_APOSTROPHE)
    try:
        connection.execute(f"ATTACH {literal} AS {OTHER} (READ_ONLY)")
        try:
            yield
        finally:
            connection.execute(f"DETACH {OTHER}")
    except duckdb.Error as error:
        raise errors.from_duckdb(error, writer.db) from error


def _bring_archive(writer: Writer, other: Path) -> tuple[Mapping[str, str | None], int]:
    """Copy the archive files that are not here.

    Returns:
        What each file that captures there name is called here, None where it is lost; how many came in.
    """
    connection = writer.store.connection
    source, target = archive_of(other), writer.store.folder / ARCHIVE
    named = {name for (name,) in connection.execute(_NAMED).fetchall()}
    try:
        names = names_here(source, target)
        unwanted = connection.execute(_UNWANTED_PLACES).fetchall()
        places = {(names[name], offset) for name, offset in unwanted if name in names}
        with incoming(source, target, names) as copies:
            note_pages(writer.store, read_forgotten(connection), places, files=copies)
        # A file that is not there may yet be put beside the others, unless another one has its name.
        lost = {name: None if (target / name).exists() else name for name in named - names.keys()}
    except OSError as error:
        raise errors.from_os(error, writer.db) from error
    return {**names, **lost}, len(copies)


def _missing(other: Path, archives: Mapping[str, str | None]) -> tuple[str, ...]:
    """What to say of archive files that captures name and that do not lie beside the other database."""
    folder = archive_of(other)
    missing = [name for name in archives if not (folder / name).exists()]
    if not missing:
        return ()
    said = (
        f"{len(missing)} of the archive files of {other} are not there, as {folder / min(missing)}: put them "
        "there and merge again, else their pages cannot be extracted anew"
    )
    return (said,)


def _unite(made: ledger.Entry, *, archives: Mapping[str, str | None]) -> None:
    unite_history(made, archives=archives)
    unite_versions(made)
    unite_fetching(made)
    # What a rule had removed here may have come back, and what it removed there may be here.
    outcomes = made.gained().outcomes
    if outcomes:
        made.connection.execute(
            "INSERT INTO removals VALUES (?, ?, ?, 'merged', '', 0, 0, ?)",
            [made.run_id, made.batch_id, made.at, -outcomes],
        )
