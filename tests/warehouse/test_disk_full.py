"""A full disk: one clear error, nothing acknowledged lost, and it goes on when there is room again."""

import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.read import query

FILL = """
import random, resource, sys
from datetime import UTC, datetime
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
