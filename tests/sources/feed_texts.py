"""Feeds for the tests that read them, made of items or whole."""

from sources.feeds import read

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


def rss(item, *, around="", head=""):
    return f"{head}<rss><channel>{around}<item>{item}</item></channel></rss>".encode()


def only(content, **declared):
    (item,) = read(content, url=URL, **declared).items
    return item
