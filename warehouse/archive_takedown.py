"""Takes pages out of the archive: noted first, so that the next one makes good what a kill left undone."""

import contextlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.archive_copy import archive_files
from warehouse.archive_pages import SUFFIX, Span, overwrite, pages
from warehouse.fetch_rows import lent
from warehouse.files import sync_folder
from warehouse.forgotten import Forgotten
from warehouse.places import ARCHIVE, sync_file
from warehouse.store import Store

_PENDING = "removing-from-archive"
"""In the store's folder: the spans that are to be overwritten, as JSON."""

Place = tuple[str, int]
"""The name of an archive file and an offset in it."""

_POINTED_TO = """
SELECT DISTINCT archive_file, archive_offset FROM captures
WHERE archive_file IN (SELECT DISTINCT file FROM asked)
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of the archive.

    Attributes:
        pages: so many.
        files: that held them; full names.
        kept: files that may hold some still, because they could not be read or written; full names.
    """

    pages: int = 0
    files: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()


def note_pages(
    store: Store,
    taken_down: Collection[Forgotten],
    places: Collection[Place] = (),
    files: Iterable[Path] | None = None,
) -> tuple[Path, ...]:
    """Look up what the archive holds of articles that are taken down, and note that it is to be removed.

    To be called before their rows leave. A page is known by its addresses, by its place, and by its content,
    where the same bytes lie at one of the places.

    Args:
        store: the open store.
        taken_down: the articles.
        places: where their captures are archived.
        files: to look through; None for all of the archive.

    Returns:
        Files that could not be looked through.
    """
    folder = store.folder / ARCHIVE
    sought = {address for each in taken_down for address in each.addresses}
    sought |= {each.article_key for each in taken_down}
    unread = {
        folder / name for name, _ in places if not (name.endswith(SUFFIX) and (folder / name).is_file())
    }
    digests = {digest for place in places if (digest := _digest_at(folder, place))}
    found: list[Span] = []
    for file in archive_files(folder) if files is None else files:
        try:
            found += (
                page.span
                for page in pages(file)
                if page.addresses & sought
                or (page.span.file, page.span.offset) in places
                or page.digest in digests
            )
        except OSError:
            unread.add(file)
    if found:
        _write(store, [*_read(store), *found])
    return tuple(sorted(unread))


def remove_noted(store: Store, *, at: datetime) -> Removed:
    """Overwrite the pages that were noted, once the rows of their articles have left, and forget the note.

    What a capture that stays points to is left alone.

    Args:
        store: the open store.
        at: aware; now.

    Raises:
        duckdb.Error: the captures cannot be read; the note stays.
    """
    noted = _read(store)
    if not noted:
        return Removed()
    done: list[Span] = []
    failed: list[Span] = []
    for span in _free(store.connection, noted):
        try:
            overwrite(store.folder / ARCHIVE / span.file, span, at=at)
            done.append(span)
        except FileNotFoundError:
            continue
        except OSError:
            failed.append(span)
    _write(store, failed)
    return Removed(len(done), _files(store, done), _files(store, failed))


def _digest_at(folder: Path, place: Place) -> str:
    """What is written of the content of the page at a place; empty where that cannot be read."""
    name, offset = place
    with contextlib.suppress(OSError):
        first = next(pages(folder / name, offset=offset), None)
        return first.digest if first and first.span.offset == offset else ""
    return ""


def _free(connection: duckdb.DuckDBPyConnection, spans: Sequence[Span]) -> list[Span]:
    """Those that no capture points to, each once."""
    with lent(connection, "asked", pa.table({"file": pa.array([span.file for span in spans], pa.string())})):
        pointed_to = set(connection.execute(_POINTED_TO).fetchall())
    return [span for span in dict.fromkeys(spans) if (span.file, span.offset) not in pointed_to]


def _files(store: Store, spans: Iterable[Span]) -> tuple[Path, ...]:
    return tuple(store.folder / ARCHIVE / name for name in sorted({span.file for span in spans}))


def _write(store: Store, spans: Collection[Span]) -> None:
    if not spans:
        (store.folder / _PENDING).unlink(missing_ok=True)
        return
    fresh = store.folder / f"{_PENDING}.part"
    fresh.write_text(json.dumps([astuple(span) for span in dict.fromkeys(spans)]), encoding="utf-8")
    sync_file(fresh)
    fresh.replace(store.folder / _PENDING)
    sync_folder(store.folder)


def _read(store: Store) -> list[Span]:
    try:
        return [Span(*each) for each in json.loads((store.folder / _PENDING).read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
