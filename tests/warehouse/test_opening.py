"""Opening for writing: what can be in the way, each in one sentence that says what to do."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from records import Extracted, WarehouseError
from warehouse.writer import open_writer

# Each test starts writers in processes of their own.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)

HOLD = """
import sys
from pathlib import Path
from warehouse.writer import open_writer
with open_writer(Path(sys.argv[1])) as writer:
    print("open", flush=True)
    sys.stdin.read()
"""


def refusal(db: Path) -> str:
    with pytest.raises(WarehouseError) as raised:
        open_writer(db)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("content", [b"just text\n" * 1000, b"\0" * 5000, b"x"])
def test_a_file_that_is_no_database_is_named_and_left(tmp_path: Path, content: bytes):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    assert "notes.txt is not a DuckDB database" in refusal(path)
    assert path.read_bytes() == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_file_is_as_good_as_none(tmp_path: Path):
    path = tmp_path / "made-by-mktemp"
    path.touch()
    with open_writer(path) as writer:
        assert writer.publish() == ()


def test_a_database_that_dateline_did_not_make_is_named_and_left(tmp_path: Path):
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(str(path)) as mine:
        mine.execute("CREATE TABLE mine AS SELECT 42 AS answer")
    content = path.read_bytes()
    assert "mine.duckdb is a DuckDB database that Dateline did not make" in refusal(path)
    assert path.read_bytes() == content


def test_an_empty_database_of_somebody_is_left_too(tmp_path: Path):
    path = tmp_path / "mine.duckdb"
    duckdb.connect(str(path)).close()
    assert "Dateline did not make" in refusal(path)


def test_a_newer_schema_is_refused(db: Path):
    with open_writer(db) as writer:
        writer._store.connection.execute("INSERT INTO schema_migrations VALUES (999, 'future', now(), '9.9')")
    assert "has schema 999 of a newer Dateline" in refusal(db)


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    assert "There is no folder" in refusal(tmp_path / "absent" / "news.duckdb")


def test_a_folder_under_the_name_is_no_database(tmp_path: Path):
    assert "is not a DuckDB database" in refusal(tmp_path)


def test_a_damaged_store_is_named(db: Path):
    open_writer(db).close()
    store = db.with_name("news.duckdb.store") / "store.duckdb"
    store.write_bytes(b"\0" * 20_000)
    said = refusal(db)
    assert "The store of" in said
    assert "is damaged" in said
    assert "dateline restore BACKUP" in said
    assert store.read_bytes() == b"\0" * 20_000


def test_a_second_writer_is_told_who_holds_it(db: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        said = refusal(db)
        assert f"is being written by process {holder.pid} on " in said
        assert " since 20" in said
        holder.communicate("")
    open_writer(db).close()


def test_a_second_writer_that_waits_gets_its_turn(db: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        holder.stdin.close()
        open_writer(db, wait_s=60).close()


def test_the_lock_of_a_dead_process_is_free(db: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(db)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        holder.kill()
    open_writer(db).close()


def test_two_writers_started_at_once_write_as_one_after_the_other(db: Path):
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import _extracted
from warehouse.writer import open_writer
with open_writer(Path(sys.argv[1]), wait_s=60) as writer:
    at = datetime.now(UTC)
    run_id = writer.start_run(command="ingest", arguments={}, started_at=at, program_version="0")
    for n in range(3):
        print(*writer.write(run_id, [_extracted(f"{k}", f"{k}") for k in range(3 * n, 3 * n + 3)], at=at))
"""
    arguments = [sys.executable, "-c", script, str(db)]
    here = str(Path(__file__).parent)
    both = [
        subprocess.Popen([*arguments, name, here], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    said = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert (said.count("'stored'"), said.count("'unchanged'")) == (9, 9)
    with open_writer(db) as writer:
        found = writer._store.connection.execute(
            "SELECT (SELECT count(*) FROM articles), (SELECT list(batch_id ORDER BY batch_id) FROM batches)"
        ).fetchone()
    assert found == (9, [1, 2, 3, 4, 5, 6])


@pytest.mark.skipif(os.getuid() != 0, reason="only root can drop its privileges")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o755)
    script = """
import os, sys
from pathlib import Path
import duckdb, pyarrow
from records import WarehouseError
from warehouse.writer import open_writer
os.chdir(sys.argv[1])
os.setgid(65534); os.setuid(65534)
try:
    open_writer(Path("news.duckdb"))
except WarehouseError as error:
    print(error)
"""
    for parent in folder.parents:  # pytest's own folders are closed to others
        if parent.name.startswith("pytest-"):
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    found = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
    )
    assert "cannot be written by this user" in found.stdout, found.stderr


def test_a_batch_written_by_one_writer_is_there_for_the_next(db: Path, extracted: Callable[..., Extracted]):
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [extracted("a")], at=NOW)
    with open_writer(db) as writer:
        assert list(writer.known(["a"])) == ["a"]
