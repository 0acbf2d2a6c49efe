"""A writer as a process of its own: batches in, published as it goes, a line of JSON for each thing done.

    python -m benchmarks.writer DB --name NAME [--preload N] [--batches N] [--every-s S] [--items N]

Lines: `{"open": pid}`, `{"stored": [uris], "took_s": s, "waited_s": s}` (waited: since the batch was due by
--every-s), `{"published": n, "at_s": s, "took_s": s, "effort_s": s}` (at: since the first batch; effort:
without the time that others had the processor), `{"put_off": n, "took_s": s}` where publishing failed.
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.made_up import batch
from records import Extracted
from warehouse import pace
from warehouse.writer import Writer, open_writer

_NOTHING_DONE_S = 0.05
"""An attempt to publish that took longer and changed nothing has failed."""


def main() -> None:
    """Write until the batches are done or somebody ends the process."""
    asked = _arguments()
    with open_writer(asked.db, wait_s=asked.wait_s) as writer:
        run_id = writer.start_run(command="campaign", arguments={}, started_at=_now(), program_version="0")
        for number in range(0, asked.preload, 500):
            count = min(500, asked.preload - number)
            writer.write(run_id, batch(f"{asked.name}-before", number // 500, items=count), at=_now())
        writer.publish()
        _say(open=os.getpid())
        _write_on(writer, run_id, asked)
        writer.finish_run(run_id, finished_at=_now(), status="completed", passed_over=0)
        writer.publish()
    _say(closed=os.getpid())


def _write_on(writer: Writer, run_id: str, asked: argparse.Namespace) -> None:
    began = time.monotonic()
    for number in range(asked.batches):
        items: list[Extracted] = batch(asked.name, number, items=asked.items)
        due = began + number * asked.every_s
        if due > time.monotonic():
            time.sleep(due - time.monotonic())
        started = time.monotonic()
        outcomes = writer.write(run_id, items, at=_now())
        stored = time.monotonic()
        _say(stored=[outcome.uri for outcome in outcomes], took_s=stored - started, waited_s=stored - due)
        started, effort_s = time.monotonic(), pace.effort_s()
        before = _state(asked.db) if asked.db.exists() else None
        notes = writer.publish() if asked.always_publish else writer.publish_when_due()
        ended = time.monotonic()
        took_s, effort_s = ended - started, pace.effort_s() - effort_s
        if notes:
            _say(notes=notes)
        if asked.db.exists() and _state(asked.db) != before:
            _say(published=number, at_s=ended - began, took_s=took_s, effort_s=effort_s)
        elif took_s > _NOTHING_DONE_S:
            _say(put_off=number, took_s=took_s)


def _state(db: Path) -> tuple[int, int]:
    """An inode alone can come again."""
    found = db.stat()
    return found.st_ino, found.st_mtime_ns


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--preload", type=int, default=0, help="articles to store before it begins")
    parser.add_argument("--batches", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=20, help="in a batch")
    parser.add_argument("--every-s", type=float, default=0.0, help="a batch each so many seconds")
    parser.add_argument("--always-publish", action="store_true", help="after each batch, at any cost")
    parser.add_argument("--wait-s", type=float, default=0.0, help="for another writer")
    return parser.parse_args()


def _now() -> datetime:
    return datetime.now(UTC)


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
