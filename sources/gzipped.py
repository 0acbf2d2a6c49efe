"""Undoing gzip without being filled up by it."""

import io
import zlib
from typing import BinaryIO

from records import InputError

MAGIC = b"\x1f\x8b"

# Text compresses to a third or a tenth, machine-written HTML to a fiftieth; deflate's own limit is 1032. A
# stream is only judged once it has given this much, so that a small file of blanks is no bomb.
MAX_RATIO = 250
JUDGED_FROM_BYTES = 64 * 2**20

_MEGA = 1_000_000
_CHUNK_BYTES = 64 * 2**10
_GZIP_WINDOW = zlib.MAX_WBITS | 16


def gunzip(content: bytes, *, max_bytes: int) -> bytes:
    """The bytes behind gzip coding; several members one after the other are joined, as gzip(1) does.

    Raises:
        InputError: broken or cut short (`bad_gzip`), or more than `max_bytes` come out (`too_large`).
    """
    with GunzipStream(io.BytesIO(content)) as stream:
        decoded = stream.read(max_bytes + 1)
    if len(decoded) > max_bytes:
        raise InputError(
            f"it unpacks to more than the limit of {megabytes(max_bytes)} for one document; "
            "split it, or leave it out",
            stage="load",
            reason="too_large",
            refused=True,
        )
    return decoded


def megabytes(size_bytes: int) -> str:
    """A number of bytes for people: `20 MB` (of 10^6 bytes)."""
    return f"{size_bytes / _MEGA:,.0f} MB" if size_bytes >= _MEGA else f"{size_bytes:,} bytes"


class GunzipStream(io.BufferedReader):
    """A gzip stream as a stream of bytes: `read`, `readline`; never holds more than a chunk beyond them.

    Reading raises `InputError` where the stream is broken (`bad_gzip`) or swells like a bomb (`too_large`).
    """

    def __init__(self, packed: BinaryIO, *, prefix: bytes = b"") -> None:
        """Args: packed, the gzip bytes; prefix, those of them that were read already."""
        super().__init__(_Inflated(packed, prefix), buffer_size=_CHUNK_BYTES)


class _Inflated(io.RawIOBase):
    def __init__(self, packed: BinaryIO, prefix: bytes) -> None:
        super().__init__()
        self._packed = packed
        self._waiting = prefix
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._in_member = False
        self._bytes_in = len(prefix)
        self._bytes_out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # typeshed's Buffer has no len
        decoded = self._next(len(buffer))
        self._bytes_out += len(decoded)
        if self._bytes_out > JUDGED_FROM_BYTES and self._bytes_out > MAX_RATIO * self._bytes_in:
            raise InputError(
                f"it is a gzip bomb: {megabytes(self._bytes_in)} unpack to more than "
                f"{megabytes(self._bytes_out)}; unpack and look at it by hand",
                stage="load",
                reason="too_large",
                refused=True,
            )
        buffer[: len(decoded)] = decoded
        return len(decoded)

    def _next(self, size: int) -> bytes:
        while True:
            if not self._waiting:
                self._waiting = self._packed.read(_CHUNK_BYTES)
                self._bytes_in += len(self._waiting)
                if not self._waiting and not self._in_member:
                    return b""
            if not self._in_member:
                # Zeros may follow the last member: tapes and block devices fill up with them.
                self._waiting = self._waiting.lstrip(b"\0") if self._bytes_out else self._waiting
                if not self._waiting:
                    continue
                self._member = zlib.decompressobj(_GZIP_WINDOW)
                self._in_member = True
            ended = not self._waiting
            try:
                # With nothing left to feed, what the decompressor still holds comes out.
                decoded = self._member.decompress(self._waiting, size)
            except zlib.error as error:
                raise _broken(str(error)) from error
            if ended and not decoded:
                raise _broken("it ends too early")
            if self._member.eof:
                self._waiting = self._member.unused_data
                self._in_member = False
            else:
                self._waiting = self._member.unconsumed_tail
            if decoded:
                return decoded


def _broken(why: str) -> InputError:
    return InputError(
        f"it is broken gzip data ({why}); make or download it again", stage="load", reason="bad_gzip"
    )
