"""kill -9 while writing and publishing: what was acknowledged is there once, and nothing is half there."""

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from warehouse.read import query
from warehouse.writer import open_writer

WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import _extracted
from warehouse.writer import open_writer
with open_writer(Path(sys.argv[1])) as writer:
    at = datetime.now(UTC)
    run_id = writer.start_run(command="ingest", arguments={}, started_at=at, program_version="0")
    print("open", flush=True)
    for batch in range(10_000):
        names = [f"{sys.argv[2]} {batch} {n}" for n in range(5)]
        outcomes = writer.write(run_id, [_extracted(name, name) for name in names], at=at)
        print("stored", *(outcome.article_id for outcome in outcomes), flush=True)
        writer.publish()
"""

CONSISTENT = """
SELECT (SELECT count(*) = count(DISTINCT article_id) FROM articles),
  (SELECT count(*) FROM articles) = (SELECT coalesce(sum(articles_added), 0) FROM batches),
  (SELECT count(*) FROM article_versions) = (SELECT coalesce(sum(versions_added), 0) FROM batches),
  (SELECT count(*) FROM captures) = (SELECT coalesce(sum(captures_added), 0) FROM batches),
  (SELECT count(*) FROM outcomes) = (SELECT coalesce(sum(items), 0) FROM batches),
  (SELECT count(*) FROM cuts) = (SELECT count(*) FROM articles),
  (SELECT count(*) % 5 FROM articles) = 0
"""


def acknowledged_until_killed(db: Path, name: str, *, batches: int, and_s: float) -> list[str]:
    """The articles that a writer acknowledged before it was killed, `and_s` seconds after some batches."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(db), name, str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        lines = [process.stdout.readline() for _ in range(batches)]
        killer = threading.Timer(and_s, process.kill)
        killer.start()
        lines += process.stdout.readlines()
        killer.join()
    return [article_id for line in lines if line.endswith("\n") for article_id in line.split()[1:]]


@pytest.mark.slow
def test_no_kill_loses_doubles_or_halves_anything(db: Path):
    moments = random.Random(4)
    acknowledged: list[str] = []
    for number in range(8):
        acknowledged += acknowledged_until_killed(
            db, str(number), batches=number % 3, and_s=moments.uniform(0, 0.1)
        )
        if db.exists():
            [published] = query(db, CONSISTENT).rows
            assert all(published), published
    with open_writer(db) as writer:
        [stored] = writer._store.connection.execute(CONSISTENT).fetchall()
        assert all(stored), stored
        assert writer.publish() == ()
    found = {article_id for (article_id,) in query(db, "SELECT article_id FROM articles").rows}
    assert set(acknowledged) <= found
    assert len(set(acknowledged)) == len(acknowledged) > 0
    assert not list(db.parent.glob("*set-aside*"))


@pytest.mark.slow
def test_a_reader_never_sees_anything_but_one_consistent_state(db: Path):
    """One reader holds the file open all the while; others open and close it in a loop."""
    with open_writer(db) as writer:
        writer.publish()
    held = query(db, "SELECT * FROM range(1_000_000_000)")
    next(held.rows)
    seen: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(db), "reader", str(Path(__file__).parent)],
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            while len(set(seen)) < 15:
                [row] = query(db, CONSISTENT).rows
                assert all(row), row
                seen += [count for (count,) in query(db, "SELECT count(*) FROM articles").rows]
        finally:
            process.kill()
    next(held.rows)
    held.close()
    assert seen == sorted(seen)
