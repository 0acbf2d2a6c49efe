"""Readers of every kind while a writer commits a batch a second and publishes (bar 1 of issue 4).

    python -m benchmarks.soak [--seconds 300] [--articles 10000] [--query-s 10]

One reader holds the published file open all the while, one opens and closes it in a tight loop, one asks
long questions, and every few seconds a new process looks how old the newest row is. Exits with 1 where a bar
is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LONGEST_WAIT_S = 0.5
OLDEST_ROW_S = 5.0

_PROBE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen; times in seconds.

    Attributes:
        batches: that the writer stored while the readers read.
        write_s: how long each took to be stored.
        waited_s: from the second in which each was due until it was stored.
        published_at_s: when each publication ended, since the first batch.
        publish_s: how long each publication took.
        effort_s: the same without the time in which the readers had the processor.
        ages_s: of the newest row, for each process that was started to look.
        readers: what each kind of reader reports.
        errors: what went wrong, in the words of the process that saw it.
    """

    batches: int
    write_s: Sequence[float]
    waited_s: Sequence[float]
    published_at_s: Sequence[float]
    publish_s: Sequence[float]
    effort_s: Sequence[float]
    ages_s: Sequence[float]
    readers: dict[str, dict[str, float]]
    errors: Sequence[str]


def soak(db: Path, *, seconds: float, articles: int, query_s: float, always_publish: bool = False) -> Soaked:
    """Let a writer and readers of every kind loose on a database that is made for it.

    Args:
        db: a name that nothing has yet.
        seconds: how long.
        articles: that are stored before it begins.
        query_s: how long each long question takes, in seconds.
        always_publish: after each batch, at any cost, rather than as the pipeline does.
    """
    writer = _start(
        "benchmarks.writer",
        str(db),
        *("--name", "soak", "--preload", str(articles)),
        *("--every-s", "1", "--batches", str(max(1, round(seconds)))),
        *(["--always-publish"] if always_publish else []),
    )
    assert writer.stdout is not None
    opened = writer.stdout.readline()
    if not opened:
        return Soaked(0, (), (), (), (), (), (), {}, (writer.communicate()[1],))
    said_by_writer = listen(writer)
    until = time.monotonic() + seconds
    kinds = ("held", "loop", "query")
    readers = {
        kind: _start("benchmarks.readers", kind, str(db), f"--seconds={seconds}", f"--query-s={query_s}")
        for kind in kinds
    }
    ages_s: list[float] = []
    errors: list[str] = []
    while time.monotonic() < until:
        began = time.monotonic()
        probe = _start("benchmarks.readers", "once", str(db))
        said, complaint = probe.communicate()
        if probe.returncode:
            errors.append(f"once: {complaint}")
        else:
            ages_s.append(json.loads(said)["age_s"])
        time.sleep(max(0.0, min(until, began + _PROBE_EVERY_S) - time.monotonic()))
    reports = {}
    for kind, reader in readers.items():
        said, complaint = reader.communicate()
        if reader.returncode:
            errors.append(f"{kind}: {complaint}")
        else:
            reports[kind] = json.loads(said)
    lines = [json.loads(line) for line in said_by_writer()]
    _, complaint = writer.communicate()
    if writer.returncode:
        errors.append(f"writer: {complaint}")
    stored = [line for line in lines if "stored" in line]
    published = [line for line in lines if "published" in line]
    errors += [f"publishing was put off: {line}" for line in lines if "put_off" in line]
    return Soaked(
        batches=len(stored),
        write_s=[line["took_s"] for line in stored],
        waited_s=[line["waited_s"] for line in stored],
        published_at_s=[line["at_s"] for line in published],
        publish_s=[line["took_s"] for line in published],
        effort_s=[line["effort_s"] for line in published],
        ages_s=ages_s,
        readers=reports,
        errors=errors,
    )


def listen(process: subprocess.Popen[str]) -> Callable[[], Sequence[str]]:
    """Take what a process says while it says it; what is returned waits for its end and gives the lines.

    A process whose pipe is full stands still until somebody reads. The writer says half a kilobyte a batch,
    so one that is heard only at the end would stop after two minutes.
    """
    assert process.stdout is not None
    lines: list[str] = []
    listener = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    listener.start()

    def heard() -> Sequence[str]:
        listener.join()
        return lines

    return heard


def _start(module: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def main() -> None:
    """Run it, say what was seen, and judge it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--query-s", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-soak-") as folder:
        seen = soak(
            Path(folder) / "news.duckdb",
            seconds=asked.seconds,
            articles=asked.articles,
            query_s=asked.query_s,
        )
    for error in seen.errors:
        print(error)
    if not (seen.write_s and seen.publish_s and seen.ages_s):
        sys.exit("nothing was written, published or read")
    gaps = [(late - early, late) for early, late in pairwise([0.0, *seen.published_at_s])]
    longest_gap_s, gap_at_s = max(gaps)
    print(f"batches stored            {seen.batches}")
    print(f"longest write             {max(seen.write_s):.3f} s")
    print(f"latest batch              {max(seen.waited_s):.3f} s after it was due (bar: {LONGEST_WAIT_S} s)")
    print(f"publications              {len(seen.publish_s)}, the longest {max(seen.publish_s):.3f} s")
    print(f"longest between two       {longest_gap_s:.1f} s, {gap_at_s:.0f} s after the first batch")
    print(f"share of the time         {sum(seen.effort_s) / asked.seconds:.3f} (aim: 0.05, edits aside)")
    print(f"oldest newest row         {max(seen.ages_s):.1f} s of {len(seen.ages_s)} (bar: {OLDEST_ROW_S} s)")
    for kind, report in seen.readers.items():
        figures = ", ".join(f"{name} {value:.1f}" for name, value in report.items())
        print(f"{f'reader: {kind}':<25} {figures}")
    if seen.errors or max(seen.waited_s) > LONGEST_WAIT_S or max(seen.ages_s) > OLDEST_ROW_S:
        sys.exit("the bar is missed")


if __name__ == "__main__":
    main()
