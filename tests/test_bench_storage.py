"""The storage benchmark runs, and its made-up store is one that the writer goes on with."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bulk import fill
from benchmarks.prose import language
from benchmarks.storage_measures import upserts
from warehouse.doctor import examine
from warehouse.writer import open_writer

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_storage_benchmark_runs_at_a_small_scale():
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.storage", "--scale", "small"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ended.returncode == 0, ended.stderr
    assert "| store / text of all versions |" in ended.stdout
    assert "| v1.2.0 |" in ended.stdout


@pytest.mark.slow
def test_the_store_it_makes_is_as_the_writer_would_make_it(tmp_path: Path):
    db = tmp_path / "news.duckdb"
    with open_writer(db) as writer:
        fill(writer, language(), articles=1000)
        seen = upserts(writer, batches=1, new_share=0.4, seed="test")
        writer.publish()
    assert seen.outcomes == {"updated": 100, "stored": 200, "unchanged": 200}
    assert [finding for finding in examine(db) if not finding.passed] == []
