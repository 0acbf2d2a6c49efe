"""Two writers started at once: the rows are those of one after the other."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks.fingerprint import fingerprint
from benchmarks.made_up import BROKEN

ROOT = Path(__file__).resolve().parents[2]


def start(db: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.writer", str(db), "--name", name),
            *("--batches", "2", "--items", "10", "--always-publish", "--wait-s", "120"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def stored(process: subprocess.Popen[str]) -> list[str]:
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return [uri for line in said.splitlines() for uri in json.loads(line).get("stored", ())]


@pytest.mark.slow
@pytest.mark.parametrize(("names", "rounds"), [(("one", "two"), 5), (("same", "same"), 5)])
def test_two_writers_at_once_write_as_one_after_the_other(
    tmp_path: Path, names: tuple[str, str], rounds: int
):
    serial = tmp_path / "serial.duckdb"
    for name in names:
        stored(start(serial, name))
    with duckdb.connect(str(serial), read_only=True) as connection:
        expected = fingerprint(connection)
    for number in range(5):
        db = tmp_path / f"{number}.duckdb"
        both = [start(db, name) for name in names]
        for process in both:
            assert len(stored(process)) == 20
        with duckdb.connect(str(db), read_only=True) as connection:
            assert fingerprint(connection) == expected
            assert connection.execute(BROKEN).fetchall() == []
            assert connection.execute("SELECT count(*), sum(items)::INT FROM batches").fetchall() == [(4, 40)]
            assert connection.execute("SELECT DISTINCT status FROM runs").fetchall() == [("completed",)]
