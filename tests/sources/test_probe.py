"""What is found at an address: a feed, a sitemap, a list, or a page that leads to them."""

import asyncio

import pytest

from records import InputError
from sources import discover, probe
from sources.probe import Probed
from sources.web import Ask, Hop, Refused
from tests.sources.fake_web import NOW, FakeWeb

SITE = "https://news.example.org"
RSS = "<rss version='2.0'><channel><title>Harbour News</title><language>en-IE</language>{}</channel></rss>"
URLSET = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
HTML = {"content-type": "text/html; charset=utf-8"}


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


def probed(web: FakeWeb, url: str = f"{SITE}/") -> Probed:
    return asyncio.run(probe.probe(url, web.get, now=NOW))


def feed(items: int) -> str:
    dates = (f"<pubDate>Mon, 04 May 2026 {hour:02}:00:00 GMT</pubDate>" for hour in range(items))
    rows = (f"<item><title>T{n}</title><link>{SITE}/{n}</link>{d}</item>" for n, d in enumerate(dates))
    return RSS.format("".join(rows))


def sitemap(*paths: str) -> str:
    return URLSET.format("".join(f"<url><loc>{SITE}{path}</loc></url>" for path in paths))


def page(*, head: str = "", links: int = 0) -> str:
    titles = (f"the-council-votes-on-the-night-bus-{number}" for number in range(links))
    body = "".join(
        f"<h2><a href='/2026/05/04/{title}'>{title.replace('-', ' ')}</a></h2>" for title in titles
    )
    return f"<!doctype html><html><head><title>Harbour</title>{head}</head><body>{body}</body></html>"


def kinds(found: Probed) -> list[tuple[str, str]]:
    return [(offer.kind, offer.url) for offer in found.offers]


def test_a_feed_is_one_with_its_latest_items(web: FakeWeb):
    web.serve(f"{SITE}/rss", feed(8))
    (offer,) = probed(web, f"{SITE}/rss").offers
    assert (offer.kind, offer.title, offer.language, offer.items) == ("feed", "Harbour News", "en-IE", 8)
    assert [each.claimed.title for each in offer.latest] == ["T7", "T6", "T5", "T4", "T3"]
    assert len(web.asked) == 1


def test_a_sitemap_is_one(web: FakeWeb):
    web.serve(f"{SITE}/map.xml", sitemap("/a", "/b"))
    assert kinds(probed(web, f"{SITE}/map.xml")) == [("sitemap", f"{SITE}/map.xml")]


def test_of_an_index_the_newest_sitemap_is_asked_alone(web: FakeWeb):
    rows = "".join(f"<sitemap><loc>{SITE}/{n}.xml</loc></sitemap>" for n in range(9))
    web.serve(f"{SITE}/map.xml", URLSET.replace("urlset", "sitemapindex").format(rows))
    web.serve(f"{SITE}/0.xml", sitemap("/a"))
    (offer,) = probed(web, f"{SITE}/map.xml").offers
    assert (offer.kind, offer.items) == ("sitemap", 1)
    assert len(web.asked) == 2


def test_a_list_of_addresses_is_one(web: FakeWeb):
    web.serve(f"{SITE}/list.txt", f"# ours\n{SITE}/a\n{SITE}/b\n")
    (offer,) = probed(web, f"{SITE}/list.txt").offers
    assert (offer.kind, offer.items) == ("urls", 2)


def test_of_a_page_what_it_and_its_robots_name_comes_before_the_page(web: FakeWeb):
    link = "<link rel='alternate' type='application/rss+xml' href='/rss' title='All of it'>"
    web.serve(f"{SITE}/", page(head=link, links=6), headers=HTML)
    web.serve(f"{SITE}/rss", feed(1))
    web.serve(f"{SITE}/robots.txt", f"User-agent: *\nDisallow:\nSitemap: {SITE}/news.xml\n")
    web.serve(f"{SITE}/news.xml", sitemap("/a"))
    found = probed(web)
    assert kinds(found) == [("feed", f"{SITE}/rss"), ("sitemap", f"{SITE}/news.xml"), ("page", f"{SITE}/")]
    assert [offer.how for offer in found.offers] == [
        "named by the page",
        "named by robots.txt",
        "links on the page",
    ]
    assert found.troubles == ()


def test_where_nothing_is_named_the_usual_places_are_asked(web: FakeWeb):
    usual = next(each for each in discover.well_known(f"{SITE}/") if each.kind == "feed")
    web.serve(f"{SITE}/", page(), headers=HTML)
    web.serve(usual.url, feed(2))
    found = probed(web)
    assert kinds(found) == [("feed", usual.url)]
    assert found.offers[0].how == "in its usual place"


def test_a_page_of_links_is_enough_and_one_without_is_nothing(web: FakeWeb):
    web.serve(f"{SITE}/", page(links=6), headers=HTML)
    assert kinds(probed(web)) == [("page", f"{SITE}/")]
    web.serve(f"{SITE}/", page(links=1), headers=HTML)
    assert probed(web).offers == ()


def test_a_handful_of_requests_is_all(web: FakeWeb):
    links = (f"<link rel='alternate' type='application/rss+xml' href='/{number}'>" for number in range(40))
    web.serve(f"{SITE}/", page(head="".join(links)), headers=HTML)
    maps = "".join(f"Sitemap: {SITE}/{number}.xml\n" for number in range(40))
    web.serve(f"{SITE}/robots.txt", maps)
    probed(web)
    assert len(web.asked) <= 2 + 2 * probe.MAX_NAMED + probe.MAX_GUESSED


def test_what_is_named_and_cannot_be_had_is_told(web: FakeWeb):
    link = "<link rel='alternate' type='application/rss+xml' href='/gone'>"
    web.serve(f"{SITE}/", page(head=link, links=6), headers=HTML)
    found = probed(web)
    assert kinds(found) == [("page", f"{SITE}/")]
    assert [(each.url, each.sentence) for each in found.troubles] == [(f"{SITE}/gone", "it is not there")]


def test_a_feed_that_has_moved_is_offered_where_it_is(web: FakeWeb):
    web.serve(f"{SITE}/old", feed(1), hops=(Hop(f"{SITE}/old", 301, f"{SITE}/new"),))
    assert kinds(probed(web, f"{SITE}/old")) == [("feed", f"{SITE}/new")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\nwhatever", "no_source"),
        (b"just some words", "no_source"),
        (b"<!DOCTYPE r [<!ENTITY a 'b'>]><rss><channel><title>&a;</title></channel></rss>", "xml_entities"),
    ],
)
def test_what_is_nothing_or_hostile_is_said(web: FakeWeb, content, reason):
    web.serve(f"{SITE}/x", content)
    with pytest.raises(InputError) as raised:
        probed(web, f"{SITE}/x")
    assert raised.value.reason == reason


def test_a_site_that_wants_to_be_left_alone_is_left_alone(web: FakeWeb):
    web.pages[f"{SITE}/"] = Refused("robots.txt says no", reason="robots", signals=())
    with pytest.raises(Refused):
        probed(web)
    assert web.asked == [Ask(f"{SITE}/", kind="feed")]
