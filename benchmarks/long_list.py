"""A list of 100,000 addresses beside one of 10,000 (bar 7 of issue 5): memory, and how soon fetching begins.

    python -m benchmarks.long_list [--fetched 2000]

Each list is a source of its own in a database of its own; `dateline fetch` is ended by Ctrl-C once the whole
list is in the backlog and so many pages were fetched. Memory is the peak of the one process that holds the
list (its readers never see it). Exits with 1 where a bar is missed.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.web import server
from tests.web.big import big_web
from tests.web.log import Log

ROOT = Path(__file__).resolve().parents[1]
LISTS = (10_000, 100_000)
SITES = 40

MEMORY_RATIO, FIRST_PAGE_S = 1.2, 2.0

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_SOURCES = """
[[source]]
id = "list"
kind = "urls"
path = "{path}"
network = "local"
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One list: seconds to its first page, peak bytes, addresses in the backlog or fetched, pages fetched."""

    first_page_s: float
    peak_bytes: int
    listed: int
    fetched: int


def turn(folder: Path, *, addresses: int, fetched: int) -> Turn:
    """Fetch from a list until it is all in the backlog and so many pages were fetched."""
    web = big_web(sites=SITES, pages=addresses, page_bytes=3_000)
    port, sockets = server.free_port(web.addresses)
    log = Log()
    listing = folder / f"list-{addresses}.txt"
    listing.write_text("".join(f"{url}\n" for url in web.urls(port)), encoding="utf-8")
    config = folder / f"sources-{addresses}.toml"
    config.write_text(_SOURCES.format(path=listing), encoding="utf-8")
    db = folder / f"{addresses}.duckdb"
    command = [sys.executable, "-m", "flows.cli", "fetch", "--sources", str(config), "--db", str(db)]
    with server.running(sockets, web.answer, log):
        began = time.monotonic()
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder, stderr=subprocess.DEVNULL
        )
        first: list[float] = []

        def pages() -> int:
            found = sum(entry.path.startswith("/news/") for entry in list(log.entries))
            if found and not first:
                first.append(time.monotonic() - began)
            return found

        threading.Thread(target=log.wait, args=(lambda _: pages() > 0, 60.0)).start()
        peak = 0
        while process.poll() is None and (pages() < fetched or _waiting(db) < addresses - len(log.entries)):
            peak = max(peak, _peak(process.pid))
            time.sleep(0.5)
        peak = max(peak, _peak(process.pid))
        process.send_signal(signal.SIGINT)
        process.wait()
        return Turn(first[0], peak, _listed(db), pages())


def _peak(pid: int) -> int:
    try:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def _waiting(db: Path) -> int:
    return _count(db, "SELECT count(*) FROM candidates")


def _listed(db: Path) -> int:
    return _count(db, "SELECT count(*) FROM sightings")


def _count(db: Path, sql: str) -> int:
    if not db.exists():
        return 0
    with duckdb.connect(str(db), read_only=True) as connection:
        [(count,)] = connection.execute(sql).fetchall()
    return int(count)


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fetched", type=int, default=2_000)
    asked = parser.parse_args()
    turns = []
    with tempfile.TemporaryDirectory(prefix="dateline-list-") as folder:
        for addresses in LISTS:
            turns.append(turn(Path(folder), addresses=addresses, fetched=asked.fetched))
            made = turns[-1]
            print(
                f"{addresses:,} addresses: first page after {made.first_page_s:.2f} s, peak "
                f"{made.peak_bytes / 1e6:.0f} MB, {made.listed:,} listed, {made.fetched:,} pages asked for"
            )
    ratio = turns[1].peak_bytes / turns[0].peak_bytes
    print(f"memory of the long list to the short: {ratio:.2f} (bar: {MEMORY_RATIO})")
    if ratio > MEMORY_RATIO or turns[1].first_page_s > FIRST_PAGE_S:
        sys.exit("a bar is missed")


if __name__ == "__main__":
    main()
