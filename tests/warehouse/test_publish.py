"""Publishing: readers are never disturbed, and nothing that somebody else made is overwritten."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from records import Extracted, WarehouseError
from warehouse import files
from warehouse.read import query
from warehouse.writer import Writer, open_writer

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]
Run = Callable[..., str]


def articles(db: Path) -> list[str]:
    return [key for (key,) in query(db, "SELECT article_key FROM articles ORDER BY 1").rows]


def test_what_is_published_is_read_only_and_needs_no_wal(writer: Writer, run: Run, db: Path, extracted: Make):
    writer.write(run(), [extracted("a")], at=NOW)
    assert not db.exists()
    assert writer.publish() == ()
    assert stat.S_IMODE(db.stat().st_mode) == 0o444
    assert articles(db) == ["a"]
    assert sorted(path.name for path in db.parent.iterdir()) == ["news.duckdb", "news.duckdb.store"]


def test_nothing_is_published_anew_while_nothing_has_changed(
    writer: Writer, run: Run, db: Path, extracted: Make
):
    run_id = run()
    writer.write(run_id, [extracted("a")], at=NOW)
    writer.publish()
    before = db.stat()
    writer.publish()
    assert db.stat().st_ino == before.st_ino
    writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
    writer.publish()
    assert db.stat().st_ino != before.st_ino


def test_it_is_not_published_anew_by_the_next_writer_either(db: Path):
    with open_writer(db) as writer:
        writer.publish()
    before = db.stat()
    with open_writer(db) as writer:
        writer.publish()
    assert db.stat().st_ino == before.st_ino


def test_a_published_file_that_was_removed_comes_back(writer: Writer, db: Path):
    writer.publish()
    db.unlink()
    writer.publish()
    assert articles(db) == []


def test_a_reader_keeps_what_it_opened_and_the_next_one_sees_the_new(
    writer: Writer, run: Run, db: Path, extracted: Make
):
    writer.write(run(), [extracted("a")], at=NOW)
    writer.publish()
    with duckdb.connect(str(db), read_only=True) as reader:
        for key, text in (("b", "two"), ("c", "three")):
            writer.write(run(), [extracted(key, text)], at=NOW)
            writer.publish()
            assert reader.execute("SELECT count(*) FROM articles").fetchall() == [(1,)]
        assert articles(db) == ["a", "b", "c"]


def test_a_shell_of_another_process_may_stay_open(writer: Writer, run: Run, db: Path, extracted: Make):
    writer.publish()
    script = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.read()
print(connection.execute("SELECT count(*) FROM articles").fetchall())
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == "open\n"
        writer.write(run(), [extracted("a")], at=NOW)
        writer.publish()
        assert articles(db) == ["a"]
        assert shell.communicate("")[0] == "[(0,)]\n"


def test_the_store_stays_locked_after_publishing(writer: Writer, db: Path):
    # Closing a descriptor of the store would have dropped DuckDB's own lock on it.
    writer.publish()
    script = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)"
    store = str(writer._store.folder / "store.duckdb")
    opened = subprocess.run(
        [sys.executable, "-c", script, store], capture_output=True, text=True, check=False
    )
    assert "Could not set lock" in opened.stderr


def test_a_file_that_somebody_wrote_to_is_set_aside_with_its_log(
    writer: Writer, run: Run, db: Path, extracted: Make
):
    writer.write(run(), [extracted("a")], at=NOW)
    writer.publish()
    db.chmod(0o644)
    script = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("PRAGMA disable_checkpoint_on_shutdown")
connection.execute("DELETE FROM article_versions")
connection.execute("CREATE TABLE mine AS SELECT 42 AS answer")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script, str(db)], check=True)
    wal = db.with_name("news.duckdb.wal")
    assert wal.exists()

    writer.write(run(), [extracted("b", "two")], at=NOW)
    [message] = writer.publish()

    assert "kept as news.duckdb.set-aside-1" in message
    assert not wal.exists()
    assert articles(db) == ["a", "b"]
    with duckdb.connect(str(db.with_name("news.duckdb.set-aside-1"))) as theirs:
        assert theirs.execute("SELECT answer FROM mine").fetchall() == [(42,)]


def test_a_left_over_log_alone_is_set_aside_even_when_nothing_changed(writer: Writer, db: Path):
    writer.publish()
    db.with_name("news.duckdb.wal").write_bytes(b"left over")
    assert len(writer.publish()) == 1
    assert db.with_name("news.duckdb.set-aside-1.wal").read_bytes() == b"left over"
    assert articles(db) == []


def test_another_file_under_the_name_is_set_aside_each_under_its_own_number(writer: Writer, db: Path):
    for number in (1, 2):
        writer.publish()
        db.unlink()
        db.write_text(f"my notes {number}")
        [message] = writer.publish()
        assert f"set-aside-{number}" in message
    assert db.with_name("news.duckdb.set-aside-1").read_text() == "my notes 1"
    assert db.with_name("news.duckdb.set-aside-2").read_text() == "my notes 2"


@pytest.mark.slow
def test_a_kill_around_the_rename_sets_nothing_aside(
    db: Path, extracted: Make, monkeypatch: pytest.MonkeyPatch
):
    """Whether the kill came before the rename or after it, the file is known as published."""

    class Killed(BaseException):
        pass

    def killed_at(count: int) -> Callable[[Path], None]:
        calls = iter(range(10))

        def sync(folder: Path) -> None:
            if next(calls) == count:
                raise Killed
            files.sync_folder(folder)

        return sync

    for number, moment in enumerate((0, 0, 1, 1, 2, 0)):
        with open_writer(db) as writer:
            run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
            writer.write(run_id, [extracted(str(number), str(number))], at=NOW)
            with monkeypatch.context() as patch:
                patch.setattr("warehouse.publish.sync_folder", killed_at(moment))
                with pytest.raises(Killed):
                    writer.publish()
    with open_writer(db) as writer:
        assert writer.publish() == ()
    assert articles(db) == list("012345")


def test_a_published_file_without_its_store_becomes_the_store(db: Path, extracted: Make):
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("a")], at=NOW)
        writer.publish()
    shutil.rmtree(db.with_name("news.duckdb.store"))
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        [again, new] = writer.write(run_id, [extracted("a"), extracted("b", "two")], at=NOW)
        assert (again.outcome, new.outcome) == ("unchanged", "stored")
        assert writer.publish() == ()
    assert articles(db) == ["a", "b"]


def test_a_symbolic_link_is_followed_and_stays(tmp_path: Path):
    (tmp_path / "disk").mkdir()
    link = tmp_path / "news.duckdb"
    link.symlink_to(tmp_path / "disk" / "real.duckdb")
    with open_writer(link) as writer:
        writer.publish()
    assert link.is_symlink()
    assert (tmp_path / "disk" / "real.duckdb.store").is_dir()
    assert articles(link) == []


def test_no_room_is_said_and_what_was_published_stands(
    writer: Writer, run: Run, db: Path, extracted: Make, monkeypatch: pytest.MonkeyPatch
):
    writer.publish()
    before = db.stat().st_ino
    writer.write(run(), [extracted("a")], at=NOW)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "_copy_bytes", full)
        patch.setattr("fcntl.ioctl", full)
        with pytest.raises(WarehouseError, match="no room left on the disk"):
            writer.publish()
    assert db.stat().st_ino == before
    assert not (writer._store.folder / "publishing").exists()
    writer.publish()
    assert articles(db) == ["a"]


@pytest.mark.parametrize("in_kernel", [True, False])
def test_a_copy_is_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_kernel: bool):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(3_000_001))
    monkeypatch.setattr(files, "_CHUNK_BYTES", 1_000_000)
    if not in_kernel:
        monkeypatch.delattr(os, "copy_file_range")
    descriptor = os.open(source, os.O_RDONLY)
    try:
        files.copy_to(descriptor, target, mode=0o444)
    finally:
        os.close(descriptor)
    assert target.read_bytes() == source.read_bytes()
