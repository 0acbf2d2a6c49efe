"""Readers as processes of their own, with nothing but DuckDB: each ends at the first thing that is wrong.

    python -m benchmarks.readers held|loop|query|once DB --seconds S [--query-s S]

A reader prints one line of JSON when it ends well; it exits with 1 and says what it saw otherwise.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.made_up import BROKEN

_WORK = "SELECT sum(length(regexp_replace(text, '[aeiou]+', '', 'g'))) FROM articles, range(?)"
"""A question that takes as long as is asked, over the text of every article."""

_STATE = "SELECT (SELECT count(*) FROM articles), (SELECT coalesce(max(batch_id), 0) FROM batches)"

Report = Mapping[str, float]


def connect(db: Path) -> duckdb.DuckDBPyConnection:
    """Open the published file as anybody would; one thread, to leave the writer its share of the machine."""
    return duckdb.connect(str(db), read_only=True, config={"threads": 1})


def look(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The number of articles and of batches, once every invariant holds."""
    broken = [name for (name,) in connection.execute(BROKEN).fetchall()]
    if broken:
        raise AssertionError(f"not true in {connection.execute(_STATE).fetchall()}: {'; '.join(broken)}")
    [(articles, batches)] = connection.execute(_STATE).fetchall()
    return articles, batches


def age_s(connection: duckdb.DuckDBPyConnection) -> float:
    """How long ago the newest row that is seen was handed to the warehouse, in seconds."""
    [(newest,)] = connection.execute("SELECT epoch_ms(max(committed_at)) FROM batches").fetchall()
    return datetime.now(UTC).timestamp() - float(newest) / 1000


def held(db: Path, seconds: float, _: float) -> Report:
    """Keep the file open from the first moment to the last: one state, however often it is asked."""
    looks = 0
    with connect(db) as connection:
        first = look(connection)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(1.0, seconds / 4))
            now = look(connection)
            if now != first:
                raise AssertionError(f"a file that is held open went from {first} to {now}")
            looks += 1
    return {"looks": looks}


def loop(db: Path, seconds: float, _: float) -> Report:
    """Open, look and close as fast as it goes: never fewer rows than before."""
    looks, last, oldest_s, states = 0, (0, 0), 0.0, set()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with connect(db) as connection:
            age = age_s(connection)
            now = look(connection)
        if now[1] < last[1]:
            raise AssertionError(f"went back from {last} to {now}")
        last = now
        states.add(now)
        oldest_s = max(oldest_s, age)
        looks += 1
    return {"looks": looks, "states": len(states), "oldest_s": oldest_s}


def query(db: Path, seconds: float, query_s: float) -> Report:
    """Ask long questions, one after the other: the answer is that of the state in which they began."""
    looks, longest_s = 0, 0.0
    until = time.monotonic() + seconds
    while looks == 0 or time.monotonic() + query_s < until:
        with connect(db) as connection:
            began = time.monotonic()
            [(single,)] = connection.execute(_WORK, [1]).fetchall()
            times = max(1, round(query_s / (time.monotonic() - began)))
            began = time.monotonic()
            [(all_of_them,)] = connection.execute(_WORK, [times]).fetchall()
            longest_s = max(longest_s, time.monotonic() - began)
        if all_of_them != single * times:
            raise AssertionError(f"{times} times {single} came out as {all_of_them}")
        looks += 1
    return {"looks": looks, "longest_s": longest_s}


def once(db: Path, *_: float) -> Report:
    """What a process that has just begun sees."""
    with connect(db) as connection:
        age = age_s(connection)
        articles, batches = look(connection)
    return {"age_s": age, "articles": articles, "batches": batches}


KINDS: Mapping[str, Callable[[Path, float, float], Report]] = {
    "held": held,
    "loop": loop,
    "query": query,
    "once": once,
}


def main() -> None:
    """Read as one kind of reader does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("db", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--query-s", type=float, default=10.0)
    asked = parser.parse_args()
    report = KINDS[asked.kind](asked.db, asked.seconds, asked.query_s)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
