"""The archive goes where its database goes: into a backup, back from it, and along when two are merged."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from records import WarehouseError
from tests.warehouse.conftest import page
from warehouse import read
from warehouse.archive_copy import archive_files
from warehouse.archive_pages import pages
from warehouse.backup import backup
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.merge import merge
from warehouse.places import archive_of, folder_of
from warehouse.restore import restore
from warehouse.writer import open_writer

# Each test makes databases and their archives.
pytestmark = pytest.mark.slow

Pages = Callable[[Path], dict[str, bytes]]
Fetch = Callable[..., None]
NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
ONE, TWO, THREE = URLS = [f"https://example.org/{number}" for number in range(3)]


def pages_of(*urls: str) -> dict[str, bytes]:
    return {url: page(url) for url in urls}


def addresses(file: Path) -> set[str]:
    return {address for each in pages(file) for address in each.addresses}


def sound(db: Path) -> bool:
    assert [finding for finding in examine(db) if finding.passed is False] == []
    return True


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "a.duckdb", tmp_path / "b.duckdb"


class TestBackup:
    def test_a_backup_has_the_archive_where_any_database_has_it(
        self, db, fetch_pages, archived_pages, tmp_path
    ):
        fetch_pages(db, *URLS, max_bytes=3_000)
        made = backup(db, tmp_path / "copy.duckdb", now=NOW)
        assert (made.archive.files, len(made.archive.fresh), made.has_archive) == (3, 3, True)
        assert archived_pages(made.file) == pages_of(*URLS)
        assert sound(made.file)

    def test_without_an_archive_nothing_is_made(self, db, tmp_path):
        with open_writer(db) as writer:
            writer.publish()
        made = backup(db, tmp_path / "copy.duckdb", now=NOW)
        assert made.archive.files == 0
        assert not folder_of(made.file).exists()

    def test_it_can_be_left_out(self, db, fetch_pages, tmp_path):
        fetch_pages(db, ONE)
        made = backup(db, tmp_path / "copy.duckdb", now=NOW, with_archive=False)
        assert (made.archive.files, made.archive.fresh, made.has_archive) == (1, (), False)
        assert not folder_of(made.file).exists()

    def test_only_what_is_not_there_is_copied_again(self, db, fetch_pages, archived_pages, tmp_path):
        fetch_pages(db, ONE)
        target = tmp_path / "copy.duckdb"
        backup(db, target, now=NOW)
        fetch_pages(db, TWO, at=NOW)
        [_, second] = archive_files(archive_of(db))
        made = backup(db, target, now=NOW, replace=True)
        assert [file.name for file in made.archive.fresh] == [second.name]
        assert archived_pages(target) == pages_of(ONE, TWO)

    def test_two_backups_in_a_folder_share_what_is_the_same(self, db, fetch_pages, tmp_path):
        fetch_pages(db, ONE)
        folder = tmp_path / "backups"
        folder.mkdir()
        [first] = backup(db, folder, now=NOW).archive.fresh
        [second] = backup(db, folder, now=NOW + timedelta(days=1)).archive.fresh
        assert first != second
        assert first.samefile(second)

    def test_a_takedown_reaches_the_next_backup_and_names_the_one_before(
        self, db, fetch_pages, archived_pages, tmp_path
    ):
        fetch_pages(db, ONE, TWO)
        old = backup(db, tmp_path / "old.duckdb", now=NOW).file
        done = forget(db, [ONE], reason="", now=NOW)
        assert archive_of(old) in done.copies
        new = backup(db, tmp_path / "new.duckdb", now=NOW).file
        assert archived_pages(old) == pages_of(ONE, TWO), "a backup is not changed by what comes after it"
        assert archived_pages(new) == pages_of(TWO)
        [file] = archive_files(archive_of(new))
        assert file.read_bytes() == archive_files(archive_of(db))[0].read_bytes()

    def test_a_file_that_was_cut_by_damage_does_not_replace_its_copy(self, db, fetch_pages, tmp_path):
        fetch_pages(db, ONE)
        target = tmp_path / "copy.duckdb"
        backup(db, target, now=NOW)
        [file] = archive_files(archive_of(db))
        whole = file.read_bytes()
        file.write_bytes(whole[:100])
        backup(db, target, now=NOW, replace=True)
        assert archive_files(archive_of(target))[0].read_bytes() == whole

    def test_no_room_for_the_archive_is_said_and_leaves_no_backup(
        self, db, fetch_pages, tmp_path, monkeypatch
    ):
        fetch_pages(db, ONE)
        target = tmp_path / "copy.duckdb"
        usage = shutil.disk_usage(tmp_path)._replace(free=10)
        monkeypatch.setattr("warehouse.archive_copy.shutil.disk_usage", lambda _: usage)
        monkeypatch.setattr("warehouse.backup.copy_to", lambda *_, **__: shutil.copy(db, _[1]))
        with pytest.raises(WarehouseError, match="the archive needs"):
            backup(db, target, now=NOW)
        assert not target.exists()


class TestRestore:
    def test_files_that_are_gone_come_back_with_it(self, db, fetch_pages, archived_pages, tmp_path):
        fetch_pages(db, *URLS, max_bytes=3_000)
        copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
        shutil.rmtree(folder_of(db))
        db.unlink()
        assert restore(copy, db, now=NOW).archive == 3
        assert archived_pages(db) == pages_of(*URLS)
        assert sound(db)

    def test_what_was_archived_since_stays(self, db, fetch_pages, tmp_path):
        fetch_pages(db, ONE)
        copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
        fetch_pages(db, TWO, at=NOW)
        assert restore(copy, db, now=NOW).archive == 0
        assert len(archive_files(archive_of(db))) == 2

    def test_what_was_taken_down_since_does_not_come_back(self, db, fetch_pages, archived_pages, tmp_path):
        fetch_pages(db, ONE, TWO)
        copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
        forget(db, [ONE], reason="", now=NOW)
        shutil.rmtree(archive_of(db))
        restore(copy, db, now=NOW)
        assert archived_pages(db) == pages_of(TWO)
        [kept] = archive_files(archive_of(db))
        [old] = archive_files(archive_of(copy))
        assert kept.stat().st_size == old.stat().st_size
        assert kept.read_bytes() != old.read_bytes()

    def test_a_different_file_of_the_same_name_is_kept_aside(self, db, fetch_pages, archived_pages, tmp_path):
        fetch_pages(db, ONE)
        copy = backup(db, tmp_path / "copy.duckdb", now=NOW).file
        [file] = archive_files(archive_of(db))
        file.write_bytes(b"something else")
        done = restore(copy, db, now=NOW)
        aside = file.with_name(f"{file.name}.set-aside-1")
        assert aside in done.aside
        assert aside.read_bytes() == b"something else"
        assert archived_pages(db) == pages_of(ONE)


class TestMerge:
    def test_the_archive_comes_along_and_names_that_are_taken_are_changed(
        self, pair, fetch_pages, archived_pages
    ):
        a, b = pair
        fetch_pages(a, ONE)
        fetch_pages(b, TWO)
        assert len({file.name for db in pair for file in archive_files(archive_of(db))}) == 1
        done = merge(a, b, now=NOW)
        assert (done.archive, done.notes) == (1, ())
        assert archived_pages(a) == pages_of(ONE, TWO)
        assert sound(a)
        assert merge(a, b, now=NOW).archive == 0
        assert len(archive_files(archive_of(a))) == 2

    def test_a_copy_that_went_on_brings_only_its_new_files(self, pair, fetch_pages, archived_pages):
        a, b = pair
        fetch_pages(a, ONE)
        shutil.copy(a, b)
        shutil.copytree(archive_of(a), archive_of(b))
        fetch_pages(b, TWO, at=NOW)
        assert merge(a, b, now=NOW).archive == 1
        assert archived_pages(a) == pages_of(ONE, TWO)

    def test_a_file_that_was_copied_while_it_was_written_becomes_whole(
        self, pair, fetch_pages, archived_pages
    ):
        a, b = pair
        fetch_pages(b, ONE, TWO)
        shutil.copy(b, a)
        [whole] = archive_files(archive_of(b))
        archive_of(a).mkdir(parents=True)
        (archive_of(a) / whole.name).write_bytes(whole.read_bytes()[:5_000])
        assert merge(a, b, now=NOW).archive == 1
        assert archived_pages(a) == pages_of(ONE, TWO)

    @pytest.mark.parametrize("forgetful", ["a", "b"])
    def test_a_takedown_on_either_side_holds_for_the_archive(
        self, pair, fetch_pages, archived_pages, forgetful
    ):
        a, b = pair
        fetch_pages(a, ONE)
        fetch_pages(b, ONE, TWO, at=NOW)
        forget(a if forgetful == "a" else b, [ONE], reason="", now=NOW)
        merge(a, b, now=NOW)
        assert archived_pages(a) == pages_of(TWO)
        for file in archive_files(archive_of(a)):
            assert ONE not in addresses(file)
        assert sound(a)

    def test_files_that_are_not_there_are_named_and_can_be_put_there_later(
        self, pair, fetch_pages, archived_pages, tmp_path
    ):
        a, b = pair
        fetch_pages(a, ONE)
        fetch_pages(b, TWO)
        fetch_pages(b, THREE, at=NOW)
        away = tmp_path / "away"
        archive_of(b).rename(away)
        [note] = merge(a, b, now=NOW).notes
        assert note.startswith(f"2 of the archive files of {b} are not there, as {archive_of(b)}/dateline-")
        named = "SELECT uri, archive_file IS NULL FROM captures ORDER BY uri"
        # The name of the first is taken here by a different file.
        assert list(read.query(a, named).rows) == [(ONE, False), (TWO, True), (THREE, False)]
        away.rename(archive_of(b))
        assert merge(a, b, now=NOW).notes == ()
        assert archived_pages(a) == pages_of(*URLS)
        assert sound(a)

    def test_a_merge_that_was_cut_off_leaves_nothing_behind(
        self, pair, fetch_pages, archived_pages, monkeypatch
    ):
        a, b = pair
        fetch_pages(a, ONE)
        fetch_pages(b, ONE, TWO, at=NOW)
        forget(a, [ONE], reason="", now=NOW)
        with monkeypatch.context() as patch:
            patch.setattr("warehouse.merge._unite", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                merge(a, b, now=NOW)
        merge(a, b, now=NOW)
        assert archived_pages(a) == pages_of(TWO)
        assert ONE not in {url for file in archive_files(archive_of(a)) for url in addresses(file)}
        assert sound(a)
