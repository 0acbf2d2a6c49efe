"""A takedown reaches the archive: no word of the page stays in any file, every other page stays in place."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Candidate, Extracted
from sources.archive import open_archive
from tests.warehouse.conftest import archive_page, page
from warehouse import archive_pages, read
from warehouse.archive_copy import archive_files
from warehouse.archive_pages import Span, pages
from warehouse.backup import backup
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.maintain import maintain
from warehouse.places import archive_of
from warehouse.restore import restore
from warehouse.writer import open_writer

Pages = Callable[[Path], dict[str, bytes]]
NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
URL = "https://example.org/taken-down"
MARK = "Zyxwvut"
OTHERS = [f"https://example.org/{number}" for number in range(30)]


@pytest.fixture
def stored(db: Path, extracted: Callable[..., Extracted]) -> Path:
    """Thirty articles, the unwanted one among them, over several archive files; and orphan pages of it."""
    with (
        open_writer(db) as writer,
        open_archive(archive_of(db), software="Dateline/0", now=lambda: NOW, max_bytes=60_000) as archive,
    ):
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        items = [
            archive_page(archive, extracted(url, url, fetched_at=NOW))
            for url in (*OTHERS[:17], URL, *OTHERS[17:])
        ]
        # A run that was killed before it stored what it had archived leaves pages that nothing points to.
        archive_page(archive, extracted(URL, fetched_at=NOW), MARK)
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
        for file in archive_files(archive_of(db))
        if any(mark.encode() in text_of(file) for mark in marks)
    ]


def file_of(db: Path, url: str) -> Path:
    [(name,)] = read.query(db, f"SELECT archive_file FROM captures WHERE uri = '{url}'").rows
    return archive_of(db) / str(name)


def pages_of(urls: list[str]) -> dict[str, bytes]:
    return {url: page(url) for url in urls}


@pytest.mark.slow
def test_no_word_of_it_stays_in_any_archive_file_and_every_other_page_stays_in_place(
    stored: Path, archived_pages: Pages
):
    before = {file: file.stat().st_size for file in archive_files(archive_of(stored))}
    assert len(before) > 2, "the test is to go over several files"
    assert len(set(holding(stored, URL, MARK))) == 2, "the test could not fail otherwise"
    done = forget(stored, [URL], reason="court order", now=NOW)
    assert holding(stored, URL, MARK, "taken-down") == []
    assert done.archived.pages == 3
    assert all(file.is_absolute() and file.exists() for file in done.archived.files)
    assert done.archived.kept == ()
    assert {file: file.stat().st_size for file in before} == before
    assert archived_pages(stored) == pages_of(OTHERS)
    assert [finding for finding in examine(stored) if finding.passed is False] == []


@pytest.mark.slow
def test_the_doctor_sees_a_capture_whose_page_was_taken_out(stored: Path):
    [file] = {file_of(stored, OTHERS[0])}
    span = next(pages(file)).span
    archive_pages.overwrite(file, span, at=NOW)
    [finding] = [each for each in examine(stored) if each.passed is False]
    assert finding.says == "each archived capture is where it says"
    assert f"the page at {span.offset} was taken down" in finding.found


@pytest.mark.slow
def test_other_tools_read_the_files_as_before(stored: Path):
    warcio = pytest.importorskip("warcio.archiveiterator")
    forget(stored, [URL], reason="", now=NOW)
    urls: dict[str, list[str | None]] = {"fastwarc": [], "warcio": []}
    for file in archive_files(archive_of(stored)):
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
    stored: Path, archived_pages: Pages, monkeypatch: pytest.MonkeyPatch
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
    assert archived_pages(stored) == pages_of(OTHERS)


@pytest.mark.slow
def test_a_takedown_that_was_not_committed_leaves_the_page(
    stored: Path, archived_pages: Pages, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.forget._remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            forget(stored, [URL], reason="", now=NOW)
    maintain(stored, now=NOW)
    assert archived_pages(stored) == pages_of([URL, *OTHERS])


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
    file = file_of(stored, URL)
    file.unlink()
    assert file in forget(stored, [URL], reason="", now=NOW).archived.kept


@pytest.mark.slow
def test_a_file_of_a_kind_that_is_not_looked_through_is_named(stored: Path):
    plain = archive_of(stored) / "other.warc"
    plain.write_bytes(b"WARC/1.0\r\n")
    with open_writer(stored) as writer:
        writer.store.connection.execute(
            "UPDATE captures SET archive_file = ?, archive_offset = 0 WHERE uri = ?", [plain.name, URL]
        )
    assert plain in forget(stored, [URL], reason="", now=NOW).archived.kept


@pytest.mark.slow
def test_an_old_archive_put_back_by_hand_is_cleaned_by_forgetting_again(stored: Path):
    file = file_of(stored, URL)
    old = file.read_bytes()
    forget(stored, [URL], reason="", now=NOW)
    file.write_bytes(old)
    forget(stored, [URL], reason="", now=NOW)
    assert holding(stored, URL, MARK) == []


@pytest.mark.slow
def test_a_restore_takes_it_down_from_the_archive_again(stored: Path, archived_pages: Pages, tmp_path: Path):
    copy = backup(stored, tmp_path / "copy.duckdb", now=NOW).file
    kept = {file: file.read_bytes() for file in archive_files(archive_of(stored))}
    forget(stored, [URL], reason="", now=NOW)
    for file, content in kept.items():
        file.write_bytes(content)
    restore(copy, stored, now=NOW)
    assert holding(stored, URL, MARK) == []
    assert archived_pages(stored) == pages_of(OTHERS)


def test_a_page_cut_off_by_a_kill_and_damage_in_between_hide_nothing(
    tmp_path: Path, extracted: Callable[..., Extracted]
):
    with open_archive(tmp_path, software="Dateline/0", now=lambda: NOW) as archive:
        items = [archive_page(archive, extracted(url)).capture for url in (*OTHERS[:3], URL)]
    offsets = [capture.archive_offset or 0 for capture in items]
    [file] = archive_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[: offsets[3] + 2_000])
    with file.open("r+b") as opened:
        opened.seek(offsets[1] + 500)
        opened.write(b"\xff" * 200)
    found = {url: page.span for page in pages(file) for url in page.addresses}
    assert found.keys() == {OTHERS[0], OTHERS[1], OTHERS[2], URL}
    assert found[URL] == Span(file.name, offsets[3], 2_000)
    archive_pages.overwrite(file, found[URL], at=NOW)
    assert MARK.encode() not in file.read_bytes()
    assert [page.span.offset for page in pages(file)] == offsets[:3]


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
