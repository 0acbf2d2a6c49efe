"""What is known of an archived page stands beside it and comes back; what strangers wrote breaks nothing."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records import Candidate, Claimed, Signal
from sources.archive_note import Note, note_block, note_of
from sources.web import Hop

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)

_text = st.text(min_size=1)
_optional = st.none() | _text
_notes = st.builds(
    Note,
    candidate=st.none()
    | st.builds(
        Candidate,
        uri=st.text(),
        source_id=st.text(),
        url=_optional,
        content_type=_optional,
        fetched_at=st.none() | st.just(AT),
        claimed=st.builds(
            Claimed,
            title=_optional,
            authors=st.lists(_text).map(tuple),
            published=_optional,
            updated=_optional,
        ),
        guid=_optional,
    ),
    language=st.none() | st.just("de"),
    country=st.none() | st.just("AT"),
    hops=st.lists(st.builds(Hop, st.text(), st.integers(100, 599), st.text()), max_size=3).map(tuple),
    signals=st.lists(
        st.builds(
            Signal,
            kind=st.sampled_from(["tdm", "noai", "noarchive", "robots", "wall"]),
            value=st.text(),
            evidence=st.text(),
            obeyed=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
)


@given(_notes)
def test_any_note_comes_back(note: Note):
    source_id = note.candidate.source_id if note.candidate else "wire"
    block = note_block(note, source_id=source_id, fetch_time_ms=3)
    assert block.startswith(b"fetchTimeMs: 3\r\n")
    assert note_of(block) == note


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"via: http://127.0.0.1/\r\n",
        b"dateline: {",
        b"dateline: []\r\n",
        b'dateline: {"uri": 1, "source_id": "a"}\r\n',
        b'dateline: {"uri": "a"}\r\n',
        b'dateline: {"uri": "\\ud800", "source_id": "b"}\r\n',
        b'dateline: {"uri": "a", "source_id": "b", "claimed": {"authors": [1]}}\r\n',
        b'dateline: {"uri": "a", "source_id": "b", "claimed": ["x"]}\r\n',
        b'dateline: {"uri": "a", "source_id": "b", "fetched_at": "yesterday"}\r\n',
        b'dateline: {"signals": [{"kind": "x", "value": "", "evidence": "", "obeyed": true}]}\r\n',
        b'dateline: {"hops": [[1, 2]]}\r\n',
        b'dateline: {"hops": [["a", 1e999, "b"]]}\r\n',
        b"dateline: " + b"[" * 100_000,
    ],
    ids=range(14),
)
def test_a_note_that_is_broken_is_none(block: bytes):
    assert note_of(block) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
_FIELDS = ("uri", "source_id", "url", "guid", "fetched_at", "claimed", "language", "hops", "signals")


@given(st.dictionaries(st.sampled_from(_FIELDS), _json))
@example({"uri": "a", "source_id": "b", "claimed": {"authors": 5}})
@example({"signals": [{"kind": [], "value": "", "evidence": "", "obeyed": True}]})
def test_no_json_makes_it_fail(said):
    found = note_of(b"dateline: " + json.dumps(said).encode() + b"\r\n")
    assert found is None or isinstance(found, Note)
