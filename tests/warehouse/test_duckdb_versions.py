"""The same input on DuckDB 1.5.5 and 2.0.0 gives the same tables, and each goes on where the other stopped.

`make .venv/duckdb2` puts 2.0.0 beside the locked packages, for these tests and for `make test-duckdb2`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECOND = Path(sys.prefix) / "duckdb2"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SECOND.is_dir(), reason="DuckDB 2.0.0 is not there: make .venv/duckdb2"),
]


def written(db: Path, *options: str, second: bool) -> dict[str, Any]:
    """The tables after the made-up batches were written with the one DuckDB or the other."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [str(SECOND)] * second + [each for each in given if each and Path(each).name != SECOND.name]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fingerprint", str(db), "--name", "versions", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_both_write_the_same_in_any_order_and_twice(tmp_path: Path):
    first = written(tmp_path / "first.duckdb", second=False)
    second = written(tmp_path / "second.duckdb", "--order", "2", "--size", "17", "--twice", second=True)
    assert first["duckdb"].startswith("1.")
    assert second["duckdb"] == "2.0.0"
    assert first["tables"] == second["tables"]
    assert first["tables"]["articles"][0] > 100


def test_each_goes_on_where_the_other_stopped(tmp_path: Path):
    whole = written(tmp_path / "whole.duckdb", "--batches", "3", second=False)["tables"]
    for name, order in (("older-first", (False, True, False)), ("newer-first", (True, False, True))):
        db = tmp_path / f"{name}.duckdb"
        for batches, second in zip((1, 2, 3), order, strict=True):
            last = written(db, "--batches", str(batches), second=second)["tables"]
        assert last == whole
