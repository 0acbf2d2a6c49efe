"""kill -9 at random moments of a pass of `dateline fetch` over the local web (bar 3 of issue 5).

    python -m benchmarks.fetch_kills [--kills 50] [--a-pass 5] [--seed N]

A pass over the local web of the tests is killed a few times, each time started again, and then left to come
to its end; that is done until there were so many kills. Every pass has to end with the rows of one that was
never killed, and no article may have been asked for more often than once, and once more a kill. Exits with 1
where it is not so.
"""

import argparse
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.web.site import Builder
from tests.web.world import BUILDERS, LocalWeb, local_web
from warehouse.read import query

ROOT = Path(__file__).resolve().parents[1]

_LATEST_S = 1.5  # after its first request; by then most articles were asked for
_LONGEST_S = 180.0
_ROWS = (
    "SELECT uri, source_id, outcome, stage, reason FROM outcomes ORDER BY ALL",
    "SELECT url, title, published, text, words FROM articles ORDER BY ALL",
    "SELECT source_id, uri, guid FROM sightings ORDER BY ALL",
    "SELECT uri FROM candidates ORDER BY ALL",
)

Rows = Mapping[str, Counter[tuple[str, ...]]]


@dataclass(slots=True)
class Killed:
    """What a campaign saw.

    Attributes:
        kills: how many there were.
        articles: that were asked for, over all passes.
        extra: requests for articles beyond the first for each, over all passes.
        wrong: what is not as it should be, a sentence each.
    """

    kills: int = 0
    articles: int = 0
    extra: int = 0
    wrong: list[str] = field(default_factory=list)


def campaign(
    folder: Path, *, kills: int, a_pass: int, seed: int, builders: Sequence[Builder] = BUILDERS
) -> Killed:
    """Kill passes `kills` times, `a_pass` times each, let them end, and compare.

    Args:
        folder: for the databases.
        kills: in all.
        a_pass: kills before a pass is let alone.
        seed: of the moments.
        builders: of the web's sites.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret
    seen = Killed()
    control, _ = _pass(folder, "control", [], seen, builders)
    while seen.kills < kills:
        number = min(a_pass, kills - seen.kills)
        moments = [chance.uniform(0, _LATEST_S) for _ in range(number)]
        rows, asked = _pass(folder, f"killed-{seen.kills}", moments, seen, builders)
        seen.articles += len(asked)
        seen.extra += asked.total() - len(asked)
        for sql in _ROWS:
            for what, others in (
                ("missing", control[sql] - rows[sql]),
                ("too many", rows[sql] - control[sql]),
            ):
                if others:
                    seen.wrong.append(
                        f"{len(others)} rows {what} of {sql!r}, one of them: {next(iter(others))}"
                    )
    if seen.extra > seen.kills:
        seen.wrong.append(f"{seen.extra} requests too many at {seen.kills} kills")
    return seen


def _pass(
    folder: Path, name: str, moments: Sequence[float], seen: Killed, builders: Sequence[Builder]
) -> tuple[Rows, Counter[str]]:
    """One pass over a fresh web, killed at these seconds after its first request; its rows, what it asked."""
    asked: Counter[str] = Counter()
    home = folder / name
    home.mkdir()
    with local_web(builders) as web:
        good = {urlsplit(url)[1:3] for each in web.good for url in (each.url, *each.also)}
        for after_s in [*moments, None]:
            process = _started(home, web)
            if after_s is not None:
                web.log.wait(lambda log: bool(log.entries), _LONGEST_S)
                killer = threading.Timer(after_s, process.kill)
                killer.start()
                code = process.wait(_LONGEST_S)
                killer.cancel()
                seen.kills += code < 0
            elif (code := process.wait(_LONGEST_S)) not in (0, 1):
                seen.wrong.append(f"{name} ended with {code}: {_said(home)[-2000:]}")
            asked.update(
                f"{entry.address}{entry.path}"
                for entry in web.log.entries
                if (f"{entry.address}:{web.port}", entry.path) in good
            )
            web.log.clear()
        if "Traceback" in _said(home):
            seen.wrong.append(f"{name} left a traceback")
        return {sql: _rows(home / "news.duckdb", sql, web.port) for sql in _ROWS}, asked


def _said(home: Path) -> str:
    return (home / "log").read_text(encoding="utf-8")


def _started(home: Path, web: LocalWeb) -> "subprocess.Popen[bytes]":
    config = home / "sources.toml"
    config.write_text(f'contact = "nobody@example.org"\n\n{web.toml()}', encoding="utf-8")
    command = [sys.executable, "-m", "flows.cli", "fetch", "--sources", str(config), "--db", "news.duckdb"]
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with (home / "log").open("ab") as said:
        return subprocess.Popen(
            command,
            cwd=home,
            env={**kept, **web.environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


def _rows(db: Path, sql: str, port: int) -> Counter[tuple[str, ...]]:
    """The rows of a query; every web has a port of its own."""
    result = query(db, sql)
    try:
        return Counter(tuple(str(value).replace(f":{port}", "") for value in row) for row in result.rows)
    finally:
        result.close()


def main() -> None:
    """Run it, say what was seen, and judge it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--a-pass", type=int, default=5)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="dateline-fetch-kills-") as folder:
        seen = campaign(Path(folder), kills=asked.kills, a_pass=asked.a_pass, seed=asked.seed)
    print(f"kills                        {seen.kills}")
    print(f"articles asked for           {seen.articles}")
    print(f"requests beyond the first    {seen.extra}")
    for sentence in seen.wrong:
        print(sentence)
    if seen.wrong:
        sys.exit("the bar is missed")
    print("the same rows as without kills")


if __name__ == "__main__":
    main()
