"""Remembers which archived responses have no outcome yet, so that no page is fetched again after a kill.

Beside each archive file that holds such a response stands a mark, `FILE.unsettled`, with the offset of the
first of them. The archive is written before anything else is done with a page: whoever is killed finds there
what was fetched and not stored.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from records import InputError
from sources.archive import Kept, Place, cannot_write, read
from sources.load import MAX_DOCUMENT_BYTES
from sources.warc_read import Broken, entries

SUFFIX = ".unsettled"


@dataclass(slots=True)
class Unsettled:
    """The marks of one archive, for as long as a run lasts; its methods may be called from several threads.

    Attributes:
        folder: of the archive.
    """

    folder: Path
    _offsets: dict[str, set[int]] = field(default_factory=dict)
    _marked: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, place: Place) -> None:
        """Note that a response has no outcome yet.

        Raises:
            WarehouseError: the mark cannot be written.
        """
        with self._lock:
            self._offsets.setdefault(place.file, set()).add(place.offset)
            if place.offset < self._marked.get(place.file, sys.maxsize):
                self._mark(place.file)

    def settle(self, place: Place) -> None:
        """Note that the outcome of a response is stored; its mark moves with `save`."""
        with self._lock:
            self._offsets.get(place.file, set()).discard(place.offset)

    def save(self) -> None:
        """Bring the marks up to date: after a batch, and at the end.

        Raises:
            WarehouseError: they cannot be written.
        """
        with self._lock:
            for file, offsets in list(self._offsets.items()):
                if offsets:
                    self._mark(file)
                else:
                    del self._offsets[file]
                    self._marked.pop(file, None)
                    with suppress(OSError):  # a mark too many costs one look
                        self._path(file).unlink(missing_ok=True)

    def _mark(self, file: str) -> None:
        first = min(self._offsets[file])
        if self._marked.get(file) == first:
            return
        try:
            # Of one width and in one write: whoever reads it after a kill finds the old offset or the new.
            with self._path(file).open("r+b" if file in self._marked else "wb", buffering=0) as mark:
                mark.write(b"%020d\n" % first)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self._marked[file] = first

    def _path(self, file: str) -> Path:
        return self.folder / f"{file}{SUFFIX}"


def marked(folder: Path) -> tuple[str, ...]:
    """The names of the archive files that a run left with a mark, the oldest first."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}")))


def left_over(folder: Path, file: str) -> Iterator[tuple[Place, Kept]]:
    """The responses of a marked file from its mark on, those with an outcome among them.

    What cannot be read is passed by: it is fetched again.

    Args:
        folder: of the archive.
        file: as `marked` names it.
    """
    try:
        start = int((folder / f"{file}{SUFFIX}").read_bytes() or b"0")
    except (OSError, ValueError):
        start = 0
    for place in _places(folder, file, start):
        try:
            kept = read(folder, place)
        except InputError:
            continue
        if kept.note.candidate is not None:
            yield place, kept


def _places(folder: Path, file: str, start: int) -> Iterator[Place]:
    try:
        with (folder / file).open("rb") as archive:
            archive.seek(start)
            for entry in entries(archive, max_bytes=MAX_DOCUMENT_BYTES):
                if not isinstance(entry, Broken) and entry.kind in ("response", "resource"):
                    yield Place(file, entry.offset)
    except OSError:
        return
