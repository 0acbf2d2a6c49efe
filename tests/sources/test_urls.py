"""Which addresses are one article, and which are not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records import InputError
from sources.urls import canonical_url, host_of, is_web_url


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
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
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
            "https:///a",
            "http://[::1",
            "http://a:99999/",
            "http://a:b/",
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
