"""What was fetched is extracted again: the same rows where nothing changed, a version where it did."""

import json
import shutil
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import extractors
from flows import settle as settling
from flows.reextract import readings, reextract
from flows.running import Summary
from flows.settle import settle
from records import Candidate, Claimed, Extracted, Outcome, UsageError, WarehouseError
from sources.archive import Place, open_archive
from sources.fetched import Fetched
from sources.web import Answer
from tests.flows.conftest import Dateline, article
from warehouse import read
from warehouse.archived import archived
from warehouse.places import archive_of
from warehouse.writer import open_writer

AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
NOW = AT + timedelta(hours=1)
TABLES = ("article_versions", "version_cuts", "version_date_claims", "captures", "verdicts", "candidates")
_ABOUT = ("harbour", "tram", "library", "bridge")


@pytest.fixture
def db(tmp_path: Path, empty: Path) -> Path:
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)  # bringing up a schema takes ten times as long
    return tmp_path / "news.duckdb"


def page(about: str) -> bytes:
    paragraphs = "".join(f"<p>{each}</p>" for each in article(about).split("\n\n"))
    return (
        f"<html><head><title>The {about}</title></head><body><article><h1>The {about}</h1>"
        f'<p class="byline">By A. Smith</p><p>Yesterday at noon.</p>{paragraphs}</article></body></html>'
    ).encode()


def answer(about: str, at: datetime) -> Answer:
    return Answer(
        url=f"http://127.0.0.1/news/{about}",
        status=200,
        headers={"content-type": "text/html; charset=utf-8"},
        content=page(about),
        fetched_at=at,
        asked_at=at,
        raw_headers=((b"Content-Type", b"text/html; charset=utf-8"), (b"Transfer-Encoding", b"chunked")),
        reason_phrase="OK",
    )


def candidate(about: str) -> Candidate:
    """Its feed tells of a title, a writer and a date that the page does not have."""
    return Candidate(
        uri=f"http://127.0.0.1/news/{about}",
        source_id="wire" if about < "i" else "paper",
        url=f"http://127.0.0.1/{about}?utm_source=feed",
        guid=f"tag:{about}",
        claimed=Claimed(f"All of the {about}", ("B. Jones",), "2026-11-20T08:00:00Z", "2026-11-20"),
    )


def fetched(db: Path, about: Sequence[str] = _ABOUT) -> list[Extracted]:
    """A pass: each page is fetched, archived, extracted and stored."""
    items = []
    with (
        open_archive(archive_of(db), software="Dateline/0", now=lambda: AT) as archive,
        open_writer(db) as writer,
    ):
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        for number, each in enumerate(about):
            got = answer(each, AT + timedelta(seconds=number))
            found = candidate(each)
            place = archive.add(got, source_id=found.source_id, candidate=found)
            items.append(_extracted(found, got, place))
        archive.sync()
        writer.write(run_id, items, at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    return items


def _extracted(found: Candidate, got: Answer, place: Place) -> Extracted:
    item = settle(
        found,
        None,
        fetch=lambda _: Fetched(got.url, got.status, got.headers, got.content, got.fetched_at),
        now=lambda: NOW,
        max_bytes=10**7,
    )
    assert isinstance(item, Extracted), item
    capture = replace(item.capture, archive_file=place.file, archive_offset=place.offset)
    return replace(item, capture=capture)


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    result = read.query(db, query)
    try:
        return list(result.rows)
    finally:
        result.close()


def everything(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: rows(db, f"FROM {table} ORDER BY ALL") for table in TABLES}


def run(db: Path, **given: Any) -> Summary:
    return reextract(db, now=lambda: NOW + timedelta(days=3), **given)


def counted(summary: Summary) -> dict[str, int]:
    return {kind: number for kind, number in summary.counts.items() if number}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("somebody asked the network")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.mark.usefixtures("no_network")
def test_with_the_same_extractor_every_row_stays_as_the_pass_wrote_it(db: Path):
    fetched(db)
    before = everything(db)
    assert before["captures"]
    assert before["version_date_claims"]
    summary = run(db)
    assert counted(summary) == {"unchanged": len(_ABOUT)}
    assert summary.all_well
    assert everything(db) == before
    assert rows(db, "SELECT command, status FROM runs ORDER BY started_at")[1] == ("reextract", "completed")


def test_what_is_read_again_equals_what_the_pass_read_in_everything(db: Path):
    """Cuts, claims, blocks and ids, which a row that is not written again could not show."""
    items = fetched(db)
    with archived(db) as captures:
        again = list(readings(captures, archive_of(db), now=lambda: NOW))
    assert [_comparable(each) for each in again] == [_comparable(each) for each in items]


def _comparable(item: Extracted | Outcome) -> Extracted:
    """A client hands on only some of the headers as they were; of these one is looked at."""
    assert isinstance(item, Extracted), item
    headers = {"content-type": item.capture.headers["content-type"]}
    return replace(item, capture=replace(item.capture, headers=headers))


def test_rows_of_a_new_database_made_from_the_archive_are_those_of_the_pass(db: Path, tmp_path: Path):
    fetched(db)
    other = tmp_path / "other.duckdb"
    with archived(db) as captures, open_writer(other) as writer:
        run_id = writer.start_run(command="reextract", arguments={}, started_at=NOW, program_version="0")
        again = list(readings(captures, archive_of(db), now=lambda: NOW))
        writer.write(run_id, again, at=NOW)
        writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
        writer.publish()
    mine, theirs = everything(other), everything(db)
    for table in TABLES:
        if table != "captures":
            assert mine[table] == theirs[table]
    select = "SELECT * EXCLUDE (run_id) FROM captures ORDER BY ALL"
    assert rows(other, select) == rows(db, select)


def test_the_claims_of_the_feed_are_heard_again(db: Path):
    fetched(db, ["harbour"])
    run(db)
    assert rows(db, "SELECT title, authors FROM articles") == [("All of the harbour", ["B. Jones"])]


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extractor of another version, which leaves the last paragraph away."""

    def shorter(*given: Any, **named: Any) -> Any:
        read_as = extractors.extract(*given, **named)
        return replace(read_as, text=read_as.text.rpartition("\n\n")[0])

    monkeypatch.setattr(settling, "extract", shorter)
    monkeypatch.setattr(settling, "extractor_version", lambda: "newer")


@pytest.mark.usefixtures("newer")
def test_another_reading_is_a_version_beside_the_one_that_stays(db: Path):
    fetched_before_newer(db)
    before = rows(db, "SELECT version_id, text FROM article_versions")
    assert counted(run(db)) == {"updated": 1}
    after = rows(db, "SELECT version_id, text FROM article_versions")
    assert len(after) == 2
    assert set(before) < set(after)
    assert rows(db, "SELECT count(*), any_value(extractor_version) FROM captures") == [(1, "newer")]
    assert rows(db, "SELECT archive_file IS NOT NULL FROM captures") == [(True,)]


def fetched_before_newer(db: Path) -> None:
    with pytest.MonkeyPatch.context() as older:
        older.setattr(settling, "extract", extractors.extract)
        older.setattr(settling, "extractor_version", extractors.extractor_version)
        fetched(db, ["harbour"])


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"source_id": "wire"}, 2),
        ({"source_id": "nobody"}, 0),
        ({"since": AT + timedelta(seconds=2)}, 2),
        ({"where": "title = 'All of the tram'"}, 1),
        ({"where": "language = 'en' AND words > 5"}, 4),
        ({"where": "uri LIKE '%harbour' -- a comment"}, 1),
        ({"where": "true) OR (true"}, 4),
        ({"where": "published IS NULL"}, 0),
        ({"where": "title = 'All of the tram'", "source_id": "wire"}, 0),
    ],
)
def test_only_what_was_asked_for_is_read(db: Path, given: dict[str, Any], count: int):
    fetched(db)
    assert sum(run(db, **given).counts.values()) == count


@pytest.mark.parametrize(
    "where",
    [
        "",
        "titel = 'x'",
        "1; DROP TABLE captures",
        "SELECT 1; SELECT 2",
        "title = ",
        "1) FROM (SELECT 1",
        "count(*) > 1",
        "CAST(title AS INTEGER) = 1 AND",
    ],
)
def test_a_bad_condition_is_refused_before_anything_is_touched(db: Path, where: str):
    fetched(db, ["harbour"])
    with pytest.raises(UsageError, match="--where"):
        run(db, where=where)
    assert rows(db, "SELECT command FROM runs") == [("fetch",)]
    assert rows(db, "SELECT count(*) FROM captures") == [(1,)]


def test_a_condition_that_breaks_on_a_value_is_the_users_mistake(db: Path):
    fetched(db, ["harbour"])
    with pytest.raises(UsageError, match="--where"):
        run(db, where="CAST(title AS INTEGER) = 1")


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no database"):
        run(tmp_path / "news.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_file_that_is_gone_costs_its_captures_an_outcome_each(db: Path):
    fetched(db, ["harbour"])
    before = everything(db)
    for file in archive_of(db).iterdir():
        file.unlink()
    seen: list[Outcome] = []
    summary = run(db, on_outcome=seen.append)
    assert counted(summary) == {"failed": 1}
    assert [(each.uri, each.stage, each.reason) for each in seen] == [
        ("http://127.0.0.1/news/harbour", "load", "archive_missing")
    ]
    assert everything(db) == before


def test_another_capture_in_its_place_is_not_taken_for_it(db: Path):
    items = fetched(db, ["harbour", "tram"])
    with archived(db) as captures:
        one, other = captures
    swapped = [replace(one, archive_offset=other.archive_offset)]
    (failed,) = readings(iter(swapped), archive_of(db), now=lambda: NOW)
    assert isinstance(failed, Outcome)
    assert (failed.uri, failed.reason) == (items[0].capture.candidate.uri, "archive_mismatch")


def test_content_that_a_feed_held_is_read_again(db: Path):
    brought = replace(candidate("harbour"), content=page("harbour"), content_type="text/html", fetched_at=AT)
    with (
        open_archive(archive_of(db), software="Dateline/0", now=lambda: AT) as archive,
        open_writer(db) as writer,
    ):
        place = archive.add_content(brought, fetched_at=AT)
        item = settle(brought, None, fetch=_nobody, now=lambda: NOW, max_bytes=10**7)
        assert isinstance(item, Extracted), item
        item = replace(
            item, capture=replace(item.capture, archive_file=place.file, archive_offset=place.offset)
        )
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        writer.write(run_id, [item], at=NOW)
        writer.publish()
    before = everything(db)
    assert counted(run(db)) == {"unchanged": 1}
    assert everything(db) == before


def _nobody(_: str) -> Fetched:
    raise AssertionError("somebody asked the network")


def test_a_run_that_is_stopped_keeps_what_it_did(db: Path):
    fetched(db)
    summary = run(db, stop=lambda: True)
    assert summary.status == "interrupted"
    assert counted(summary) == {"unchanged": 1}


def test_the_command_tells_what_it_did(inside: Dateline):
    fetched(inside.db)
    told = inside("reextract", "--source", "wire", "--json")
    assert told.code == 0
    assert json.loads(told.out)["counts"]["unchanged"] == 2
    assert "4 unchanged" in inside("reextract", "--since", "2026-11-21").out
    assert "no archived capture fits" in inside("reextract", "--since", "2026-11-22").out


def test_the_command_says_in_a_sentence_what_is_wrong(inside: Dateline):
    assert inside("reextract").code == 2
    fetched(inside.db, ["harbour"])
    bad = inside("reextract", "--where", "titel = 1")
    assert bad.code == 2
    assert "titel" in bad.err
    for file in archive_of(inside.db).iterdir():
        file.unlink()
    gone = inside("reextract")
    assert gone.code == 1
    assert "put it back from a backup" in gone.err


def test_the_help_shows_examples(inside: Dateline):
    told = inside("reextract", "--help")
    assert told.code == 0
    assert "published IS NULL" in told.out
