"""What is read from a feed that is broken, wrongly declared or hostile, and what is not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records import InputError
from sources.feeds import read
from tests.sources.feed_texts import LONG, RSS, URL, only, rss

LONG_XHTML = LONG.replace("<p>", "<xhtml:p>").replace("</p>", "</xhtml:p>")


@pytest.mark.parametrize(
    ("title", "head", "content_type", "expected"),
    [
        ("Zürich".encode(), b"", None, "Zürich"),
        ("Zürich".encode(), b"", "text/xml; charset=iso-8859-1", "Zürich"),
        ("Zürich".encode("latin-1"), b"", "text/xml; charset=ISO-8859-1", "Zürich"),
        ("Zürich".encode("latin-1"), b'<?xml version="1.0" encoding="iso-8859-1"?>', None, "Zürich"),
        ("Zürich".encode("latin-1"), b'<?xml version="1.0" encoding="utf-8"?>', None, "Zürich"),
        ("“Quoted”".encode("cp1252"), b'<?xml version="1.0" encoding="iso-8859-1"?>', None, "“Quoted”"),
        ("Москва".encode("cp1251"), b"", 'application/xml; charset="windows-1251"', "Москва"),
        ("東京".encode("shift_jis"), b"<?xml version='1.0' encoding='Shift_JIS'?>", None, "東京"),
        ("東京".encode("iso2022_jp"), b"<?xml version='1.0' encoding='ISO-2022-JP'?>", None, "東京"),
        ("北京".encode("gbk"), b'<?xml version="1.0" encoding="gb2312"?>', None, "北京"),
        (b"Zurich", b'<?xml version="1.0" encoding="no-such-thing"?>', "text/xml; charset=hex", "Zurich"),
    ],
)
def test_the_encoding_is_found_whatever_is_declared(title, head, content_type, expected):
    content = head + b"<rss><channel><item><title>" + title + b"</title></item></channel></rss>"
    assert only(content, content_type=content_type).claimed.title == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_and_byte_order_marks_are_read(encoding):
    feed = '<?xml version="1.0" encoding="utf-16"?>' + rss("<title>Zürich</title>").decode()
    assert only(feed.encode(encoding)).claimed.title == "Zürich"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (rss("<title>Fish & chips</title>"), "Fish & chips"),
        (rss("<title>?a=1&copy=2 &notaname; x</title>"), "?a=1&copy=2 &notaname; x"),
        (rss("<title>Caf&eacute; &mdash; news</title>"), "Café — news"),
        (rss("<title>Tide\x0b turns\x00 &#8;now&#x0;</title>"), "Tide turns now"),
        (rss("<title>One</title><media:title>Two</media:title>"), "One"),
        (b"\n\n " + RSS, "Harbour plan fails"),
        (rss("<title>One</title><b>not closed"), "One"),
        (rss("<title>&#150; it&#146;s</title><x:y/>"), "– it’s"),
        (rss("<title><![CDATA[a & b &copy; <c>]]></title><x:y/>"), "a & b © <c>"),
    ],
)
def test_what_is_not_well_formed_is_mended(content, title):
    feed = read(content, url=URL)
    assert [item.claimed.title for item in feed.items] == [title]


def test_what_had_to_be_mended_is_said():
    assert read(RSS, url=URL).defects == ()
    assert read(rss("<title>Fish & chips</title>"), url=URL).defects == ("not_well_formed",)
    wrong = b'\xef\xbb\xbf<?xml version="1.0"?>' + rss("<title>") + b"\xff"
    assert "encoding" in read(wrong, url=URL).defects


def test_an_item_that_the_end_cuts_through_is_left_out():
    whole = b"<rss><channel><item><title>One</title><link>http://a.example/1</link></item>"
    cut = whole + b"<item><title>Two</title><link>http://a.example/2"
    feed = read(cut, url=URL)
    assert [item.url for item in feed.items] == ["http://a.example/1"]
    assert feed.defects == ("cut_short", "not_well_formed")
    assert [item.url for item in read(whole, url=URL).items] == ["http://a.example/1"]


def test_a_feed_cut_anywhere_gives_none_but_whole_items():
    whole = {item.url for item in read(RSS, url=URL).items}
    for end in range(200, len(RSS), 7):
        try:
            items = read(RSS[:end], url=URL).items
        except InputError:
            continue
        assert {item.url for item in items} <= whole


@pytest.mark.parametrize(
    ("content", "reason", "refused"),
    [
        (b"", "empty", False),
        (b" \n\0\0", "empty", False),
        (b"\xef\xbb\xbf", "empty", False),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "html", False),
        (b"<!-- x --><HTML><body>", "html", False),
        (b"Service unavailable", "not_xml", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_xml", False),
        (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "not_a_feed", False),
        (b"<note><to>Ann</to></note>", "not_a_feed", False),
        (b'{"error": "no such feed"}', "not_a_feed", False),
        (b'{"items": [', "bad_feed", False),
        (b'{"items": ' + b"[" * 100_000, "bad_feed", False),
        (b"[1, 2]", "not_a_feed", False),
        (b'<!DOCTYPE rss [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><rss>&b;</rss>', "xml_entities", True),
        (b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>', "xml_entities", True),
        (
            b'<!DOCTYPE rss [<!ENTITY nbsp SYSTEM "http://a.example/">]><rss>&nbsp;</rss>',
            "xml_entities",
            True,
        ),
        (b"<!DOCTYPE rss [<!ENTITY % p \"<!ENTITY a '1'>\">%p;]><rss>&a;</rss>", "xml_entities", True),
        (b"<!DOCTYPE rss [<!-- ]> --><!ENTITY a '1'>]><rss>&a;</rss>", "xml_entities", True),
        (b"<!DOCTYPE rss [", "not_xml", False),
    ],
)
def test_what_is_no_feed_is_an_error_with_its_reason(content, reason, refused):
    with pytest.raises(InputError) as caught:
        read(content, url=URL)
    assert (caught.value.stage, caught.value.reason, caught.value.refused) == ("find", reason, refused)
    assert str(caught.value).startswith(URL)


def test_entities_in_wide_encodings_are_refused_as_well():
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE rss [<!ENTITY a "1">]><rss>&a;</rss>'
    with pytest.raises(InputError, match="entities"):
        read(bomb.encode("utf-16"), url=URL)


def test_a_document_type_without_entities_of_its_own_is_passed_over():
    old = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://a.example/rss-0.91.dtd">'
    )
    latin = '<!DOCTYPE rss [<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1//EN" "x.ent">%HTMLlat1;]>'
    named = '<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY eacute "boom">]>'
    for head in (old, latin, named):
        assert only(rss("<title>Caf&eacute;&nbsp;1</title>", head=head)).claimed.title == "Café 1"


def test_xhtml_under_a_prefix_that_nobody_declared_is_read():
    entry = (
        f'<entry><link href="/1"/><content type="xhtml"><xhtml:div>{LONG_XHTML}</xhtml:div></content></entry>'
    )
    found = only(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>'.encode())
    assert found.content_html.startswith("<p>The council met")


# Patterns that can part a name in many ways would take hours for one of these.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "author", ["a" + " " * 99_999 + "b", "@." * 50_000 + " x", "a@" * 50_000, "(" * 99_999]
)
def test_a_hostile_author_costs_no_more_than_its_size(author):
    assert len(only(rss(f"<author>{author}</author>")).claimed.authors) <= 1


def strings(feed):
    for item in feed.items:
        yield from (item.url, item.guid, item.content_html, item.image, item.claimed.title)
        yield from (item.claimed.published, item.claimed.updated, *item.claimed.authors)
    yield from (feed.title, feed.url, feed.language, feed.next_url)


@given(st.binary(max_size=300))
@example(b'{"items":[{"title":"\\ud800","url":"http://a.example/\\ud800","id":"\\u0000"}]}')
@example(b'{"items":[{"title":1,"url":[],"id":true,"authors":[1],"author":"x","content_html":{}}]}')
@example(b"<rss><channel><item><title>&#xd800;&#0;</title></item></channel></rss>")
@example(b"<feed xml:base='http://['><entry xml:base='//['><link href='x'/></entry></feed>")
def test_no_bytes_make_it_fail_otherwise(content):
    for made in (content, b"<rss><channel><item>" + content, b'{"items":[{"title":"' + content + b'"}]}'):
        try:
            feed = read(made, url=URL)
        except InputError:
            continue
        for text in filter(None, strings(feed)):
            assert "\0" not in text
            text.encode()  # no half of a surrogate pair


NEAR = st.sampled_from(
    [
        *(
            "<rss>",
            "<channel>",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "<link>",
            "http://a.example/1",
            "</link>",
        ),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "&amp;",
            "&",
            "&#x41;",
            "&nbsp;",
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
        ),
        *(
            "<entry>",
            "<content type='html'>",
            "<content type='xhtml'>",
            "<xhtml:div>",
            "</xhtml:div>",
            "<!DOCTYPE rss [",
            "<!ENTITY a 'b'>",
            "&a;",
            "]>",
            "<?xml version='1.0'?>",
        ),
        *("</rss>", "</feed>", "x", " ", "\x00", "\ufffe", "é", "<a:b c='d'", ">", "/>", '"'),
    ]
)


@given(st.lists(NEAR, max_size=25).map("".join))
def test_no_near_feed_makes_it_fail_otherwise(text):
    try:
        feed = read(text.encode(), url=URL)
    except InputError:
        return
    assert all("\0" not in each for each in filter(None, strings(feed)))
