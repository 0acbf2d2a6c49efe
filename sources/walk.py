"""Walking folders, whole or by a pattern, one folder's names in memory at a time."""

import errno
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

from records import Outcome
from sources.found import PassedOver, failed
from sources.names import file_uri

# What browsers save beside a page and what builds put into a site's folder. Everything else is a candidate:
# its content decides, and a PDF in the folder gets its row.
ASSET_SUFFIXES = frozenset(
    {
        *(".css", ".js", ".mjs", ".map", ".wasm"),
        *(".png", ".jpg", ".jpeg", ".jfif", ".gif", ".svg", ".webp", ".avif", ".bmp", ".ico", ".cur"),
        *(".woff", ".woff2", ".ttf", ".otf", ".eot"),
        *(".mp4", ".m4v", ".webm", ".mov", ".avi", ".mp3", ".m4a", ".ogg", ".oga", ".ogv", ".wav"),
    }
)

_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A glob, part by part, and how far the names so far have matched it.

    `**` stands for any number of folders; a name that begins with a dot is only matched by a part that does.
    """

    parts: tuple[str, ...]
    at: frozenset[int] = field(default=frozenset({0}))

    @classmethod
    def of(cls, parts: tuple[str, ...]) -> Self:
        """The pattern before any name was matched."""
        return cls(parts, _reached(parts, {0}))

    @property
    def matched(self) -> bool:
        """Whether the names so far match the whole pattern."""
        return len(self.parts) in self.at

    def step(self, name: str) -> "Pattern | None":
        """What is left of the pattern below a name, None where nothing below it can match."""
        reached = set()
        for index in self.at:
            if index == len(self.parts):
                continue
            part = self.parts[index]
            if name.startswith(".") and not part.startswith("."):
                continue
            if part == "**":
                reached.add(index)
            elif fnmatchcase(name, part):
                reached.add(index + 1)
        return Pattern(self.parts, _reached(self.parts, reached)) if reached else None


def _reached(parts: tuple[str, ...], indexes: set[int]) -> frozenset[int]:
    """With each `**`, what follows it is reached too."""
    reached = set(indexes)
    for index, part in enumerate(parts):
        if index in reached and part == "**":
            reached.add(index + 1)
    return frozenset(reached)


def has_magic(name: str) -> bool:
    """Whether a name holds any of the characters that make it a pattern."""
    return not _MAGIC.isdisjoint(name)


def split_pattern(text: str) -> tuple[str, tuple[str, ...]]:
    """A pattern's folder without magic, to begin at, and the parts to match below it."""
    parts = text.split("/")
    first = next(index for index, part in enumerate(parts) if has_magic(part))
    base = "/".join(parts[:first]) or ("/" if text.startswith("/") else ".")
    return base, tuple(part for part in parts[first:] if part not in ("", "."))


@dataclass(slots=True)
class _Folder:
    path: str
    names: Iterator[str]
    inode: tuple[int, int]
    pattern: Pattern | None  # None: everything below was asked for


def walk(
    top: str, *, source_id: str, pattern: Pattern | None = None, passing_over: Collection[str] = ()
) -> Iterator[str | Outcome | PassedOver]:
    """The files below a folder, in the order of their names, folder by folder; links are followed.

    What a pattern matches is taken as if it had been named: a folder with all that is in it.

    Args:
        top: the folder.
        source_id: for the outcomes.
        pattern: what to take of it; all that is not hidden by default.
        passing_over: absolute paths of files and folders that are not ours to look at.

    Yields:
        The path of each regular file that was asked for; what was passed over; an outcome for each folder
        that cannot be read, each link that leads nowhere or back to a folder above it (`symlink_loop`), and
        each thing that is no file.
    """
    opened = _enter(top, (), pattern, source_id)
    if isinstance(opened, Outcome):
        yield opened
        return
    # A stack of its own: the depth of folders is the user's, not Python's limit of recursion.
    folders = [opened]
    while folders:
        name = next(folders[-1].names, None)
        if name is None:
            folders.pop()
            continue
        found = _look(name, folders, source_id, passing_over)
        if isinstance(found, _Folder):
            folders.append(found)
        elif found is not None:
            yield found


def _look(
    name: str, folders: Sequence[_Folder], source_id: str, passing_over: Collection[str]
) -> str | Outcome | PassedOver | _Folder | None:
    """What one name in the innermost of the open folders stands for; None where it wasn't asked for."""
    above = folders[-1]
    path = os.path.join(above.path, name)
    below = None
    if above.pattern is not None:
        below = above.pattern.step(name)
        if below is None:
            return None
    elif name.startswith("."):
        return PassedOver(file_uri(path), "hidden")
    if passing_over and os.path.abspath(path) in passing_over:
        return PassedOver(file_uri(path), "database")
    wanted = below is None or below.matched
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return trouble(path, source_id, error) if wanted else None
    if stat.S_ISDIR(mode):
        return _enter(path, folders, below, source_id)
    return _file(path, name, mode, source_id) if wanted else None


def _enter(path: str, above: Sequence[_Folder], pattern: Pattern | None, source_id: str) -> _Folder | Outcome:
    try:
        info = os.stat(path)
        inode = (info.st_dev, info.st_ino)
        if any(inode == folder.inode for folder in above):
            return _loop(path, source_id)
        names = iter(sorted(os.listdir(path)))
    except OSError as error:
        return trouble(path, source_id, error)
    return _Folder(path, names, inode, None if pattern is None or pattern.matched else pattern)


def _file(path: str, name: str, mode: int, source_id: str) -> str | Outcome | PassedOver:
    if not stat.S_ISREG(mode):
        return failed(
            file_uri(path),
            source_id,
            reason="not_a_file",
            detail="it is a pipe, socket or device, not a file; name it by itself to read from it",
            refused=True,
        )
    return PassedOver(file_uri(path), "asset") if _is_asset(name) else path


def _is_asset(name: str) -> bool:
    stem = name.lower().removesuffix(".gz")
    return os.path.splitext(stem)[1] in ASSET_SUFFIXES


def trouble(path: str, source_id: str, error: OSError) -> Outcome:
    """The outcome of a path that the system would not look at."""
    uri = file_uri(path)
    if error.errno == errno.ELOOP:
        return _loop(path, source_id)
    if error.errno == errno.ENOENT:
        if os.path.islink(path):
            return failed(
                uri,
                source_id,
                reason="dangling_link",
                detail="it is a symbolic link to something that is not there; mend or remove the link",
            )
        return failed(
            uri, source_id, reason="not_found", detail="it is not there; check the name, or run again"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return failed(
            uri,
            source_id,
            reason="unreadable",
            detail="it may not be read; give yourself permission (chmod u+rX), or run as who has it",
        )
    return failed(
        uri,
        source_id,
        reason="unreadable",
        detail=f"it cannot be read ({error.strerror or error}); check the path and the disk",
    )


def _loop(path: str, source_id: str) -> Outcome:
    return failed(
        file_uri(path),
        source_id,
        reason="symlink_loop",
        detail="it is a symbolic link that leads back to itself or to a folder above it; remove the link",
    )
