"""A takedown leaves no byte of the article in any file of the database, and the article stays away."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records import Cut, DateClaim, Extracted, UsageError, WarehouseError
from warehouse import read
from warehouse.backup import backup
from warehouse.doctor import examine
from warehouse.forget import forget
from warehouse.maintain import maintain
from warehouse.places import COMPACTION_DUE, folder_of
from warehouse.restore import restore
from warehouse.search import search
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
URL = "https://example.org/taken-down"
MARKS = ("Zyxwvut", "Qponmlk", "Jihgfed", "Cbazyxw", "Nmlkjih")
TITLE, BODY, CUT, EVIDENCE, OLD_TITLE = MARKS


def unwanted(extracted: Callable[..., Extracted], url: str = URL, **options) -> Extracted:
    """An article whose every part bears a mark that stands nowhere else."""
    return extracted(
        url,
        BODY,
        title=TITLE,
        cuts=(Cut("byline", "byline.by", CUT, 0, 7),),
        date_claims=(DateClaim("2025-11-04", "day", "text", "published", EVIDENCE),),
        **options,
    )


@pytest.fixture
def store(db: Path, extracted: Callable[..., Extracted]) -> Callable[..., tuple[str | None, ...]]:
    """Write items as a run of its own and publish; answers their reasons."""

    def written(*items: Extracted) -> tuple[str | None, ...]:
        with open_writer(db) as writer:
            run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
            outcomes = writer.write(run_id, items, at=NOW)
            writer.finish_run(run_id, finished_at=NOW, status="completed", passed_over=0)
            writer.publish()
        return tuple(outcome.reason for outcome in outcomes)

    return written


@pytest.fixture
def stored(db: Path, store, extracted) -> Path:
    """Two hundred articles, and the one in an older and a newer version; all in the search index."""
    early = NOW.replace(day=1)
    store(
        extracted(URL, "before", title=OLD_TITLE, fetched_at=early, uri=f"{URL}?from=feed"),
        *(extracted(f"https://example.org/{number}", str(number)) for number in range(200)),
    )
    store(unwanted(extracted, fetched_at=early.replace(day=2)))
    maintain(db, now=NOW)
    return db


def files_with(folder: Path, *marks: str) -> dict[str, list[str]]:
    """Which files hold which marks, byte for byte, in any case: the search index folds it."""
    found = {}
    for each in sorted(folder.rglob("*")):
        content = each.read_bytes().lower() if each.is_file() else b""
        if held := [mark for mark in marks if mark.lower().encode() in content]:
            found[each.name] = held
    return found


def one(db: Path, sql: str) -> object:
    [row] = read.query(db, sql).rows
    return row[0] if len(row) == 1 else row


def take_down(db: Path, *names: str, reason: str = "court order"):
    return forget(db, names or (URL,), reason=reason, now=NOW)


def test_no_byte_of_it_stays_in_any_file(stored):
    before = files_with(stored.parent, *MARKS)
    assert before.keys() == {"news.duckdb", "store.duckdb"}, "the test could not fail otherwise"
    assert set(before["store.duckdb"]) >= {TITLE, CUT, EVIDENCE, OLD_TITLE}
    take_down(stored)
    assert files_with(stored.parent, *MARKS) == {}


def test_every_table_has_forgotten_it_and_the_ledger_adds_up(stored):
    done = take_down(stored)
    assert (done.versions, done.captures) == (2, 2)
    assert one(stored, "SELECT count(*) FROM articles") == 200
    assert read.show(stored, URL) is None
    assert [finding for finding in examine(stored) if finding.passed is False] == []


def test_it_is_not_found_by_its_words(stored):
    assert [hit.article_id for hit in search(stored, BODY).hits] != []
    take_down(stored)
    assert search(stored, BODY).hits == ()
    assert len(search(stored, "council").hits) == 20


def test_a_row_says_when_and_why(stored):
    take_down(stored)
    row = one(
        stored, "SELECT article_key, reason, forgotten_at, addresses, len(content_sha256) FROM forgotten"
    )
    assert row == (URL, "court order", NOW, [URL, f"{URL}?from=feed"], 2)


@pytest.mark.parametrize("name", [URL, f"{URL}?from=feed"])
def test_any_address_that_led_to_it_names_it(stored, name):
    assert [each.article_key for each in take_down(stored, name).articles] == [URL]


def test_it_is_not_stored_again_under_its_address_nor_under_another(stored, store, extracted):
    take_down(stored)
    again = unwanted(extracted, fetched_at=NOW)
    elsewhere = unwanted(extracted, "https://example.org/elsewhere", fetched_at=NOW)
    other = extracted("https://example.org/other", "other")
    assert store(again, elsewhere, other) == ("forgotten", "forgotten", None)
    assert files_with(stored.parent, TITLE, BODY, CUT, EVIDENCE) == {}
    detail = one(stored, f"SELECT detail FROM outcomes WHERE uri = '{URL}' AND outcome = 'refused'")
    assert detail == f"{URL} was forgotten on 2025-11-05 (court order): it is not stored again"


def test_the_writer_names_what_is_not_to_be_fetched(stored):
    take_down(stored)
    with open_writer(stored) as writer:
        assert list(writer.forgotten([f"{URL}?from=feed", "https://example.org/1"])) == [f"{URL}?from=feed"]


def test_what_only_repeats_its_words_goes_with_it(stored, store, extracted):
    store(unwanted(extracted, "https://copy.example/1", fetched_at=NOW))
    # One more version of the article under another address: the same words are all it ever had.
    done = take_down(stored)
    kept = one(stored, "SELECT count(*) FROM article_versions WHERE article_key = 'https://copy.example/1'")
    assert {each.article_key for each in done.articles} == {URL, "https://copy.example/1"}
    assert kept == 0


def test_of_a_duplicate_only_itself_goes_and_who_has_the_words_is_named(stored, store, extracted):
    store(unwanted(extracted, "https://copy.example/1", fetched_at=NOW))
    done = take_down(stored, "https://copy.example/1")
    assert [each.article_key for each in done.articles] == ["https://copy.example/1"]
    assert done.same_words == (URL,)
    assert read.show(stored, URL) is not None


def test_copies_that_may_hold_it_are_named(stored, tmp_path):
    copy = backup(stored, tmp_path / "copy.duckdb", now=NOW).file
    (tmp_path / "news.duckdb.set-aside-1").write_bytes(b"x")
    assert take_down(stored).copies == (copy, tmp_path / "news.duckdb.set-aside-1")


def test_a_backup_of_before_does_not_bring_it_back(stored, tmp_path):
    copy = backup(stored, tmp_path / "copy.duckdb", now=NOW).file
    take_down(stored)
    restored = restore(copy, stored, now=NOW)
    assert restored.forgotten == 1
    assert one(stored, "SELECT count(*) FROM articles") == 200
    copy.unlink()
    assert files_with(stored.parent, *MARKS) == {}
    assert [finding for finding in examine(stored) if finding.passed is False] == []


def test_a_takedown_that_was_cut_off_is_made_good_by_the_next_maintenance(stored, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.forget.compact", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take_down(stored)
    assert (folder_of(stored) / COMPACTION_DUE).exists()
    assert files_with(stored.parent, TITLE).keys() >= {"news.duckdb"}, "the test could not fail otherwise"
    maintain(stored, now=NOW)
    assert files_with(stored.parent, *MARKS) == {}
    assert not (folder_of(stored) / COMPACTION_DUE).exists()


def test_to_forget_twice_is_harmless(stored):
    take_down(stored)
    again = take_down(stored)
    assert again.articles == ()
    assert [each.article_key for each in again.before] == [URL]
    assert one(stored, "SELECT count(*) FROM forgotten") == 1


def test_what_is_not_here_is_named(stored):
    with pytest.raises(UsageError, match=r"Nothing here is known by https://example\.org/no-such"):
        take_down(stored, "https://example.org/no-such")


def test_a_database_that_is_not_there_is_not_made(db):
    with pytest.raises(WarehouseError, match="There is no database"):
        take_down(db)
    assert list(db.parent.iterdir()) == []
