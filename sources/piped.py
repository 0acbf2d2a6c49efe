"""What arrives through a pipe: JSON Lines where its first line is a JSON object, else one document."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from records import Candidate, InputError, Outcome
from sources.found import failed, failed_with
from sources.gzipped import MAGIC, GunzipStream, megabytes
from sources.jsonl import LINE_BYTES_PER_DOCUMENT_BYTE, Origin, candidates_of_lines, is_json_object
from sources.names import STDIN_URI

_CHUNK_BYTES = 2**20


def candidates_of_stream(
    stream: BinaryIO, *, source_id: str, fetched_at: datetime | None, max_bytes: int
) -> Iterator[Candidate | Outcome]:
    """Read a stream, gzipped or not, to its end; lines are handed on as they come.

    A document is known by the hash of its content (`stdin:sha256=...`), since a pipe has no name that means
    anything tomorrow.

    Args:
        stream: an open binary stream, which stays open.
        source_id: for what is found in it.
        fetched_at: for what says nothing else.
        max_bytes: the limit for one document.
    """
    try:
        first = stream.readline(max_bytes * LINE_BYTES_PER_DOCUMENT_BYTE + 1)
        if first.startswith(MAGIC):
            stream = GunzipStream(stream, prefix=first)
            first = stream.readline(max_bytes * LINE_BYTES_PER_DOCUMENT_BYTE + 1)
        if is_json_object(first):
            origin = Origin(STDIN_URI, "", source_id, fetched_at, max_bytes)
            yield from candidates_of_lines(stream, origin, first=first)
            return
        content = _rest(stream, first, max_bytes)
    except InputError as error:
        yield failed_with(STDIN_URI, source_id, error)
        return
    except OSError as error:
        yield failed(
            STDIN_URI,
            source_id,
            reason="unreadable",
            detail=f"it cannot be read ({error.strerror or error}); check what writes into it",
        )
        return
    yield Candidate(
        uri=f"{STDIN_URI}sha256={hashlib.sha256(content).hexdigest()}",
        source_id=source_id,
        content=content,
        fetched_at=fetched_at,
    )


def _rest(stream: BinaryIO, first: bytes, max_bytes: int) -> bytes:
    chunks = [first]
    size = len(first)
    while size <= max_bytes and (chunk := stream.read(_CHUNK_BYTES)):
        chunks.append(chunk)
        size += len(chunk)
    if size > max_bytes:
        raise InputError(
            f"it is larger than the limit of {megabytes(max_bytes)} for one document; split it, or write one "
            'JSON object a line ({"text": "..."})',
            stage="find",
            reason="too_large",
            refused=True,
        )
    return b"".join(chunks)
