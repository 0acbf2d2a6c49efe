"""What the care commands say of the archive: where it went, what was left out, what was taken out of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.archive import open_archive
from tests.flows.conftest import Dateline
from tests.warehouse.conftest import archive_page
from tests.warehouse.conftest import extracted as extracted  # noqa: PLC0414 - a fixture
from warehouse.places import archive_of
from warehouse.writer import open_writer

# Each test runs commands on a database of its own.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 10, 0, tzinfo=UTC)
URL = "https://example.org/a"


def fetch(db: Path, *urls: str, make: object) -> None:
    """Articles of these addresses, their pages in the archive."""
    assert callable(make)
    with (
        open_writer(db) as writer,
        open_archive(archive_of(db), software="Dateline/0", now=lambda: NOW) as archive,
    ):
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        items = [archive_page(archive, make(url, url, fetched_at=NOW)) for url in urls]
        archive.sync()
        writer.write(run_id, items, at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()


@pytest.fixture
def stored(inside: Dateline, extracted: object) -> Dateline:
    fetch(inside.db, URL, "https://example.org/b", make=extracted)
    return inside


def test_a_backup_says_what_of_the_archive_it_took(stored: Dateline):
    archive = stored.folder / "copy.duckdb.store" / "archive"
    assert f"{archive}: 1 archive file, " in stored("backup", "copy.duckdb").out
    again = stored("backup", "copy.duckdb", "--replace").out
    assert again.splitlines()[1].endswith("; 0 of them new")


def test_a_backup_without_the_archive_says_how_to_copy_it(stored: Dateline):
    said = stored("backup", "copy.duckdb", "--without-archive").out.splitlines()[1]
    assert said.startswith("without the archive, 1 file of ")
    assert said.endswith(
        f": copy {archive_of(stored.db)} to {archive_of(stored.folder / 'copy.duckdb')} yourself"
    )


def test_a_restore_says_what_came_back(stored: Dateline):
    stored("backup", "copy.duckdb")
    for file in archive_of(stored.db).iterdir():
        file.unlink()
    assert "brought 1 archive file back\n" in stored("restore", "copy.duckdb").out
    assert stored("doctor").code == 0


def test_forgetting_says_which_archive_files_it_changed(stored: Dateline):
    [file] = archive_of(stored.db).iterdir()
    said = stored("forget", URL, "--yes").out
    assert f"overwrote 1 page in the archive: {file}\n" in said
    assert stored("doctor").code == 0


def test_merging_says_what_came_along(stored: Dateline, extracted: object):
    other = stored.folder / "other.duckdb"
    fetch(other, "https://example.org/c", make=extracted)
    assert stored("merge", "other.duckdb").out.endswith("copied 1 archive file\n")
    for file in archive_of(other).iterdir():
        file.unlink()
    fetch(stored.folder / "third.duckdb", "https://example.org/d", make=extracted)
    for file in archive_of(stored.folder / "third.duckdb").iterdir():
        file.unlink()
    ended = stored("merge", "third.duckdb")
    assert ended.code == 0
    assert "1 of the archive files of third.duckdb are not there, as " in ended.err
