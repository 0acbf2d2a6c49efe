"""What was fetched is kept so that every tool reads it, a kill costs one record, and damage is told."""

import errno
import gzip
import io
import os
import random
import subprocess
import sys
import textwrap
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastwarc import ArchiveIterator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records import Candidate, Claimed, Hints, InputError, Signal, WarehouseError
from sources.archive import Archive, Place, open_archive, read
from sources.archive_note import Note
from sources.warc import candidates
from sources.web import Answer, Hop

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)

ANSWER = Answer(
    url="http://127.0.0.1/news/1?page=2",
    status=200,
    headers={"content-type": "text/html; charset=utf-8", "content-encoding": "gzip", "content-length": "12"},
    content=b"<p>The council met on the harbour plan.</p>",
    fetched_at=AT,
    asked_at=AT - timedelta(milliseconds=250),
    hops=(Hop("http://127.0.0.1/1", 301, "http://127.0.0.1/news/1?page=2"),),
    signals=(Signal("noai", "noai", "header X-Robots-Tag", obeyed=False),),
    raw_headers=(
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Length", b"12"),
    ),
    request_headers=((b"Host", b"127.0.0.1"), (b"Authorization", b"***")),
    reason_phrase="OK",
    address="127.0.0.1",
)
CANDIDATE = Candidate(
    uri="http://127.0.0.1/1",
    source_id="wire",
    url="http://127.0.0.1/1?utm_source=feed",
    guid="tag:127.0.0.1,2026:1",
    claimed=Claimed("Harbour plan — decided", ("A. Smith", "B. Jones"), "2026-11-21T09:00Z", "2026-11-21"),
)

Opened = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "news.duckdb.store" / "archive"


@pytest.fixture
def kept(folder: Path) -> Iterator[Archive]:
    with opened(folder) as writing:
        yield writing


def opened(folder: Path, **given: Any) -> Any:
    return open_archive(folder, software="Dateline/0", now=lambda: AT, **given)


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def is_accepted(folder: Path) -> None:
    """By warcio's own check, which recomputes every digest."""
    pytest.importorskip("warcio")
    paths = [str(each) for each in sorted(folder.iterdir())]
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no digest" not in checked.stdout


def test_what_was_kept_is_read_back_as_it_was(kept: Archive, folder: Path):
    place = kept.add(
        ANSWER, source_id="wire", candidate=CANDIDATE, hints=Hints(language="en", country="GB", not_after=AT)
    )
    found = read(folder, place)
    assert (found.url, found.status, found.content, found.fetched_at) == (
        ANSWER.url,
        200,
        ANSWER.content,
        AT,
    )
    assert found.headers == ANSWER.headers
    assert found.note == Note(CANDIDATE, "en", "GB", ANSWER.hops, ANSWER.signals)


def test_without_a_candidate_the_response_is_kept_all_the_same(kept: Archive, folder: Path):
    found = read(folder, kept.add(ANSWER, source_id="wire"))
    assert found.content == ANSWER.content
    assert found.note.candidate is None


def test_content_that_a_feed_held_is_kept_under_the_address_of_its_item(kept: Archive, folder: Path):
    brought = replace(
        CANDIDATE, content=b"<p>All of it.</p>", content_type="text/html", fetched_at=AT - timedelta(days=1)
    )
    found = read(folder, kept.add_content(brought, fetched_at=AT))
    assert (found.url, found.status, found.content) == (brought.url, None, b"<p>All of it.</p>")
    assert found.headers == {"content-type": "text/html"}
    assert found.note.candidate == replace(brought, content=None)


def test_warcio_accepts_every_record(kept: Archive, folder: Path):
    kept.add(ANSWER, source_id="wire", candidate=CANDIDATE)
    kept.add(replace(ANSWER, content=b"", raw_headers=(), reason_phrase=""), source_id="wire")
    kept.add(replace(ANSWER, content=os.urandom(100_000), http_version="HTTP/2"), source_id="wire")
    kept.add_content(replace(CANDIDATE, content=b"<p>x</p>"), fetched_at=AT)
    kept.sync()
    is_accepted(folder)


def test_each_record_is_a_gzip_member_and_the_place_is_that_of_the_response(kept: Archive, folder: Path):
    place = kept.add(ANSWER, source_id="wire", candidate=CANDIDATE)
    kept.sync()
    packed = (folder / place.file).read_bytes()
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    record = member.decompress(packed[place.offset :])
    assert member.eof
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
    assert record.endswith(ANSWER.content + b"\r\n\r\n")
    kinds = [str(each.record_type) for each in ArchiveIterator(io.BytesIO(packed))]
    assert kinds == ["warcinfo", "response", "request", "metadata"]


def test_other_tools_find_the_body_whole_though_it_came_packed(kept: Archive, folder: Path):
    """The codings are undone, so the headers that told of them stand under other names."""
    place = kept.add(ANSWER, source_id="wire")
    kept.sync()
    with (folder / place.file).open("rb") as file:
        file.seek(place.offset)
        record = next(iter(ArchiveIterator(file, auto_decode="all")))
        assert record.reader.read() == ANSWER.content
        headers = record.http_headers.asdict()
    assert headers["X-Crawler-Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(ANSWER.content))


def test_a_header_cannot_end_the_headers(kept: Archive, folder: Path):
    sly = replace(
        ANSWER,
        raw_headers=((b"X", b"a\r\n\r\n<p>Injected</p>"), (b"Y", b"b\nContent-Type: text/plain")),
        reason_phrase="OK\r\nX-Status: 1",
        url="http://127.0.0.1/a\r\nWARC-Type: request",
    )
    found = read(folder, kept.add(sly, source_id="wire"))
    assert found.content == ANSWER.content
    assert found.headers == {"x": "a <p>Injected</p>", "y": "b Content-Type: text/plain"}
    kept.sync()
    is_accepted(folder)


def test_headers_of_one_name_are_joined_and_bytes_that_are_no_utf8_are_latin(kept: Archive, folder: Path):
    several = replace(
        ANSWER, raw_headers=((b"Link", b"a"), (b"LINK", b"b"), (b"X", b"\xe4"), (b"Y", b"\xc3\xa4"))
    )
    assert read(folder, kept.add(several, source_id="wire")).headers == {"link": "a, b", "x": "ä", "y": "ä"}


def test_nothing_is_made_where_nothing_is_added(folder: Path):
    with opened(folder) as writing:
        writing.sync()
    assert not folder.exists()


def test_no_file_is_opened_for_writing_a_second_time(folder: Path):
    for _ in range(3):
        with opened(folder) as writing:
            writing.add(ANSWER, source_id="wire")
    assert files(folder) == [f"dateline-20261121T120000Z-{number:05}.warc.gz" for number in range(3)]


def test_a_file_that_is_full_is_followed_by_another(folder: Path):
    with opened(folder, max_bytes=1) as writing:
        places = [writing.add(ANSWER, source_id="wire") for _ in range(3)]
    assert [place.file for place in places] == files(folder)
    assert all(read(folder, place).content == ANSWER.content for place in places)
    is_accepted(folder)


def test_threads_do_not_write_into_each_other(kept: Archive, folder: Path):
    places: dict[int, Place] = {}

    def add(first: int) -> None:
        for number in range(first, first + 50):
            places[number] = kept.add(replace(ANSWER, content=b"%d" % number * 99), source_id="wire")

    threads = [threading.Thread(target=add, args=(1000 * each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 200
    assert all(read(folder, place).content == b"%d" % number * 99 for number, place in places.items())


_WRITER = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from sources.archive import open_archive
    from tests.sources.test_archive import ANSWER, AT
    import random

    noise = random.Random(1)
    folder = Path(sys.argv[1])
    with open_archive(folder, software="Dateline/0", now=lambda: AT, max_bytes=2_000_000) as archive:
        while True:
            content = noise.randbytes(noise.randrange(200_000))
            place = archive.add(replace(ANSWER, content=content), source_id="wire")
            print(place.file, place.offset, len(content), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_kill_in_the_middle_of_a_write_leaves_all_that_was_acknowledged(folder: Path, seed: int):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_WRITER), str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(random.Random(seed).randrange(5, 60))]
    process.kill()
    said += process.stdout.read().splitlines(keepends=True)
    process.wait()
    process.stdout.close()
    places = [line.decode().split() for line in said if line.endswith(b"\n")]
    for file, offset, length in places:
        assert len(read(folder, Place(file, int(offset))).content) == int(length)
    with opened(folder) as following:
        place = following.add(ANSWER, source_id="wire")
    assert place.file not in {file for file, _, _ in places}
    found = [each for file in files(folder) for each in candidates(str(folder / file), source_id="wire")]
    assert sum(isinstance(each, Candidate) for each in found) >= len(places) + 1


def test_wherever_the_last_record_is_cut_the_others_are_read(folder: Path):
    with opened(folder) as writing:
        first = writing.add(ANSWER, source_id="wire", candidate=CANDIDATE)
        last = writing.add(replace(ANSWER, url="http://127.0.0.1/last"), source_id="wire")
    path = folder / first.file
    whole = path.read_bytes()
    for end in range(last.offset, len(whole)):
        path.write_bytes(whole[:end])
        assert read(folder, first).note.candidate == CANDIDATE
        found = list(candidates(str(path), source_id="wire"))
        assert found[0].uri == CANDIDATE.uri
        assert [each.uri for each in found if isinstance(each, Candidate)][1:] in (
            [],
            ["http://127.0.0.1/last"],
        )


def test_half_a_record_is_taken_back_where_there_is_no_room(
    kept: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    first = kept.add(ANSWER, source_id="wire")
    write = os.write
    halves = iter([True, False])

    def full(file: int, content: bytes) -> int:
        if next(halves):
            return write(file, bytes(content)[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sources.archive.os.write", full)
    with pytest.raises(WarehouseError, match="make room"):
        kept.add(ANSWER, source_id="wire")
    monkeypatch.undo()
    second = kept.add(ANSWER, source_id="wire")
    assert read(folder, first) == read(folder, second)
    kept.sync()
    is_accepted(folder)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with (
        opened(tmp_path / "file" / "archive") as writing,
        pytest.raises(WarehouseError, match="cannot be written"),
    ):
        writing.add(ANSWER, source_id="wire")


def _cut(packed: bytes, place: Place) -> bytes:
    return packed[: place.offset + 100]


def _shifted(packed: bytes, _: Place) -> bytes:
    return b"x" + packed


def _other_bytes(packed: bytes, place: Place) -> bytes:
    """Sound gzip, another content: only the digest tells."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    record = member.decompress(packed[place.offset :])
    return packed[: place.offset] + gzip.compress(record.replace(b"harbour", b"airport")) + member.unused_data


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_cut, "archive_damaged"),
        (_other_bytes, "archive_damaged"),
        (lambda packed, place: packed[: place.offset], "archive_damaged"),
        (lambda packed, place: packed[: place.offset] + b"\0" * 1000, "archive_damaged"),
        (
            lambda packed, place: packed[: place.offset + 50] + b"\xff" * 9 + packed[place.offset + 59 :],
            "archive_damaged",
        ),
        (lambda packed, _: b"x" + packed, "archive_damaged"),
    ],
)
def test_damage_is_told(kept: Archive, folder: Path, damage: Callable[[bytes, Place], bytes], reason: str):
    place = kept.add(ANSWER, source_id="wire")
    kept.close()
    path = folder / place.file
    path.write_bytes(damage(path.read_bytes(), place))
    with pytest.raises(InputError, match="put the file back") as told:
        read(folder, place)
    assert (told.value.stage, told.value.reason) == ("load", reason)


def test_a_file_that_is_not_there_is_told(folder: Path):
    with pytest.raises(InputError, match="put it back") as told:
        read(folder, Place("dateline-20261121T120000Z-00000.warc.gz", 0))
    assert told.value.reason == "archive_missing"


def test_what_is_no_response_is_told(kept: Archive, folder: Path):
    place = kept.add(ANSWER, source_id="wire")
    with pytest.raises(InputError, match="no response begins there"):
        read(folder, replace(place, offset=0))


_names = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True).filter(
    lambda name: name.lower() != b"content-length" and not name.lower().startswith(b"x-crawler-")
)
_values = st.from_regex(rb"[!-~]([ -~\x80-\xff]{0,30}[!-~])?", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(max_size=5000), headers=st.lists(st.tuples(_names, _values), max_size=6))
def test_any_content_under_any_headers_comes_back(
    folder: Path, content: bytes, headers: list[tuple[bytes, bytes]]
):
    with opened(folder) as writing:
        place = writing.add(replace(ANSWER, content=content, raw_headers=tuple(headers)), source_id="wire")
    found = read(folder, place)
    assert found.content == content
    if headers:
        assert found.headers.keys() == {name.decode().lower() for name, _ in headers}
