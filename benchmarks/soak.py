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
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
        publish_s: how long each publication took.
        effort_s: the same without the time in which the readers had the processor.
        ages_s: of the newest row, for each process that was started to look.
        readers: what each kind of reader reports.
        errors: what went wrong, in the words of the process that saw it.
    """

    batches: int
    write_s: Sequence[float]
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
        return Soaked(0, (), (), (), (), {}, (writer.communicate()[1],))
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
    said, complaint = writer.communicate()
    if writer.returncode:
        errors.append(f"writer: {complaint}")
    lines = [json.loads(line) for line in said.splitlines()]
    write_s = [line["took_s"] for line in lines if "stored" in line]
    publish_s = [line["took_s"] for line in lines if "published" in line]
    effort_s = [line["effort_s"] for line in lines if "published" in line]
    errors += [f"publishing was put off: {line}" for line in lines if "put_off" in line]
    return Soaked(len(write_s), write_s, publish_s, effort_s, ages_s, reports, errors)


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
    print(f"batches stored            {seen.batches}")
    print(f"longest write             {max(seen.write_s):.3f} s (bar: {LONGEST_WAIT_S} s)")
    print(f"publications              {len(seen.publish_s)}, the longest {max(seen.publish_s):.3f} s")
    print(f"each of them took         {', '.join(f'{took_s:.2f}' for took_s in seen.publish_s)} s")
    print(f"share of the time         {sum(seen.effort_s) / asked.seconds:.3f} (aim: 0.05, edits aside)")
    print(f"oldest newest row         {max(seen.ages_s):.1f} s of {len(seen.ages_s)} (bar: {OLDEST_ROW_S} s)")
    for kind, report in seen.readers.items():
        figures = ", ".join(f"{name} {value:.1f}" for name, value in report.items())
        print(f"{f'reader: {kind}':<25} {figures}")
    longest_s = max(*seen.write_s, *seen.publish_s)
    if seen.errors or longest_s > LONGEST_WAIT_S or max(seen.ages_s) > OLDEST_ROW_S:
        sys.exit("the bar is missed")


if __name__ == "__main__":
    main()
