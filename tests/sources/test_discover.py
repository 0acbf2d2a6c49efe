"""Which feeds and sitemaps a site has: those its pages name, and where they usually stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.discover import MAX_FOUND, Found, feeds_in, sitemaps_in, well_known

PAGE = "https://www.paper.example/news/today"


def page(*, head="", body=""):
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def addresses(content, url=PAGE):
    return [each.url for each in feeds_in(content, url=url)]


def test_feeds_declared_in_the_head_are_found_in_order_with_their_titles():
    content = page(
        head='<link rel="alternate" type="application/rss+xml" title="All &amp; more" href="/rss">'
        '<link href="atom.xml" rel="alternate" type="application/atom+xml; charset=utf-8">'
        '<link rel="ALTERNATE nofollow" type="application/feed+json" href="//cdn.example/feed.json">'
        '<link rel="feed" href="/plain">'
        '<link rel="sitemap" type="application/xml" href="/map.xml">'
    )
    assert feeds_in(content, url=PAGE) == (
        Found("https://www.paper.example/rss", "feed", "All & more"),
        Found("https://www.paper.example/news/atom.xml", "feed"),
        Found("https://cdn.example/feed.json", "feed"),
        Found("https://www.paper.example/plain", "feed"),
        Found("https://www.paper.example/map.xml", "sitemap"),
    )


def test_what_else_is_alternate_is_no_feed():
    content = page(
        head='<link rel="alternate" hreflang="de" href="/de"><link rel="amphtml" href="/amp">'
        '<link rel="alternate" type="application/json+oembed" href="/oembed?format=json">'
        '<link rel="alternate" type="application/json" href="/wp-json/posts/1">'
        '<link rel="stylesheet" type="text/css" href="/rss.css">'
    )
    assert addresses(content) == []


def test_feeds_of_comments_come_last():
    content = page(
        head='<link rel="feed" title="Paper » Comments" href="/comments/feed/">'
        '<link rel="feed" title="Paper" href="/feed/">'
    )
    feeds = [address.removeprefix("https://www.paper.example") for address in addresses(content)]
    assert feeds == ["/feed/", "/comments/feed/"]


@pytest.mark.parametrize(
    "link",
    [
        "/rss.xml",
        "/feed",
        "/politics/feed/",
        "/feeds/world.rss",
        "https://feeds.paper.example/world",
        "/rss/world.xml",
    ],
)
def test_links_that_look_like_feeds_of_the_same_site_are_found(link):
    found = feeds_in(page(body=f'<a href="{link}#top">World <b>news</b></a>'), url=PAGE)
    assert [(each.kind, each.title) for each in found] == [("feed", "World news")]
    assert not found[0].url.endswith("#top")


@pytest.mark.parametrize(
    "link",
    [
        *(
            "/feedback",
            "/rss-explained.html",
            "/2025/feeding-birds",
            "/newsletter",
            "mailto:rss@paper.example",
        ),
        *("https://other.example/rss.xml", "javascript:rss()", "", "http://[", "/news/story.html"),
    ],
)
def test_links_that_only_sound_like_feeds_are_not(link):
    assert addresses(page(body=f'<a href="{link}">RSS</a>')) == []


def test_the_pages_own_base_counts():
    content = page(head='<base href="https://static.example/x/"><link rel="feed" href="rss">')
    assert addresses(content) == ["https://static.example/x/rss"]


def test_an_address_is_found_once_and_never_too_many():
    twice = page(body='<a href="/rss.xml">1</a><a href="/rss.xml#a">2</a>')
    assert len(addresses(twice)) == 1
    many = page(body="".join(f'<a href="/{n}/rss.xml">{n}</a>' for n in range(MAX_FOUND + 50)))
    assert len(addresses(many)) == MAX_FOUND


@given(content=st.binary(max_size=400), url=st.text(max_size=40))
def test_no_page_makes_it_fail(content, url):
    feeds_in(content, url=url)
    sitemaps_in(content, url=url)
    well_known(url)


def test_well_known_places_beside_the_page_come_before_those_of_the_host():
    found = well_known("https://paper.example/blog/?page=2#top")
    feeds = [each.url for each in found if each.kind == "feed"]
    assert feeds[0] == "https://paper.example/blog/feed/"
    assert "https://paper.example/rss" in feeds
    assert "https://paper.example/blog/?format=rss" in feeds
    assert "https://paper.example/sitemap.xml" in [each.url for each in found if each.kind == "sitemap"]
    assert len({each.url for each in found}) == len(found)


def test_the_sitemaps_of_a_robots_txt_are_found_wherever_they_stand():
    robots = b"\xef\xbb\xbfSitemap: https://paper.example/a.xml\nUser-agent: *\nDisallow: /x\n"
    robots += (
        b"  SITEMAP : /b.xml # new\r\nSitemap:\nSitemap: https://paper.example/a.xml\nNo sitemap: /c.xml\n"
    )
    assert sitemaps_in(robots, url="https://paper.example/robots.txt") == (
        Found("https://paper.example/a.xml", "sitemap"),
        Found("https://paper.example/b.xml", "sitemap"),
    )
