"""A full disk: one clear error, nothing acknowledged lost, and it goes on when there is room again."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb
import pytest

from benchmarks.made_up import BROKEN, batch
from records import WarehouseError
from warehouse.read import query
from warehouse.writer import Writer, open_writer

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)

FILL = """
import random, resource, sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import _extracted
from records import WarehouseError
from warehouse.writer import open_writer

def limit(max_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, resource.RLIM_INFINITY))

now = datetime.now(UTC)
acknowledged = refused = 0
with open_writer(Path(sys.argv[1])) as writer:
    run_id = writer.start_run(command="ingest", arguments={}, started_at=now, program_version="0")
    limit(int(sys.argv[2]))
    for number in range(10_000):
        try:
            names = [f"{number} {n}" for n in range(50)]
            writer.write(run_id, [_extracted(name, random.randbytes(1500).hex()) for name in names], at=now)
            acknowledged += 50
            if number % 10 == 9:
                writer.publish()
        except WarehouseError as error:
            refused += 1
            assert "no room left on the disk" in str(error), error
            if refused == 3:
                break
    limit(resource.RLIM_INFINITY)
    [outcome] = writer.write(run_id, [_extracted("after", "after")], at=now)
    assert outcome.outcome == "stored"
    assert writer.publish() == ()
print(acknowledged + 1)
"""


@pytest.mark.slow
@pytest.mark.parametrize("max_bytes", [600_000, 5_000_000, 9_000_000])
def test_nothing_acknowledged_is_lost_to_a_full_disk(db: Path, max_bytes: int):
    # The log is the first to be full, or the store at a checkpoint, or the copy that is published.
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(db), str(max_bytes), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr
    [(articles, ledger)] = query(
        db, "SELECT count(*), (SELECT sum(articles_added)::INT FROM batches) FROM articles"
    ).rows
    assert articles == ledger >= int(filled.stdout)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("only root can mount a small file system, and not everywhere")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_up_anywhere_costs_nothing_that_was_acknowledged(tiny_disk: Path):
    """In the log, at the checkpoint, or in the copy that is published: each has its turn."""
    seen = set()
    for number, left_bytes in enumerate((0, 300_000, 900_000, 2_600_000, 7_000_000, 10_000_000)):
        db = tiny_disk / str(number) / "news.duckdb"
        db.parent.mkdir()
        with open_writer(db) as writer:
            run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
            acknowledged: list[str] = []
            write = partial(write_batches, writer, run_id, acknowledged)
            write("first", 3)
            writer.publish()
            with ballast(tiny_disk, left_bytes=left_bytes):
                seen |= {where_it_failed(partial(write, "second", 9)), where_it_failed(writer.publish)}
                assert list(query(db, BROKEN).rows) == []
            write("third", 1)
            assert writer.publish() == ()
        assert sorted(uri for (uri,) in query(db, "SELECT uri FROM outcomes").rows) == sorted(acknowledged)
        assert list(query(db, BROKEN).rows) == []
        shutil.rmtree(db.parent)
    assert seen >= {"in the log", "at the checkpoint", "in the copy"}


def write_batches(writer: Writer, run_id: str, acknowledged: list[str], name: str, count: int) -> None:
    for number in range(count):
        outcomes = writer.write(run_id, batch(name, number, items=100), at=NOW)
        acknowledged += [outcome.uri for outcome in outcomes]


@contextlib.contextmanager
def ballast(disk: Path, *, left_bytes: int) -> Iterator[None]:
    """All of the disk taken but so many bytes."""
    taken = shutil.disk_usage(disk).free - left_bytes
    with (disk / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, taken)
    yield
    (disk / "ballast").unlink()


def where_it_failed(action: Callable[[], object]) -> str | None:
    try:
        action()
    except WarehouseError as error:
        failure = error
    else:
        return None
    assert "no room left on the disk" in str(failure)
    assert "what was stored is safe" in str(failure)
    if "heckpoint" in str(failure.__cause__):
        return "at the checkpoint"
    return "in the log" if isinstance(failure.__cause__, duckdb.Error) else "in the copy"
