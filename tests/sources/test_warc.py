"""Web archives of any make are read; whatever is broken in them has its outcome, and costs nothing else."""

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from records import Candidate, Claimed, Outcome
from sources.found import Found, PassedOver
from sources.warc import candidates

OTHERS = Path(__file__).resolve().parents[3] / "shared" / "inputs" / "warc"
URL = "http://paper.example/news/1"
AT = datetime(2025, 11, 4, 10, 15, tzinfo=UTC)


def answer(
    body: bytes | str, *headers: str, status: str = "200 OK", content_type: str = "text/html"
) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def record(
    block: bytes, *fields: str, kind: str = "response", url: str = URL, length: int | None = None
) -> bytes:
    lines = [
        *("WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", "WARC-Date: 2025-11-04T10:15:00Z"),
        *("WARC-Record-ID: <urn:uuid:1>", *fields),
        f"Content-Length: {len(block) if length is None else length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


PAGE = record(answer("<p>One."))
OTHER = record(answer("<p>Two."), url="http://paper.example/news/2")


def found(tmp_path: Path, content: bytes, name: str = "a.warc", **given: int) -> list[Found]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(candidates(str(path), source_id="archive", **given))


def pages(items: list[Found]) -> list[bytes | None]:
    return [each.content for each in items if isinstance(each, Candidate)]


def reasons(items: list[Found]) -> list[str | None]:
    return [each.reason for each in items if not isinstance(each, Candidate)]


def test_a_page_is_a_candidate_as_of_the_day_it_was_archived(tmp_path):
    content = record(answer("<p>One."), "WARC-IP-Address: 192.0.2.1", url=f"{URL}?utm_source=x#top")
    assert found(tmp_path, content) == [
        Candidate(
            uri=URL,
            source_id="archive",
            url=f"{URL}?utm_source=x#top",
            content=b"<p>One.",
            content_type="text/html",
            fetched_at=AT,
        )
    ]


@pytest.mark.parametrize(
    "packed",
    [
        b"".join,
        lambda records: gzip.compress(b"".join(records)),
        lambda records: b"".join(map(gzip.compress, records)),
    ],
    ids=["plain", "gzipped as a whole", "gzipped a record"],
)
def test_it_may_be_packed_in_any_way(tmp_path, packed):
    assert pages(found(tmp_path, packed([PAGE, OTHER]))) == [b"<p>One.", b"<p>Two."]


@pytest.mark.parametrize("version", [b"0.17", b"0.18", b"1.0", b"1.1"])
def test_every_version_is_read(tmp_path, version):
    assert pages(found(tmp_path, PAGE.replace(b"WARC/1.0", b"WARC/" + version))) == [b"<p>One."]


@pytest.mark.parametrize(
    "block",
    [
        answer(gzip.compress(b"<p>One."), "Content-Encoding: gzip"),
        answer("7\r\n<p>One.\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer("<p>One.", "Transfer-Encoding: chunked"),  # the crawler undid it and left the header
        answer("<p>One.", "Content-Encoding: gzip"),
        answer("<p>One.", "Content-Length: 7"),
        answer("<p>One.").replace(b"\r\n", b"\n"),
    ],
    ids=["gzip", "chunked", "not chunked", "not gzip", "length", "line feeds"],
)
def test_codings_are_undone_where_they_are_there(tmp_path, block):
    assert pages(found(tmp_path, record(block))) == [b"<p>One."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record(answer("", status="404 Not Found")), "http_404"),
        (record(answer("", "Location: /b", status="301 Moved")), "http_301"),
        (record(answer("<p>On", status="206 Partial Content")), "http_206"),
        (record(answer(b"\x89PNG", content_type="image/png")), "asset"),
        (record(answer("{}", content_type="application/json")), "asset"),
        (
            record(answer("User-agent: *", content_type="text/plain"), url="http://paper.example/robots.txt"),
            "not_a_page",
        ),
        (record(b"", kind="revisit"), "revisit"),
        (
            record(b"log", "Content-Type: text/plain", kind="resource", url="metadata://crawler/log"),
            "not_a_page",
        ),
    ],
)
def test_what_is_no_page_is_passed_over_and_counted(tmp_path, content, reason):
    items = found(tmp_path, content + OTHER)
    assert isinstance(items[0], PassedOver)
    assert reasons(items) == [reason]
    assert pages(items) == [b"<p>Two."]


def test_requests_and_descriptions_are_neither(tmp_path):
    about = [record(b"x", kind=kind) for kind in ("warcinfo", "request", "metadata", "made-up")]
    assert found(tmp_path, b"".join(about) + PAGE) == found(tmp_path, PAGE)[:1]


def test_text_of_common_crawl_and_resources_are_pages(tmp_path):
    text = record(b"One.", "Content-Type: text/plain", kind="conversion")
    local = record(b"<p>Two.", "Content-Type: text/html", kind="resource", url="file:///pages/2.html")
    items = found(tmp_path, text + local)
    assert pages(items) == [b"One.", b"<p>Two."]
    assert [each.url for each in items if isinstance(each, Candidate)] == [URL, None]


def test_what_dateline_noted_comes_with_its_page(tmp_path):
    note = (
        b'dateline: {"source_id": "wire", "uri": "http://paper.example/news/1", "guid": "tag:1",'
        b' "claimed": {"title": "Harbour", "published": "2025-11-03"}}\r\n'
    )
    content = PAGE + record(note, "WARC-Concurrent-To: <urn:uuid:1>", kind="metadata") + OTHER
    first, second = found(tmp_path, content)
    assert isinstance(first, Candidate)
    assert (first.guid, first.claimed) == ("tag:1", Claimed("Harbour", (), "2025-11-03"))
    assert first.source_id == "archive"
    assert isinstance(second, Candidate)
    assert second.guid is None


def test_a_note_about_another_page_is_not_taken_for_this_one(tmp_path):
    note = b'dateline: {"source_id": "wire", "uri": "http://paper.example/other"}\r\n'
    content = PAGE + record(note, "WARC-Concurrent-To: <urn:uuid:2>", kind="metadata")
    assert found(tmp_path, content) == found(tmp_path, PAGE)


# What is broken


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "bad_archive"),
        (b"no archive at all", "bad_archive"),
        (b"WARC/1.0\r\n", "bad_record"),
        (record(answer("<p>One."), length=5000), "truncated"),
        (PAGE[:-20], "truncated"),
        (PAGE.replace(b"Content-Length", b"Content-Langth"), "bad_record"),
        (record(b"no HTTP"), "bad_record"),
        (gzip.compress(PAGE)[:-12], "truncated"),
        (record(answer("<p>One."), url="http://[/"), "bad_url"),
    ],
)
def test_what_is_broken_has_an_outcome(tmp_path, content, reason):
    items = found(tmp_path, content)
    assert [type(each) for each in items] == [Outcome]
    (outcome,) = items
    assert isinstance(outcome, Outcome)
    assert (outcome.outcome, outcome.stage, outcome.reason) == ("failed", "find", reason)
    assert outcome.uri.startswith("file://")
    assert outcome.detail


def test_behind_what_is_broken_it_goes_on(tmp_path):
    packed = gzip.compress(PAGE)
    broken = bytearray(packed)
    broken[len(packed) // 2] ^= 0xFF
    items = found(tmp_path, gzip.compress(OTHER) + bytes(broken) + packed)
    assert pages(items)[0] == b"<p>Two."
    assert pages(items)[-1] == b"<p>One."


def test_a_page_that_is_too_large_is_refused_and_the_next_is_read(tmp_path):
    items = found(tmp_path, record(answer(b"x" * 200_000)) + OTHER, max_bytes=1000)
    assert pages(items) == [b"<p>Two."]
    assert [(each.outcome, each.reason) for each in items if isinstance(each, Outcome)] == [
        ("refused", "too_large")
    ]


def test_a_page_that_swells_is_no_larger_than_the_limit(tmp_path):
    block = answer(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")
    (item,) = found(tmp_path, record(block), max_bytes=100_000)
    assert isinstance(item, Candidate)
    assert item.content is not None
    assert len(item.content) == 100_001  # one more than the limit: the next stage refuses it by that


def test_a_file_that_is_not_there_has_an_outcome(tmp_path):
    (item,) = candidates(str(tmp_path / "a.warc"), source_id="archive")
    assert isinstance(item, Outcome)
    assert item.outcome == "failed"


# ARC, the format before

ARC = (
    b"filedesc://a.arc 0.0.0.0 20251104101500 text/plain 75\n1 0 Maker\n"
    b"URL IP-address Archive-date Content-type Archive-length\n"
)


def arc_record(block: bytes, url: str = URL, length: int | None = None) -> bytes:
    size = len(block) if length is None else length
    return f"{url} 192.0.2.1 20251104101500 text/html {size}\n".encode() + block + b"\n"


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_arc_files_are_read(tmp_path, packed):
    content = ARC + arc_record(answer("<p>One.")) + arc_record(answer("<p>Two."), f"{URL} with blanks")
    first, second = found(tmp_path, packed(content), "a.arc")
    assert isinstance(first, Candidate)
    assert isinstance(second, Candidate)
    assert (first.uri, first.content, first.fetched_at) == (URL, b"<p>One.", AT)
    assert second.uri == f"{URL}%20with%20blanks"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ARC + arc_record(answer("<p>One."), length=5000), ["truncated"]),
        (ARC + b"nonsense\nmore of it\n" + arc_record(answer("<p>One.")), ["bad_record"]),
        (ARC + arc_record(b"no HTTP") + arc_record(answer("<p>One.")), ["bad_record"]),
        (
            ARC.replace(b"URL IP", b"URL_IP").replace(b"-date C", b"-date_C") + arc_record(b"<p>"),
            ["bad_record"],
        ),
        (
            ARC
            + b"http://a.example/ 192.0.2.1 20251104101500 x \xc2\x85\n"
            + arc_record(b"HTTP/1.1 404 x\n\n"),
            ["bad_record", "http_404"],
        ),
        (ARC + arc_record(b"x" * 200_000) + arc_record(answer("<p>One.")), ["too_large"]),
        (gzip.compress(ARC + arc_record(answer("<p>One.")))[:-9], ["bad_gzip"]),
        (ARC, []),
    ],
    ids=[
        "cut short",
        "nonsense",
        "no HTTP",
        "words that are too few",
        "a word that is none",
        "too large",
        "cut gzip",
        "nothing in it",
    ],
)
def test_what_is_broken_in_an_arc_has_an_outcome(tmp_path, content, expected):
    assert reasons(found(tmp_path, content, "a.arc", max_bytes=1000)) == expected


@pytest.mark.skipif(not OTHERS.exists(), reason="the archives of others are not on this machine")
def test_the_archives_of_others_are_read_broken_ones_too():
    ends = {}
    for path in sorted(OTHERS.iterdir()):
        items = list(candidates(str(path), source_id="archive"))
        assert all(isinstance(each, (Candidate, Outcome, PassedOver)) for each in items)
        ends[path.name] = Counter("page" if isinstance(each, Candidate) else each.reason for each in items)
    assert ends == {
        "bad.arc": {"bad_record": 3},
        "example-bad-non-chunked.warc.gz": {"page": 1, "revisit": 1},
        "example-bad.warc.gz.bad": {"page": 1, "revisit": 1, "http_302": 1},
        "example-digest.warc": {},
        "example-iana.org-chunked.warc": {"page": 1},
        "example-resource.warc.gz": {"page": 1},
        "example-space-in-target-uri.warc.gz": {"asset": 1},
        "example-space-in-url.arc": {"page": 1},
        "example-trunc.warc": {"page": 1},
        "example-wget-bad-target-uri.warc.gz": {"page": 1, "not_a_page": 2},
        "example-wrong-chunks.warc.gz": {"page": 1},
        "example.arc": {"page": 1},
        "example.arc.gz": {"page": 1},
        "example.warc": {"page": 1, "revisit": 1},
        "example.warc.gz": {"page": 1, "revisit": 1},
        "post-test.warc.gz": {"asset": 3},
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([PAGE, ARC + arc_record(answer("<p>One.")), gzip.compress(PAGE) + gzip.compress(OTHER)]),
    st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=8)), max_size=4),
    st.integers(0, 2000),
)
@example(PAGE, [(0, b"filedesc://")], 2000)
@example(ARC + arc_record(answer("<p>One.")), [(80, b"\n")], 2000)
def test_no_damage_makes_it_fail(tmp_path, content, damage, end):
    damaged = bytearray(content)
    for at, put in damage:
        damaged[at : at + len(put)] = put
    for each in found(tmp_path, bytes(damaged[:end])):
        assert isinstance(each, (Candidate, Outcome, PassedOver))
