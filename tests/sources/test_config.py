"""sources.toml as its users write it, well and badly."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Source, UsageError
from sources import config
from sources.config_lines import lines_of
from tests.sources.config_entries import FEED, read


def said(text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as raised:
        read(text, environ)
    return str(raised.value)


# What is understood


def test_a_full_entry_becomes_a_source():
    (source,) = read(
        """
        [[source]]
        id = "harbour"
        kind = "feed"
        url = "https://news.example.org/rss.xml "
        name = "Harbour News"
        country = "IE"
        language = "en"
        interval = "90m"
        include = ['/news/', '\\.html$']
        exclude = ['/video/']
        archive = false
        network = "local"
        enabled = true
        delay = "0.5s"
        max_items = 20
        max_bytes = 5_000_000
        [source.headers]
        X-Edition = "morning"
        Authorization = "env:TOKEN"
        """,
        {"TOKEN": "Bearer s3cret"},
    ).sources
    assert source == Source(
        id="harbour",
        kind="feed",
        url="https://news.example.org/rss.xml",
        name="Harbour News",
        country="IE",
        language="en",
        interval_s=5400,
        include=("/news/", "\\.html$"),
        exclude=("/video/",),
        archive=False,
        headers={"X-Edition": "morning", "Authorization": "Bearer s3cret"},
        network="local",
        delay_s=0.5,
        max_items=20,
        max_bytes=5_000_000,
    )


def test_what_is_not_said_is_what_the_record_has_by_default():
    assert read(FEED).sources == (Source(id="a", kind="feed", url="https://news.example.org/rss"),)


def test_the_top_of_the_file_says_who_asks():
    top = read('contact = "https://example.org/bot"\nuser_agent = "HarbourBot/2.1"\n')
    assert (top.contact, top.user_agent, top.sources) == ("https://example.org/bot", "HarbourBot/2.1", ())


def test_an_empty_file_has_no_sources():
    assert read("").sources == ()


def test_paths_are_meant_from_the_folder_of_the_file(tmp_path: Path):
    file = tmp_path / "sources.toml"
    file.write_text('[[source]]\nid = "a"\nkind = "files"\npath = "dumps/**/*.txt"\n')
    assert config.load(file, environ={}).sources[0].path == str(tmp_path / "dumps/**/*.txt")


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path):
    file = tmp_path / "sources.toml"
    file.write_bytes(b"\xef\xbb\xbf" + FEED.replace("\n", "\r\n").encode())
    assert config.load(file, environ={}).sources[0].id == "a"


@pytest.mark.parametrize(
    ("written", "expected_s"), [("90s", 90), ("1.5m", 90), ("30m", 1800), ("6h", 21600), ("2d", 172800)]
)
def test_lengths_of_time(written, expected_s):
    assert read(f'{FEED}interval = "{written}"').sources[0].interval_s == expected_s


# What is not: the line, what is wrong, what to do


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f'{FEED}intervall = "5m"', 5, "did you mean 'interval'?"),
        (f'{FEED}every = "5m"', 5, "did you mean 'interval'?"),
        (f'{FEED}Lang = "en"', 5, "did you mean 'language'?"),
        (f"{FEED}zzz = 1", 5, "known are id, kind, url"),
        (f"{FEED}# a comment\nmax-items = 1", 6, "did you mean 'max_items'?"),
        ('contct = "a@b.org"', 1, "did you mean 'contact'?"),
        (f"[[sources]]\n{FEED}", 1, "did you mean [[source]]"),
        ('[source]\nid = "a"', 1, "begin it with [[source]]"),
        ("source = 3", 1, "begin it with [[source]]"),
        (FEED.replace("feed", "rss"), 3, "did you mean 'feed'?"),
        (FEED.replace("feed", "sitemaps"), 3, "did you mean 'sitemap'?"),
        (FEED.replace('kind = "feed"\n', ""), 1, "it has no kind; add one"),
        ('[[source]]\nkind = "page"\nurl = "https://a.example"', 1, "a source without id: it has no id"),
        (FEED.replace('"a"', '"a b"'), 2, "use letters"),
        (FEED.replace('"a"', "7"), 2, 'id must be text in quotes; write it like id = "harbour-news"'),
        (FEED + FEED, 6, "the id 'a' is taken since line 1"),
        (FEED.replace("https://", ""), 4, "begins with https:// or http://"),
        (FEED.replace("news.example.org", "[::1"), 4, "is no web address"),
        (FEED.replace("news.", "me:secret@news."), 4, "user name or password"),
        (FEED.replace("url", "path"), 4, "path means nothing for kind feed"),
        ('[[source]]\nid = "a"\nkind = "files"', 1, "kind files needs a path"),
        ('[[source]]\nid = "a"\nkind = "urls"', 1, "kind urls needs a url or a path"),
        ('[[source]]\nid="a"\nkind="urls"\nurl="https://a.example"\npath="a"', 1, "keep the one"),
        ('[[source]]\nid="a"\nkind="files"\npath="a"\ndelay="5s"', 5, "delay means nothing for kind files"),
        (f"{FEED}interval = 300", 5, 'write it like interval = "30m"'),
        (f'{FEED}interval = "300"', 5, "like 90s, 30m"),
        (f'{FEED}interval = "10s"', 5, "once a minute"),
        (f'{FEED}delay = "0.1s"', 5, "a second or more"),
        (f'{FEED}country = "ie"', 5, "two capital letters"),
        (f'{FEED}language = "english"', 5, "two small letters"),
        (f"{FEED}include = '/news/'", 5, "include must be a list of texts"),
        (f"{FEED}include = [\n  '/a/',\n  '(',\n]", 5, "'(' in include is no regular expression"),
        (f"{FEED}exclude = ['']", 5, "none of them empty"),
        (f'{FEED}enabled = "no"', 5, "true or false, without quotes"),
        (f"{FEED}max_items = 0", 5, "leaves nothing"),
        (f"{FEED}max_items = true", 5, "must be a whole number"),
        (f"{FEED}network = 'intranet'", 5, "can only be public or local"),
        (f"{FEED}headers = 'X: y'", 5, "must be a table of texts"),
        (f"{FEED}[source.headers]\nX-A = 5", 5, "headers.X-A is no text"),
        (f"{FEED}[source.headers]\n'X A' = 'b'", 6, "is no name of a header"),
        (f"{FEED}[source.headers]\nHost = 'b'", 6, "is set by Dateline itself"),
        (f"{FEED}[source.headers]\nUser-Agent = 'b'", 6, "set user_agent at the top"),
        (f"{FEED}[source.headers]\nAuthorization = 'Bearer x'", 6, "holds a secret"),
        (f"{FEED}headers = {{ X-A = 'env:NOT_THERE' }}", 5, "NOT_THERE for the header X-A is not set"),
        (f"{FEED}headers = {{ X-A = 'env:a b' }}", 5, "names no environment variable"),
        (f"{FEED}headers = {{ X-A = 'env:BROKEN' }}", 5, "check it for line breaks"),
        ('contact = "me"', 1, "give an e-mail address or a web address"),
        ('contact = "a@b.org)\\u000a"', 1, "without brackets"),
        ('user_agent = "Mozilla/5.0"', 1, "no browser's"),
        (f"{FEED}name = Harbour", 5, "it is no TOML"),
        (f'{FEED}name = "Harbour\n', 5, "it is no TOML"),
        (f'{FEED}url = "https://b.example/"', 5, "it is no TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, line, words):
    message = said(text, {"BROKEN": "a\r\nX-B: c"})
    assert message.startswith(f"sources.toml:{line}: ")
    assert words in message


def test_a_secret_never_stands_in_a_message():
    text = f"{FEED}[source.headers]\nAuthorization = 'Bearer hush'\nX-A = 'env:TOKEN'"
    assert "hush" not in said(text, {"TOKEN": "hush\n"})


def test_the_first_mistake_is_named_and_the_others_are_counted():
    assert said(f"{FEED}lang = 'en'\nevery = '5m'\nsleep = '2s'").endswith("(and 2 more in this file)")


def test_a_secret_is_not_needed_to_list_and_not_for_what_is_switched_off():
    entry = f"{FEED}headers = {{ X-A = 'env:NOT_THERE' }}\n"
    assert read(entry, None).sources[0].headers == {"X-A": "env:NOT_THERE"}
    assert read(f"{entry}enabled = false", {}).sources[0].headers == {"X-A": "env:NOT_THERE"}


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path):
    with pytest.raises(UsageError, match="`dateline source add URL` makes one"):
        config.load(tmp_path / "sources.toml", environ={})
    with pytest.raises(UsageError, match="cannot be read"):
        config.load(tmp_path, environ={})
    (tmp_path / "latin").write_bytes(b'contact = "\xe9"')
    with pytest.raises(UsageError, match="not UTF-8"):
        config.load(tmp_path / "latin", environ={})


def test_a_source_is_found_by_its_id_and_guessed_at():
    found = read(FEED.replace('"a"', '"harbour"'))
    assert found.find("harbour").id == "harbour"
    with pytest.raises(UsageError, match="did you mean 'harbour'"):
        found.find("harbor")
    with pytest.raises(UsageError, match="`dateline source list` shows"):
        found.find("zzz")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*' \n"[]{}=#,.a1\\', "'", "[[source]]\n", "[source.b]\n", 'id = "x"\n', "a = 1\n", '"""']
        ),
        max_size=40,
    ).map("".join)
)
def test_no_text_breaks_the_reader(text):
    try:
        read(text, {})
    except UsageError as error:
        assert "sources.toml:" in str(error)  # noqa: PT017  # there need not be one


# Lines


def test_every_key_is_found_on_its_line():
    text = (
        "a = '[[source]]' # [[x]]\n"
        'b."c = d" = """\n[[source]]\nk = 1\n"""\n'
        "l = [\n 1, # =\n {x = 2},\n]\n"
        "[[s]]\n  i=1\n [s.h]\n X='='\n[[s]]#\n\"i\"=2\n[[s.d]]\nz=1\n[[s.d]]\nz=2"
    )
    tomllib.loads(text)
    assert dict(lines_of(text)) == {
        ("a",): 1,
        ("b", "c = d"): 2,
        ("l",): 6,
        ("s", 0): 10,
        ("s", 0, "i"): 11,
        ("s", 0, "h"): 12,
        ("s", 0, "h", "X"): 13,
        ("s", 1): 14,
        ("s", 1, "i"): 15,
        ("s", 1, "d", 0): 16,
        ("s", 1, "d", 0, "z"): 17,
        ("s", 1, "d", 1): 18,
        ("s", 1, "d", 1, "z"): 19,
    }
