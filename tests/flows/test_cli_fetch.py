"""`dateline fetch` as its user meets it: what it says, how it ends, and what it never does."""

import json
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from itertools import repeat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from pyarrow import parquet

from flows.fetch import fetch
from records import InputError, Source, UsageError
from sources.config import Config
from sources.web import Answer, Ask, Get
from tests.flows.conftest import Dateline, article
from tests.flows.fetched_web import Heard, rows
from tests.web.replies import Reply
from tests.web.server import Unavailable
from tests.web.site import Place, Site
from tests.web.world import LocalWeb, local_web
from tests.webserver import Web

CONTACT = 'contact = "desk@example.org"\n'
RULES = ("/robots.txt", "/.well-known/tdmrep.json")
ENDS_IN_S = 5 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
"""What Ctrl-C may take by the specification, longer where others keep the processors busy."""

Write = Callable[[str, str | bytes], Path]


def entry(source_id: str, kind: str, **given: Any) -> str:
    """A source as it stands in sources.toml."""
    values = {"id": source_id, "kind": kind} | given
    return "\n[[source]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


_REST = (
    "The cost is put at forty thousand pounds, half of which the county has promised to carry.",
    "Two neighbours said that they had not been asked, and that the plans had hung in the wrong hall.",
    "The chair answered that there would be time enough, and that no tree was to be felled before spring.",
    "By ten o'clock the hall was empty, and the minutes ran to eleven pages.",
)


def page(about: str) -> str:
    told = [*article(about).split("\n\n"), *(f"{each} Of {about}, that is." for each in _REST)]
    paragraphs = "".join(f"<p>{each}</p>" for each in told)
    return (
        f"<!doctype html><html lang=en><head><title>The {about}</title></head><body><article>"
        f"<h1>The {about}</h1><time datetime=2025-11-04T10:15:00Z>4 November</time>{paragraphs}"
        "</article></body></html>"
    )


def feed(items: Sequence[tuple[str, str]], *, whole: bool = False) -> str:
    """RSS with a title and a link an item; the articles themselves in it where it is `whole`."""
    told = "".join(
        f"<item><title>The {escape(about)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>"
        + (f"<content:encoded><![CDATA[{page(about)}]]></content:encoded>" if whole else "")
        + "</item>"
        for about, url in items
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>News</title><link>http://127.0.0.1/</link>{told}</channel></rss>"
    )


def serve_feed(web: Web, about: Sequence[str], *, also: Sequence[str] = (), **given: Any) -> str:
    """Serve a feed and its pages; addresses of `also` are listed behind them. The feed's address."""
    items = [(each, web.serve(f"/news/{each}", page(each))) for each in about]
    items += [(f"other {number}", url) for number, url in enumerate(also)]
    return web.serve("/feed", feed(items, **given), headers={"Content-Type": "application/rss+xml"})


def asked(web: Web) -> list[str]:
    """What was asked but the host's own rules."""
    return [path for path, _ in web.asked if path not in RULES]


# Pages of a feed.


@pytest.mark.slow
def test_a_pass_stores_what_is_new_and_a_second_one_has_nothing_to_do(
    dateline: Dateline, inside: Dateline, web: Web, write: Write
):
    write("sources.toml", CONTACT + entry("wire", "feed", url=serve_feed(web, "ab"), network="local"))
    first = dateline("fetch")
    assert (first.code, first.problems) == (0, [])
    assert first.out.startswith("2 stored in ")
    assert sorted(asked(web)) == ["/feed", "/news/a", "/news/b"]
    assert dateline.rows("SELECT title, source_id FROM articles ORDER BY title") == [
        ("The a", "wire"),
        ("The b", "wire"),
    ]
    web.asked.clear()
    due = inside("fetch")
    assert (due.code, web.asked) == (0, [])
    assert due.out.startswith("nothing new in ")
    named = inside("fetch", "--source", "wire", "--json")
    assert asked(web) == ["/feed"]  # the one that is named is asked though it is not due
    assert named.json["counts"] | {"stored": 0} == named.json["counts"]
    assert sum(named.json["counts"].values()) == 0
    assert named.json["status"] == "completed"
    assert named.json["unread_sources"] == []
    assert named.err == ""


@pytest.mark.slow
def test_what_is_refused_has_its_line_and_the_exit_code_says_so(inside: Dateline, web: Web, write: Write):
    gone = web.serve("/gone", "Gone", status=410)
    url = serve_feed(web, "a", also=[gone])
    broken = web.serve("/broken", "<html>No feed</html>")
    write(
        "sources.toml",
        CONTACT
        + entry("wire", "feed", url=url, network="local")
        + entry("lost", "feed", url=broken, network="local"),
    )
    ended = inside("fetch", "--json")
    assert ended.code == 1
    assert ended.json["counts"]["stored"] == 1
    assert ended.json["unread_sources"] == ["lost"]
    assert [(each["uri"], each["reason"]) for each in ended.json["problems"]] == [(gone, "http_410")]
    assert len(ended.problems) == 2
    assert any(line.startswith("dateline: source lost could not be read: ") for line in ended.problems)
    assert any(gone in line for line in ended.problems)
    plain = inside("fetch", "--source", "lost")
    assert plain.out.startswith("nothing new, 1 source unread in ")


@pytest.mark.slow
def test_articles_that_a_feed_holds_whole_are_stored_without_a_request(
    inside: Dateline, web: Web, write: Write
):
    write(
        "sources.toml",
        CONTACT + entry("wire", "feed", url=serve_feed(web, "abc", whole=True), network="local"),
    )
    assert inside("fetch").code == 0
    assert asked(web) == ["/feed"]
    captures = inside.rows("SELECT url, status, archive_file IS NOT NULL FROM captures ORDER BY url")
    assert captures == [(f"{web.url}/news/{each}", None, True) for each in "abc"]
    inside("fetch", "--source", "wire")
    assert asked(web) == ["/feed"] * 2
    assert len(inside.rows("FROM captures")) == 3
    assert inside.rows("SELECT count(*) FROM outcomes") == [(3,)]


@pytest.mark.slow
def test_only_a_source_that_may_leads_to_this_machine(inside: Dateline, web: Web, write: Write):
    write("sources.toml", CONTACT + entry("wire", "feed", url=serve_feed(web, "a")))
    refused = inside("fetch", "--json")
    assert refused.code == 1
    assert refused.json["unread_sources"] == ["wire"]
    assert web.asked == []
    opened = inside("fetch", "--source", "wire", "--allow-private")
    assert opened.code == 0
    assert asked(web) == ["/feed", "/news/a"]


@pytest.mark.slow
def test_a_list_of_addresses_on_this_machine(inside: Dateline, web: Web, write: Write):
    urls = [web.serve(f"/news/{each}", page(each)) for each in "ab"]
    write("list.txt", "# two\n" + "\n".join(urls))
    write("sources.toml", CONTACT + entry("list", "urls", path="list.txt", network="local"))
    assert inside("fetch").out.startswith("2 stored")
    web.asked.clear()
    assert inside("fetch", "--source", "list").code == 0
    assert web.asked == []
    assert inside.rows("SELECT result FROM polls ORDER BY asked_at") == [("answered",), ("unchanged",)]


@pytest.mark.slow
def test_an_article_is_not_kept_where_its_source_says_so(inside: Dateline, web: Web, write: Write):
    write(
        "sources.toml",
        CONTACT + entry("wire", "feed", url=serve_feed(web, "a"), network="local", archive=False),
    )
    assert inside("fetch").code == 0
    assert inside.rows("SELECT archive_file FROM captures") == [(None,)]
    assert list(inside.folder.rglob("*.warc.gz")) == []


# Files.


@pytest.mark.slow
def test_files_tables_and_web_archives_go_through_it_too_and_a_second_pass_changes_nothing(
    inside: Dateline, web: Web, write: Write, tmp_path: Path
):
    write("sources.toml", CONTACT + entry("wire", "feed", url=serve_feed(web, "ab"), network="local"))
    assert inside("fetch").code == 0
    shutil.copytree(tmp_path / "news.duckdb.store/archive", tmp_path / "warcs")
    for name in (tmp_path / "news.duckdb", tmp_path / "news.duckdb.store"):
        shutil.rmtree(name) if name.is_dir() else name.unlink()
    web.asked.clear()

    write("folder/harbour.txt", article("harbour"))
    write("folder/deep/tram.html", page("tram"))
    write("folder/picture.png", b"\x89PNG\r\n\x1a\n" + bytes(40))
    table = pa.table({"body": [article("bridge"), article("library")], "head": ["Bridge", "Library"]})
    parquet.write_table(table, tmp_path / "dump.parquet")
    write(
        "sources.toml",
        entry("folder", "files", path="folder")
        + entry("dump", "files", path="*.parquet", columns={"text": "body", "title": "head"})
        + entry("archive", "warc", path="warcs/*.warc.gz"),
    )
    first = inside("fetch", "--json")
    assert first.json["counts"]["stored"] == 6
    assert first.json["passed_over"] == 1
    assert first.code == 0
    titles = "SELECT source_id, title FROM articles WHERE title IS NOT NULL ORDER BY ALL"
    assert {each for each in inside.rows(titles) if each[0] != "folder"} == {
        ("archive", "The a"),
        ("archive", "The b"),
        ("dump", "Bridge"),
        ("dump", "Library"),
    }
    before = {table: inside.rows(f"FROM {table} ORDER BY ALL") for table in ("articles", "captures")}
    files = {"folder": "folder/harbour.txt", "dump": "dump.parquet", "archive": "warcs/*.gz"}
    for source_id, pattern in files.items():
        again = inside("fetch", "--source", source_id, "--json")
        assert (again.code, sum(again.json["counts"].values())) == (0, 0), "no file of it changed"
        for file in tmp_path.glob(pattern):
            file.touch()
        touched = inside("fetch", "--source", source_id, "--json")
        counts = touched.json["counts"]
        assert (touched.code, counts["unchanged"], sum(counts.values())) == (0, 2, 2)
    assert {table: inside.rows(f"FROM {table} ORDER BY ALL") for table in before} == before
    assert web.asked == []


# What cannot be done.


@pytest.mark.parametrize(
    ("toml", "arguments", "said"),
    [
        (None, (), ["there is no sources.toml", "dateline source add URL"]),
        ("", (), ["no source is switched on", "dateline source add URL"]),
        (
            entry("wire", "feed", url="http://127.0.0.1:1/", enabled=False),
            (),
            ["no source is switched on"],
        ),
        (
            entry("harbour", "feed", url="http://127.0.0.1:1/"),
            ("--source", "habour"),
            ["'habour'", "did you mean", "harbour"],
        ),
        (
            entry("harbour", "feed", url="http://127.0.0.1:1/"),
            ("--source", "zzz"),
            ["'zzz'", "dateline source list"],
        ),
        (
            entry("harbour", "feed", url="http://127.0.0.1:1/", enabled=False),
            ("--source", "harbour"),
            ["'harbour' is switched off", "dateline source enable harbour"],
        ),
        (entry("harbour", "fed", url="http://127.0.0.1:1/"), (), ["sources.toml:4", "feed"]),
        (
            entry("harbour", "feed", url="http://127.0.0.1:1/", headers={"Authorization": "env:NOT_SET"}),
            (),
            ["NOT_SET"],
        ),
        ("", ("--sources", "other.toml"), ["there is no other.toml"]),
        ("", ("--sometimes",), ["--sometimes"]),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_no_database(
    inside: Dateline, write: Write, toml: str | None, arguments: Sequence[str], said: Sequence[str]
):
    if toml is not None:
        write("sources.toml", toml)
    ended = inside("fetch", *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert all(each in ended.err for each in said), ended.err
    assert not (inside.folder / "news.duckdb").exists()


def test_an_error_is_a_json_object_too(inside: Dateline):
    ended = inside("fetch", "--json")
    assert ended.code == 2
    assert ended.json["status"] == "failed"
    assert "there is no sources.toml" in ended.json["error"]


def test_help_says_what_it_does(inside: Dateline):
    ended = inside("fetch", "--help")
    assert ended.code == 0
    for each in (
        "--once / --watch",
        "--source ID",
        "--sources FILE",
        "--allow-private",
        "robots.txt",
        "Ctrl-C",
    ):
        assert each in ended.out


# Ends.


def halting(at: Place) -> Site:
    """The oldest page, which is asked for last, never comes the first time."""
    site = Site(at, "a page that does not come at first")
    source = site.source("feed", "/rss.xml")
    items = site.articles(3, source)
    path = items[-1].link.removeprefix(at.base)
    good, never = site.routes[path], Reply(steps=lambda: repeat(0.5))
    assert isinstance(good, Reply)
    site.routes[path] = lambda request: never if request.nth == 1 else good
    return site.with_feed(items)


@pytest.fixture
def halted() -> Iterator[LocalWeb]:
    try:
        with local_web([halting]) as web:
            yield web
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_ctrl_c_ends_it_within_seconds_and_the_next_run_goes_on(
    dateline: Dateline, halted: LocalWeb, write: Write
):
    write("sources.toml", CONTACT + halted.toml())
    good = [urlsplit(each.url).path for each in halted.good]
    process = dateline.start("fetch", "--watch", "--json")
    assert halted.log.wait(lambda log: good[-1] in log.paths(), 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=ENDS_IN_S)
    assert process.returncode == 1, err
    assert err == b""
    first = json.loads(out)
    assert first["status"] == "interrupted"
    assert dateline.rows("SELECT command, status FROM runs") == [("fetch", "interrupted")]
    stored = dateline.rows("SELECT count(*) FROM articles")[0][0]
    assert stored == first["counts"]["stored"] < 3
    second = dateline("fetch", "--json")
    assert second.code == 0
    assert second.json["counts"]["stored"] == 3 - stored
    asked_for = Counter(path for path in halted.log.paths() if path in good)
    assert asked_for == {good[0]: 1, good[1]: 1, good[2]: 2}
    assert dateline.rows("SELECT count(*) FROM candidates") == [(0,)]
    assert sorted(title for (title,) in dateline.rows("SELECT title FROM articles")) == sorted(
        each.title for each in halted.good
    )


@pytest.mark.slow
def test_being_told_to_end_while_nothing_is_to_do_ends_it_too(dateline: Dateline, web: Web, write: Write):
    write("sources.toml", CONTACT + entry("wire", "feed", url=serve_feed(web, "a"), network="local"))
    process = dateline.start("fetch", "--watch")
    published = dateline.folder / "news.duckdb"
    seen = threading.Event()
    while not (published.exists() and "/news/a" in asked(web)) and process.poll() is None:
        seen.wait(0.02)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=ENDS_IN_S)
    assert (process.returncode, err) == (1, b"")
    assert out.startswith(b"Interrupted: ")
    assert dateline("fetch").code == 0
    assert dateline.rows("SELECT title FROM articles") == [("The a",)]
    assert asked(web) == ["/feed", "/news/a"]


@pytest.mark.slow
def test_two_at_once_are_one_too_many(dateline: Dateline, inside: Dateline, web: Web, write: Write):
    url = serve_feed(web, "a", also=[web.hold("/never")])
    write("sources.toml", CONTACT + entry("wire", "feed", url=url, network="local"))
    process = dateline.start("fetch", "--watch")
    try:
        assert web.held.wait(60)
        second = inside("fetch", "--json")
        assert second.code == 2
        assert str(process.pid) in second.err
        assert "--wait" in second.err or "wait" in second.err
        assert second.json["status"] == "failed"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.mark.slow
def test_no_secret_is_said_or_stored(inside: Dateline, web: Web, write: Write):
    """Neither where the source works nor where it does not."""
    secret = "hush-this-is-nobodys-business"
    headers = {"X-Key": "env:WIRE_KEY"}
    write(
        "sources.toml",
        CONTACT
        + entry("wire", "feed", url=serve_feed(web, "a"), network="local", headers=headers)
        + entry("lost", "feed", url=f"{web.url}/nowhere", network="local", headers=headers),
    )
    ended = inside("fetch", env={"WIRE_KEY": secret})
    assert ended.code == 1
    assert all(given.get("x-key") == secret for path, given in web.asked if path not in RULES)
    assert secret not in ended.out + ended.err
    for path in inside.folder.rglob("*"):
        assert path.is_dir() or secret.encode() not in path.read_bytes(), path


# Nobody is named.


def stranger(pages: int) -> tuple[list[str], Callable[[], Any]]:
    """A public site with a feed of so many pages, without any network; what is asked of it is noted."""
    urls = [f"https://news.example.org/{number}" for number in range(pages)]
    asked_for: list[str] = []

    async def get(ask: Ask) -> Answer:
        asked_for.append(ask.url)
        at = datetime.now(UTC)
        if ask.url.endswith("/feed"):
            listed = feed([(f"page {number}", url) for number, url in enumerate(urls)])
            return Answer(ask.url, 200, {"content-type": "application/rss+xml"}, listed.encode(), at, at)
        if ask.url not in urls:
            raise InputError("it is not there", stage="fetch", reason="http_404")
        content = page(f"page {urls.index(ask.url)}").encode()
        return Answer(ask.url, 200, {"content-type": "text/html; charset=utf-8"}, content, at, at)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Get]:
        yield get

    return asked_for, opened


def run(db: Path, opened: Any, *, contact: str | None, **given: Any) -> Any:
    source = Source("wire", "feed", url="https://news.example.org/feed")
    config = Config(Path("sources.toml"), contact=contact, sources=(replace(source, **given),))
    heard = Heard()
    return fetch(config, db=db, agent="Dateline/0", open_web=opened, told=heard.told, only="wire")


@pytest.mark.slow
def test_while_nobody_is_named_only_five_pages_of_the_public_are_fetched(tmp_path: Path):
    asked_for, opened = stranger(8)
    db = tmp_path / "news.duckdb"
    first = run(db, opened, contact=None)
    assert first.counts["stored"] == 5
    assert len(asked_for) == 6
    assert first.status == "completed"
    hint = [note for note in first.notes if "contact = " in note]
    assert len(hint) == 1
    assert "sources.toml" in hint[0]
    assert rows(db, "SELECT count(*) FROM candidates") == [(3,)]
    second = run(db, opened, contact="desk@example.org")
    assert second.counts["stored"] == 3
    assert second.notes == ()
    assert len(asked_for) == len(set(asked_for)) + 1  # the feed
    assert rows(db, "SELECT count(*) FROM candidates") == [(0,)]


@pytest.mark.slow
def test_local_sites_need_nobody(tmp_path: Path):
    _, opened = stranger(8)
    summary = run(tmp_path / "news.duckdb", opened, contact=None, network="local")
    assert summary.counts["stored"] == 8
    assert summary.notes == ()


def test_a_source_that_is_unknown_or_off_is_an_error_before_anything_is_asked(tmp_path: Path):
    asked_for, opened = stranger(1)
    with pytest.raises(UsageError, match="switched off"):
        run(tmp_path / "news.duckdb", opened, contact=None, enabled=False)
    assert asked_for == []
    assert list(tmp_path.iterdir()) == []
