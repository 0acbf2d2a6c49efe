"""Measures the warehouse at several sizes in one run and prints docs/storage.md's tables (bar 5 of issue 4).

    python -m benchmarks.storage [--scale small|full] [--articles N ...] [--folder DIR] [--stores DIR]
      [--without-search] [--write]

Exits with 1 where a bar is missed, unless --scale small, which is there to try the benchmark itself.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks import storage_measures as measures
from benchmarks.bulk import fill, text_bytes
from benchmarks.prose import language
from warehouse.maintain import maintain
from warehouse.places import STORE
from warehouse.search_build import build_index
from warehouse.writer import open_writer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "storage.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

ROWS_PER_S, RATIO = 5000.0, 0.7
SIZE_SHARE = 0.45
QUERY_S, LOOK_UP_S = 0.3, 0.05

MIXES = (("20 % changed, 80 % seen again", 0.0), ("20 % changed, 80 % new", 0.8))


@dataclass(slots=True)
class Scale:
    """What was measured at one size; times in seconds, sizes in bytes."""

    articles: int
    upserts: list[measures.Upserts] = field(default_factory=list)
    text: int = 0
    store: int = 0
    publish_s: float = 0.0
    index_s: float = 0.0
    index: int = 0
    timed: list[measures.Timed] = field(default_factory=list)
    searches: list[measures.Timed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Days:
    """Sizes in bytes after daily updates and `maintain`."""

    articles: int
    text: int
    index: int
    store: int
    published: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Where databases to measure are made, and where stores are kept that were filled once, if anywhere."""

    folder: Path
    kept: Path | None

    def database(self, articles: int, *, name: str) -> Path:
        """A database that nobody else has, of so many articles; a million take ten minutes to make."""
        db = self.folder / f"{name}.duckdb"
        kept = self.kept / f"{articles}.duckdb" if self.kept else None
        if kept and kept.exists():
            _store(db).parent.mkdir()
            shutil.copyfile(kept, _store(db))
            return db
        with open_writer(db) as writer:
            fill(writer, language(), articles=articles)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_store(db), kept)
        return db


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    parser.add_argument(
        "--articles", type=int, nargs="+", metavar="N", help="sizes instead of those of --scale"
    )
    parser.add_argument("--folder", type=Path, help="where to work; needs 10 kB an article")
    parser.add_argument("--stores", type=Path, help="keep filled stores here, and use those that are there")
    parser.add_argument("--without-search", action="store_true", help="index nothing at each size")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/storage.md")
    asked = parser.parse_args()
    small = asked.scale == "small"
    sizes = asked.articles or ([1000, 2000] if small else [10_000, 100_000, 1_000_000])
    with tempfile.TemporaryDirectory(prefix="dateline-bench-", dir=asked.folder) as folder:
        filled = Filled(Path(folder), asked.stores)
        lines, missed = run(
            filled,
            sizes,
            batches=1 if small else 20,
            days=2 if small else 30,
            search=not asked.without_search,
        )
    print("\n".join(lines))
    if asked.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        page = "\n".join([before.rstrip("\n"), "", BEGIN, *lines, END]) + after
        PAGE.write_text(page, encoding="utf-8")
    if missed and not small:
        sys.exit(f"missed: {'; '.join(missed)}")


def run(
    filled: Filled, sizes: Sequence[int], *, batches: int, days: int, search: bool
) -> tuple[list[str], list[str]]:
    """Measure at each size; the daily updates and storage versions at the largest up to 100,000.

    Returns:
        The lines of the tables, and the bars that were missed.
    """
    scales = [_scale(filled, articles, batches=batches, search=search) for articles in sizes]
    middle = max([size for size in sizes if size <= 100_000], default=min(sizes))  # noqa: PLR2004 - as said
    _say(f"daily updates of {middle} articles")
    db = filled.database(middle, name="days")
    after = _days(db, middle, days=days)
    _say("storage versions")
    versions = list(measures.storage_versions(_store(db), filled.folder))
    extension = measures.extension() if search else None
    theirs = measures.extension_index(_store(db), filled.folder, extension) if extension else None
    rows = _judged(scales, after)
    lines = [
        *_about(sizes, search=search),
        *_bars(rows),
        *_scales(scales),
        *_sizes(after, days),
        *_versions(versions, middle),
    ]
    if theirs:
        lines += _extension(theirs, after)
    return lines, [name for name, _, _, kept in rows if not kept]


def _scale(filled: Filled, articles: int, *, batches: int, search: bool) -> Scale:
    seen = Scale(articles)
    _say(f"{articles} articles")
    db = filled.database(articles, name=str(articles))
    with open_writer(db) as writer:
        for name, new_share in MIXES:
            _say(f"  {name}")
            seen.upserts.append(
                measures.upserts(writer, batches=batches, new_share=new_share, seed=name[-4:])
            )
        began = time.perf_counter()
        writer.publish()
        seen.publish_s = time.perf_counter() - began
        _say("  questions")
        seen.timed = [*measures.look_ups(db), *measures.cookbook(db)]
        seen.text = text_bytes(writer.store.connection)
        seen.store = _store(db).stat().st_size
    if search:
        _search(db, seen)
    for file in [db, _store(db)]:
        file.unlink()
    return seen


def _search(db: Path, seen: Scale) -> None:
    _say("  search index")
    with open_writer(db) as writer:
        began = time.perf_counter()
        build_index(writer.store.connection)
        writer.store.connection.execute("CHECKPOINT")
        seen.index_s = time.perf_counter() - began
    seen.index = _store(db).stat().st_size - seen.store
    maintain(db, now=datetime.now(UTC))
    seen.searches = list(measures.searches(db))


def _days(db: Path, articles: int, *, days: int) -> Days:
    with open_writer(db) as writer:
        measures.days(writer, days=days, share=0.05)
    maintain(db, now=datetime.now(UTC), compact_always=True)
    store = _store(db)
    with duckdb.connect(str(db), read_only=True) as connection:
        text = text_bytes(connection)
    without = db.with_name("without.duckdb")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{db}' AS origin (READ_ONLY)")
        connection.execute(f"ATTACH '{without}' AS copied (STORAGE_VERSION 'v1.2.0')")
        connection.execute("COPY FROM DATABASE origin TO copied")
        connection.execute("DELETE FROM copied.search_postings; DELETE FROM copied.search_terms")
        connection.execute("DELETE FROM copied.search_documents; CHECKPOINT copied")
        [(free,)] = connection.execute(
            "SELECT free_blocks * block_size FROM pragma_database_size() WHERE database_name = 'copied'"
        ).fetchall()
    without.unlink()
    return Days(articles, text, int(free), store.stat().st_size, db.stat().st_size)


def _store(db: Path) -> Path:
    return db.with_name(db.name + ".store") / STORE


def _judged(scales: Sequence[Scale], after: Days) -> list[tuple[str, str, str, bool]]:
    """Name, bar, what was measured, and whether it was kept, at the largest size."""
    first, last = scales[0], scales[-1]
    rows = []
    for (name, _), small, large in zip(MIXES, first.upserts, last.upserts, strict=True):
        rate, ratio = large.rows_per_s, large.rows_per_s / small.rows_per_s
        rows.append(
            (
                f"rows/s into {last.articles:,}, {name}",
                f"≥ {ROWS_PER_S:,.0f}",
                f"{rate:,.0f}",
                rate >= ROWS_PER_S,
            )
        )
        rows.append((f"... of the rate at {first.articles:,}", f"≥ {RATIO}", f"{ratio:.2f}", ratio >= RATIO))
    for what, size in (("store", after.store), ("published file", after.published)):
        share = size / after.text
        rows.append(
            (f"{what} / text of all versions", f"≤ {SIZE_SHARE}", f"{share:.2f}", share <= SIZE_SHARE)
        )
        bare = (size - after.index) / after.text
        rows.append(("... search index aside", f"≤ {SIZE_SHARE}", f"{bare:.2f}", bare <= SIZE_SHARE))
    look_up, *_ = last.timed
    rows.append(
        (
            f"{look_up.name}, {last.articles:,}",
            f"< {LOOK_UP_S * 1000:.0f} ms",
            _ms(look_up.seconds),
            look_up.seconds < LOOK_UP_S,
        )
    )
    slowest = max(last.timed[3:], key=lambda each: each.seconds, default=look_up)
    rows.append(
        (
            f"slowest of ten cookbook queries, {last.articles:,}",
            f"< {QUERY_S * 1000:.0f} ms",
            f"{_ms(slowest.seconds)} ({slowest.name})",
            slowest.seconds < QUERY_S,
        )
    )
    return rows


def _about(sizes: Sequence[int], *, search: bool) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, DuckDB "
        f"{duckdb.__version__}; load of the machine when it ended {os.getloadavg()[2]:.1f}. Command: "
        f"`python -m benchmarks.storage --articles {' '.join(map(str, sizes))}"
        f"{'' if search else ' --without-search'}`."
    )


def _bars(rows: Sequence[tuple[str, str, str, bool]]) -> Iterator[str]:
    yield from ("", "| what | bar | measured | |", "|---|---|---|---|")
    for name, bar, value, kept in rows:
        yield f"| {name} | {bar} | {value} | {'kept' if kept else '**missed**'} |"


def _scales(scales: Sequence[Scale]) -> Iterator[str]:
    yield from ("", "| | " + " | ".join(f"{scale.articles:,} articles" for scale in scales) + " |")
    yield "|---|" + "--:|" * len(scales)

    def row(name: str, cells: Sequence[str]) -> str:
        return f"| {name} | " + " | ".join(cells) + " |"

    for place, (name, _) in enumerate(MIXES):
        yield row(
            f"batches of 500, {name}: rows/s (median batch)",
            [
                f"{each.upserts[place].rows_per_s:,.0f} ({_ms(each.upserts[place].median_s)})"
                for each in scales
            ],
        )
    yield row("text of all versions", [_mb(each.text) for each in scales])
    yield row(
        "store, before `maintain`", [f"{_mb(each.store)} ({each.store / each.text:.2f} ×)" for each in scales]
    )
    yield row("publishing", [f"{each.publish_s:.2f} s" for each in scales])
    for timed in zip(*(each.timed for each in scales), strict=True):
        yield row(timed[0].name, [_ms(each.seconds) for each in timed])
    if not all(each.searches for each in scales):
        return
    yield row("making the search index", [f"{each.index_s:.0f} s" for each in scales])
    yield row("search index", [f"{_mb(each.index)} ({each.index / each.text:.2f} ×)" for each in scales])
    for timed in zip(*(each.searches for each in scales), strict=True):
        yield row(timed[0].name, [_ms(each.seconds) for each in timed])


def _sizes(after: Days, days: int) -> Iterator[str]:
    yield from ("", f"After {days} daily updates of 5 % of {after.articles:,} articles and `maintain`:", "")
    yield from ("| | bytes | of the text |", "|---|--:|--:|")
    for name, size in (
        ("text of all versions", after.text),
        ("store", after.store),
        ("published file", after.published),
        ("the search index in each of them", after.index),
    ):
        yield f"| {name} | {_mb(size)} | {size / after.text:.2f} × |"


def _versions(versions: Sequence[measures.Version], articles: int) -> Iterator[str]:
    yield from (
        "",
        f"The same rows ({articles:,} articles after their updates) in DuckDB's storage versions:",
        "",
    )
    yield from (
        "| storage version | file | of the text | scan of all text | look-up with text |",
        "|---|--:|--:|--:|--:|",
    )
    for each in versions:
        yield (
            f"| {each.name} | {_mb(each.bytes)} | {each.text_share:.2f} × | {_ms(each.scan_s)} | "
            f"{_ms(each.look_up_s)} |"
        )


def _extension(theirs: tuple[float, int], after: Days) -> Iterator[str]:
    took, added = theirs
    yield ""
    yield (
        f"DuckDB's fts extension, on the current versions of these {after.articles:,} articles: {took:.0f} s "
        f"and {_mb(added)}; Dateline's index of them is {_mb(after.index)}."
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
