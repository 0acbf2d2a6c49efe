"""From what the user names to candidates: files, folders, patterns, JSON Lines, tables, pipes, addresses."""

import hashlib
import os
import re
import stat
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import BinaryIO, Literal

from records import Candidate, InputError, Outcome, UsageError
from sources.found import Found, PassedOver, failed
from sources.gzipped import MAGIC, GunzipStream
from sources.jsonl import candidates_of_lines, is_jsonl_name, open_origin
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import file_uri, path_of, printable
from sources.piped import candidates_of_stream
from sources.tables import candidates_of_table, is_table_name
from sources.urls import canonical_url, host_of, is_web_url
from sources.walk import Pattern, has_magic, split_pattern, trouble, walk

FILES = "files"
"""The source of files that are named one by one or by a pattern."""

STDIN = "stdin"
"""The source of what comes through standard input."""

_ARCHIVE = re.compile(r"\.(warc(\.wet)?|arc)(\.gz)?\Z", re.IGNORECASE)
_NAMED = 3  # so many names are spelled out in a message

_Kind = Literal[
    "stdin", "pipe", "url", "folder", "file", "records", "archive", "pattern", "trouble", "missing"
]


@dataclass(frozen=True, slots=True)
class _Input:
    """One of the user's inputs: as it was given, what it is, and the path that it means."""

    given: str
    kind: _Kind
    path: str = ""
    error: OSError | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What holds for all inputs; see `candidates`."""

    source_id: str | None
    fetched_at: datetime | None
    stdin: BinaryIO | None
    max_bytes: int
    passing_over: frozenset[str]
    columns: Mapping[str, str]

    @property
    def source(self) -> str:
        return self.source_id or FILES


def candidates(
    inputs: Sequence[str],
    *,
    source_id: str | None,
    fetched_at: datetime | None = None,
    stdin: BinaryIO | None = None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
    passing_over: Collection[str] = (),
    columns: Mapping[str, str] | None = None,
) -> Iterator[Found]:
    """What there is to ingest, one at a time and in the order of the inputs.

    An input is a file, a folder (with all below it, in the order of names), a pattern that the shell did not
    expand (`**` too), an http or https address, a `file:` URI, or `-`. Files are JSON Lines by their names
    (.jsonl, .ndjson, .gz after either), pipes by their first line; tables (.csv, .tsv, .gz after either,
    .parquet, .pq) and web archives (.warc, .arc, .gz after either) by their names. Nothing is fetched here,
    and no other file is opened.

    Args:
        inputs: what the user named; bytes that are no UTF-8 as surrogates, as Python passes them.
        source_id: the source of all that is found; None names each input's own: an address by its host, a
            folder, a JSON Lines file, a table and a web archive by its name, `stdin`, else `files`. What a
            line or row says of its `source` goes first.
        fetched_at: aware; when the bytes left the publisher's server, where nothing nearer says so.
        stdin: read where the input is `-`; standard input by default.
        max_bytes: the limit for one document.
        passing_over: absolute paths that are not looked at in folders: the database that is being written.
        columns: of CSV and Parquet files: which column holds what, where their names do not say it.

    Yields:
        Candidates; outcomes of what fails on the way (an unreadable folder, a link that leads in a circle, a
        broken line); what was passed over. Where some of the inputs are not there, each is an outcome.

    Raises:
        UsageError: at once, before anything is yielded: none of the inputs is there.
    """
    ground = _Ground(source_id, fetched_at, stdin, max_bytes, frozenset(passing_over), columns or {})
    known = [_classify(each) for each in inputs]
    found = [_found(each, ground) for each in known]
    missing = [each.given for each in known if each.kind == "missing"]
    for index, each in enumerate(known):
        if each.kind == "pattern":
            first = next(found[index], None)
            if first is None:
                missing.append(each.given)
                found[index] = _not_there(each, ground)
            else:
                found[index] = chain([first], found[index])
    if not known:
        raise UsageError("nothing to ingest was named; give a file, a folder, a web address, or - for stdin")
    if len(missing) == len(known):
        raise UsageError(_nothing_there(missing))
    return chain.from_iterable(found)


def version_of(given: str) -> str:
    """A digest of the names, sizes and times of change of all files that an input names.

    As long as it is the same, reading them would tell nothing new. (A file that a JSON line names by its path
    is not looked at.)

    Args:
        given: a file, folder or pattern, as for `candidates`.
    """
    ground = _Ground(FILES, None, None, MAX_DOCUMENT_BYTES, frozenset(), {})
    digest = hashlib.sha256()
    for each in _paths(_classify(given), ground):
        name = each if isinstance(each, str) else each.uri
        digest.update(os.fsencode(name) + b"\0")
        if isinstance(each, str):
            try:
                info = os.stat(each)
                digest.update(b"%d %d %d\0" % (info.st_ino, info.st_size, info.st_ctime_ns))
            except OSError as error:
                digest.update(b"%d\0" % (error.errno or 0))
    return digest.hexdigest()


def _classify(given: str) -> _Input:
    if given == "-":
        return _Input(given, "stdin")
    if is_web_url(given):
        return _Input(given, "url")
    path = path_of(given) or given
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _Input(given, "pattern" if has_magic(path) else "missing", path)
    except OSError as error:
        return _Input(given, "trouble", path, error)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return _Input(given, "trouble", path, error)
    if stat.S_ISDIR(mode):
        return _Input(given, "folder", path)
    if not stat.S_ISREG(mode):
        return _Input(given, "pipe", path)
    if _is_archive_name(path):
        return _Input(given, "archive", path)
    return _Input(given, "records" if is_jsonl_name(path) or is_table_name(path) else "file", path)


def _is_archive_name(path: str) -> bool:
    """Whether a file's name says that it is a web archive, gzipped or not."""
    return _ARCHIVE.search(path) is not None


def _found(what: _Input, ground: _Ground) -> Iterator[Found]:
    ground = replace(ground, source_id=ground.source_id or _source_of(what))
    match what.kind:
        case "stdin":
            yield from _of_stream(ground.stdin or sys.stdin.buffer, ground)
        case "pipe":
            yield from _of_pipe(what.path, ground)
        case "url":
            yield _of_url(what.given, ground)
        case "folder" | "pattern" | "file" | "records" | "archive":
            yield from _of_paths(_paths(what, ground), ground)
        case "trouble":
            assert what.error is not None
            yield trouble(what.path, ground.source, what.error)
        case "missing":
            yield from _not_there(what, ground)


def _paths(what: _Input, ground: _Ground) -> Iterator[str | Outcome | PassedOver]:
    """The files that an input names."""
    if what.kind == "folder":
        return _walk(what.path, None, ground)
    if what.kind == "pattern":
        base, parts = split_pattern(what.path)
        return _walk(base, Pattern.of(parts), ground) if os.path.isdir(base) else iter(())
    return iter([what.path])


def _source_of(what: _Input) -> str:
    match what.kind:
        case "stdin" | "pipe":
            return STDIN
        case "url":
            try:
                return host_of(what.given)
            except (InputError, ValueError):
                return "web"
        case "folder":
            return printable(os.path.basename(os.path.abspath(what.path))) or FILES
        case "records" | "archive":
            return printable(os.path.basename(what.path).partition(".")[0]) or FILES
        case _:
            return FILES


def _of_url(url: str, ground: _Ground) -> Candidate | Outcome:
    try:
        canonical_url(url)
    except InputError as error:
        return failed(printable(url), ground.source, reason=error.reason, detail=str(error))
    return Candidate(uri=url.strip(), source_id=ground.source, url=url.strip())


def _walk(top: str, pattern: Pattern | None, ground: _Ground) -> Iterator[str | Outcome | PassedOver]:
    return walk(top, source_id=ground.source, pattern=pattern, passing_over=ground.passing_over)


def _of_paths(found: Iterator[str | Outcome | PassedOver], ground: _Ground) -> Iterator[Found]:
    for each in found:
        if not isinstance(each, str):
            yield each
        elif is_jsonl_name(each):
            yield from _of_jsonl(each, ground)
        elif is_table_name(each):
            yield from _of_table(each, ground)
        elif _is_archive_name(each):
            yield from _of_archive(each, ground)
        else:
            yield Candidate(
                uri=file_uri(each), source_id=ground.source, path=each, fetched_at=ground.fetched_at
            )


def _of_jsonl(path: str, ground: _Ground) -> Iterator[Candidate | Outcome]:
    origin = open_origin(
        path, source_id=ground.source, fetched_at=ground.fetched_at, max_bytes=ground.max_bytes
    )
    try:
        with open(path, "rb") as file:
            packed = file.peek(len(MAGIC)).startswith(MAGIC)
            yield from candidates_of_lines(GunzipStream(file) if packed else file, origin)
    except OSError as error:
        yield trouble(path, ground.source, error)


def _of_archive(path: str, ground: _Ground) -> Iterator[Found]:
    from sources import warc  # noqa: PLC0415  # its library takes longer to load than most runs have use for

    return warc.candidates(path, source_id=ground.source, max_bytes=ground.max_bytes)


def _of_table(path: str, ground: _Ground) -> Iterator[Candidate | Outcome]:
    try:
        yield from candidates_of_table(
            path,
            source_id=ground.source,
            columns=ground.columns,
            fetched_at=ground.fetched_at,
            max_bytes=ground.max_bytes,
        )
    except OSError as error:
        yield trouble(path, ground.source, error)


def _of_pipe(path: str, ground: _Ground) -> Iterator[Candidate | Outcome]:
    try:
        with open(path, "rb") as pipe:
            yield from _of_stream(pipe, ground)
    except OSError as error:
        yield trouble(path, ground.source, error)


def _of_stream(stream: BinaryIO, ground: _Ground) -> Iterator[Candidate | Outcome]:
    return candidates_of_stream(
        stream,
        source_id=ground.source,
        fetched_at=ground.fetched_at,
        max_bytes=ground.max_bytes,
    )


def _not_there(what: _Input, ground: _Ground) -> Iterator[Outcome]:
    yield failed(
        file_uri(what.path.replace("\0", "")),
        ground.source,
        reason="not_found",
        detail="no file matches the pattern; check it"
        if what.kind == "pattern"
        else "no such file or folder; check the name",
    )


def _nothing_there(missing: Sequence[str]) -> str:
    names = ", ".join(printable(each) for each in missing[:_NAMED])
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"no such file or folder: {names}{more}; check the name (a web address begins with https://)"
