"""A line of JSON is an article, or an outcome that names its file and line."""

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Candidate, Claimed, Outcome
from sources.gzipped import GunzipStream
from sources.jsonl import Origin, candidates_of_lines, is_json_object, is_jsonl_name

ORIGIN = Origin(
    uri="file:///data/a.jsonl",
    folder="/data",
    source_id="a",
    fetched_at=None,
    max_bytes=1_000,
)


def read(*lines: object, origin: Origin = ORIGIN) -> list[Any]:
    written = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    return list(candidates_of_lines(io.BytesIO(written), origin))


def test_a_line_with_everything():
    (found,) = read(
        {
            "url": "https://example.org/a",
            "html": "<p>Text.</p>",
            "title": "T",
            "authors": ["A. Smith", " B. Jones "],
            "published": "2025-11-04",
            "updated": "2025-11-05",
            "fetched_at": "2025-11-05T08:00:00+01:00",
            "source": "wire",
            "anything": {"else": 1},
        }
    )
    assert found == Candidate(
        uri="https://example.org/a",
        source_id="wire",
        url="https://example.org/a",
        content=b"<p>Text.</p>",
        content_type="text/html; charset=utf-8",
        fetched_at=datetime(2025, 11, 5, 7, tzinfo=UTC),
        claimed=Claimed(
            title="T", authors=("A. Smith", "B. Jones"), published="2025-11-04", updated="2025-11-05"
        ),
    )


@pytest.mark.parametrize(
    ("record", "uri", "content", "content_type", "path"),
    [
        ({"text": "é"}, "file:///data/a.jsonl#line=1", "é".encode(), "text/plain; charset=utf-8", None),
        ({"html": "<p>"}, "file:///data/a.jsonl#line=1", b"<p>", "text/html; charset=utf-8", None),
        (
            {"html": "<p>", "text": "t"},
            "file:///data/a.jsonl#line=1",
            b"<p>",
            "text/html; charset=utf-8",
            None,
        ),
        ({"html": "", "text": "t"}, "file:///data/a.jsonl#line=1", b"t", "text/plain; charset=utf-8", None),
        ({"text": ""}, "file:///data/a.jsonl#line=1", b"", "text/plain; charset=utf-8", None),
        ({"path": "sub/p.html"}, "file:///data/sub/p.html", None, None, "/data/sub/p.html"),
        ({"path": "/x/p.html"}, "file:///x/p.html", None, None, "/x/p.html"),
        ({"path": "p", "url": "http://e.org/"}, "http://e.org/", None, None, "/data/p"),
        ({"url": "http://e.org/1", "text": None}, "http://e.org/1", None, None, None),
        (
            {"text": "half \ud83d"},
            "file:///data/a.jsonl#line=1",
            b"half ?",
            "text/plain; charset=utf-8",
            None,
        ),
    ],
)
def test_where_the_content_is_and_what_it_is_called(record, uri, content, content_type, path):
    (found,) = read(record)
    assert (found.uri, found.content, found.content_type, found.path) == (uri, content, content_type, path)


def test_what_a_line_does_not_say_holds_for_the_file():
    fetched_at = datetime(2025, 1, 1, tzinfo=UTC)
    origin = Origin("file:///f", "/", "s", fetched_at, 1_000)
    (found,) = read({"text": "t"}, origin=origin)
    assert (found.source_id, found.fetched_at, found.claimed) == ("s", fetched_at, Claimed())


@pytest.mark.parametrize(
    ("claims", "claimed"),
    [
        ({"authors": "One Name"}, Claimed(authors=("One Name",))),
        ({"authors": [""], "title": "", "published": ""}, Claimed()),
        ({"authors": None, "title": None, "published": None}, Claimed()),
        ({"published": 1762251300}, Claimed(published="1762251300")),
        ({"title": "\ud83d"}, Claimed(title="?")),
    ],
)
def test_claims_are_taken_verbatim(claims, claimed):
    (found,) = read({"text": "t", **claims})
    assert found.claimed == claimed


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        (b'{"text": "cut', "bad_json", "broken JSON"),
        (b"not json", "bad_json", "broken JSON"),
        (b'{"text": "caf\xe9"}', "bad_json", "not UTF-8"),
        (b'{"a":' * 100_000, "bad_json", "too deeply"),
        (b'{"text": ' + b"1" * 600 + b"}", "bad_line", "text is no text"),
        (b"[]", "bad_line", "no JSON object"),
        (b"null", "bad_line", "no JSON object"),
        (b"{}", "bad_line", "none of url, html, text or path"),
        (b'{"title": "T"}', "bad_line", "none of url, html, text or path"),
        (b'{"text": ["a"]}', "bad_line", "text is no text"),
        (b'{"text": "t", "title": 5}', "bad_line", "title is no text"),
        (b'{"text": "t", "authors": [{"name": "A"}]}', "bad_line", "authors are no list of names"),
        (b'{"text": "t", "published": true}', "bad_line", "published is no date"),
        (b'{"text": "t", "fetched_at": "2025-11-04"}', "bad_line", "time zone"),
        (b'{"text": "t", "url": "example.org"}', "bad_url", "no web address"),
        (b'{"text": "t", "url": ""}', "bad_url", "no web address"),
        (b'{"text": "' + b"a" * 4_000 + b'"}', "too_large", "limit of 4,000 bytes"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_go_on(line, reason, said):
    origin = Origin(ORIGIN.uri, ORIGIN.folder, "a", None, 10**6 if b"deep" in said.encode() else 1_000)
    before, broken, after = read({"text": "1"}, line, {"text": "3"}, origin=origin)
    assert isinstance(broken, Outcome)
    assert broken.detail is not None
    assert (broken.uri, broken.reason, broken.stage) == ("file:///data/a.jsonl#line=2", reason, "find")
    assert broken.outcome == ("refused" if reason == "too_large" else "failed")
    assert said in broken.detail
    assert (before.content, after.content, after.uri) == (b"1", b"3", "file:///data/a.jsonl#line=3")


def test_blank_lines_count_and_say_nothing():
    assert [each.uri[-6:] for each in read(b"", {"text": "2"}, b"  ", {"text": "4"}, b"")] == [
        "line=2",
        "line=4",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble():
    stream = io.BytesIO(b'\xef\xbb\xbf{"text": "1"}\r\n{"text": "2"}\r\n')
    assert [each.content for each in candidates_of_lines(stream, ORIGIN) if isinstance(each, Candidate)] == [
        b"1",
        b"2",
    ]


def test_the_last_line_needs_no_line_end():
    (found,) = candidates_of_lines(io.BytesIO(b'{"text": "1"}'), ORIGIN)
    assert isinstance(found, Candidate)
    assert found.content == b"1"


def test_broken_gzip_ends_the_file_and_keeps_what_came_before():
    packed = gzip.compress(b"".join(json.dumps({"text": f"{n:06}"}).encode() + b"\n" for n in range(9_000)))
    *good, last = candidates_of_lines(GunzipStream(io.BytesIO(packed[: len(packed) // 2])), ORIGIN)
    assert good
    assert all(isinstance(each, Candidate) for each in good)
    assert isinstance(last, Outcome)
    assert (last.reason, last.uri) == ("bad_gzip", f"file:///data/a.jsonl#line={len(good) + 1}")


def test_lines_are_handed_on_as_they_come():
    class Endless:
        def readline(self, size: int) -> bytes:
            return b'{"text": "again"}\n'[:size]

    stream = candidates_of_lines(cast("BinaryIO", Endless()), ORIGIN)
    assert [next(stream).uri[-1] for _ in range(3)] == ["1", "2", "3"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["url", "html", "text", "path", "title", "authors", "published", "fetched_at", "source"]
                ),
                inner,
            )
        ),
    )
)
def test_any_json_value_is_a_candidate_or_an_outcome(value):
    (found,) = read(value)
    assert isinstance(found, Candidate | Outcome)
    assert found.uri


@pytest.mark.parametrize(
    ("line", "is_object"),
    [
        (b'{"a": 1}\n', True),
        (b'\xef\xbb\xbf {"a": 1}', True),
        (b"{", False),
        (b"[1]", False),
        (b"{curly} text", False),
        (b"Plain text.", False),
        (b"", False),
    ],
)
def test_json_lines_are_told_by_their_first_line(line, is_object):
    assert is_json_object(line) is is_object


@pytest.mark.parametrize(
    ("name", "is_jsonl"),
    [("a.jsonl", True), ("A.JSONL.GZ", True), ("a.ndjson", True), ("a.json", False), ("jsonl", False)],
)
def test_json_lines_are_told_by_their_name(name, is_jsonl):
    assert is_jsonl_name(name) is is_jsonl
