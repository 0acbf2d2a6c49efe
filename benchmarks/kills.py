"""kill -9 at random moments while a writer writes and publishes (bar 2 of issue 4).

    python -m benchmarks.kills [--kills 100] [--seed N]
    python -m benchmarks.kills --calls [--kills 100]      before the n-th call that changes a file, by strace

After each kill the published file has to open and to be consistent; after some of them the store too, and
after the others the next writer that is killed is the one that has to put things right. At the end every
acknowledged item is there once. Exits with 1 where it is not so.
"""

import argparse
import json
import random
import secrets
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks.readers import connect, look
from records import WarehouseError
from warehouse.writer import open_writer

ROOT = Path(__file__).resolve().parents[1]

_CHANGING = "pwrite64,write,ftruncate,fsync,fdatasync,rename,renameat,unlink,copy_file_range,fchmod"
_ITEMS = 10


@dataclass(slots=True)
class Killed:
    """What a campaign saw.

    Attributes:
        acknowledged: the candidates of every batch that was acknowledged, in order.
        moments: how each writer ended: at what moment, and after how many batches.
        publications: that were acknowledged.
        wrong: what is not as it should be, a sentence each.
    """

    acknowledged: list[str] = field(default_factory=list)
    moments: list[str] = field(default_factory=list)
    publications: int = 0
    wrong: list[str] = field(default_factory=list)


def kills(db: Path, *, count: int, seed: int) -> Killed:
    """Start a writer and kill it, `count` times, at moments that follow from the seed.

    One in six dies while it opens the database, the others up to a second after they have acknowledged up to
    three batches and publications.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret
    seen = Killed()
    for number in range(count):
        opening = chance.random() < 1 / 6
        after_s = chance.uniform(0.1, 0.8) if opening else chance.uniform(0, 1)
        publishing = ["--always-publish"] if chance.random() < 2 / 3 else []
        process = _start(db, f"k{number}", *publishing)
        assert process.stdout is not None
        # However slow the machine, some batches are acknowledged first.
        lines = [] if opening else [process.stdout.readline() for _ in range(1 + chance.randrange(4))]
        killer = threading.Timer(after_s, process.kill)
        killer.start()
        moment = f"kill {number}, {after_s:.3f} s after its {'start' if opening else 'last line'}"
        _note(seen, process, lines + process.stdout.readlines(), moment)
        killer.join()
        _inspect(db, seen, moment, store=chance.random() < 1 / 4)
    _inspect(db, seen, "at the end", store=True)
    _count(db, seen)
    return seen


def kills_at_calls(db: Path, *, calls: Sequence[int]) -> Killed:
    """Kill a writer just before its n-th call that changes a file, for each n of `calls`; needs strace."""
    seen = Killed()
    for number, call in enumerate(calls):
        process = _start(
            db,
            f"c{number}",
            *("--always-publish", "--batches", "3"),
            through=[
                *("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={_CHANGING}"),
                *("-e", f"inject={_CHANGING}:signal=SIGKILL:when={call}"),
            ],
        )
        assert process.stdout is not None
        moment = f"kill {number}, before call {call}"
        _note(seen, process, process.stdout.readlines(), moment)
        _inspect(db, seen, moment, store=number % 4 == 0)
    _inspect(db, seen, "at the end", store=True)
    _count(db, seen)
    return seen


def _start(db: Path, name: str, *options: str, through: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *through,
            *(sys.executable, "-m", "benchmarks.writer", str(db), "--name", name, "--items", str(_ITEMS)),
            *options,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _note(seen: Killed, process: subprocess.Popen[str], lines: Sequence[str], moment: str) -> None:
    """What the writer acknowledged; a line that was cut short was not."""
    said = [json.loads(line) for line in lines if line.endswith("\n")]
    stored = [line["stored"] for line in said if "stored" in line]
    seen.acknowledged += [uri for batch in stored for uri in batch]
    seen.publications += sum("published" in line for line in said)
    _, complaint = process.communicate()
    if complaint:
        seen.wrong.append(f"{moment}: the writer had failed: {complaint.strip().splitlines()[-1]}")
    seen.moments.append(f"{moment}, {len(stored)} batches")


def _inspect(db: Path, seen: Killed, moment: str, *, store: bool) -> None:
    """The published file as any reader sees it, and the store as the next writer does."""
    try:
        if db.exists():
            with connect(db) as connection:
                look(connection)
        if store:
            with open_writer(db) as writer:
                seen.wrong += [f"{moment}: {message}" for message in writer.publish()]
            with connect(db) as connection:
                look(connection)
    except (AssertionError, duckdb.Error, WarehouseError) as error:
        seen.wrong.append(f"{moment}: {error}")


def _count(db: Path, seen: Killed) -> None:
    """Every acknowledged item once; of what was not acknowledged, only whole batches (an invariant)."""
    with connect(db) as connection:
        found = Counter(uri for (uri,) in connection.execute("SELECT uri FROM outcomes").fetchall())
    lost = [uri for uri in seen.acknowledged if uri not in found]
    twice = [uri for uri, times in found.items() if times > 1]
    if lost:
        seen.wrong.append(f"{len(lost)} acknowledged items are lost, the first is {lost[0]}")
    if twice:
        seen.wrong.append(f"{len(twice)} items are there more than once, the first is {twice[0]}")
    left = sorted(path.name for path in db.parent.iterdir() if path.name not in (db.name, f"{db.name}.store"))
    if left:
        seen.wrong.append(f"left beside the database: {', '.join(left)}")


def main() -> None:
    """Run it, say what was seen, and judge it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--calls", action="store_true", help="before calls to the system, not by the clock")
    parser.add_argument("--every", type=int, default=2, help="with --calls: before each so-many-th of them")
    parser.add_argument("--from-call", type=int, default=1, help="with --calls: the first of them")
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="dateline-kills-") as folder:
        db = Path(folder) / "news.duckdb"
        if asked.calls:
            first = asked.from_call
            calls = range(first, first + asked.every * asked.kills, asked.every)
            seen = kills_at_calls(db, calls=calls)
        else:
            seen = kills(db, count=asked.kills, seed=asked.seed)
    for moment in seen.moments:
        print(moment)
    print(f"kills               {len(seen.moments)}")
    print(f"acknowledged items  {len(seen.acknowledged)}")
    print(f"publications        {seen.publications}")
    for sentence in seen.wrong:
        print(sentence)
    if seen.wrong:
        sys.exit("the bar is missed")
    print("every acknowledged item is there once, nothing is half there, every published file opened")


if __name__ == "__main__":
    main()
