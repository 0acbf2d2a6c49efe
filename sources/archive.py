"""The archive of what was fetched: WARC 1.1 files, written once, read again by file and offset."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from records import Candidate, Hints, InputError, WarehouseError
from sources.archive_note import Note, note_of
from sources.archive_pack import as_received, packed_answer, packed_content, packed_info
from sources.load import MAX_DOCUMENT_BYTES
from sources.warc_read import Broken, Entry, entries, message_of
from sources.warc_record import digest
from sources.web import Answer

MAX_FILE_BYTES = 1_000_000_000
"""A file is closed once it has reached this: the size that the standard's annex recommends."""

_SUFFIX = ".warc.gz"
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Place:
    """Where a response lies: a file's name, relative to the archive's folder, and its offset in bytes."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies at a place.

    Attributes:
        url: the address that answered; of content that a feed held, the item's.
        status: of the answer; None for content that came without one.
        headers: lower-case names, as they were received.
        content: the body, codings undone.
        fetched_at: aware, to the microsecond.
        note: what was known beside it.
    """

    url: str
    status: int | None
    headers: Mapping[str, str]
    content: bytes
    fetched_at: datetime
    note: Note


@dataclass(slots=True)
class Archive:
    """An archive that is being written; made by `open_archive`. `add` may be called from several threads.

    Each record goes to the file in one write as it is added, a gzip member of its own. A kill can cut short
    the last one alone, and no file is ever opened for writing again: the next archive begins its own.
    """

    folder: Path
    software: str
    now: Callable[[], datetime]
    max_bytes: int
    _file: int = -1
    _name: str = ""
    _offset: int = 0
    _number: int = 0
    _dirty: bool = False
    _new: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        answer: Answer,
        *,
        source_id: str,
        candidate: Candidate | None = None,
        hints: Hints | None = None,
    ) -> Place:
        """Append a response with its request, and what was known beside it.

        Args:
            answer: what was fetched.
            source_id: the source that led to it.
            candidate: what led to it, with the claims that the extractor sees.
            hints: what else the extractor is told; its language and country are kept.

        Raises:
            WarehouseError: it cannot be written (no room, no permission); the file stays whole.
        """
        note = Note(
            candidate=candidate,
            language=hints.language if hints else None,
            country=hints.country if hints else None,
            hops=answer.hops,
            signals=answer.signals,
        )
        return self._append(packed_answer(answer, note, source_id))

    def add_content(self, candidate: Candidate, *, fetched_at: datetime, hints: Hints | None = None) -> Place:
        """Append the content that a candidate brought along, as a feed with whole articles does.

        Args:
            candidate: with content and a web address.
            fetched_at: aware; when the document that held it had arrived.
            hints: as for `add`.

        Raises:
            WarehouseError: as for `add`.
        """
        note = Note(
            candidate=replace(candidate, content=None),
            language=hints.language if hints else None,
            country=hints.country if hints else None,
        )
        return self._append(packed_content(candidate, note, fetched_at=fetched_at))

    def sync(self) -> None:
        """Make all that was added durable; called before anything that points to it is committed.

        Raises:
            WarehouseError: the disk gave up.
        """
        with self._lock:
            self._sync()

    def close(self) -> None:
        """Make all durable and close the file; a second time it does nothing."""
        with self._lock:
            self._close()

    def _append(self, member: bytes) -> Place:
        with self._lock:
            if self._file >= 0 and self._offset >= self.max_bytes:
                self._close()
            if self._file < 0:
                self._open()
            place = Place(self._name, self._offset)
            self._write(member)
            return place

    def _open(self) -> None:
        at = self.now()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while self._file < 0:
                self._name = f"dateline-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{self._number:05}{_SUFFIX}"
                self._number += 1
                with suppress(FileExistsError):
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                    self._file = os.open(self.folder / self._name, flags, _MODE)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        self._offset, self._new = 0, True
        self._write(packed_info(self.software, self._name, at))

    def _write(self, member: bytes) -> None:
        written = 0
        try:
            while written < len(member):
                written += os.write(self._file, memoryview(member)[written:])
        except OSError as error:
            # Half a record would spoil those that come behind it once there is room again.
            with suppress(OSError):
                os.ftruncate(self._file, self._offset)
                os.lseek(self._file, self._offset, os.SEEK_SET)
            raise cannot_write(self.folder / self._name, error) from error
        self._offset += written
        self._dirty = True

    def _sync(self) -> None:
        if self._file < 0 or not self._dirty:
            return
        try:
            os.fsync(self._file)
            if self._new:
                _sync_folder(self.folder)
                _sync_folder(self.folder.parent)
        except OSError as error:
            raise cannot_write(self.folder / self._name, error) from error
        self._dirty = self._new = False

    def _close(self) -> None:
        if self._file < 0:
            return
        try:
            self._sync()
        finally:
            os.close(self._file)
            self._file = -1


@contextmanager
def open_archive(
    folder: Path, *, software: str, now: Callable[[], datetime], max_bytes: int = MAX_FILE_BYTES
) -> Iterator[Archive]:
    """An archive to add to, for as long as the `with` lasts; a file is made with the first that is added.

    Args:
        folder: of the archive; made where it is missing.
        software: what writes it, with its version.
        now: the clock, for the files' names.
        max_bytes: a file that has reached this size is followed by another.
    """
    archive = Archive(folder, software, now, max_bytes)
    try:
        yield archive
    finally:
        archive.close()


def read(folder: Path, place: Place, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> Kept:
    """What lies at a place; its digest is checked.

    Args:
        folder: of the archive.
        place: as `Archive.add` returned it.
        max_bytes: the limit for the content.

    Raises:
        InputError: the file is not there or cannot be read (stage `load`, reason `archive_missing`), or no
            sound record begins there (`archive_damaged`).
    """
    try:
        with (folder / place.file).open("rb") as file:
            file.seek(place.offset)
            found = entries(file, max_bytes=max_bytes)
            first = next(found, None)
            if isinstance(first, Broken):
                raise _damaged(place, first.detail)
            if first is None or first.offset != place.offset or first.kind not in ("response", "resource"):
                raise _damaged(place, "no response begins there")
            note = Note()
            for entry in found:
                if isinstance(entry, Broken) or entry.kind in ("response", "resource", "warcinfo"):
                    break
                if entry.kind == "metadata" and first.name in entry.of:
                    note = note_of(entry.block) or note
                    break
    except OSError as error:
        raise InputError(
            f"its archive file {place.file} cannot be read ({error.strerror or error}); put it back from a "
            "backup",
            stage="load",
            reason="archive_missing",
        ) from error
    return _kept(first, note, place, max_bytes)


def _kept(entry: Entry, note: Note, place: Place, max_bytes: int) -> Kept:
    if entry.missing or entry.at is None:
        raise _damaged(place, "it breaks off" if entry.missing else "it has no date")
    if entry.kind == "resource":
        kept = Kept(entry.url, None, {"content-type": entry.content_type}, entry.block, entry.at, note)
    else:
        message = message_of(entry.block, max_bytes=max_bytes)
        kept = Kept(entry.url, message.status, as_received(message.headers), message.content, entry.at, note)
    if entry.payload_digest != digest(kept.content):
        raise _damaged(place, "its content is not what was written")
    return kept


def _damaged(place: Place, why: str) -> InputError:
    return InputError(
        f"its archive is damaged ({place.file} at {place.offset}: {why}); put the file back from a backup",
        stage="load",
        reason="archive_damaged",
    )


def cannot_write(path: Path, error: OSError) -> WarehouseError:
    """What to raise where something of an archive cannot be written."""
    return WarehouseError(
        f"the archive {path} cannot be written ({error.strerror or error}): make room or give yourself "
        "permission, and run this again; what was stored stays"
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
