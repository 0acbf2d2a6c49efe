"""Short ways to say what is written and to look at what is stored."""

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from records import Article, Candidate, Capture, Cut, DateClaim, Extracted
from sources.archive import Archive, Place, open_archive
from sources.archive import read as read_page
from sources.web import Answer
from warehouse.places import archive_of
from warehouse.read import query
from warehouse.writer import Writer, open_writer

START = datetime(2025, 11, 4, 10, 0, tzinfo=UTC)
FILLER = "The council met on the harbour plan and heard what twelve residents had to say about it, "


def _extracted(
    key: str,
    text: str = "one",
    *,
    title: str | None = "A title",
    fetched_at: datetime | None = None,
    source_id: str = "paper",
    uri: str | None = None,
    extractor_version: str = "1",
    cuts: tuple[Cut, ...] = (Cut("byline", "byline.by", "By A. Writer", 0, 12),),
    date_claims: tuple[DateClaim, ...] = (DateClaim("2025-11-04", "day", "text", "published", "4 November"),),
    **article: Any,
) -> Extracted:
    """An article long enough to be compared by its text alone; `text` is what tells it from others."""
    body = f"{FILLER}{text}.\n\n{FILLER}{text}."
    content = f"{title}\n{body}".encode("utf-8", "surrogatepass")
    candidate = Candidate(uri=uri or key, source_id=source_id, fetched_at=fetched_at)
    return Extracted(
        capture=Capture(
            candidate=candidate,
            content=content,
            content_sha256=hashlib.sha256(content).hexdigest(),
            fetched_at=fetched_at,
        ),
        article=Article(
            **{"text": body, "title": title, "cuts": cuts, "date_claims": date_claims, **article}
        ),
        key=key,
        extractor_version=extractor_version,
    )


@pytest.fixture
def extracted() -> Callable[..., Extracted]:
    return _extracted


def page(url: str, text: str = "") -> bytes:
    """A page of some size that says its address and the text."""
    noise = random.Random(url).randbytes(3_000).hex()
    return f"<p>{url} {text}</p><!-- {noise} -->".encode()


def archive_page(archive: Archive, item: Extracted, text: str = "") -> Extracted:
    """The article with its page in the archive, as fetching it has them."""
    candidate = item.capture.candidate
    at = item.capture.fetched_at or START
    answer = Answer(
        url=candidate.uri,
        status=200,
        headers={"content-type": "text/html"},
        content=page(candidate.uri, text),
        fetched_at=at,
        asked_at=at,
        raw_headers=((b"Content-Type", b"text/html"),),
        request_headers=((b"Host", b"example.org"),),
    )
    place = archive.add(answer, source_id=candidate.source_id, candidate=candidate)
    capture = replace(item.capture, archive_file=place.file, archive_offset=place.offset)
    return replace(item, capture=capture)


@pytest.fixture
def fetch_pages() -> Callable[..., None]:
    """Fetch articles of these addresses into a database, with their pages in its archive, and publish."""

    def fetch(db: Path, *urls: str, at: datetime = START, max_bytes: int = 60_000) -> None:
        with (
            open_writer(db) as writer,
            open_archive(archive_of(db), software="Dateline/0", now=lambda: at, max_bytes=max_bytes) as kept,
        ):
            run_id = writer.start_run(command="fetch", arguments={}, started_at=at, program_version="0")
            items = [archive_page(kept, _extracted(url, url, fetched_at=at)) for url in urls]
            kept.sync()
            writer.write(run_id, items, at=at)
            writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)
            writer.publish()

    return fetch


@pytest.fixture
def archived_pages() -> Callable[[Path], dict[str, bytes]]:
    """What lies in the archive at the places that captures name, by the uri of the capture."""

    def read_all(db: Path) -> dict[str, bytes]:
        asked = "SELECT uri, archive_file, archive_offset FROM captures WHERE archive_file IS NOT NULL"
        return {
            str(uri): read_page(archive_of(db), Place(str(file), int(str(offset)))).content
            for uri, file, offset in query(db, asked).rows
        }

    return read_all


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "news.duckdb"


@pytest.fixture
def writer(db: Path, empty: Path) -> Iterator[Writer]:
    shutil.copytree(empty, db.parent, dirs_exist_ok=True)  # bringing up a schema takes ten times as long
    with open_writer(db) as opened:
        yield opened


@pytest.fixture
def run(writer: Writer) -> Callable[..., str]:
    """Start a run; a minute later than the last with each call."""
    started: list[str] = []

    def start(started_at: datetime | None = None) -> str:
        at = started_at or START.replace(minute=len(started))
        run_id = writer.start_run(command="ingest", arguments={}, started_at=at, program_version="0")
        started.append(run_id)
        return run_id

    return start


@pytest.fixture
def rows(writer: Writer) -> Callable[[str], list[tuple[Any, ...]]]:
    """What the writer's own store answers."""
    return lambda sql: writer._store.connection.execute(sql).fetchall()
