"""What polling pages, lists and files brings, and which of it the user wants."""

from dataclasses import replace
from pathlib import Path

import pytest

from records import Candidate, InputError, Outcome, Source
from sources.found import PassedOver
from tests.sources.fake_web import FakeWeb
from tests.sources.polling import FEED, FEED_URL, SITE, found, item, polled, rss, uris


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


# Pages, lists, files


def test_links_of_a_section_page_become_candidates(web: FakeWeb):
    source = Source(id="p", kind="page", url=f"{SITE}/press/")
    web.serve(
        str(source.url),
        "<html><body><nav><a href='/about'>About us</a></nav><main>"
        "<h2><a href='/2026/05/04/council-votes-on-the-night-bus'>Council votes on the night bus</a></h2>"
        "<h2><a href='/2026/05/03/ferry-returns-to-the-harbour'>Ferry returns to the harbour</a></h2>"
        "</main></body></html>",
        headers={"content-type": "text/html", "etag": '"1"'},
    )
    answer = polled(web, source)
    assert uris(list(answer.candidates)) == [
        f"{SITE}/2026/05/04/council-votes-on-the-night-bus",
        f"{SITE}/2026/05/03/ferry-returns-to-the-harbour",
    ]
    assert answer.etag == '"1"'
    assert web.asked[0].kind == "page"


def test_a_list_on_the_web(web: FakeWeb):
    source = Source(id="l", kind="urls", url=f"{SITE}/list.txt")
    web.serve(str(source.url), f"# ours\n{SITE}/a\nnonsense\n{SITE}/b\n")
    first, second, third = found(web, source)
    assert uris([first, third]) == [f"{SITE}/a", f"{SITE}/b"]
    assert isinstance(second, Outcome)
    assert (second.uri, second.reason) == (f"{source.url}#line=3", "bad_url")


def test_a_list_on_this_machine_is_read_again_when_it_has_changed(web: FakeWeb, tmp_path: Path):
    file = tmp_path / "list.txt"
    file.write_text(f"{SITE}/a\n")
    source = Source(id="l", kind="urls", path=str(file))
    first = polled(web, source)
    assert uris(list(first.candidates)) == [f"{SITE}/a"]
    again = polled(web, source, etag=first.etag)
    assert again.is_unchanged
    assert (list(again.candidates), again.etag) == ([], first.etag)
    file.write_text(f"{SITE}/a\n{SITE}/b\n")
    assert uris(found(web, source, etag=first.etag)) == [f"{SITE}/a", f"{SITE}/b"]
    assert web.asked == []


def test_a_list_that_is_not_there_is_said(web: FakeWeb, tmp_path: Path):
    with pytest.raises(InputError, match=r"check its path in sources\.toml"):
        polled(web, Source(id="l", kind="urls", path=str(tmp_path / "missing.txt")))


def test_files_are_what_ingest_finds(web: FakeWeb, tmp_path: Path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "style.css").write_text("x")
    source = Source(id="f", kind="files", path=str(tmp_path))
    first, second = found(web, source)
    assert isinstance(first, Candidate)
    assert (first.path, first.source_id) == (str(tmp_path / "a.txt"), "f")
    assert isinstance(second, PassedOver)
    with pytest.raises(InputError) as raised:
        polled(web, replace(source, path=str(tmp_path / "missing")))
    assert raised.value.reason == "not_found"


# What the user wants of it


def test_patterns_choose_among_the_addresses_and_the_rest_is_counted(web: FakeWeb):
    source = replace(FEED, include=("/news/", r"\.html$"), exclude=("/video/",))
    web.serve(FEED_URL, rss(*map(item, ["/news/a", "/b.html", "/c", "/news/video/d"])))
    items = found(web, source)
    assert uris(items) == [f"{SITE}/news/a", f"{SITE}/b.html"]
    assert [(each.uri, each.reason) for each in items if isinstance(each, PassedOver)] == [
        (f"{SITE}/c", "excluded"),
        (f"{SITE}/news/video/d", "excluded"),
    ]


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ([1, 3, 2, None], ["/1", "/2"]),
        ([None, None, None], ["/0", "/1"]),
        ([2, 2, 2], ["/0", "/1"]),
        ([None, 1], ["/1", "/0"]),
    ],
)
def test_of_too_many_items_the_newest_are_kept(web: FakeWeb, days, kept):
    dated = [f"<pubDate>0{day} May 2026 10:00:00 GMT</pubDate>" if day else "" for day in days]
    web.serve(FEED_URL, rss(*(item(f"/{n}", more) for n, more in enumerate(dated))))
    items = found(web, replace(FEED, max_items=2))
    assert uris(items) == [SITE + path for path in kept]
    assert len(items) == len(days)


def test_of_a_list_the_first_are_kept(web: FakeWeb):
    source = Source(id="l", kind="urls", url=f"{SITE}/list.txt", max_items=1)
    web.serve(str(source.url), f"{SITE}/a\n{SITE}/b\n")
    first, second = found(web, source)
    assert uris([first]) == [f"{SITE}/a"]
    assert second == PassedOver(f"{SITE}/b", "beyond_max_items")
