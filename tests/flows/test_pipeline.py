"""The pipeline: one outcome a candidate, in a stream, in batches; nothing twice and nothing lost."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import extractors
from flows import pipeline, settle
from flows.batches import BatchLimits
from flows.pipeline import Limits, Summary, ingest
from flows.settle import key_of
from records import OUTCOMES, Article, Candidate, Capture, Outcome, UsageError, WarehouseError
from sources.names import file_uri
from tests.flows.conftest import article
from tests.webserver import Web
from warehouse import read
from warehouse.writer import Writer

NOW = datetime(2025, 11, 5, 12, tzinfo=UTC)
Run = Callable[..., Summary]


@pytest.fixture
def db(tmp_path: Path, empty: Path) -> Path:
    shutil.copytree(empty, tmp_path / "out")  # bringing up a schema takes ten times as long
    return tmp_path / "out" / "news.duckdb"


@pytest.fixture
def run(db: Path) -> Run:
    def with_defaults(*inputs: Path | str, **given: Any) -> Summary:
        given.setdefault("now", lambda: NOW)
        return ingest([str(each) for each in inputs], db=db, **given)

    return with_defaults


@pytest.fixture
def rows(db: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    def of(query: str) -> list[tuple[Any, ...]]:
        result = read.query(db, query)
        try:
            return list(result.rows)
        finally:
            result.close()

    return of


@pytest.fixture
def extractions(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bytes that were extracted, in order."""
    seen: list[bytes] = []
    extract = extractors.extract

    def watched(content: bytes, **given: Any) -> Article:
        seen.append(content)
        return extract(content, **given)

    monkeypatch.setattr(settle, "extract", watched)
    return seen


def line(**record: object) -> str:
    return json.dumps(record) + "\n"


def counts(summary: Summary) -> dict[str, int]:
    return {kind: number for kind, number in summary.counts.items() if number}


# Same and other


def test_a_second_run_extracts_nothing_and_touches_no_article(run, rows, write, extractions):
    write("in/a.txt", article("the bridge"))
    write("in/b.txt", article("the ferry"))
    run(write("in/c.txt", article("the tower")).parent)
    before = rows("FROM articles ORDER BY ALL"), rows("FROM captures ORDER BY ALL")
    extractions.clear()
    second = run(write("in/c.txt", article("the tower")).parent)
    assert counts(second) == {"unchanged": 3}
    assert second.all_well
    assert extractions == []
    assert (rows("FROM articles ORDER BY ALL"), rows("FROM captures ORDER BY ALL")) == before
    assert rows("SELECT count(*) FROM runs") == [(2,)]
    assert rows("SELECT count(*) FROM outcomes") == [(6,)]


def test_a_changed_file_is_updated(run, rows, write):
    run(write("a.txt", article("the bridge")))
    summary = run(write("a.txt", article("the bridge and the ferry")))
    assert counts(summary) == {"updated": 1}
    assert rows("SELECT versions FROM articles") == [(2,)]


def test_the_same_text_under_another_name_is_a_duplicate_now_and_later(run, rows, write, extractions):
    first = write("a.txt", article("the bridge"))
    second = write("b.txt", article("the bridge"))
    assert counts(run(first, second)) == {"stored": 1, "duplicate": 1}
    ((one,), (other,)) = rows("SELECT article_id FROM outcomes ORDER BY uri")
    assert one == other
    extractions.clear()
    assert counts(run(first, second)) == {"unchanged": 1, "duplicate": 1}
    assert extractions == []
    assert rows("SELECT DISTINCT article_id FROM outcomes") == [(one,)]


def test_a_new_extractor_extracts_again_and_the_same_result_is_unchanged(
    run, write, extractions, monkeypatch
):
    path = write("a.txt", article("the bridge"))
    run(path)
    extractions.clear()
    monkeypatch.setattr(settle, "extractor_version", lambda: "another")
    assert counts(run(path)) == {"unchanged": 1}
    assert len(extractions) == 1


def test_claims_beside_the_same_bytes_are_a_change(run, rows, write):
    given = {"url": "https://example.org/a", "text": article("the bridge")}
    run(write("a.jsonl", line(**given)))
    assert counts(run(write("a.jsonl", line(**given)))) == {"unchanged": 1}
    assert counts(run(write("a.jsonl", line(**given, title="A Bridge Too Few")))) == {"updated": 1}
    assert rows("SELECT title FROM articles") == [("A Bridge Too Few",)]


def test_an_address_that_comes_twice_in_a_file_is_read_twice_each_time(run, write):
    lines = line(url="https://example.org/a", text=article("the bridge")) + line(
        url="https://example.org/a", text=article("the bridge and the ferry")
    )
    assert counts(run(write("a.jsonl", lines))) == {"stored": 1, "updated": 1}
    again = counts(run(write("a.jsonl", lines)))
    assert sum(again.values()) == 2
    assert "stored" not in again


# Who is who


PAGE_URL = "https://example.org/news/1"


@pytest.mark.parametrize(
    ("fetched_from", "claims", "key"),
    [
        (None, None, "file:///a.html"),
        (None, PAGE_URL + "?utm_source=x#top", PAGE_URL),
        (None, "https://example.org/", "file:///a.html"),
        (None, "/news/1", "file:///a.html"),
        (None, "https://[broken", "file:///a.html"),
        (None, "javascript:void(0)", "file:///a.html"),
        (PAGE_URL + "?fbclid=1", None, PAGE_URL),
        (PAGE_URL, "https://example.org/other", PAGE_URL),
        ("https://example.org/", None, "https://example.org/"),
    ],
)
def test_what_an_article_is_known_by(fetched_from, claims, key):
    candidate = Candidate(uri="file:///a.html", source_id="s", path="/a.html")
    capture = Capture(candidate, b"", "00", url=fetched_from)
    assert key_of(capture, Article("text", canonical_url=claims)) == key


def test_a_page_that_is_fetched_is_known_by_where_it_ended(run, rows, web: Web):
    web.serve("/end?utm_medium=social", f"<html><body><p>{article('the bridge')}</p></body></html>")
    run(web.redirect("/start", "/end?utm_medium=social"))
    assert rows("SELECT article_key, source_id FROM articles") == [(f"{web.url}/end", "127.0.0.1")]
    assert rows("SELECT uri, fetched_at FROM captures") == [(f"{web.url}/start", NOW)]


def test_a_page_fetched_again_is_unchanged_without_extracting(run, web: Web, extractions):
    url = web.serve("/a", f"<html><body><p>{article('the bridge')}</p></body></html>")
    run(url)
    extractions.clear()
    assert counts(run(url, now=lambda: datetime(2025, 11, 6, tzinfo=UTC))) == {"unchanged": 1}
    assert extractions == []


# What is known of time


@pytest.mark.parametrize(
    ("fetched_at", "published_date"), [(None, None), (datetime(2025, 11, 4, 20, tzinfo=UTC), "2025-11-04")]
)
def test_when_a_file_was_fetched_is_unknown_unless_somebody_says(
    run, rows, write, fetched_at, published_date
):
    run(write("a.txt", "5 hours ago\n\n" + article("the bridge")), fetched_at=fetched_at)
    assert rows("SELECT published_date::VARCHAR FROM articles") == [(published_date,)]
    assert rows("SELECT fetched_at FROM captures") == [(fetched_at,)]


def test_now_bounds_what_can_be(run, rows, write):
    write("in/a.txt", "Published on 4 November 2025\n\n" + article("the bridge"))
    write("in/b.txt", "Published on 4 November 2026\n\n" + article("the ferry"))
    run(write("in/c.txt", "").parent)
    assert sorted(rows("SELECT published FROM articles"), key=str) == [("2025-11-04",), (None,)]


# One bad document costs one outcome


def test_a_document_that_breaks_the_extractor_is_an_outcome(run, rows, write, monkeypatch):
    def fragile(content: bytes, **_: Any) -> Article:
        if b"ferry" in content:
            raise RecursionError("too\ndeep")
        return Article(content.decode())

    monkeypatch.setattr(settle, "extract", fragile)
    for about in ("bridge", "ferry", "tower"):
        write(f"in/{about}.txt", article(about))
    summary = run(write("in/x.txt", article("zoo")).parent)
    assert counts(summary) == {"stored": 3, "failed": 1}
    assert not summary.all_well
    ((stage, reason, detail),) = rows("SELECT stage, reason, detail FROM outcomes WHERE outcome = 'failed'")
    assert (stage, reason) == ("extract", "crashed")
    assert "RecursionError: too deep" in detail


def test_what_is_passed_over_is_counted(run, rows, write):
    write("in/style.css", "x")
    write("in/.hidden", "x")
    summary = run(write("in/a.txt", article("the bridge")).parent)
    assert (counts(summary), summary.passed_over) == ({"stored": 1}, 2)
    assert rows("SELECT passed_over FROM runs") == [(2,)]


def test_a_folder_that_holds_the_database_can_be_ingested(run, db, write):
    (db.parent / "a.txt").write_text(article("the bridge"))
    assert counts(run(db.parent)) == {"stored": 1}
    assert counts(run(db.parent)) == {"unchanged": 1}


def test_where_nothing_is_there_no_database_is_made(tmp_path):
    with pytest.raises(UsageError):
        ingest(["/no/such/file"], db=tmp_path / "news.duckdb", now=lambda: NOW)
    assert list(tmp_path.iterdir()) == []


# Batches


class Batching:
    """What was written together, by the number of items."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.fail_at: int | None = None
        write = Writer.write

        def watched(writer: Writer, run_id: str, items: Any, **given: Any) -> tuple[Outcome, ...]:
            if len(self.sizes) == self.fail_at:
                raise WarehouseError("there is no room left")
            self.sizes.append(len(items))
            return write(writer, run_id, items, **given)

        monkeypatch.setattr(Writer, "write", watched)


@pytest.fixture
def batching(monkeypatch: pytest.MonkeyPatch) -> Batching:
    return Batching(monkeypatch)


@pytest.fixture
def nine(write: Callable[[str, str], Path]) -> Path:
    for number in range(9):
        write(f"in/{number}.txt", article(f"house {number}"))
    return write("in/.keep", "").parent


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        (BatchLimits(items=3, age_s=1e9), [1, 3, 3, 2]),
        (BatchLimits(age_s=1e9), [1, 8]),
        (BatchLimits(age_s=0), [1] * 9),
        (BatchLimits(size_bytes=500, age_s=1e9), [1, 2, 2, 2, 2]),
    ],
)
def test_a_batch_is_stored_when_it_is_full_heavy_or_old_and_the_first_at_once(
    run, nine, batching, limits, sizes
):
    told: list[Outcome] = []
    summary = run(nine, limits=Limits(batch=limits), on_outcome=told.append)
    assert batching.sizes == sizes
    assert counts(summary) == {"stored": 9}
    assert [each.uri for each in told] == [file_uri(str(nine / f"{number}.txt")) for number in range(9)]


def test_candidates_are_looked_for_as_they_are_needed(run, monkeypatch):
    taken: list[int] = []

    def endless(*_: Any, **__: Any) -> Iterator[Candidate]:
        for number in range(10**9):
            taken.append(number)
            content = article(f"house {number}").encode()
            yield Candidate(uri=f"test:{number}", source_id="s", content=content)

    monkeypatch.setattr(pipeline, "candidates", endless)
    done: list[Outcome] = []
    limits = Limits(chunk=8, batch=BatchLimits(items=10))
    summary = run("x", on_outcome=done.append, stop=lambda: len(taken) >= 50, limits=limits)
    assert summary.status == "interrupted"
    assert 50 <= len(taken) < 70
    assert len(done) <= len(taken)


# Ends


def test_a_database_that_gives_up_in_the_middle_keeps_what_was_stored(run, nine, rows, batching):
    batching.fail_at = 2
    summary = run(nine, limits=Limits(batch=BatchLimits(items=2)))
    assert (summary.status, summary.error) == ("failed", "there is no room left")
    assert counts(summary) == {"stored": 3}
    assert rows("SELECT count(*), any_value(status) FROM articles, runs") == [(3, "failed")]


def test_a_database_that_gives_up_at_once_is_an_error(run, nine, batching):
    batching.fail_at = 0
    with pytest.raises(WarehouseError, match="no room"):
        run(nine)


def test_an_interrupt_stores_what_is_in_hand(run, rows, write, monkeypatch):
    for number in range(3):
        write(f"in/{number}.txt", article(f"house {number}"))
    extract = extractors.extract

    def interrupted(content: bytes, **given: Any) -> Article:
        if b"house 2" in content:
            raise KeyboardInterrupt
        return extract(content, **given)

    monkeypatch.setattr(settle, "extract", interrupted)
    summary = run(write("in/.keep", "").parent)
    assert (summary.status, counts(summary)) == ("interrupted", {"stored": 2})
    assert not summary.all_well
    assert rows("SELECT status FROM runs") == [("interrupted",)]


def test_it_runs_in_a_thread_that_gets_no_signals(run, write):
    path = write("a.txt", article("the bridge"))
    ended: list[Summary] = []
    thread = threading.Thread(target=lambda: ended.append(run(path)))
    thread.start()
    thread.join()
    assert counts(ended[0]) == {"stored": 1}


def test_the_run_is_in_the_ledger_with_what_was_asked(run, rows):
    run("-", stdin=BytesIO(article("the bridge").encode()), source_id="wire", fetched_at=NOW)
    ((command, arguments, status),) = rows("SELECT command, arguments, status FROM runs")
    assert (command, status) == ("ingest", "completed")
    assert json.loads(arguments) == {
        "inputs": ["-"],
        "source": "wire",
        "fetched_at": "2025-11-05T12:00:00+00:00",
    }
    assert rows("SELECT source_id FROM articles") == [("wire",)]


def test_a_summary_with_trouble_is_not_well():
    kinds = dict.fromkeys(OUTCOMES, 0)
    well = Summary("r", Path("x"), "completed", {**kinds, "stored": 1}, 0, 0.1)
    assert well.all_well
    assert not replace(well, status="interrupted").all_well
    assert not replace(well, counts={**kinds, "refused": 1}).all_well
