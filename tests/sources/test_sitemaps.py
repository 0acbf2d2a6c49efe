"""Sitemaps in every form: what they name is found, what would do harm is refused, nothing is expanded."""

import contextlib
import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.sitemaps import MAX_BYTES, MAX_ENTRIES, Child, Entry, Sitemap, read

HOSTILE = Path(__file__).parents[3] / "shared" / "inputs" / "hostile" / "xml"
URL = "https://example.org/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'


def urlset(*entries: str, attributes: str = NS, declaration: str = "<?xml version='1.0'?>") -> bytes:
    return f"{declaration}<urlset {attributes}>{''.join(entries)}</urlset>".encode()


def url(address: str, inner: str = "") -> str:
    return f"<url><loc>{address}</loc>{inner}</url>"


def addresses(content: bytes) -> list[str]:
    return [entry.url for entry in read(content, url=URL).entries]


def test_what_an_entry_says_is_kept_as_it_is_written():
    content = urlset(
        url(" https://example.org/a?x=1&amp;y=2\n", "<lastmod>2025-11-04</lastmod><priority>0.5</priority>"),
        url("https://example.org/b"),
    )
    assert read(content, url=URL) == Sitemap(
        entries=(
            Entry("https://example.org/a?x=1&y=2", lastmod="2025-11-04"),
            Entry("https://example.org/b"),
        )
    )


def test_the_news_extension_says_title_time_and_language():
    content = urlset(
        url(
            "https://example.org/a",
            "<news:news><news:publication><news:name>The Paper</news:name><news:language>en</news:language>"
            "</news:publication><news:publication_date>2025-11-04T10:15:00+01:00</news:publication_date>"
            "<news:title>Bridge &amp; tunnel\n open</news:title></news:news>",
        ),
        attributes=f"{NS} {NEWS}",
    )
    assert read(content, url=URL).entries == (
        Entry(
            "https://example.org/a",
            title="Bridge & tunnel open",
            published="2025-11-04T10:15:00+01:00",
            language="en",
        ),
    )


def test_the_address_and_title_of_a_picture_are_not_the_articles():
    picture = (
        "<image:image><image:loc>https://example.org/p.jpg</image:loc><image:title>P</image:title>"
        "</image:image><image:loc>https://example.org/q.jpg</image:loc>"
    )
    content = urlset(f"<url>{picture}<loc>https://example.org/a</loc></url>", attributes=f"{NS} {IMAGE}")
    assert read(content, url=URL).entries == (Entry("https://example.org/a"),)


def test_prefixes_that_nobody_declared_are_known_all_the_same():
    content = urlset(
        url(
            "https://example.org/a",
            "<image:image><image:loc>https://example.org/a.jpg</image:loc></image:image>"
            "<news:news><news:title>Harbour reopens</news:title></news:news>",
        ),
        url("https://example.org/b"),
    )
    assert read(content, url=URL) == Sitemap(
        entries=(Entry("https://example.org/a", title="Harbour reopens"), Entry("https://example.org/b")),
        defects=("not_well_formed",),
    )


def test_an_index_names_its_children():
    content = (
        f"<sitemapindex {NS}><sitemap><loc>https://example.org/1.xml.gz</loc><lastmod>2025</lastmod></sitemap>"
        "<sitemap><loc>/2.xml</loc></sitemap></sitemapindex>"
    ).encode()
    assert read(content, url=URL) == Sitemap(
        children=(Child("https://example.org/1.xml.gz", "2025"), Child("https://example.org/2.xml"))
    )


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(urlset(url("https://example.org/a")), mtime=0),
        b"\xef\xbb\xbf" + urlset(url("https://example.org/a")),
        b"\r\n \n" + urlset(url("https://example.org/a")),
        urlset(url("https://example.org/a"), declaration="<?xml version='1.0' encoding='UTF-16'?>")
        .decode()
        .encode("utf-16"),
        urlset(url("https://example.org/a"), attributes=""),
        urlset(url("https://example.org/a"), attributes='xmlns="http://www.google.com/schemas/sitemap/0.84"'),
        urlset(url("<![CDATA[https://example.org/a]]>")),
        urlset(url("https://example.org/a"), declaration="<!-- x --><?xml-stylesheet href='x'?>"),
        urlset("<!-- <url><loc>https://example.org/no</loc></url> -->", url("https://example.org/a")),
        urlset(url("https://example.org/a"), declaration="<!DOCTYPE urlset SYSTEM 'file:///etc/passwd'>"),
        urlset(url("/a")),
        b"https://example.org/a",
        b"\xef\xbb\xbf\r\n  https://example.org/a \r\n\r\n",
        "https://example.org/a\n".encode("utf-16"),
        gzip.compress(b"https://example.org/a\n", mtime=0),
    ],
)
def test_one_address_however_it_is_packed_and_written(content):
    assert addresses(content) == ["https://example.org/a"]


def test_other_encodings_are_read_as_declared():
    content = "<?xml version='1.0' encoding='windows-1251'?><urlset><url><loc>https://example.org/мост</loc></url></urlset>"
    assert addresses(content.encode("cp1251")) == ["https://example.org/мост"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (urlset(url("https://example.org/?a=1&b=2&copy=3")), ["https://example.org/?a=1&b=2&copy=3"]),
        (urlset(url("https://example.org/a\x0b")), ["https://example.org/a"]),
        (urlset(url("https://example.org/a"), "<url><loc>https://example.org/b</lo"), None),
        (urlset(url("https://example.org/a"))[:-9], ["https://example.org/a"]),
        (
            urlset(url("<![CDATA[https://example.org/?a&b]]>"), url("https://example.org/?c&d")),
            ["https://example.org/?a&b", "https://example.org/?c&d"],
        ),
        (urlset(url("https://example.org/a")) + b"<b>after", ["https://example.org/a"]),
    ],
)
def test_what_is_not_well_formed_is_read_as_far_as_it_goes_and_said(content, found):
    sitemap = read(content, url=URL)
    assert sitemap.defects[0] == "not_well_formed"
    assert found is None or [entry.url for entry in sitemap.entries] == found
    assert sitemap.entries[0].url.startswith("https://example.org/")


def test_an_entry_without_an_address_is_said_and_one_with_a_broken_address_is_passed_on():
    sitemap = read(urlset("<url/>", url(" "), url("http://["), url("https://example.org/a")), url=URL)
    assert sitemap.defects == ("no_address",)
    assert [entry.url for entry in sitemap.entries] == ["http://[", "https://example.org/a"]


BOMB = "<!DOCTYPE urlset [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>"


@pytest.mark.parametrize(
    ("content", "reason", "refused"),
    [
        (b"", "empty", False),
        (b" \n\0", "empty", False),
        (b"\xef\xbb\xbf\n", "empty", False),
        (gzip.compress(b"", mtime=0), "empty", False),
        (b"<!DOCTYPE html><title>Not found</title>", "html", False),
        (b"<!-- x --><HTML lang=en>", "html", False),
        (b"<rss version='2.0'><channel/></rss>", "not_a_sitemap", False),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not_a_sitemap", False),
        (b"<note/>", "not_a_sitemap", False),
        (b"<", "not_a_sitemap", False),
        (b"<<<>>>", "not_a_sitemap", False),
        (b"Not found", "not_a_sitemap", False),
        (b"{}", "not_a_sitemap", False),
        (gzip.compress(urlset(url("https://example.org/a")), mtime=0)[:-20], "bad_gzip", False),
        (gzip.compress(b" " * (MAX_BYTES + 1), mtime=0), "too_large", True),
        (b"<urlset>" + b" " * MAX_BYTES, "too_large", True),
        (urlset(url("&b;"), declaration=BOMB), "xml_entities", True),
        (
            urlset(url("&b;"), declaration="<?xml version='1.0' encoding='UTF-16'?>" + BOMB)
            .decode()
            .encode("utf-16"),
            "xml_entities",
            True,
        ),
        (
            urlset(url("&x;"), declaration="<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
            "xml_entities",
            True,
        ),
    ],
)
def test_what_is_no_sitemap_is_named_with_a_reason(content, reason, refused):
    with pytest.raises(InputError) as caught:
        read(content, url=URL)
    assert (caught.value.reason, caught.value.refused, caught.value.stage) == (reason, refused, "find")
    assert URL in str(caught.value)


def test_a_declared_encoding_cannot_hide_an_entity():
    content = urlset(url("&b;"), declaration="<?xml version='1.0' encoding='IBM037'?>" + BOMB).decode()
    with pytest.raises(InputError):
        read(content.encode("cp037"), url=URL)


@pytest.mark.parametrize(
    "name", ["xmlbomb.xml", "xmlbomb2.xml", "quadratic.xml", "cyclic.xml", "external.xml"]
)
def test_hostile_xml_is_refused(name):
    if not HOSTILE.exists():
        pytest.skip("the hostile documents are not here")
    with pytest.raises(InputError):
        read((HOSTILE / name).read_bytes(), url=URL)


def test_more_entries_than_the_protocol_allows_are_left_out_and_said():
    sitemap = read(b"".join(b"https://example.org/%d\n" % n for n in range(MAX_ENTRIES + 1)), url=URL)
    assert (len(sitemap.entries), sitemap.defects) == (MAX_ENTRIES, ("too_many_entries",))


@pytest.mark.slow
def test_a_sitemap_at_the_limit_costs_little_more_than_what_it_says():
    padding = f"<!--{' ' * 900}-->"
    content = urlset(*(url(f"https://example.org/{n}", padding) for n in range(MAX_ENTRIES + 5)))
    tracemalloc.start()
    sitemap = read(content, url=URL)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(sitemap.entries), sitemap.defects) == (MAX_ENTRIES, ("too_many_entries",))
    assert peak_bytes < len(content) * 1.5


@given(st.binary(max_size=60), st.sampled_from([b"", b"<urlset><url><loc>", b"<sitemapindex>", b"\x1f\x8b"]))
def test_any_bytes_are_a_sitemap_or_an_error_of_ours(content, start):
    with contextlib.suppress(InputError):
        assert all(entry.url for entry in read(start + content, url=URL).entries)


NEAR = st.sampled_from(
    [
        *("<urlset>", "</urlset>", "<sitemapindex>", "<url>", "</url>", "<sitemap>", "<loc>", "</loc>"),
        *(
            "https://example.org/a",
            "/a",
            "&",
            "&amp;",
            "&#0;",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "\x0b",
            "\x00",
        ),
        *("<image:loc>", "<news:news>", "<a:b:c>", "<news:title>", "é", "<", ">", "</", "<?", "<lastmod/>"),
    ]
)


@given(st.lists(NEAR, max_size=25).map("".join), st.sampled_from(["utf-8", "utf-16", "utf-16-be"]))
def test_no_near_sitemap_makes_it_fail_otherwise(text, encoding):
    for made in (text, f"<urlset><url>{text}", f"<urlset {NS}><url><loc>a</loc>{text}"):
        with contextlib.suppress(InputError):
            read(made.encode(encoding), url=URL)
