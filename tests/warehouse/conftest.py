"""Short ways to say what is written and to look at what is stored."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from records import Article, Candidate, Capture, Cut, DateClaim, Extracted
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


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "news.duckdb"


@pytest.fixture
def writer(db: Path) -> Iterator[Writer]:
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
