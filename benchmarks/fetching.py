"""Fetching beside Scrapy, on the same local web in the same run (bar 6 of issue 5).

    python -m benchmarks.fetching [--pages 20000] [--sites 200] [--rounds 3] [--profile]

AutoThrottle is off, and politeness the same: robots.txt obeyed, one connection a host, no pause. Programs
take turns; a figure is the median of the rounds. CPU is what the system counted for a program's process, less
what it takes to start and to fetch two pages. Exits with 1 where a bar is missed.
"""

import argparse
import json
import os
import platform
import pstats
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("ours", "archiving", "httpx", "scrapy")

PACE, CPU, PAGES_PER_S = 1.0, 0.7, 300.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One program, once: pages and their bytes, seconds, CPU seconds and peak bytes of its process."""

    pages: int
    size: int
    seconds: float
    cpu_s: float
    peak: int


@contextmanager
def big_web(folder: Path, *, sites: int, pages: int) -> Iterator[Path]:
    """Serve the big local web in a process of its own; the file with its addresses."""
    listing = folder / f"urls-{pages}.txt"
    command = [
        sys.executable,
        "-m",
        "tests.web",
        f"--sites={sites}",
        f"--pages={pages}",
        f"--write={listing}",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        assert json.loads(server.stdout.readline())["pages"] == pages
        try:
            yield listing
        finally:
            server.terminate()


def turn(program: str, listing: Path, folder: Path, *, profile: Path | None = None) -> Turn:
    """Run a program to its end, and have the system count."""
    kept = tempfile.mkdtemp(dir=folder)
    command = [sys.executable, "-m", "benchmarks.fetchers", program, f"--urls={listing}", f"--archive={kept}"]
    if profile:
        command.append(f"--profile={profile}")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    said = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program} ended with {process.returncode}")
    told = json.loads(said)
    failures = {name: count for name, count in told.items() if name not in ("seconds", "pages", "bytes")}
    if failures:
        sys.exit(f"{program} failed to fetch: {failures}")
    return Turn(
        told["pages"], told["bytes"], told["seconds"], used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    )


def shares(profile: Path) -> dict[str, float]:
    """The share of the time that each package took itself, by a profile."""
    times: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]
        path = Path(file)
        if "site-packages" in path.parts:
            package = path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
        elif path.is_relative_to(ROOT):
            package = f"ours: {path.relative_to(ROOT).as_posix()}"
        elif "poll" in name:
            continue  # waiting
        else:
            package = f"python: {path.parts[-2] if len(path.parts) > 2 else name}"  # noqa: PLR2004  # asyncio/x.py
        times[package] += own
    total = times.total()
    return {package: own / total for package, own in times.most_common()}


def main() -> None:
    """Measure, print the table, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--programs", nargs="+", default=PROGRAMS, choices=PROGRAMS)
    parser.add_argument("--profile", action="store_true", help="say where our time goes, instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-fetching-") as name:
        folder = Path(name)
        with big_web(folder, sites=asked.sites, pages=asked.pages) as listing:
            if asked.profile:
                _profile(listing, folder)
                return
            missed = _measure(listing, folder, asked.programs, asked.rounds)
    if missed:
        sys.exit("the bar is missed: " + "; ".join(missed))


def _measure(listing: Path, folder: Path, programs: Sequence[str], rounds: int) -> list[str]:
    few = folder / "few.txt"
    few.write_text("\n".join(listing.read_text(encoding="ascii").split()[:2]), encoding="ascii")
    start_cpu_s = {program: turn(program, few, folder).cpu_s for program in programs}
    turns: dict[str, list[Turn]] = {program: [] for program in programs}
    for number in range(rounds):
        for program in programs if number % 2 == 0 else reversed(programs):
            turns[program].append(turn(program, listing, folder))
    if len({(each.pages, each.size) for took in turns.values() for each in took}) > 1:
        sys.exit(f"the programs did not fetch the same: {turns}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"{platform.python_implementation()} {platform.python_version()}, {cores} cores, {rounds} rounds")
    for package in ("httpx", "scrapy", "twisted"):
        print(f"{package} {version(package)}")
    print("\n| | pages | pages/s | CPU ms a page | peak MB |\n|---|---|---|---|---|")
    pace: dict[str, float] = {}
    cost: dict[str, float] = {}
    for program, took in turns.items():
        pace[program] = statistics.median(each.pages / each.seconds for each in took)
        cost[program] = statistics.median(
            (each.cpu_s - start_cpu_s[program]) / each.pages * 1000 for each in took
        )
        peak = max(each.peak for each in took) / 1e6
        print(f"| {program} | {took[0].pages} | {pace[program]:.0f} | {cost[program]:.2f} | {peak:.0f} |")
    return list(_misses(pace, cost))


def _misses(pace: dict[str, float], cost: dict[str, float]) -> Iterator[str]:
    if "scrapy" in pace and "ours" in pace:
        faster, cheaper = pace["ours"] / pace["scrapy"], cost["ours"] / cost["scrapy"]
        print(f"\npages a second, ours to Scrapy's: {faster:.2f} (bar: at least {PACE:g})")
        print(f"CPU a page, ours to Scrapy's: {cheaper:.2f} (bar: at most {CPU:g})")
        if faster < PACE:
            yield f"{faster:.2f} times Scrapy's pages a second"
        if cheaper > CPU:
            yield f"{cheaper:.2f} times Scrapy's CPU a page"
    if "archiving" in pace:
        print(f"pages a second, archived: {pace['archiving']:.0f} (bar: at least {PAGES_PER_S:g})")
        if pace["archiving"] < PAGES_PER_S:
            yield f"{pace['archiving']:.0f} pages a second"


def _profile(listing: Path, folder: Path) -> None:
    for program in ("ours", "archiving", "httpx"):
        file = folder / f"{program}.profile"
        turn(program, listing, folder, profile=file)
        print(f"\n{program}: share of the CPU time by cProfile, which makes small functions look dear")
        split = shares(file)
        for package, share in list(split.items())[:14]:
            print(f"  {share:6.1%}  {package}")
        own = sum(share for package, share in split.items() if package.startswith("ours: "))
        print(f"  {own:6.1%}  ours together")


if __name__ == "__main__":
    main()
