"""`dateline source` as its users run it, against a server on this machine."""

import json
from pathlib import Path

import pytest

from records import Candidate, Source
from tests.flows.conftest import Dateline
from tests.webserver import Web
from warehouse import open_writer
from warehouse.model import Poll

PARAGRAPH = (
    "The council of the valley voted on Monday to keep the night bus, after a year in which more people rode "
    "it than in any year since it was first put on the road, as {} said."
)


def page(title: str, who: str) -> str:
    body = "".join(f"<p>{PARAGRAPH.format(f'{who} {number}')}</p>" for number in range(6))
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>"
        f"<meta property='article:published_time' content='2026-05-04T10:00:00Z'></head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def rss(web: Web, *paths: str) -> str:
    rows = "".join(
        f"<item><title>Item {path}</title><link>{web.url}{path}</link>"
        f"<pubDate>Mon, 04 May 2026 1{number}:00:00 GMT</pubDate></item>"
        for number, path in enumerate(paths)
    )
    head = "<title>Harbour News</title><language>en-ie</language>"
    return f"<rss version='2.0'><channel>{head}{rows}</channel></rss>"


@pytest.fixture
def site(web: Web) -> Web:
    web.serve("/rss", rss(web, "/a", "/b", "/gone"), headers={"Content-Type": "application/rss+xml"})
    web.serve("/", "<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head></html>")
    web.serve("/a", page("Night bus stays", "a driver"))
    web.serve("/b", page("Ferry returns", "a captain"))
    return web


def write(dateline: Dateline, text: str) -> Path:
    file = dateline.folder / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return file


def entry(source_id: str, url: str, more: str = "") -> str:
    return f'[[source]]\nid = "{source_id}"\nkind = "feed"\nurl = "{url}"\n{more}\n'


# add


def test_a_feed_is_found_shown_and_written_down(inside: Dateline, site: Web):
    ended = inside("source", "add", f"{site.url}/", "--local")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[1] == f"* feed    {site.url}/rss (named by the page, Harbour News, 3 items)"
    assert lines[3] == "  Mon, 04 May 2026 12:00:00 GMT  Item /gone"
    assert lines[-1] == "Added to sources.toml as source 'harbour-news'."
    text = (inside.folder / "sources.toml").read_text()
    assert text.endswith(
        f'[[source]]\nid = "harbour-news"\nkind = "feed"\nurl = "{site.url}/rss"\nname = "Harbour News"\n'
        'language = "en"\nnetwork = "local"\n'
    )
    listed = inside("source", "list", "--format", "jsonl")
    assert [json.loads(line)["id"] for line in listed.out.splitlines()] == ["harbour-news"]


def test_what_stood_in_the_file_stays_to_the_letter(inside: Dateline, site: Web):
    before = f"# Ours.\ncontact = 'a@b.org'  # the desk\n\n{entry('x', 'https://x.example/rss', '# last')}"
    file = write(inside, before)
    assert inside("source", "add", f"{site.url}/rss", "--local", "--id", "bus", "--name", "Bus").code == 0
    assert file.read_text().startswith(before.rstrip())
    assert 'id = "bus"' in file.read_text()
    assert all(headers["user-agent"].endswith("(+a@b.org)") for _, headers in site.asked)


def test_a_dry_run_writes_nothing(inside: Dateline, site: Web):
    ended = inside("source", "add", f"{site.url}/rss", "--local", "--dry-run")
    assert ended.code == 0
    assert "nothing was written" in ended.out
    assert not (inside.folder / "sources.toml").exists()


def test_the_same_address_is_not_added_twice(inside: Dateline, site: Web):
    write(inside, entry("bus", f"{site.url}/rss"))
    ended = inside("source", "add", f"{site.url}/", "--local")
    assert ended.code == 2
    assert f"{site.url}/rss is in sources.toml already, as source 'bus'" in ended.err


def test_another_kind_can_be_chosen_where_it_is_there(inside: Dateline, site: Web):
    site.serve("/robots.txt", f"Sitemap: {site.url}/map.xml", headers={"Content-Type": "text/plain"})
    site.serve("/map.xml", f"<urlset><url><loc>{site.url}/a</loc></url></urlset>")
    assert inside("source", "add", f"{site.url}/", "--local", "--kind", "sitemap").code == 0
    assert 'kind = "sitemap"' in (inside.folder / "sources.toml").read_text()
    ended = inside("source", "add", f"{site.url}/", "--local", "--kind", "page")
    assert ended.code == 2
    assert "offers no page; it has: feed, sitemap" in ended.err


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("/nowhere", ["--local"], "404"),
        ("/rss", [], "--local opens this machine"),
        ("/rss", ["--local", "--id", "a b"], "use letters"),
    ],
)
def test_what_cannot_be_added_is_said(inside: Dateline, site: Web, path, options, said):
    ended = inside("source", "add", f"{site.url}{path}", *options)
    assert ended.code == 2
    assert said in ended.err
    assert not (inside.folder / "sources.toml").exists()


def test_a_page_that_leads_to_no_articles_is_none(inside: Dateline, web: Web):
    ended = inside("source", "add", web.serve("/", page("Alone", "nobody")), "--local")
    assert ended.code == 2
    assert "nothing that lists articles was found" in ended.err


def test_no_address_at_all(inside: Dateline):
    ended = inside("source", "add", "news")
    assert ended.code == 2
    assert "is no web address" in ended.err


def test_a_mistake_in_the_file_is_told_before_anything_is_asked(inside: Dateline, site: Web):
    write(inside, "contct = 'a@b.org'\n")
    ended = inside("source", "add", f"{site.url}/", "--local")
    assert ended.code == 2
    assert "sources.toml:1: unknown key 'contct' at the top; did you mean 'contact'?" in ended.err
    assert site.asked == []


# list


def test_without_a_database_the_entries_are_listed(inside: Dateline):
    write(inside, entry("b", "https://b.example/rss", 'name = "B"') + entry("a", "https://a.example/rss"))
    ended = inside("source", "list")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "id  kind  enabled  name  address",
        "--  ----  -------  ----  ---------------------",
        "b   feed  true     B     https://b.example/rss",
        "a   feed  true     NULL  https://a.example/rss",
    ]
    assert not inside.db.exists()


def test_with_a_database_it_tells_how_they_do(inside: Dateline):
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415

    now = datetime.now(UTC)
    write(inside, entry("a", "https://a.example/rss") + entry("new", "https://b.example/rss"))
    source = Source(id="a", kind="feed", url="https://a.example/rss")
    with open_writer(inside.db) as writer:
        run_id = writer.start_run(command="fetch", arguments={}, started_at=now, program_version="test")
        writer.sync_sources([source], at=now)
        asked = Poll(
            "a", now, status=200, moved_to="https://c.example/rss", next_poll_at=now + timedelta(hours=1)
        )
        found = [Candidate(uri="https://a.example/1", source_id="a", url="https://a.example/1")]
        writer.save_poll(run_id, asked, found, at=now)
        writer.finish_run(run_id, finished_at=now, status="completed", passed_over=0)
        writer.publish()
    ended = inside("source", "list", "--format", "json")
    first, second = json.loads(ended.out)
    assert (first["id"], first["backlog"], first["errors"], first["problem"]) == ("a", 1, 0, None)
    assert first["last_success"].startswith(f"{now:%Y-%m-%dT%H:%M}")
    assert (second["id"], second["backlog"]) == ("new", None)
    assert "has moved for good to https://c.example/rss: change its url in sources.toml" in ended.err
    table = inside("source", "list").out.splitlines()
    assert "last_success" in table[0]
    assert f"{now:%Y-%m-%d %H:%M}" in table[2]


def test_secrets_are_not_needed_to_list(inside: Dateline):
    write(inside, entry("a", "https://a.example/rss", "headers = { X-A = 'env:NOT_THERE' }"))
    assert inside("source", "list").code == 0
    ended = inside("source", "test", "a")
    assert ended.code == 2
    assert "NOT_THERE for the header X-A is not set" in ended.err


def test_without_a_file_it_is_said_how_to_make_one(inside: Dateline):
    for command in (["list"], ["test", "a"], ["export"], ["disable", "a"], ["enable", "a"]):
        ended = inside("source", *command)
        assert ended.code == 2
        assert "there is no sources.toml; `dateline source add URL` makes one" in ended.err
    assert list(inside.folder.iterdir()) == []


# test


def test_a_trial_shows_what_the_newest_pages_become_and_stores_nothing(inside: Dateline, site: Web):
    write(inside, entry("bus", f"{site.url}/rss", "network = 'local'\nexclude = ['/b$']"))
    ended = inside("source", "test", "bus", "--format", "jsonl")
    assert ended.code == 1  # one page is gone
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [(row["became"], row["address"]) for row in rows] == [
        ("article", f"{site.url}/a"),
        ("failed", f"{site.url}/gone"),
    ]
    assert rows[0]["published"] == "2026-05-04T10:00:00Z"
    assert rows[0]["words"] > 150
    assert rows[1]["reason"].startswith("http_404")
    assert "bus (Harbour News): 2 listed, 1 passed over by its patterns or limits." in ended.err
    assert [path.name for path in inside.folder.iterdir()] == ["sources.toml"]


def test_a_trial_of_the_list_alone_fetches_no_page(inside: Dateline, site: Web):
    write(inside, entry("bus", f"{site.url}/rss", "network = 'local'"))
    ended = inside("source", "test", "bus", "--limit", "0")
    assert ended.code == 0
    assert "/a" not in [path for path, _ in site.asked]


def test_a_trial_sends_the_source_s_headers(inside: Dateline, site: Web):
    more = "network = 'local'\nheaders = { Authorization = 'env:TOKEN' }"
    write(inside, entry("bus", f"{site.url}/rss", more))
    assert inside("source", "test", "bus", "--limit", "1", env={"TOKEN": "Bearer s3cret"}).code == 0
    sent = {path: headers.get("authorization") for path, headers in site.asked}
    assert sent["/rss"] == sent["/a"] == "Bearer s3cret"


def test_a_wall_is_no_article(inside: Dateline, site: Web):
    site.serve(
        "/a",
        "<html><head><title>Just a moment</title></head><body><noscript>Please enable JavaScript "
        "to view this page.</noscript><script src='x.js'></script></body></html>",
    )
    site.serve("/rss", rss(site, "/a"))
    write(inside, entry("bus", f"{site.url}/rss", "network = 'local'"))
    ended = inside("source", "test", "bus", "--format", "jsonl")
    assert ended.code == 1
    assert json.loads(ended.out)["became"] in ("refused", "failed")


def test_files_can_be_tried_too(inside: Dateline):
    (inside.folder / "a.html").write_text(page("Night bus stays", "a driver"))
    write(inside, '[[source]]\nid = "f"\nkind = "files"\npath = "."\ninclude = ["html$"]\n')
    ended = inside("source", "test", "f", "--format", "jsonl")
    assert (ended.code, json.loads(ended.out)["title"]) == (0, "Night bus stays")


@pytest.mark.parametrize(
    ("url", "said"), [("/nowhere", "source 'bus' cannot be had"), ("/a", "source 'bus' cannot be had")]
)
def test_a_source_that_cannot_be_had(inside: Dateline, site: Web, url, said):
    write(inside, entry("bus", f"{site.url}{url}", "network = 'local'"))
    ended = inside("source", "test", "bus")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_an_id_that_is_not_there_is_guessed_at(inside: Dateline):
    write(inside, entry("harbour", "https://a.example/rss"))
    for command in ("test", "disable", "enable"):
        ended = inside("source", command, "harbor")
        assert ended.code == 2
        assert "did you mean 'harbour'?" in ended.err


# import and export


OPML = """<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="News"><outline text="Harbour News" type="rss" xmlUrl="https://a.example/rss"/>
<outline text="新华网" type="rss" xmlUrl="https://b.example/rss"/>
<outline text="Harbour News" type="rss" xmlUrl="https://c.example/rss"/></outline></body></opml>"""


def test_a_feed_readers_list_becomes_sources(inside: Dateline):
    file = write(inside, entry("x", "https://c.example/rss"))
    (inside.folder / "feeds.opml").write_text(OPML, encoding="utf-8")
    ended = inside("source", "import", "feeds.opml", "--dry-run")
    assert ended.out == "Would add 2 sources to sources.toml; 1 were there already.\n"
    assert "a.example" not in file.read_text()
    ended = inside("source", "import", "feeds.opml")
    assert (ended.code, ended.out) == (0, "Added 2 sources to sources.toml; 1 were there already.\n")
    listed = [json.loads(line) for line in inside("source", "list", "--format", "jsonl").out.splitlines()]
    assert [(each["id"], each["name"]) for each in listed] == [
        ("x", None),
        ("harbour-news", "Harbour News"),
        ("b-example", "新华网"),
    ]
    assert (
        inside("source", "import", "feeds.opml").out
        == "Added 0 sources to sources.toml; 3 were there already.\n"
    )


def test_a_list_may_come_through_a_pipe(inside: Dateline):
    assert inside("source", "import", "-", input=OPML.encode()).code == 0
    assert len(inside("source", "list", "--format", "jsonl").out.splitlines()) == 3


def test_what_is_no_opml_is_said(inside: Dateline):
    (inside.folder / "feeds.opml").write_text("<rss/>")
    ended = inside("source", "import", "feeds.opml")
    assert ended.code == 2
    assert "feeds.opml: " in ended.err


def test_feeds_go_out_as_opml_and_come_in_again(inside: Dateline):
    page_entry = '[[source]]\nid = "p"\nkind = "page"\nurl = "https://p.example/"\n'
    file = write(inside, entry("a", "https://a.example/rss?x=1&y=2", 'name = "A & B"') + page_entry)
    ended = inside("source", "export")
    assert ended.code == 0
    assert "left out 1 source of other kinds" in ended.err
    file.unlink()
    assert inside("source", "import", "-", input=ended.out.encode()).code == 0
    (only,) = [json.loads(line) for line in inside("source", "list", "--format", "jsonl").out.splitlines()]
    assert (only["name"], only["address"]) == ("A & B", "https://a.example/rss?x=1&y=2")


FOREIGN_OPML = sorted((Path(__file__).resolve().parents[3] / "shared/inputs/feeds/opml").rglob("*.opml"))


@pytest.mark.slow
@pytest.mark.skipif(not FOREIGN_OPML, reason="the collection of OPML files is not here")
def test_every_list_of_the_collection_imports(inside: Dateline):
    feeds = 0
    for number, file in enumerate(FOREIGN_OPML):
        ended = inside("source", "import", file, "--sources", f"{number}.toml")
        assert ended.code == 0, (file, ended.err)
        feeds += int(ended.out.split()[1].replace(",", ""))
    assert feeds > 500


# disable and enable


def test_sources_are_switched_off_and_on_and_the_rest_of_the_file_stays(inside: Dateline):
    before = (
        f"# Ours.\n{entry('a', 'https://a.example/rss', '# one')}{entry('b', 'https://b.example/rss')}# end\n"
    )
    file = write(inside, before)
    ended = inside("source", "disable", "a", "b")
    assert (ended.code, ended.out) == (0, "a: switched off\nb: switched off\n")
    assert file.read_text().count("enabled = false") == 2
    assert inside("source", "disable", "b").out == "b: was off already\n"
    assert inside("source", "enable", "a", "b").code == 0
    assert file.read_text() == before


def test_all_of_them_or_none(inside: Dateline):
    file = write(inside, entry("a", "https://a.example/rss"))
    assert inside("source", "disable", "a", "zzz").code == 2
    assert "enabled" not in file.read_text()


def test_another_file_can_be_meant(inside: Dateline):
    (inside.folder / "other.toml").write_text(entry("a", "https://a.example/rss"))
    assert inside("source", "list", "--sources", "other.toml").code == 0
