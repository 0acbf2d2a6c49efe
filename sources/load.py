"""A candidate's bytes: from its own hands, a file, or the network."""

import errno
import hashlib
import json
import os
import stat

from records import Candidate, Capture, InputError
from sources.fetched import Fetch, Fetched
from sources.gzipped import MAGIC, gunzip, megabytes

MAX_DOCUMENT_BYTES = 20_000_000
"""The limit for one document, unpacked: some hundred times a long article's page with all its scripts."""


def load(candidate: Candidate, fetch: Fetch, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> Capture:
    """Get the bytes of a candidate; gzip is undone, whatever the file is called.

    A file's time of modification is no time of fetching: where the candidate says none, there is none.

    Args:
        candidate: what to load.
        fetch: gets what lies on the network.
        max_bytes: the limit for the unpacked document.

    Raises:
        InputError: it cannot be had (stage `load` or `fetch`).
    """
    fetched: Fetched | None = None
    if candidate.content is not None:
        content = candidate.content
    elif candidate.path is not None:
        content = _read(candidate.path, max_bytes)
    else:
        fetched = fetch(candidate.url or candidate.uri)
        content = fetched.content
    if content.startswith(MAGIC):
        content = gunzip(content, max_bytes=max_bytes)
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    content_type = fetched.headers.get("content-type") if fetched else candidate.content_type
    return Capture(
        candidate=candidate,
        content=content,
        content_sha256=_digest(candidate, content, content_type),
        url=fetched.url if fetched else candidate.url,
        content_type=content_type,
        fetched_at=fetched.fetched_at if fetched else candidate.fetched_at,
        status=fetched.status if fetched else None,
        headers=fetched.headers if fetched else {},
    )


def _digest(candidate: Candidate, content: bytes, content_type: str | None) -> str:
    """What must be equal for the result to be equal: the bytes, and all that was said of them.

    With nothing said, it is the plain SHA-256 of the bytes, as sha256sum(1) gives it.
    """
    plain = hashlib.sha256(content).hexdigest()
    claimed = candidate.claimed
    said = {
        "content_type": content_type,
        "fetched_at": candidate.fetched_at.isoformat() if candidate.fetched_at else None,
        "title": claimed.title,
        "authors": claimed.authors,
        "published": claimed.published,
        "updated": claimed.updated,
    }
    said = {key: value for key, value in said.items() if value}
    if not said:
        return plain
    beside = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{plain}\n{beside}".encode("ascii")).hexdigest()


def _read(path: str, max_bytes: int) -> bytes:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                raise InputError(
                    "it is a folder, pipe or device, not a file; name a file",
                    stage="load",
                    reason="not_a_file",
                    refused=True,
                )
            if info.st_size > max_bytes:
                raise _too_large(max_bytes)
            with open(descriptor, "rb", closefd=False) as file:
                content = file.read(info.st_size + 1)
                if len(content) > info.st_size:  # it grows meanwhile, or is one of those in /proc that say 0
                    content += file.read(max_bytes + 1 - len(content))
                return content
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unreadable(error) from error
    except ValueError as error:  # a NUL in the name
        raise InputError(
            f"no file can have this name ({error}); check it", stage="load", reason="not_found"
        ) from error


def _unreadable(error: OSError) -> InputError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError("no such file; check the name", stage="load", reason="not_found")
    if error.errno in (errno.EACCES, errno.EPERM):
        return InputError(
            "it may not be read; give yourself permission (chmod u+r), or run as who has it",
            stage="load",
            reason="unreadable",
        )
    if error.errno == errno.ELOOP:
        return InputError(
            "it is a symbolic link that leads back to itself; remove the link",
            stage="load",
            reason="symlink_loop",
        )
    return InputError(
        f"it cannot be read ({error.strerror or error}); check the path and the disk",
        stage="load",
        reason="unreadable",
    )


def _too_large(max_bytes: int) -> InputError:
    return InputError(
        f"it is larger than the limit of {megabytes(max_bytes)} for one document; split it, or leave it out",
        stage="load",
        reason="too_large",
        refused=True,
    )
