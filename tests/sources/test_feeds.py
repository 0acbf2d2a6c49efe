"""What is read from a feed, whatever its format."""

import json

import pytest

from records import Claimed
from sources.feed_dates import item_times
from sources.feeds import Feed, FeedItem, read
from tests.sources.feed_texts import LONG, RSS, URL, only, rss

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
