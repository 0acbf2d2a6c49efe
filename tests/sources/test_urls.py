"""Which addresses are one article, and which are not."""

import json
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records import InputError
from sources.urls import canonical_url, host_of, is_web_url, resolve, same_article

ROOT = Path(__file__).parents[2]
STANDARD = ROOT.parent / "shared" / "inputs" / "urls" / "urltestdata.json"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTPS://Example.ORG/A", "https://example.org/A"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org.", "https://example.org/"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("https://exa\nmple.org/a\tb", "https://example.org/ab"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/a/..", "https://example.org/"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/%7Euser/%e4%bd", "https://example.org/~user/%E4%BD"),
        ("https://example.org/%2e%2e/a", "https://example.org/a"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/caffè latte", "https://example.org/caff%C3%A8%20latte"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:DB8:0::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("https:///example.org\\a\\b", "https://example.org/a/b"),
        ("https://example.org/a|b[c]", "https://example.org/a%7Cb%5Bc%5D"),
        ("https://example.org/a?q='x'", "https://example.org/a?q=%27x%27"),
        ("https://example.org/a?utm_source=x&id=7&UTM_medium=y", "https://example.org/a?id=7"),
        ("https://example.org/a?fbclid=1", "https://example.org/a"),
        ("https://example.org/a?utm%5Fsource=x", "https://example.org/a"),
        ("https://example.org/a?&&b=1&", "https://example.org/a?b=1"),
        ("https://example.org/a?q=%c3%a9+x", "https://example.org/a?q=%C3%A9+x"),
    ],
)
def test_one_address_has_one_key_however_it_is_written(written, key):
    assert canonical_url(written) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "http://example.org/a"),
        ("https://example.org/a", "https://www.example.org/a"),
        ("https://example.org/a", "https://example.org/a/"),
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?ref=1", "https://example.org/"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/?a=1%262", "https://example.org/?a=1&2"),
        ("https://example.org:8443/", "https://example.org/"),
    ],
)
def test_what_may_be_another_page_keeps_a_key_of_its_own(one, other):
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "example.org/a",
            "ftp://example.org/a",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "mailto:a@b.c",
        ),
        *(
            "http://",
            "http://[::1",
            "http://a:99999/",
            "http://a:b/",
            "http://./",
            "http://a../",
            "http://a b/",
            "http://1.2.3.400/",
            "https://xn--/",
            "http://example.xn--pokxncvks/",
            "http://" + "a" * 64 + "é/",
        ),
        *("http://example.org/\ud800", "http://example.org/#\ud800", "//example.org/a"),
    ],
)
def test_what_is_no_web_address_is_refused_with_a_reason(text):
    with pytest.raises(InputError, match="http") as caught:
        canonical_url(text)
    assert (caught.value.reason, caught.value.stage) == ("bad_url", "find")


@given(st.text(max_size=40), st.text(max_size=40))
@example("/%2%65e/..", "a=%2%35")
@example("/.//..//a", "&%75tm_x=1")
def test_a_key_is_its_own_key(path, query):
    try:
        key = canonical_url(f"https://example.org/{path}?{query}")
    except InputError:
        return
    assert canonical_url(key) == key
    assert key.isascii()


def test_the_host_and_the_looks_of_an_address():
    assert host_of("https://WWW.Example.org:8443/a") == "www.example.org"
    assert is_web_url("HTTP://x")
    assert not is_web_url("http")
    assert not is_web_url("./http://x")


def test_every_case_of_the_standard_is_parsed_as_it_says_or_refused():
    """Compared by what the key keeps of an address: the key's own rules come on top of the standard's."""
    if not STANDARD.exists():
        pytest.skip("the standard's test data is not here")
    parsed = 0
    for case in json.loads(STANDARD.read_text(encoding="utf-8")):
        if isinstance(case, str):
            continue
        try:
            address = resolve(case["base"] or "", case["input"])
            key = canonical_url(address)
        except InputError:
            # What no look-up can find is refused, whatever the parser lets pass; all else has to be had.
            assert (
                case.get("failure")
                or not is_web_url(case["href"])
                or any(not 0 < len(label) < 64 for label in case["hostname"].removesuffix(".").split("."))
                or "\ud800" in case["input"]
                or "\udfff" in case["input"]
            ), case
            continue
        assert not case.get("failure"), case
        assert address == case["href"], case
        parts = urlsplit(key)
        assert (f"{parts.scheme}:", parts.hostname, "" if parts.port is None else str(parts.port)) == (
            case["protocol"],
            case["hostname"].removeprefix("[").removesuffix("]").removesuffix("."),
            case["port"],
        ), case
        assert canonical_url(key) == key
        parsed += 1
    assert parsed > 200


@pytest.mark.parametrize(
    ("base", "link", "address"),
    [
        ("https://example.org/a/b", "c", "https://example.org/a/c"),
        ("https://example.org/a/b", "/c?d#e", "https://example.org/c?d#e"),
        ("https://example.org/a/b", "//m.example.org/c", "https://m.example.org/c"),
        ("https://example.org/a/b", "?page=2", "https://example.org/a/b?page=2"),
        ("https://example.org/a/b", " HTTP://other.example/ ", "http://other.example/"),
        ("no base", "https://example.org/a", "https://example.org/a"),
    ],
)
def test_a_link_is_read_as_a_browser_reads_it(base, link, address):
    assert resolve(base, link) == address


@pytest.mark.parametrize(
    "link", ["mailto:a@example.org", "javascript:void(0)", "http://[", "http://xn--/", "tel:1", "\ud800"]
)
def test_a_link_to_no_page_is_refused(link):
    with pytest.raises(InputError) as caught:
        resolve("https://example.org/", link)
    assert caught.value.reason == "bad_url"


SERVICES = tomllib.loads((ROOT / "sources" / "data" / "tracking.toml").read_text())["service"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["name"])
def test_what_a_service_appends_changes_no_key(service):
    assert service["documented"]
    for name in (*service.get("names", ()), *(f"{prefix}x" for prefix in service.get("prefixes", ()))):
        assert name == name.lower()
        assert canonical_url(f"https://example.org/a?id=1&{name.upper()}=2") == "https://example.org/a?id=1"


def test_no_parameter_is_listed_twice():
    names = [name for service in SERVICES for name in service.get("names", ())]
    prefixes = tuple(prefix for service in SERVICES for prefix in service.get("prefixes", ()))
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith(prefixes)] == []


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://example.org/a", "https://example.org/a#top"),
        ("http://example.org/story", "https://www.example.org/story/"),
        ("https://amp.example.org/news/story", "https://www.example.org/news/story"),
        ("https://m.example.org/news/story?utm_source=x", "https://example.org/news/story"),
        ("https://example.org/amp/news/story", "/news/story"),
        ("https://example.org/news/story/amp/", "/news/story"),
        ("https://example.org/news/story.amp.html", "/news/story.html"),
        ("https://example.org/news/story?outputType=amp", "/news/story"),
        ("https://example.org/2025/11/04/bridge-opens-at-last", "/news/bridge-opens-at-last"),
        ("https://example.org/article/12345678", "/politics/bridge-opens-12345678.html"),
        ("https://example.org/bridge-opens-at-last?share=mail", "/bridge-opens-at-last"),
        ("https://cache.example/c/s/www.example.org/news/story", "https://www.example.org/news/story"),
    ],
)
def test_a_page_is_believed_where_its_address_agrees(url, claimed):
    assert same_article(url, claimed) == canonical_url(resolve(url, claimed))


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://example.org/news/story", "https://example.org/"),
        ("https://example.org/news/story", "https://example.org/news"),
        ("https://example.org/news/story", "https://other.example/news/story"),
        ("https://example.org/news/one", "https://example.org/news/two"),
        ("https://example.org/20251104/one", "https://example.org/20251104/two"),
        ("https://example.org/20251104", "https://example.org/a-20251104"),
        ("https://example.org/bridge-opens-at-last/2", "https://example.org/bridge-opens-at-last"),
        ("https://example.org/bridge-opens-at-last?page=2", "https://example.org/bridge-opens-at-last"),
        ("https://example.org/article.php?id=7", "https://example.org/article.php"),
        ("https://example.org/article.php?id=7", "https://example.org/article.php?id=8"),
        ("https://example.org/?p=7", "https://example.org/?p=8"),
        ("https://example.org/story", "mailto:desk@example.org"),
        ("https://example.org/story", "http://["),
        ("mailto:desk@example.org", "https://example.org/story"),
        ("https://m.org/story", "https://org/story"),
    ],
)
def test_a_page_that_names_another_is_not_believed(url, claimed):
    assert same_article(url, claimed) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_page_claims_is_a_key_or_nothing(path, claimed):
    key = same_article(f"https://example.org/{path.encode('utf-8', 'replace').decode()}", claimed)
    assert key is None or canonical_url(key) == key
