"""The commands of care as a user meets them: what they print, how they end, and what they say of mistakes."""

import json
import re
from pathlib import Path

import duckdb
import pytest

from tests.flows.conftest import Dateline, article
from tests.webserver import Web
from warehouse import open_writer

# Each test runs the command in a process of its own.
pytestmark = pytest.mark.slow

MISTAKES = [
    (("backup", "no-such/copy.duckdb"), "There is no folder no-such"),
    (("backup", "news.duckdb"), "news.duckdb is the database itself: name another file for the backup"),
    (("restore", "none.duckdb"), "There is no backup none.duckdb: check its name"),
    (("merge", "none.duckdb"), "There is no database none.duckdb to merge: check its name"),
    (("merge", "news.duckdb"), "news.duckdb is the database itself"),
    (("export", "--to", "no-such/out"), "There is no folder no-such: make it first"),
    (("export", "--to", "out", "--where", "nothing = 1"), "--where cannot be used: Binder Error"),
    (("export", "--to", "out", "--table", "nothing"), "There is no table or view nothing"),
    (("export",), "Missing option '--to'"),
    (("export", "--to", "out", "--format", "xml"), "'xml' is not one of"),
    (("maintain", "--keep", "forever"), "'forever' is no rule: write captures=90d"),
    (("maintain", "--wait", "long"), "'long' is no length of time"),
    (("forget", "https://example.org/none"), "Nothing here is known by https://example.org/none"),
    (("forget", " "), "no address was given"),
    (("forget",), "Missing argument 'URL'"),
]
COMMANDS = [
    ("maintain",),
    ("backup", "copy.duckdb"),
    ("doctor",),
    ("export", "--to", "out"),
    ("merge", "other.duckdb"),
    ("forget", "https://example.org/1"),
]


@pytest.fixture
def stored(inside: Dateline, write) -> Dateline:
    """A database of three articles; the command runs within this process."""
    for name in ("harbour", "bridge", "library"):
        write(f"in/{name}.txt", article(f"the {name}"))
    assert inside("ingest", "in").code == 0
    return inside


@pytest.mark.parametrize(
    ("arguments", "said"), MISTAKES, ids=lambda each: each if isinstance(each, str) else " ".join(each)
)
def test_a_mistake_is_one_sentence_with_its_remedy_and_exit_code_2(stored, arguments, said):
    ended = stored(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda each: each[0])
def test_without_a_database_each_says_so_and_makes_none(inside, arguments):
    ended = inside(*arguments)
    assert ended.code == 2
    assert "There is no database" in ended.err
    assert list(inside.folder.iterdir()) == []


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda each: each[0])
def test_somebody_elses_database_is_left_as_it_is(inside, arguments):
    for name in ("news.duckdb", "other.duckdb"):
        with duckdb.connect(inside.folder / name) as connection:
            connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
    before = inside.db.read_bytes()
    ended = inside(*arguments)
    assert ended.code == (1 if arguments == ("doctor",) else 2)
    assert "that Dateline did not make" in ended.err + ended.out
    assert inside.db.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [("maintain",), ("forget", "in/bridge.txt"), ("restore", "copy.duckdb")]
)
def test_a_writer_at_work_is_named(stored, arguments):
    assert stored("backup", "copy.duckdb").code == 0
    with open_writer(stored.db):
        ended = stored(*arguments)
    assert ended.code == 2
    assert "is being written by process" in ended.err


def test_a_backup_tells_where_it_is_and_as_of_when(stored):
    ended = stored("backup", "copy.duckdb")
    assert re.match(r"copy\.duckdb: 3 articles as of batch \d, stored 20\d\d-", ended.out)
    assert "read and found whole" in ended.out


def test_a_restore_tells_where_the_old_files_are(stored):
    stored("backup", "copy.duckdb")
    stored("ingest", "in/bridge.txt")
    ended = stored("restore", "copy.duckdb")
    assert ended.code == 0
    assert "store.duckdb.set-aside-1: remove it when all is well" in ended.out
    assert "restored news.duckdb: 3 articles as of batch " in ended.out


def test_the_doctor_ends_with_1_and_says_what_to_do(stored):
    assert stored("doctor").code == 0
    store = stored.folder / "news.duckdb.store" / "store.duckdb"
    with duckdb.connect(store) as connection:
        connection.execute("DELETE FROM outcomes")
    ended = stored("doctor")
    assert ended.code == 1
    assert "FAIL  each capture has an outcome: 3 times not" in ended.out
    assert "dateline restore" in ended.out
    findings = [json.loads(line) for line in stored("doctor", "--json").out.splitlines()]
    assert {finding["passed"] for finding in findings} == {True, False}


def test_maintenance_tells_what_it_did(stored):
    ended = stored("maintain", "--keep", "outcomes=1d,versions=3", "--compact")
    assert ended.code == 0
    assert ended.out.startswith("removed 0 versions, 0 captures, 0 outcomes\ncompacted from ")
    assert ended.out.endswith("published news.duckdb\n")


def test_a_merge_tells_what_came(stored, write):
    write("more/park.txt", article("the park"))
    stored("ingest", "in/bridge.txt", "more", "--db", "other.duckdb")
    ended = stored("merge", "other.duckdb")
    assert ended.out.startswith(
        "news.duckdb gained 1 article, 1 version, 1 capture, 2 outcomes from other.duckdb"
    )
    assert stored("doctor").code == 0


def test_an_export_tells_how_much_it_wrote(stored):
    ended = stored("export", "--to", "out", "--format", "jsonl", "--partition", "month")
    assert ended.out.startswith("out: 3 rows of articles in 1 file, ")
    assert (stored.folder / "out" / "month=undated" / "part_0.jsonl").exists()


@pytest.mark.parametrize("form", ["in/bridge.txt", "./in/../in/bridge.txt", "uri", "id"])
def test_what_is_forgotten_may_be_named_in_any_form(stored, form):
    path = stored.folder / "in" / "bridge.txt"
    [(article_id,)] = stored.rows(f"SELECT article_id FROM captures WHERE uri = '{path.as_uri()}'")
    ended = stored("forget", {"uri": path.as_uri(), "id": article_id}.get(form, form), "--reason", "asked to")
    assert ended.code == 0
    assert ended.out.startswith(f"forgot {path.as_uri()}\nremoved 1 version and 1 capture; ")
    assert stored.rows("SELECT count(*) FROM articles") == [(2,)]


def test_forgetting_names_the_backups_that_still_hold_it(stored):
    stored("backup", "copy.duckdb")
    ended = stored("forget", "in/bridge.txt")
    assert f"may still hold it, and is yours to delete: {stored.folder / 'copy.duckdb'}" in ended.out


def test_a_forgotten_file_is_refused_under_its_name_and_under_another(stored, write):
    stored("forget", "in/bridge.txt", "--reason", "asked to")
    write("in/renamed.txt", article("the bridge"))
    ended = stored("ingest", "in")
    assert ended.code == 1
    refused = stored.rows(
        "SELECT uri, stage, reason, detail FROM outcomes WHERE outcome = 'refused' ORDER BY uri"
    )
    assert [(Path(row[0]).name, *row[1:3]) for row in refused] == [
        ("bridge.txt", "find", "forgotten"),
        ("renamed.txt", "store", "forgotten"),
    ]
    assert "(asked to): it is not stored again" in refused[0][3]


def test_a_forgotten_page_is_not_fetched_again(inside: Dateline, web: Web):
    page = f"<html><head><title>Bridge</title></head><body><article><p>{article('the bridge')}</p></article>"
    url = web.serve("/bridge", page)
    assert inside("ingest", url).code == 0
    assert inside("forget", url).code == 0
    asked = len(web.asked)
    assert inside("ingest", url).code == 1
    assert len(web.asked) == asked
