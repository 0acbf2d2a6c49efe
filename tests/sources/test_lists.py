"""A list of addresses: a line is an address, a comment, or an outcome that names it."""

import gzip
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Candidate, Outcome
from sources.lists import MAX_LINE_BYTES, addresses, lines_of, read

URI = "file:///data/list.txt"


def found(content: bytes) -> list[Any]:
    return list(read(io.BytesIO(content), source_id="s", uri=URI))


def test_an_address_is_known_by_its_key_and_kept_as_it_was_written():
    assert found(b"https://Example.org/a?utm_source=x#top\r\n") == [
        Candidate(uri="https://example.org/a", source_id="s", url="https://Example.org/a?utm_source=x#top")
    ]


@pytest.mark.parametrize(
    ("content", "urls"),
    [
        (b"", []),
        (b"\n  \n\t\n", []),
        (b"# a comment\n  # another\nhttps://example.org/a # seen on Monday\n", ["https://example.org/a"]),
        (b"https://example.org/a", ["https://example.org/a"]),
        (b"\xef\xbb\xbfhttps://example.org/a\n", ["https://example.org/a"]),
        (b"https://example.org/a\n" * 2, ["https://example.org/a", "https://example.org/a"]),
        ("https://example.org/é".encode(), ["https://example.org/%C3%A9"]),
        (
            gzip.compress(b"https://example.org/a\nhttps://example.org/b\n", mtime=0),
            ["https://example.org/a", "https://example.org/b"],
        ),
    ],
)
def test_blank_lines_and_comments_say_nothing(content, urls):
    assert [each.uri for each in found(content)] == urls


@pytest.mark.parametrize(
    ("line", "reason", "outcome"),
    [
        (b"example.org/a", "bad_url", "failed"),
        (b"ftp://example.org/a", "bad_url", "failed"),
        (b"https://example.org/caf\xe9", "not_utf8", "failed"),
        (b"https://example.org/" + b"a" * 3 * MAX_LINE_BYTES, "too_large", "refused"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_others_go_on(line, reason, outcome):
    before, broken, after = found(b"https://example.org/1\n\n" + line + b"\nhttps://example.org/2\n")
    assert isinstance(broken, Outcome)
    assert (broken.uri, broken.reason, broken.outcome) == (f"{URI}#line=3", reason, outcome)
    assert broken.stage == "find"
    assert (before.uri, after.uri) == ("https://example.org/1", "https://example.org/2")


def test_a_list_in_utf_16_is_one_outcome():
    (only,) = found("https://example.org/1\nhttps://example.org/2\n".encode("utf-16"))
    assert (only.uri, only.reason) == (f"{URI}#line=1", "not_utf8")


def test_a_broken_end_of_gzip_leaves_what_came_before_it():
    packed = gzip.compress(b"".join(b"https://example.org/%x\n" % (n * 7919) for n in range(9_000)))
    *good, last = found(packed[: len(packed) // 2])
    assert good
    assert all(isinstance(each, Candidate) for each in good)
    assert (last.uri, last.reason, last.stage) == (URI, "bad_gzip", "find")


def test_a_disk_that_fails_is_an_outcome():
    class Broken:
        def readline(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    (only,) = read(cast("BinaryIO", Broken()), source_id="s", uri=URI)
    assert isinstance(only, Outcome)
    assert (only.uri, only.reason) == (URI, "unreadable")


def many(count: int) -> Iterator[bytes]:
    return (b"https://example.org/news/%d\n" % number for number in range(count))


def test_lines_are_handed_on_as_they_come():
    def endless() -> Iterator[bytes]:
        while True:
            yield b"https://example.org/a\n"

    stream = addresses(endless(), source_id="s", uri=URI)
    assert [next(stream).uri for _ in range(2)] == ["https://example.org/a"] * 2


@pytest.mark.slow
def test_a_hundred_thousand_addresses_take_no_more_memory_than_a_thousand():
    def peak_bytes(count: int) -> int:
        tracemalloc.start()
        read_so_far = sum(1 for _ in addresses(many(count), source_id="s", uri=URI))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert read_so_far == count
        return peak

    peak_bytes(10)  # whatever is made once
    assert peak_bytes(100_000) < 1.2 * peak_bytes(1_000) + 10_000


def test_a_line_without_end_is_not_held_in_memory():
    class Endless:
        left = 200

        def readline(self, size: int) -> bytes:
            self.left -= 1
            return b"a" * size if self.left > 0 else b""

    (line,) = lines_of(cast("BinaryIO", Endless()))
    assert len(line) == MAX_LINE_BYTES + 1


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line)))
def test_any_line_is_nothing_a_candidate_or_an_outcome(lines):
    assert all(isinstance(each, Candidate | Outcome) for each in addresses(lines, source_id="s", uri=URI))
