"""A takedown reaches the archive: no word of the page stays in any file, every other page stays in place."""

import gzip
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Candidate, Extracted
from sources.archive import Archive, Place, open_archive
from sources.archive import read as read_page
from sources.web import Answer
from warehouse import archive_pages, archive_takedown, read
from warehouse.archive_pages import Span, pages
from warehouse.backup import backup
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.maintain import maintain
from warehouse.places import archive_of
from warehouse.restore import restore
from warehouse.writer import open_writer

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
URL = "https://example.org/taken-down"
MARK = "Zyxwvut"
OTHERS = [f"https://example.org/{number}" for number in range(30)]


def answer(url: str, text: str) -> Answer:
    noise = random.Random(url).randbytes(3_000).hex()
    return Answer(
        url=url,
        status=200,
        headers={"content-type": "text/html"},
        content=f"<p>{text}</p><!-- {noise} -->".encode(),
        fetched_at=NOW,
        asked_at=NOW,
        raw_headers=((b"Content-Type", b"text/html"),),
        request_headers=((b"Host", b"example.org"),),
    )


def archived(archive: Archive, item: Extracted, text: str) -> Extracted:
    candidate = item.capture.candidate
    place = archive.add(answer(candidate.uri, text), source_id="paper", candidate=candidate)
    capture = replace(item.capture, archive_file=place.file, archive_offset=place.offset)
    return replace(item, capture=capture)


@pytest.fixture
def stored(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """Thirty articles, the unwanted one among them, over several archive files; and orphan pages of it."""
    with (
        open_writer(db) as writer,
        open_archive(archive_of(db), software="Dateline/0", now=lambda: NOW, max_bytes=60_000) as archive,
    ):
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        items = [
            archived(archive, extracted(url, url, fetched_at=NOW), url)
            for url in (*OTHERS[:17], URL, *OTHERS[17:])
        ]
        # A run that was killed before it stored what it had archived leaves a page that nothing points to.
        archive.add(answer(f"{URL}?page=2", MARK), source_id="paper", candidate=Candidate(URL, "paper"))
        archive.add_content(Candidate(URL, "paper", content=MARK.encode()), fetched_at=NOW)
        archive.sync()
        writer.write(run_id, items, at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    return db


def text_of(file: Path) -> bytes:
    """All that an archive file holds, unpacked; the rest as it is where it is broken off."""
    packed = file.read_bytes()
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError):
        return packed


def holding(db: Path, *marks: str) -> list[str]:
    return [
        file.name
        for file in archive_takedown.archive_files(archive_of(db))
        if any(mark.encode() in text_of(file) for mark in marks)
    ]


def places(db: Path) -> Iterator[tuple[str, Place]]:
    rows = read.query(db, "SELECT uri, archive_file, archive_offset FROM captures ORDER BY uri").rows
    for uri, file, offset in rows:
        yield str(uri), Place(str(file), int(str(offset)))


def every_page_is_in_its_place(db: Path, urls: list[str]) -> bool:
    found = {uri: read_page(archive_of(db), place).content for uri, place in places(db)}
    assert found == {url: answer(url, url).content for url in urls}
    return True


@pytest.mark.slow
def test_no_word_of_it_stays_in_any_archive_file_and_every_other_page_stays_in_place(stored: Path):
    before = {file: file.stat().st_size for file in archive_takedown.archive_files(archive_of(stored))}
    assert len(before) > 2, "the test is to go over several files"
    assert len(set(holding(stored, URL, MARK))) == 2, "the test could not fail otherwise"
    done = forget(stored, [URL], reason="court order", now=NOW)
    assert holding(stored, URL, MARK, "taken-down") == []
    assert done.archived.pages == 3
    assert all(file.is_absolute() and file.exists() for file in done.archived.files)
    assert done.archived.kept == ()
    assert {file: file.stat().st_size for file in before} == before
    assert every_page_is_in_its_place(stored, OTHERS)
    assert [finding for finding in examine(stored) if finding.passed is False] == []


@pytest.mark.slow
def test_other_tools_read_the_files_as_before(stored: Path):
    warcio = pytest.importorskip("warcio.archiveiterator")
    forget(stored, [URL], reason="", now=NOW)
    urls: dict[str, list[str | None]] = {"fastwarc": [], "warcio": []}
    for file in archive_takedown.archive_files(archive_of(stored)):
        with file.open("rb") as opened:
            urls["fastwarc"] += [
                record.headers.get("WARC-Target-URI")
                for record in ArchiveIterator(opened)
                if record.headers["WARC-Type"] == "response"
            ]
        with file.open("rb") as opened:
            urls["warcio"] += [
                record.rec_headers.get_header("WARC-Target-URI")
                for record in warcio.ArchiveIterator(opened, check_digests="raise")
                if record.rec_type == "response"
            ]
    assert urls["fastwarc"] == urls["warcio"] == OTHERS


@pytest.mark.slow
def test_a_takedown_cut_off_before_the_archive_is_made_good_by_the_next_maintenance(
    stored: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(
            "warehouse.archive_takedown.overwrite", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            forget(stored, [URL], reason="", now=NOW)
    assert holding(stored, MARK), "the test could not fail otherwise"
    maintain(stored, now=NOW)
    assert holding(stored, URL, MARK) == []
    assert every_page_is_in_its_place(stored, OTHERS)


@pytest.mark.slow
def test_a_takedown_that_was_not_committed_leaves_the_page(stored: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.forget._remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget(stored, [URL], reason="", now=NOW)
    maintain(stored, now=NOW)
    assert every_page_is_in_its_place(stored, [URL, *OTHERS])


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_named_and_tried_again(
    stored: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuses(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr("warehouse.archive_takedown.overwrite", refuses)
        done = forget(stored, [URL], reason="", now=NOW)
    assert {file.name for file in done.archived.kept} == set(holding(stored, URL, MARK))
    assert forget(stored, [URL], reason="", now=NOW).archived.pages == 3
    assert holding(stored, URL, MARK) == []


@pytest.mark.slow
def test_a_file_that_is_not_there_is_named(stored: Path):
    [place] = [place for uri, place in places(stored) if uri == URL]
    (archive_of(stored) / place.file).unlink()
    assert archive_of(stored) / place.file in forget(stored, [URL], reason="", now=NOW).archived.kept


@pytest.mark.slow
def test_an_old_archive_put_back_by_hand_is_cleaned_by_forgetting_again(stored: Path):
    [name] = {place.file for uri, place in places(stored) if uri == URL}
    file = archive_of(stored) / name
    old = file.read_bytes()
    forget(stored, [URL], reason="", now=NOW)
    file.write_bytes(old)
    forget(stored, [URL], reason="", now=NOW)
    assert holding(stored, URL, MARK) == []


@pytest.mark.slow
def test_a_restore_takes_it_down_from_the_archive_again(stored: Path, tmp_path: Path):
    copy = backup(stored, tmp_path / "copy.duckdb", now=NOW).file
    kept = {file: file.read_bytes() for file in archive_takedown.archive_files(archive_of(stored))}
    forget(stored, [URL], reason="", now=NOW)
    for file, content in kept.items():
        file.write_bytes(content)
    restore(copy, stored, now=NOW)
    assert holding(stored, URL, MARK) == []
    assert every_page_is_in_its_place(stored, OTHERS)


def test_a_page_cut_off_by_a_kill_and_damage_in_between_hide_nothing(tmp_path: Path):
    with open_archive(tmp_path, software="Dateline/0", now=lambda: NOW) as archive:
        kept = [archive.add(answer(url, url), source_id="paper") for url in (*OTHERS[:3], URL)]
    file = tmp_path / kept[0].file
    whole = file.read_bytes()
    file.write_bytes(whole[: kept[3].offset + 2_000])
    with file.open("r+b") as opened:
        opened.seek(kept[1].offset + 500)
        opened.write(b"\xff" * 200)
    found = {url: page.span for page in pages(file) for url in page.addresses}
    assert found.keys() == {OTHERS[0], OTHERS[1], OTHERS[2], URL}
    assert found[URL] == Span(file.name, kept[3].offset, 2_000)
    archive_pages.overwrite(file, found[URL], at=NOW)
    assert MARK.encode() not in file.read_bytes()
    assert [page.span.offset for page in pages(file)] == [place.offset for place in kept[:3]]


@settings(max_examples=60, deadline=None)
@given(length=st.one_of(st.integers(1, 400), st.integers(65_000, 67_000), st.integers(130_500, 131_500)))
def test_what_is_overwritten_keeps_its_length_and_reads_as_one_record(length: int):
    blank = archive_pages._blank(length, NOW)
    assert len(blank) == length
    if any(blank):
        [record] = ArchiveIterator(io.BytesIO(blank))
        assert record.headers["WARC-Type"] == "metadata"
        assert gzip.decompress(blank).endswith(b"\r\n\r\n")
    else:
        assert length < 300
