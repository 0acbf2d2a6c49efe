"""Undoing content coding as it arrives (gzip, br, zstd), with limits on what may come out."""

import zlib
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types
import zstandard

from records import InputError
from sources.faults import too_large
from sources.gzipped import MAGIC, megabytes

CODINGS = ("gzip", "br", "zstd")
"""What is asked for with Accept-Encoding."""

_GZIP_WINDOW = zlib.MAX_WBITS | 16
_PIECE_BYTES = 2**20
# A stream is judged by its ratio once it has given this much: small pages of blanks are no bombs.
_JUDGED_FROM_BYTES = 2**20
# 128 KiB may come out of every four bytes of zstd, so it is fed little by little: 16 MiB at most a time.
_ZSTD_FED_BYTES = 512
_ZSTD_WINDOW = 2**23  # RFC 9659: the largest window of a response


class _Unpacker(Protocol):
    """One stream: packed bytes in, pieces of at most a few megabytes out."""

    def feed(self, packed: bytes) -> bytes:
        """Take packed bytes; give some of what is in them."""

    def more(self) -> bytes:
        """What is still to come of the bytes taken; empty when there is no more."""

    def ended(self) -> bool:
        """Whether the stream is whole."""


class Body:
    """A body that grows chunk by chunk, unpacked, within its limits.

    `feed` and `finish` raise `InputError` (stage `fetch`): `too_large` beyond the limit of bytes, packed or
    not, `bomb` beyond the ratio, `bad_gzip`, `bad_br` or `bad_zstd` where it is broken or cut short, and the
    constructor `content_encoding` for a coding that was not asked for.
    """

    def __init__(self, coding: str, *, asked: tuple[str, ...], max_bytes: int, max_ratio: int) -> None:
        """Args: coding, the Content-Encoding header; asked, the codings that are understood."""
        name = coding.strip().lower().removeprefix("x-")
        if name in ("identity", "none", "utf-8"):
            name = ""
        if name and name not in asked:
            raise InputError(
                f"it comes packed as {coding[:40]!r}, which was not asked for; save it by hand",
                stage="fetch",
                reason="content_encoding",
                refused=True,
            )
        self._coding = name
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._unpacker: _Unpacker | None = None
        self._chunks: list[bytes] = []
        self._bytes_in = 0
        self._bytes_out = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk as it came."""
        if self._coding and not self._bytes_in and chunk:
            self._begin(chunk)
        self._bytes_in += len(chunk)
        if self._unpacker is None:
            self._keep(chunk)
            return
        if self._bytes_in > self._max_bytes:
            raise too_large(self._max_bytes)
        try:
            piece = self._unpacker.feed(chunk)
            while piece:
                self._keep(piece)
                piece = self._unpacker.more()
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise self._broken(str(error)) from error

    def so_far(self) -> bytes:
        """What has come out up to now."""
        return b"".join(self._chunks)

    def finish(self) -> bytes:
        """The whole body."""
        if self._unpacker is not None and not self._unpacker.ended():
            raise self._broken("it ends too early")
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def _begin(self, chunk: bytes) -> None:
        # Servers say gzip of pages that are not packed at all; br and zstd are only said by who means it.
        if self._coding == "gzip":
            self._unpacker = _Gzip() if chunk.startswith(MAGIC[: len(chunk)]) else None
        else:
            self._unpacker = _Brotli() if self._coding == "br" else _Zstd()

    def _keep(self, piece: bytes) -> None:
        self._bytes_out += len(piece)
        if self._bytes_out > self._max_bytes:
            raise too_large(self._max_bytes)
        if self._bytes_out > _JUDGED_FROM_BYTES and self._bytes_out > self._max_ratio * self._bytes_in:
            raise InputError(
                f"{megabytes(self._bytes_in)} of it unpack to more than {megabytes(self._bytes_out)}: "
                "it is a bomb; look at it by hand",
                stage="fetch",
                reason="bomb",
                refused=True,
            )
        self._chunks.append(piece)

    def _broken(self, why: str) -> InputError:
        return InputError(
            f"its {self._coding} coding is broken ({why}); try again later",
            stage="fetch",
            reason=f"bad_{self._coding}",
        )


class _Gzip:
    """Gzip, several members one after the other too; what follows the last is passed over."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._waiting = b""

    def feed(self, packed: bytes) -> bytes:
        self._waiting += packed
        return self.more()

    def more(self) -> bytes:
        while self._waiting:
            if self._member.eof:
                if not self._waiting.startswith(MAGIC):
                    self._waiting = b""
                    return b""
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            piece = self._member.decompress(self._waiting, _PIECE_BYTES)
            self._waiting = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece:
                return piece
        return b""

    def ended(self) -> bool:
        return self._member.eof


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, packed: bytes) -> bytes:
        if self._stream.is_finished():
            return b""
        return bytes(self._stream.process(packed, output_buffer_limit=_PIECE_BYTES))

    def more(self) -> bytes:
        if self._stream.is_finished() or self._stream.can_accept_more_data():
            return b""
        return bytes(self._stream.process(b"", output_buffer_limit=_PIECE_BYTES))

    def ended(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    def __init__(self) -> None:
        self._unpack = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._unpack.decompressobj()
        self._waiting = memoryview(b"")

    def feed(self, packed: bytes) -> bytes:
        self._waiting = memoryview(bytes(self._waiting) + packed)
        return self.more()

    def more(self) -> bytes:
        while self._waiting:
            if self._frame.eof:
                self._frame = self._unpack.decompressobj()
            taken, self._waiting = self._waiting[:_ZSTD_FED_BYTES], self._waiting[_ZSTD_FED_BYTES:]
            piece = self._frame.decompress(taken)
            if self._frame.eof and self._frame.unused_data:  # the next frame has begun in it
                self._waiting = memoryview(self._frame.unused_data + bytes(self._waiting))
            if piece:
                return bytes(piece)
        return b""

    def ended(self) -> bool:
        return bool(self._frame.eof)
