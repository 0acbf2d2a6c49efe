"""sources.toml as its users write it, well and badly."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no stubs here
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Source, UsageError
from sources import config, config_edit, config_keys
from sources.config_keys import KINDS, OF_SOURCE
from sources.config_lines import lines_of
from sources.config_schema import schema, schema_text

ROOT = Path(__file__).resolve().parents[2]
HERE = Path("sources.toml")
FEED = '[[source]]\nid = "a"\nkind = "feed"\nurl = "https://news.example.org/rss"\n'


def read(text: str, environ: dict[str, str] | None = None) -> config.Config:
    return config.read(text, path=HERE, environ=environ)


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


# The schema for editors


def test_the_schema_beside_the_reader_is_up_to_date():
    written = (ROOT / "sources" / "sources.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "run `make docs`"


def test_the_schema_is_a_schema():
    jsonschema.Draft7Validator.check_schema(schema())


SOUND: dict[str, list[Any]] = {
    "id": ["a", "a.b-C_9"],
    "kind": list(KINDS),
    "url": ["https://news.example.org/rss", "HTTP://example.org"],
    "path": ["dumps"],
    "name": ["Harbour News"],
    "country": ["IE"],
    "language": ["en"],
    "interval": ["90s", "1.5h"],
    "include": [[], ["/news/", "x$"]],
    "exclude": [["/video/"]],
    "archive": [True, False],
    "headers": [{}, {"X-A": "b"}],
    "network": ["public", "local"],
    "enabled": [True, False],
    "delay": ["5s", "1m"],
    "max_items": [1, 500],
    "max_bytes": [1],
    "columns": [{}, {"text": "body"}],
}
BROKEN: dict[str, list[Any]] = {
    "id": ["", "-a", "a b", 1],
    "kind": ["rss", 1, ""],
    "url": ["ftp://example.org", "news", 1, "https://"],
    "path": ["", "a\tb", 1],
    "name": ["", True],
    "country": ["ie", "IRL", 1],
    "language": ["EN", "eng"],
    "interval": ["90", 90, "-5m", "5 m", "5w"],
    "include": ["/news/", [1], [""]],
    "exclude": [{}],
    "archive": ["yes", 1],
    "headers": [{"X A": "b"}, {"X-A": 1}, []],
    "network": ["intranet"],
    "enabled": [0, "false"],
    "delay": ["fast", 1.5],
    "max_items": [0, -1, 1.5, "1", True],
    "max_bytes": [0],
    "columns": [{"text": 1}, "text"],
}


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """An entry that is mostly right, so that the rare one is right in all."""
    kind = draw(st.sampled_from(KINDS))
    names = [name for name, key in OF_SOURCE.items() if kind in key.kinds]
    entry: dict[str, Any] = {"id": "a", "kind": kind}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        entry[name] = draw(st.sampled_from(SOUND[name]))
    entry["kind"] = kind
    if draw(st.booleans()):
        entry[draw(st.sampled_from(["url", "path"]))] = "https://news.example.org/rss"
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(BROKEN)))
        entry[name] = draw(st.sampled_from(BROKEN[name]))
    if draw(st.integers(0, 9)) == 0:
        entry["unheard_of"] = 1
    if draw(st.integers(0, 9)) == 0:
        del entry[draw(st.sampled_from(sorted(entry)))]
    return entry


@settings(max_examples=400, deadline=None)
@given(entries(), st.sampled_from([{}, {"contact": "a@b.org"}, {"contact": "me"}, {"user_agent": "Mozilla"}]))
def test_the_schema_takes_what_the_reader_takes(entry, top):
    tables = {**top, "source": [entry]}
    try:
        read(tomlkit.dumps(tables), None)
        taken = True
    except UsageError:
        taken = False
    assert jsonschema.Draft7Validator(schema()).is_valid(tables) == taken


def test_every_key_is_tried_above():
    assert set(SOUND) == set(BROKEN) == set(OF_SOURCE)


@pytest.mark.parametrize("key", config_keys.TOP_KEYS + config_keys.SOURCE_KEYS, ids=lambda key: key.name)
def test_every_key_has_an_example_that_fits(key):
    value = tomllib.loads(f"x = {key.example}")["x"]
    place = "contact" if key.name in config_keys.TOP else "source"
    part = schema()["properties"]
    properties = part if place == "contact" else part["source"]["items"]["properties"]
    jsonschema.validate(json.loads(json.dumps(value)), properties[key.name])


# The example at the top level


def test_the_example_loads_as_it_is_and_asks_nothing_of_the_network():
    shown = config.load(ROOT / "sources.toml", environ={})
    assert [source.kind for source in shown.sources] == ["files"]


def test_the_example_loads_with_every_comment_sign_taken_away():
    text = re.sub(r"^#(?=[\w\[])", "", (ROOT / "sources.toml").read_text(), flags=re.MULTILINE)
    shown = config.read(text, path=ROOT / "sources.toml", environ={"INTRANET_TOKEN": "x"})
    assert {source.kind for source in shown.sources} == set(KINDS)
    assert shown.contact
    jsonschema.validate(tomllib.loads(text), schema())


# Editing


COMMENTED = f"""# Ours.
contact = "a@b.org"   # the desk

{FEED}name = "A"  # the best

  [[source]]
  id = "b"  # odd layout
  kind = "page"
  url = "https://b.example/"

# The end.
"""


def test_an_entry_is_added_at_the_end_and_all_else_stays():
    new = Source(id="c", kind="feed", url="https://c.example/", name='The "C"', interval_s=5400, delay_s=2.5)
    changed = config_edit.with_sources(COMMENTED, [new], path=HERE)
    assert changed.startswith(COMMENTED)
    assert read(changed).sources[-1] == new


@pytest.mark.parametrize("source_id", ["a", "b"])
def test_a_source_is_switched_off_and_on_again(source_id):
    off = config_edit.with_enabled(COMMENTED, source_id, enabled=False, path=HERE)
    assert {source.id: source.enabled for source in read(off).sources}[source_id] is False
    assert set(COMMENTED.splitlines()) < set(off.splitlines())
    assert config_edit.with_enabled(off, source_id, enabled=True, path=HERE) == COMMENTED
    assert config_edit.with_enabled(off, source_id, enabled=False, path=HERE) == off


def test_a_new_file_tells_of_the_contact_and_loads():
    text = config_edit.with_sources(config_edit.NEW_FILE, [read(FEED).sources[0]], path=HERE)
    assert "# contact = " in text
    assert read(text).sources == read(FEED).sources


def test_a_file_with_a_mistake_is_not_edited():
    with pytest.raises(UsageError, match=r"sources\.toml:1: "):
        config_edit.with_sources("foo = 1\n", [], path=HERE)
    with pytest.raises(UsageError, match="did you mean 'a'"):
        config_edit.with_enabled(COMMENTED, "A", enabled=False, path=HERE)


def test_saving_keeps_the_mode_and_the_link(tmp_path: Path):
    real = tmp_path / "real.toml"
    real.write_text("")
    real.chmod(0o640)
    (tmp_path / "sources.toml").symlink_to("real.toml")
    config_edit.save(tmp_path / "sources.toml", FEED)
    assert (real.read_text(), real.stat().st_mode & 0o777) == (FEED, 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.toml", "sources.toml"]


def test_what_cannot_be_saved_is_said(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be written"):
        config_edit.save(tmp_path / "missing" / "sources.toml", FEED)


@settings(max_examples=100, deadline=None)
@given(entries())
def test_what_is_written_reads_back_as_it_was(entry):
    try:
        (source,) = read(tomlkit.dumps({"source": [entry]})).sources
    except UsageError:
        return
    assert read(config_edit.with_sources("", [source], path=HERE)).sources == (source,)


@pytest.mark.parametrize(
    ("wanted", "taken", "new"),
    [
        (["www.news.example.org"], (), "news-example-org"),
        (["Die Örtliche / Nachrichten", "ortliche.example"], (), "die-ortliche-nachrichten"),
        (["Harbour News"], ("harbour-news", "harbour-news-2"), "harbour-news-3"),
        (["新华网", "news.example.org"], (), "news-example-org"),
        ([None, "新华网"], (), "source"),
        (["x" * 99], (), "x" * 40),
    ],
)
def test_ids_are_made_of_names(wanted, taken, new):
    assert config_edit.new_id(wanted, taken) == new
