"""Somebody opened the published file read-write, as root can: no harm is done, nothing of theirs is lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from benchmarks.made_up import BROKEN, batch
from warehouse.read import query
from warehouse.writer import Writer, open_writer

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)

SHELL = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
if sys.argv[2] == "killed":
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
connection.execute("CREATE TABLE mine AS SELECT 42 AS answer")
connection.execute("DELETE FROM runs")
print("open", flush=True)
sys.stdin.readline()
if sys.argv[2] == "killed":
    os._exit(9)
connection.execute("CHECKPOINT")
connection.close()
"""

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="the published file is read-only to all but root")


@pytest.fixture
def stored(db: Path) -> Iterator[Writer]:
    """A writer in the middle of its run, a batch of which is published."""
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, batch("stray", 0, items=20), at=NOW)
        writer.publish()
        writer.write(run_id, batch("stray", 1, items=20), at=NOW)
        yield writer


def shell(db: Path, ending: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SHELL, str(db), ending],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


@pytest.mark.parametrize("ending", ["closed", "killed"])
@pytest.mark.parametrize("still_open", [True, False])
@pytest.mark.slow
def test_what_a_shell_wrote_is_set_aside_whole(stored: Writer, db: Path, ending: str, still_open: bool):
    process = shell(db, ending)
    if not still_open:
        process.communicate("\n")
    [message] = stored.publish()
    if still_open:
        process.communicate("\n")

    assert "set-aside-1" in message
    assert list(query(db, BROKEN).rows) == []
    assert list(query(db, "SELECT count(*), (SELECT count(*) FROM runs) FROM outcomes").rows) == [(40, 1)]
    assert stored.publish() == ()
    if not still_open:
        with duckdb.connect(str(db.with_name("news.duckdb.set-aside-1"))) as theirs:
            assert theirs.execute("SELECT answer FROM mine").fetchall() == [(42,)]


@pytest.mark.parametrize("ending", ["closed", "killed"])
def test_a_shell_that_lives_on_writes_nothing_into_what_is_published_next(
    stored: Writer, db: Path, ending: str
):
    process = shell(db, ending)
    stored.publish()
    published = db.read_bytes()
    process.communicate("\n")
    assert db.read_bytes() == published
    assert list(query(db, BROKEN).rows) == []
    messages = stored.publish()  # a checkpoint of the shell can leave a log under the name again
    assert not db.with_name("news.duckdb.wal").exists()
    assert len(messages) <= 1
    assert list(query(db, "SELECT count(*) FROM outcomes").rows) == [(40,)]
