"""What is read from a feed, whatever format and state it is in."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from records import Claimed, InputError
from sources.feed_dates import item_times
from sources.feeds import Feed, FeedItem, read

URL = "https://paper.example/feeds/world.xml"
LONG = "<p>" + "The council met again on Tuesday. " * 25 + "</p>"

RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>The Paper &amp; Sons</title><link>https://paper.example/</link><language>en-GB</language>
  <atom:link rel="self" href="https://paper.example/feeds/world.xml"/>
  <atom:link rel="next" href="?page=2"/>
  <ttl>30</ttl><skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>x</hour></skipHours>
  <skipDays><day>Saturday</day><day>sunday</day><day>Caturday</day></skipDays>
  <item>
    <title>Harbour &lt;em&gt;plan&lt;/em&gt; fails</title>
    <link>/2025/harbour?a=1&amp;b=2</link>
    <guid isPermaLink="false">paper-17</guid>
    <pubDate>Tue, 04 Nov 2025 10:15:00 GMT</pubDate>
    <atom:updated>2025-11-04T11:00:00Z</atom:updated>
    <dc:creator>Ann Writer</dc:creator><dc:creator> Bo  Ek </dc:creator><dc:creator>Ann Writer</dc:creator>
    <author>desk@paper.example</author>
    <description>In short.</description>
    <content:encoded><![CDATA[{LONG}]]></content:encoded>
    <media:content url="/clip.mp4" type="video/mp4"/><media:content url="/big.jpg" medium="image"/>
  </item>
</channel></rss>""".encode()

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/" xml:lang="de">
  <title type="html">Die &amp;lt;Zeitung&amp;gt;</title>
  <link rel="alternate" href="start"/><link rel="self" href="feed"/><link rel="next" href="feed?2"/>
  <author><name>The desk</name><email>desk@paper.example</email></author>
  <entry xml:base="https://paper.example/2025/">
    <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Hafen <b>bleibt</b> zu</div></title>
    <link rel="enclosure" type="image/png" href="hafen.png"/>
    <link rel="alternate" type="application/pdf" href="hafen.pdf"/><link href="hafen" type="text/html"/>
    <id>tag:paper.example,2025:17</id>
    <published>2025-11-04T10:15:00+01:00</published><updated>2025-11-04T12:00:00+01:00</updated>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{LONG}</div></content>
  </entry>
  <entry><title>Ohne Verfasser</title><author><name>Cy Dee</name></author><id>https://paper.example/18</id></entry>
</feed>""".encode()

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="https://paper.example/rdf"><title>Paper</title><link>https://paper.example/</link>
    <dc:language>ja</dc:language><items><rdf:Seq><rdf:li resource="https://paper.example/1"/></rdf:Seq></items>
  </channel>
  <item rdf:about="https://paper.example/1"><title>One</title><link>https://paper.example/1</link>
    <dc:date>2025-11-04T10:15:00+09:00</dc:date><dc:creator>Ann Writer</dc:creator></item>
</rdf:RDF>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Paper",
        "home_page_url": "https://paper.example/",
        "language": "en",
        "next_url": "/feed.json?2",
        "authors": [{"name": "The desk"}],
        "items": [
            {
                "id": 17,
                "url": "/2025/harbour",
                "title": "Harbour & all",
                "date_published": "2025-11-04T10:15:00Z",
                "date_modified": "2025-11-04T11:00:00Z",
                "content_html": LONG,
                "image": "/big.jpg",
            },
            {"id": "https://paper.example/18", "author": {"name": "Ann Writer"}, "content_text": "Short."},
            "no item",
        ],
    }
).encode()


def test_rss_is_read():
    assert read(RSS, url=URL) == Feed(
        kind="rss",
        title="The Paper & Sons",
        url="https://paper.example/",
        language="en-GB",
        items=(
            FeedItem(
                url="https://paper.example/2025/harbour?a=1&b=2",
                guid="paper-17",
                claimed=Claimed(
                    title="Harbour plan fails",
                    authors=("Ann Writer", "Bo Ek"),
                    published="Tue, 04 Nov 2025 10:15:00 GMT",
                    updated="2025-11-04T11:00:00Z",
                ),
                content_html=LONG,
                image="https://paper.example/big.jpg",
            ),
        ),
        ttl_s=1800,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({5, 6}),
        next_url="https://paper.example/feeds/world.xml?page=2",
    )


def test_atom_is_read():
    assert read(ATOM, url=URL) == Feed(
        kind="atom",
        title="Die <Zeitung>",
        url="https://paper.example/start",
        language="de",
        items=(
            FeedItem(
                url="https://paper.example/2025/hafen",
                guid="tag:paper.example,2025:17",
                claimed=Claimed(
                    title="Hafen bleibt zu",
                    authors=("The desk",),
                    published="2025-11-04T10:15:00+01:00",
                    updated="2025-11-04T12:00:00+01:00",
                ),
                content_html=LONG,
                image="https://paper.example/2025/hafen.png",
            ),
            FeedItem(
                url="https://paper.example/18",
                guid="https://paper.example/18",
                claimed=Claimed(title="Ohne Verfasser", authors=("Cy Dee",)),
            ),
        ),
        next_url="https://paper.example/feed?2",
    )


def test_rdf_is_read():
    assert read(RDF, url=URL) == Feed(
        kind="rdf",
        title="Paper",
        url="https://paper.example/",
        language="ja",
        items=(
            FeedItem(
                url="https://paper.example/1",
                guid="https://paper.example/1",
                claimed=Claimed(title="One", authors=("Ann Writer",), published="2025-11-04T10:15:00+09:00"),
            ),
        ),
    )


def test_json_feed_is_read():
    assert read(JSON, url=URL) == Feed(
        kind="json",
        title="Paper",
        url="https://paper.example/",
        language="en",
        items=(
            FeedItem(
                url="https://paper.example/2025/harbour",
                guid="17",
                claimed=Claimed(
                    title="Harbour & all",
                    authors=("The desk",),
                    published="2025-11-04T10:15:00Z",
                    updated="2025-11-04T11:00:00Z",
                ),
                content_html=LONG,
                image="https://paper.example/big.jpg",
            ),
            FeedItem(
                url="https://paper.example/18",
                guid="https://paper.example/18",
                claimed=Claimed(authors=("Ann Writer",)),
            ),
        ),
        next_url="https://paper.example/feed.json?2",
    )


def rss(item, *, around="", head=""):
    return f"{head}<rss><channel>{around}<item>{item}</item></channel></rss>".encode()


def only(content, **declared):
    (item,) = read(content, url=URL, **declared).items
    return item


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Plain", "Plain"),
        ("  On\n two\tlines ", "On two lines"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[AT&amp;T <b>wins</b>]]>", "AT&T wins"),
        ("<![CDATA[Why x <y> z]]>", "Why x <y> z"),
        ("5 &lt; 6", "5 < 6"),
        ("One&lt;br/&gt;two", "One two"),
        ("H&lt;sub&gt;2&lt;/sub&gt;O", "H2O"),
        ("<b>Naked</b> markup", "Naked markup"),
        ("It&amp;#8217;s late", "It’s late"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Safe", "Safe"),
        ("", None),
        ("&lt;p&gt;&lt;/p&gt;", None),
    ],
)
def test_titles_are_text_without_markup(written, title):
    assert only(rss(f"<title>{written}</title>")).claimed.title == title


ORIGIN = (
    """<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://a.example/1</f:origLink>"""
)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("<link>https://a.example/1</link>", "https://a.example/1"),
        ("<link>\n https://a.example/1 \n</link>", "https://a.example/1"),
        ("<link><![CDATA[https://a.example/1?b=2&c=3]]></link>", "https://a.example/1?b=2&c=3"),
        ("<link>/1</link>", "https://paper.example/1"),
        ("<link>//a.example/1</link>", "https://a.example/1"),
        ("<link>mailto:a@a.example</link>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[</link>", "http://["),  # named as bad where it becomes a candidate
        ("<link/>", None),
        ("<link/><guid>https://a.example/1</guid>", "https://a.example/1"),
        ('<guid isPermaLink="false">https://a.example/1</guid>', None),
        ("<guid>1</guid>", None),
        ("<link>https://a.example/1</link><guid>https://a.example/2</guid>", "https://a.example/1"),
        ('<link href="https://a.example/1"/>', "https://a.example/1"),
        ('<link>https://a.example/1</link><link rel="self" href="/feed"/>', "https://a.example/1"),
        (f"<link>https://proxy.example/1</link>{ORIGIN}", "https://a.example/1"),
        ('<a:link xmlns:a="http://www.w3.org/2005/Atom" href="https://a.example/1"/>', "https://a.example/1"),
    ],
)
def test_an_items_address_is_where_its_article_stands(written, url):
    assert only(rss(written)).url == url


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("<author>ann@paper.example (Ann Writer)</author>", ("Ann Writer",)),
        ("<author>Ann Writer &lt;ann@paper.example&gt;</author>", ("Ann Writer",)),
        ("<author>Ann Writer (ann@paper.example)</author>", ("Ann Writer",)),
        ("<author>Ann Writer</author>", ("Ann Writer",)),
        ("<author>ann@paper.example</author>", ()),
        ("<dc:creator>Ann Writer</dc:creator>", ("Ann Writer",)),
        ("", ()),
    ],
)
def test_authors_are_names(written, authors):
    assert only(rss(written)).claimed.authors == authors


@pytest.mark.parametrize(
    ("written", "published", "updated"),
    [
        ("<pubDate> Tue, 04 Nov 2025 10:15:00 GMT </pubDate>", "Tue, 04 Nov 2025 10:15:00 GMT", None),
        ("<pubDate>yesterday</pubDate>", "yesterday", None),
        ("<pubDate/><dc:date>2025-11-04</dc:date>", "2025-11-04", None),
        ("<PUBDATE>2025</PUBDATE>", "2025", None),
        ("<dcterms:modified>2025</dcterms:modified>", None, "2025"),
    ],
)
def test_dates_are_kept_as_they_are_written(written, published, updated):
    claimed = only(rss(written)).claimed
    assert (claimed.published, claimed.updated) == (published, updated)


@pytest.mark.parametrize(
    ("written", "is_content"),
    [
        (f"<description><![CDATA[{LONG}]]></description>", True),
        (f"<description><![CDATA[{LONG}…]]></description>", False),
        (f"<description><![CDATA[{LONG} [...]]]></description>", False),
        (
            f'<description><![CDATA[{LONG}<a href="/1">Continue reading Harbour plan</a>]]></description>',
            False,
        ),
        (f"<description><![CDATA[{LONG}<p>The post <a>X</a> appeared first on Y.</p>]]></description>", True),
        ("<description>In short.</description>", False),
        (f"<description>In short.</description><content:encoded>{LONG}</content:encoded>", True),
        (f"<description><![CDATA[<p>{'議会は火曜日に再び開かれた。' * 30}</p>]]></description>", True),
        ("<description><![CDATA[<!-- " + "word " * 500 + "]]></description>", False),
    ],
)
def test_only_a_whole_article_is_content(written, is_content):
    assert (only(rss(written)).content_html is not None) == is_content


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ('<media:thumbnail url="/t.jpg"/>', "https://paper.example/t.jpg"),
        (
            '<media:group><media:content url="/g.jpg" type="image/jpeg"/></media:group>',
            "https://paper.example/g.jpg",
        ),
        (
            '<media:content url="/v.mp4"><media:thumbnail url="/t.jpg"/></media:content>',
            "https://paper.example/t.jpg",
        ),
        ('<enclosure url="/e.png" type="image/png" length="1"/>', "https://paper.example/e.png"),
        ('<enclosure url="/e.mp3" type="audio/mpeg"/>', None),
        ("<image><url>/i.png</url></image>", "https://paper.example/i.png"),
        ('<enclosure url="data:image/png;base64,xx" type="image/png"/>', None),
    ],
)
def test_an_items_picture_is_found(written, image):
    assert only(rss(written)).image == image


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


def test_namespaces_are_known_however_they_are_written():
    spaced = '<x:creator xmlns:x=" HTTPS://purl.org/dc/elements/1.1 ">Ann</x:creator>'
    assert only(rss(spaced)).claimed.authors == ("Ann",)
    foreign = '<x:title xmlns:x="urn:x">No</x:title><title>Yes</title>'
    assert only(rss(foreign)).claimed.title == "Yes"
    bare = b"<feed><entry><title>T</title><link href='/1'/></entry></feed>"
    assert only(bare).url == "https://paper.example/1"


def test_the_times_of_items_are_read_for_the_rhythm():
    times = item_times(read(ATOM, url=URL))
    assert [time.isoformat() for time in times] == ["2025-11-04T09:15:00+00:00"]


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
