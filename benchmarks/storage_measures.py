"""What `make bench-storage` measures: writing, room, questions, search, and DuckDB's storage versions."""

# ruff: noqa: S608 - the names and numbers that go into the SQL are this module's own

import hashlib
import importlib
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import duckdb

from benchmarks.bulk import KNOWN_URL, sampled, text_bytes
from records import Article, Candidate, Capture, DateClaim, Extracted
from warehouse.identity import fingerprint
from warehouse.search import search
from warehouse.writer import Writer

ROOT = Path(__file__).resolve().parents[1]
BATCH = 500
CHANGED = 0.2
STORAGE_VERSIONS = ("v1.0.0", "v1.2.0", "v1.5.0")
"""The default of DuckDB 1.5 writes v1.0.0."""

_QUESTION = re.compile(r"^## (\d+\. .*?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_SQL = re.compile(r"```sql\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Upserts:
    """How fast batches of 500 went in; `median_s` of a batch, in seconds."""

    rows_per_s: float
    median_s: float
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Timed:
    """A question, the seconds it took at best of three, and the rows of its answer."""

    name: str
    seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class Version:
    """One storage version: bytes of the file, seconds of a scan of all text and of looking one article up."""

    name: str
    bytes: int
    text_share: float
    scan_s: float
    look_up_s: float


def upserts(writer: Writer, *, batches: int, new_share: float, seed: str) -> Upserts:
    """Time batches of 500 of which 20 % are changed articles and `new_share` new ones, the rest seen again.

    The articles of a batch are made before its clock starts, with their fingerprints, as extraction hands
    them over; a batch before it warms up.
    """
    at = datetime.now(UTC).replace(microsecond=0)
    found = cycle(sampled(writer.store.connection, (batches + 1) * BATCH))
    run_id = writer.start_run(command="upserts", arguments={}, started_at=at, program_version="0")
    took: list[float] = []
    outcomes: Counter[str] = Counter()
    for number in range(batches + 1):
        items = [
            _item(
                next(found), place, at=at + timedelta(seconds=number), new=new_share, seed=f"{seed} {number}"
            )
            for place in range(BATCH)
        ]
        began = time.perf_counter()
        done = writer.write(run_id, items, at=at)
        if number:  # the first one warms up
            took.append(time.perf_counter() - began)
            outcomes.update(outcome.outcome for outcome in done)
    writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)
    return Upserts(batches * BATCH / sum(took), sorted(took)[len(took) // 2], outcomes)


def _item(
    row: tuple[str, str, str, str, datetime, str, str], place: int, *, at: datetime, new: float, seed: str
) -> Extracted:
    """Of every hundred places twenty are changed, `new` of them new, the rest as they were."""
    key, title, text, author, published_at, published, source_id = row
    fetched_at = at
    if place % 100 < round(CHANGED * 100):
        text = f"{text[:-30]} and changed {seed} {place}."
    elif place % 100 < round((CHANGED + new) * 100):
        key = f"{key}?{seed.replace(' ', '-')}-{place}"
        text = f"{seed} {place} {text[::-1]}"
    content = text.encode()
    article = Article(
        text=text,
        title=title,
        authors=(author,),
        language="en",
        media="html",
        encoding="utf-8",
        published=published,
        published_date=published_at.date(),
        published_at=published_at,
        published_precision="instant",
        published_basis="jsonld",
        published_zone_basis="offset",
        date_claims=(
            DateClaim(published, "instant", "jsonld", "published", published, "$.datePublished", "offset"),
        ),
    )
    return Extracted(
        capture=Capture(
            candidate=Candidate(uri=key, source_id=source_id, url=key, fetched_at=fetched_at),
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
            url=key,
            content_type="text/html",
            fetched_at=fetched_at,
            status=200,
        ),
        article=article,
        key=key,
        extractor_version="1",
        fingerprint=fingerprint(key, article),
    )


def days(writer: Writer, *, days: int, share: float) -> None:
    """Write a share of the articles changed, once a day."""
    [(articles,)] = writer.store.connection.execute("SELECT count(*) FROM articles").fetchall()
    many = max(1, round(articles * share))
    for day in range(days):
        at = datetime(2025, 12, 2, tzinfo=UTC) + timedelta(days=day)
        rows = sampled(writer.store.connection, many, turn=day)
        run_id = writer.start_run(command="day", arguments={}, started_at=at, program_version="0")
        for first in range(0, len(rows), BATCH):
            items = [
                _item(row, place % 20, at=at, new=0, seed=f"day {day} {first}")
                for place, row in enumerate(rows[first : first + BATCH])
            ]
            writer.write(run_id, items, at=at)
        writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)
        writer.publish()


def cookbook(db: Path) -> Iterator[Timed]:
    """The first ten questions of docs/cookbook.md, on the published file, as they stand there."""
    page = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
    with duckdb.connect(str(db), read_only=True) as connection:
        for name, body in _QUESTION.findall(page)[:10]:
            for sql in _SQL.findall(body):
                yield _timed(connection, name, sql)


def look_ups(db: Path) -> Iterator[Timed]:
    """One article by its address, what decides about it, and scans of all text."""
    with duckdb.connect(str(db), read_only=True) as connection:
        yield _timed(
            connection,
            "point look-up by URL, without the text",
            f"SELECT article_id, title, published FROM articles WHERE url = '{KNOWN_URL}'",
        )
        yield _timed(
            connection, "the same with its text", f"SELECT * FROM articles WHERE url = '{KNOWN_URL}'"
        )
        yield _timed(
            connection,
            "scan of all text (`contains`)",
            "SELECT count(*) FROM articles WHERE contains(text, 'harbour')",
        )


def searches(db: Path) -> Iterator[Timed]:
    """`dateline search`, with its opening of the file, for a rare word, two middling and a common one."""
    with duckdb.connect(str(db), read_only=True) as connection:
        terms = [
            term
            for (term,) in connection.execute(
                """SELECT term FROM search_terms, search_index i ORDER BY
                abs(search_terms.documents / i.documents - 0.001), term LIMIT 1"""
            ).fetchall()
        ]
        middling = connection.execute(
            """SELECT term FROM search_terms, search_index i ORDER BY
            abs(search_terms.documents / i.documents - 0.05), term LIMIT 2"""
        ).fetchall()
        [(common,)] = connection.execute(
            "SELECT term FROM search_terms ORDER BY documents DESC, term LIMIT 1"
        ).fetchall()
    for name, words in (
        ("a word that one article in 1,000 holds", terms[0]),
        ("two words that one in 20 holds", " ".join(term for (term,) in middling)),
        ("the commonest word", common),
    ):
        took, found = [], 0
        for _ in range(3):
            began = time.perf_counter()
            found = len(search(db, words).hits)
            took.append(time.perf_counter() - began)
        yield Timed(f"search for {name}", min(took), found)


def storage_versions(store: Path, folder: Path) -> Iterator[Version]:
    """The same rows copied into a file of each storage version."""
    for name in STORAGE_VERSIONS:
        file = folder / f"{name}.duckdb"
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"ATTACH '{store}' AS origin (READ_ONLY)")
            connection.execute(f"ATTACH '{file}' AS copied (STORAGE_VERSION '{name}')")
            connection.execute("COPY FROM DATABASE origin TO copied")
            connection.execute("CHECKPOINT copied")
            connection.execute("USE copied")
            text = text_bytes(connection)
            scan = _timed(
                connection, "", "SELECT count(*) FROM article_versions WHERE contains(text, 'harbour')"
            )
            look_up = _timed(connection, "", f"SELECT * FROM articles WHERE url = '{KNOWN_URL}'")
        size = file.stat().st_size
        file.unlink()
        yield Version(name, size, size / text, scan.seconds, look_up.seconds)


def extension() -> Path | None:
    """DuckDB's own full-text search, where its wheel is installed."""
    try:
        package = importlib.import_module("duckdb_extension_fts")
    except ImportError:
        return None
    found: Sequence[Path] = sorted(
        Path(package.__path__[0]).rglob(f"v{duckdb.__version__}/fts.duckdb_extension")
    )
    return found[0] if found else None


def extension_index(store: Path, folder: Path, extension: Path) -> tuple[float, int]:
    """Seconds that DuckDB's extension takes for the index of a copy of the store, and the bytes it adds."""
    file = folder / "fts.duckdb"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"LOAD '{extension}'")
        connection.execute(f"ATTACH '{store}' AS origin (READ_ONLY)")
        connection.execute(f"ATTACH '{file}' AS copied (STORAGE_VERSION 'v1.2.0')")
        connection.execute("CREATE TABLE copied.found AS SELECT article_id, title, text FROM origin.articles")
        connection.execute("CHECKPOINT copied")
        before = file.stat().st_size
        connection.execute("USE copied")
        began = time.perf_counter()
        connection.execute(
            r"""PRAGMA create_fts_index('found', 'article_id', 'title', 'text', stemmer = 'none',
            stopwords = 'none', ignore = '[^\p{L}\p{N}\p{M}]+')"""
        )
        took = time.perf_counter() - began
        connection.execute("CHECKPOINT copied")
    added = file.stat().st_size - before
    file.unlink()
    return took, added


def _timed(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> Timed:
    took, rows = [], 0
    for _ in range(3):
        began = time.perf_counter()
        rows = len(connection.execute(sql).fetchall())
        took.append(time.perf_counter() - began)
    return Timed(name, min(took), rows)
