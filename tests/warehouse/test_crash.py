"""kill -9 while writing and publishing: what was acknowledged is there once, and nothing is half there.

The long version is `make kills`.
"""

import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchmarks.kills import kills, kills_at_calls
from benchmarks.made_up import BROKEN
from flows.pipeline import ingest
from warehouse.read import query
from warehouse.writer import open_writer

INGEST = """
import sys
from pathlib import Path
from flows.pipeline import ingest
ingest([sys.argv[2]], db=Path(sys.argv[1]), on_outcome=lambda outcome: print(outcome.uri, flush=True))
"""

BROKEN_OF_ANY = f"""SELECT count(*) FROM ({BROKEN})
WHERE name NOT IN ('each article has what was cut from it', 'each article has its date claims')"""


@pytest.mark.slow
def test_no_kill_loses_doubles_or_halves_anything(db: Path):
    seen = kills(db, count=8, seed=4)
    assert seen.wrong == [], seen.moments
    assert len(seen.moments) == 8
    assert seen.acknowledged


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is what kills between two calls")
def test_nor_does_a_kill_between_any_two_changes_of_a_file(db: Path):
    seen = kills_at_calls(db, calls=random.Random(4).sample(range(1, 120), 5))
    if any("strace" in sentence and "ermitted" in sentence for sentence in seen.wrong):
        pytest.skip("strace may not trace here")
    assert seen.wrong == [], seen.moments


@pytest.mark.slow
def test_an_ingest_that_was_killed_goes_on_where_it_was(db: Path, tmp_path: Path):
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(1500):
        (folder / f"{number}.txt").write_text(
            f"Title {number}\n\nThe harbour plan number {number} was read.\n"
        )
    said: list[str] = []
    for after in (0, 300, 700):
        with subprocess.Popen(
            [sys.executable, "-c", INGEST, str(db), str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(after + 1)]
            killer = threading.Timer(0.05, process.kill)
            killer.start()
            lines += process.stdout.readlines()
            killer.join()
        said += [line.removesuffix("\n") for line in lines if line.endswith("\n")]
        with open_writer(db) as writer:
            writer.publish()
        assert list(query(db, BROKEN_OF_ANY).rows) == [(0,)]
        recorded = {uri for (uri,) in query(db, "SELECT uri FROM outcomes").rows}
        assert set(said) <= recorded
    summary = ingest([str(folder)], db=db)
    assert summary.counts["stored"] + summary.counts["unchanged"] == 1500
    assert list(query(db, "SELECT count(*), count(DISTINCT article_id) FROM articles").rows) == [(1500, 1500)]
