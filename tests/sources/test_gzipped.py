"""Gzip is undone whole or refused, and a bomb costs a moment."""

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.gzipped import GunzipStream, gunzip, megabytes

PACKED = gzip.compress(b"a line of text\n" * 5_000, mtime=0)


@given(st.binary(max_size=5_000), st.integers(1, 3), st.integers(0, 9))
def test_what_was_packed_comes_back_however_many_members(content, members, level):
    packed = gzip.compress(content, level, mtime=0) * members
    assert gunzip(packed, max_bytes=100_000) == content * members


def test_zeros_after_the_last_member_are_padding():
    assert gunzip(PACKED + bytes(512), max_bytes=10**6) == b"a line of text\n" * 5_000


@pytest.mark.parametrize(
    "packed",
    [
        PACKED[:-9],
        PACKED[:-1],
        PACKED[:20],
        PACKED[:2],
        PACKED + b"rest",
        b"\x1f\x8bnot gzip at all",
        bytes(8),
    ],
)
def test_broken_gzip_is_named(packed):
    with pytest.raises(InputError, match="broken gzip") as caught:
        gunzip(packed, max_bytes=10**6)
    assert caught.value.reason == "bad_gzip"


def test_a_changed_bit_is_found():
    at = len(PACKED) - 6  # in the checksum
    with pytest.raises(InputError, match="broken gzip"):
        gunzip(PACKED[:at] + bytes([PACKED[at] ^ 1]) + PACKED[at + 1 :], max_bytes=10**6)


def test_more_than_the_limit_is_refused():
    assert len(gunzip(PACKED, max_bytes=75_000)) == 75_000
    with pytest.raises(InputError, match="limit of 74,999 bytes") as caught:
        gunzip(PACKED, max_bytes=74_999)
    assert (caught.value.reason, caught.value.refused) == ("too_large", True)


def test_a_bomb_stops_long_before_it_has_unpacked():
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush()
    stream = GunzipStream(io.BytesIO(packed))
    read: list[int] = []
    with pytest.raises(InputError, match="gzip bomb") as caught:
        read.extend(len(chunk) for chunk in iter(lambda: stream.read(2**20), b""))
    assert caught.value.reason == "too_large"
    assert sum(read) < 70 * 2**20


def test_lines_of_a_stream_can_be_read_one_by_one():
    stream = GunzipStream(io.BytesIO(PACKED[10:]), prefix=PACKED[:10])
    assert [stream.readline(), stream.readline(6)] == [b"a line of text\n", b"a line"]


def test_sizes_are_said_for_people():
    assert [megabytes(20_000_000), megabytes(512)] == ["20 MB", "512 bytes"]
