"""The backlog under load: how long `due` takes, and what a list of 100,000 addresses costs.

    python -m benchmarks.backlog [--waiting N] [--hosts N]

prints a table of `Writer.due` over a backlog of N candidates (medians of 15 calls), and one of
`Writer.save_poll` for lists of a tenth of that and of all, in parts, each in a process of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from records import Candidate, Claimed, Outcome
from warehouse.model import Poll
from warehouse.writer import Writer, open_writer

AT = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
PART = 1_000
"""Addresses a call of `save_poll`, as the engine hands them over."""

CALLS = 15


def candidates(count: int, hosts: int, *, bare: bool) -> Iterator[Candidate]:
    """So many addresses over so many hosts, each with what a feed says of it, or bare as in a list."""
    for number in range(count):
        url = f"https://site-{number % hosts}.example/2025/11/{number}-the-council-met-on-the-harbour-plan"
        if bare:
            yield Candidate(url, "list", url=url)
            continue
        published = (AT - timedelta(minutes=number % 10_000)).isoformat()
        said = Claimed(f"The council met on the harbour plan, part {number}", ("A. Writer",), published)
        yield Candidate(url, "list", url=url, claimed=said, guid=f"tag:{number}")


def save(
    writer: Writer, run_id: str, count: int, hosts: int, *, bare: bool = False
) -> tuple[float, float, float]:
    """Put a list into the backlog in parts; seconds of all, and a part's in the first and the last tenth."""
    poll = Poll("list", AT)
    took: list[float] = []
    part: list[Candidate] = []
    for each in candidates(count, hosts, bare=bare):
        part.append(each)
        if len(part) == PART:
            took.append(_seconds(partial(writer.save_poll, run_id, poll, part, at=AT, last=False)))
            part = []
    took.append(_seconds(lambda: writer.save_poll(run_id, poll, part, at=AT)))
    tenth = max(1, len(took) // 10)
    return sum(took), statistics.median(took[:tenth]), statistics.median(took[-1 - tenth : -1])


def one_list(folder: Path, count: int, hosts: int) -> dict[str, float]:
    """A list in this process: seconds, and how large the process became at most, in MB."""
    with open_writer(folder / "news.duckdb") as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=AT, program_version="0")
        seconds, first, last = save(writer, run_id, count, hosts, bare=True)
        return {
            "addresses": count,
            "seconds": round(seconds, 2),
            "first_ms": round(first * 1000, 1),
            "last_ms": round(last * 1000, 1),
            "peak_mb": round(_peak_mb(), 1),
        }


def looks(folder: Path, waiting: int, hosts: int) -> Iterator[tuple[str, float, int]]:
    """What is asked of a full backlog: in words, the median in ms, how many candidates came."""
    with open_writer(folder / "news.duckdb") as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=AT, program_version="0")
        save(writer, run_id, waiting, hosts)
        busy = [f"site-{number}.example" for number in range(hosts // 2)]
        asked: Sequence[tuple[str, Callable[[], Sequence[Candidate]]]] = (
            ("due: 50, 1 a host", lambda: writer.due(at=AT, limit=50, per_host=1)),
            ("due: 500, 4 a host", lambda: writer.due(at=AT, limit=500, per_host=4)),
            (
                "due: 50, half of the hosts at work",
                lambda: writer.due(at=AT, limit=50, per_host=1, excluding_hosts=busy),
            ),
            (
                "due: 50 of one source",
                lambda: writer.due(at=AT, limit=50, per_host=1, sources=["list"]),
            ),
            ("due: 50, all hosts at work", lambda: _none(writer, hosts)),
        )
        for words, ask in asked:
            took = [_seconds(ask) for _ in range(CALLS)]
            yield words, statistics.median(took) * 1000, len(ask())
        yield from _changes(writer, run_id)


def _changes(writer: Writer, run_id: str) -> Iterator[tuple[str, float, int]]:
    took: dict[str, list[float]] = {"put off 50": [], "write 50 outcomes": []}
    for number in range(CALLS):
        at = AT + timedelta(seconds=number)
        due = writer.due(at=at, limit=100, per_host=1)
        delays = [(each, at + timedelta(hours=1), "It is busy.") for each in due[:50]]
        took["put off 50"].append(_seconds(partial(writer.put_off, run_id, delays, at=at)))
        gone = [Outcome(each.uri, each.source_id, "failed", "fetch", "http_404") for each in due[50:]]
        took["write 50 outcomes"].append(_seconds(partial(writer.write, run_id, gone, at=at)))
    for words, seconds in took.items():
        yield words, statistics.median(seconds) * 1000, 50


def _none(writer: Writer, hosts: int) -> Sequence[Candidate]:
    every = [f"site-{number}.example" for number in range(hosts)]
    return writer.due(at=AT, limit=50, per_host=1, excluding_hosts=every)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _peak_mb() -> float:
    """Of this process alone: what getrusage says begins with the size of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--waiting", type=int, default=100_000)
    options.add_argument("--hosts", type=int, default=200)
    options.add_argument("--list", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.list:
            sys.stdout.write(json.dumps(one_list(Path(folder), chosen.list, chosen.hosts)) + "\n")
            return
        sys.stdout.write(f"{chosen.waiting:,} candidates wait, of {chosen.hosts} hosts\n")
        for words, milliseconds, came in looks(Path(folder), chosen.waiting, chosen.hosts):
            sys.stdout.write(f"  {words:36} {milliseconds:7.1f} ms  {came:4}\n")
    lists = []
    for count in (chosen.waiting // 10, chosen.waiting):
        named = ("--list", str(count), "--hosts", str(chosen.hosts))
        command = [sys.executable, "-m", "benchmarks.backlog", *named]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        lists.append(json.loads(ended.stdout))
    for each in lists:
        sys.stdout.write(
            f"{each['addresses']:,} addresses in parts of {PART:,}: {each['seconds']} s, a part "
            f"{each['first_ms']} ms at first and {each['last_ms']} at last; peak {each['peak_mb']} MB\n"
        )
    sys.stdout.write(f"peak, ten times the list: {lists[1]['peak_mb'] / lists[0]['peak_mb']:.2f} x\n")


if __name__ == "__main__":
    main()
