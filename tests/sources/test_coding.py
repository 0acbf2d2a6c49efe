"""What comes packed is unpacked as it comes, as far as the limits go."""

import gzip

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.coding import CODINGS, Body

PACK = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.compress}
LIMIT = 20_000_000


def unpacked(coding: str, packed: bytes, *, size: int = 65_536, max_bytes: int = LIMIT, max_ratio: int = 250):
    body = Body(coding, asked=CODINGS, max_bytes=max_bytes, max_ratio=max_ratio)
    for at in range(0, len(packed), size):
        body.feed(packed[at : at + size])
    return body.finish()


def failure(*given: object, **options: int) -> str:
    with pytest.raises(InputError) as caught:
        unpacked(*given, **options)  # type: ignore[arg-type]  # as it takes them
    assert caught.value.stage == "fetch"
    assert ";" in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("coding", PACK)
@given(content=st.binary(max_size=3000), times=st.integers(1, 50), size=st.integers(1, 5000))
def test_however_it_is_cut_the_same_comes_out(coding, content, times, size):
    assert unpacked(coding, PACK[coding](content * times), size=size) == content * times


def test_what_is_not_packed_stays():
    assert unpacked("", b"text") == unpacked("identity", b"text") == b"text"


def test_gzip_that_is_none_is_taken_as_it_is():
    assert unpacked("gzip", b"<p>plain</p>") == b"<p>plain</p>"


def test_nothing_at_all_is_nothing():
    assert [unpacked(coding, b"") for coding in CODINGS] == [b""] * 3


@pytest.mark.parametrize("name", ["x-gzip", "GZIP", " gzip "])
def test_other_names_for_gzip(name):
    assert unpacked(name, gzip.compress(b"a")) == b"a"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_joined(coding):
    assert unpacked(coding, PACK[coding](b"one ") + PACK[coding](b"two"), size=7) == b"one two"


def test_what_follows_gzip_is_passed_over():
    assert unpacked("gzip", gzip.compress(b"a") + b"\0\0garbage") == b"a"


@pytest.mark.parametrize("coding", ["deflate", "gzip, br", "compress", "gzip, gzip"])
def test_a_coding_that_was_not_asked_for(coding):
    assert failure(coding, b"x") == "content_encoding"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_ends_too_early(coding):
    packed = PACK[coding](b"some text " * 100)
    assert failure(coding, packed[:-3]) == f"bad_{coding}"


@pytest.mark.parametrize(
    ("coding", "start"), [("gzip", gzip.compress(b"", mtime=0)[:10]), ("br", b""), ("zstd", b"")]
)
def test_a_body_that_is_broken(coding, start):
    assert failure(coding, start + b"\xff\xfe garbage" * 20) == f"bad_{coding}"


@pytest.mark.parametrize("coding", CODINGS)
def test_more_than_the_limit_comes_out(coding):
    assert failure(coding, PACK[coding](b"ab" * 600), max_bytes=1000) == "too_large"


def test_more_than_the_limit_goes_in():
    assert failure("", b"a" * 1001, max_bytes=1000) == "too_large"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_stopped_before_it_is_unpacked(coding):
    packed = PACK[coding](bytes(70_000_000))  # more than what is judged at all
    assert failure(coding, packed, max_bytes=2**40, size=4096) == "bomb"


@pytest.mark.parametrize("coding", CODINGS)
def test_a_small_page_of_blanks_is_no_bomb(coding):
    assert unpacked(coding, PACK[coding](b" " * 900_000)) == b" " * 900_000
