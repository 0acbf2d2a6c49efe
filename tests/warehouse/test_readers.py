"""Readers of every kind beside a writer: none waits, none sees anything but one consistent state.

The long version is `make soak`; it also holds the times to their bars, which a test that others run beside
cannot.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.soak import listen, soak


@pytest.mark.slow
def test_readers_and_the_writer_never_disturb_one_another(db: Path):
    seen = soak(db, seconds=10, articles=200, query_s=2, always_publish=True)
    assert not seen.errors
    assert seen.batches == 10
    assert len(seen.publish_s) == 10
    assert seen.ages_s
    assert set(seen.readers) == {"held", "loop", "query"}
    assert all(report["looks"] > 0 for report in seen.readers.values())
    assert seen.readers["loop"]["states"] > 1


def test_a_writer_that_says_more_than_a_pipe_holds_is_not_kept_waiting_until_the_end():
    says_200_kb = "for number in range(200): print(f'{number:01000}')"
    process = subprocess.Popen([sys.executable, "-c", says_200_kb], stdout=subprocess.PIPE, text=True)
    heard = listen(process)
    assert process.wait(timeout=30) == 0
    assert len(heard()) == 200
    process.communicate()
