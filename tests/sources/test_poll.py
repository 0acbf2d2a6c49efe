"""What polling a feed or a sitemap brings, the web being a dictionary here."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from records import Candidate, InputError, Outcome
from sources import poll_feed, poll_sitemap
from sources.asks import ask_for
from sources.web import Hop, PutOff
from tests.sources.fake_web import NOW, FakeWeb
from tests.sources.polling import (
    FEED,
    FEED_URL,
    LONG,
    MAP_URL,
    SITE,
    SITEMAP,
    found,
    index,
    item,
    polled,
    rss,
    uris,
    urlset,
)


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


# Feeds


def test_items_of_a_feed_become_candidates_with_what_it_claims(web: FakeWeb):
    dated = "<pubDate>Mon, 04 May 2026 10:00:00 +0200</pubDate><guid>tag:1</guid>"
    web.serve(FEED_URL, rss(item("/a?utm_source=rss", dated), item("/b")))
    first, second = found(web, FEED)
    assert isinstance(first, Candidate)
    assert (first.uri, first.url) == (f"{SITE}/a", f"{SITE}/a?utm_source=rss")
    assert (first.source_id, first.guid) == ("news", "tag:1")
    assert (first.claimed.title, first.claimed.published) == (
        "T /a?utm_source=rss",
        "Mon, 04 May 2026 10:00:00 +0200",
    )
    assert first.content is None
    assert second.uri == f"{SITE}/b"


def test_the_facts_that_decide_on_the_next_poll_come_along(web: FakeWeb):
    head = "<ttl>60</ttl><skipHours><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
    dated = "<pubDate>Mon, 04 May 2026 10:00:00 +0200</pubDate>"
    headers = {"etag": '"1"', "last-modified": "Mon", "cache-control": "public, max-age=600"}
    web.serve(FEED_URL, rss(item("/a", dated), item("/b"), head=head), headers=headers)
    answer = polled(web, FEED)
    assert (answer.status, answer.etag, answer.last_modified) == (200, '"1"', "Mon")
    assert (answer.cache_max_age_s, answer.ttl_s) == (600, 3600)
    assert (answer.skip_hours, answer.skip_days) == (frozenset({3}), frozenset({6}))
    assert answer.item_times == (datetime(2026, 5, 4, 8, 0, tzinfo=UTC),)
    assert (answer.title, answer.moved_to, answer.fetched_at) == ("News", None, NOW)


@pytest.mark.parametrize("kind", ["feed", "sitemap", "page", "urls"])
def test_what_has_not_changed_is_no_work(web: FakeWeb, kind):
    web.serve(FEED_URL, b"whatever", headers={"etag": '"1"'})
    answer = polled(web, replace(FEED, kind=kind), etag='"1"', last_modified="Mon")
    assert answer.is_unchanged
    assert list(answer.candidates) == []
    assert (answer.etag, answer.last_modified) == ('"1"', "Mon")
    assert (web.asked[0].etag, web.asked[0].last_modified) == ('"1"', "Mon")


def test_an_article_that_the_feed_holds_is_taken_from_it(web: FakeWeb):
    full = f"<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p>{LONG}</p>]]></content:encoded>"
    web.serve(FEED_URL, rss(item("/a", full)))
    (only,) = found(web, FEED)
    assert isinstance(only, Candidate)
    assert (only.uri, only.url) == (f"{SITE}/a", f"{SITE}/a")
    assert only.content is not None
    assert LONG.encode() in only.content
    assert (only.content_type, only.fetched_at) == ("text/html; charset=utf-8", NOW)


def test_an_article_without_an_address_is_known_by_its_id_in_the_feed(web: FakeWeb):
    full = f"<guid isPermaLink='false'>7</guid><description><![CDATA[<p>{LONG}</p>]]></description>"
    web.serve(FEED_URL, rss(f"<item><title>T</title>{full}</item>"))
    (only,) = found(web, FEED)
    assert isinstance(only, Candidate)
    assert only.uri.startswith(f"{FEED_URL}#item=")
    assert (only.url, only.guid) == (None, "7")
    assert only.content is not None
    assert uris(found(web, FEED)) == [only.uri]


def test_an_item_that_leads_nowhere_has_its_outcome(web: FakeWeb):
    web.serve(FEED_URL, rss("<item><title>T</title></item>", item("/b")))
    first, second = found(web, FEED)
    assert isinstance(first, Outcome)
    assert (first.uri, first.outcome, first.stage, first.reason) == (
        f"{FEED_URL}#item=1",
        "failed",
        "find",
        "no_address",
    )
    assert isinstance(second, Candidate)


def test_an_address_that_comes_twice_is_one_candidate(web: FakeWeb):
    web.serve(FEED_URL, rss(item("/a"), item("/a#top"), item("/a?utm_medium=rss")))
    assert uris(found(web, FEED)) == [f"{SITE}/a"]


def test_the_pages_before_are_read_the_first_time_alone(web: FakeWeb):
    def page(number: int) -> str:
        more = f"<link rel='next' href='{SITE}/atom?page={number + 1}'/>"
        entry = f"<entry><title>T</title><link href='{SITE}/{number}'/></entry>"
        return f"<feed xmlns='http://www.w3.org/2005/Atom'>{more}{entry}</feed>"

    source = replace(FEED, url=f"{SITE}/atom?page=1")
    for number in range(1, 30):
        web.serve(f"{SITE}/atom?page={number}", page(number))
    assert len(found(web, source)) == poll_feed.FIRST_PAGES
    web.asked.clear()
    assert uris(found(web, source, succeeded_at=NOW)) == [f"{SITE}/1"]
    assert len(web.asked) == 1


def test_a_page_before_that_cannot_be_had_is_an_outcome(web: FakeWeb):
    more = f"<link rel='next' href='{SITE}/old'/>"
    entry = f"<entry><title>T</title><link href='{SITE}/1'/></entry>"
    web.serve(FEED_URL, f"<feed xmlns='http://www.w3.org/2005/Atom'>{more}{entry}</feed>")
    first, second = found(web, FEED)
    assert uris([first]) == [f"{SITE}/1"]
    assert isinstance(second, Outcome)
    assert (second.uri, second.reason) == (f"{SITE}/old", "http_404")


def test_a_feed_that_is_none_raises_what_is_wrong(web: FakeWeb):
    web.serve(FEED_URL, "<!doctype html><html><body><p>Moved.</p></body></html>")
    with pytest.raises(InputError) as raised:
        polled(web, FEED)
    assert (raised.value.stage, raised.value.reason) == ("find", "html")


def test_a_source_that_cannot_be_had_raises_what_the_client_said(web: FakeWeb):
    with pytest.raises(InputError, match="it is not there"):
        polled(web, FEED)
    web.pages[FEED_URL] = PutOff("later", reason="http_503", retry_at=NOW)
    with pytest.raises(PutOff):
        polled(web, FEED)


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [((), None), ((301,), "/1"), ((308, 301), "/2"), ((302, 301), None), ((301, 302), "/1")],
)
def test_a_permanent_redirect_is_proposed(web: FakeWeb, statuses, moved_to):
    hops = tuple(
        Hop(f"{SITE}/{number}", status, f"{SITE}/{number + 1}") for number, status in enumerate(statuses)
    )
    web.serve(FEED_URL, rss(item("/a")), hops=hops)
    assert polled(web, FEED).moved_to == (SITE + moved_to if moved_to else None)


# What is asked, and with what


def test_limits_and_pace_of_the_source_go_with_every_request():
    source = replace(FEED, delay_s=5.0, max_bytes=1000, network="local")
    ask = ask_for(source, "https://other.example/", kind="page")
    assert (ask.delay_s, ask.max_bytes, ask.network) == (5.0, 1000, "local")


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        (f"{SITE}/a", True),
        ("https://NEWS.example.org:443/a", True),
        ("https://example.org/a", False),
        ("https://news.example.org.evil.example/a", False),
        ("http://news.example.org/a", False),
        ("no address", False),
    ],
)
def test_headers_go_to_the_source_s_own_host_alone(url, sent):
    source = replace(FEED, headers={"Authorization": "Bearer x"})
    assert bool(ask_for(source, url, kind="page").headers) == sent


# Sitemaps


def test_entries_of_a_sitemap_become_candidates(web: FakeWeb):
    web.serve(MAP_URL, urlset((f"{SITE}/a", "2026-05-03"), ("ftp://x.example/", None)))
    first, second = found(web, SITEMAP)
    assert isinstance(first, Candidate)
    assert (first.uri, first.claimed.updated) == (f"{SITE}/a", "2026-05-03")
    assert isinstance(second, Outcome)
    assert (second.uri, second.reason) == (f"{MAP_URL}#entry=2", "bad_url")


def test_an_index_is_read_newest_first_and_gzipped_ones_too(web: FakeWeb):
    web.serve(
        MAP_URL,
        index((f"{SITE}/1.xml", "2026-01-01"), (f"{SITE}/2.xml.gz", "2026-05-01"), (f"{SITE}/3.txt", None)),
    )
    web.serve(f"{SITE}/1.xml", urlset((f"{SITE}/a", None)))
    web.serve(f"{SITE}/2.xml.gz", gzip.compress(urlset((f"{SITE}/b", None)).encode(), mtime=0))
    web.serve(f"{SITE}/3.txt", f"{SITE}/c\n")
    assert uris(found(web, SITEMAP)) == [f"{SITE}/c", f"{SITE}/b", f"{SITE}/a"]
    assert web.urls == [MAP_URL, f"{SITE}/3.txt", f"{SITE}/2.xml.gz", f"{SITE}/1.xml"]


def test_sitemaps_that_have_not_changed_since_are_not_asked_for(web: FakeWeb):
    web.serve(MAP_URL, index((f"{SITE}/1.xml", "2026-05-01"), (f"{SITE}/2.xml", "2026-05-04")))
    web.serve(f"{SITE}/2.xml", urlset((f"{SITE}/b", None)))
    assert uris(found(web, SITEMAP, succeeded_at=NOW - timedelta(hours=1))) == [f"{SITE}/b"]
    assert web.urls == [MAP_URL, f"{SITE}/2.xml"]


def test_a_dated_index_keeps_its_validator_an_undated_one_does_not(web: FakeWeb):
    web.serve(f"{SITE}/1.xml", urlset((f"{SITE}/a", None)))
    web.serve(MAP_URL, index((f"{SITE}/1.xml", "2026-05-01")), headers={"etag": '"1"'})
    assert polled(web, SITEMAP).etag == '"1"'
    web.serve(MAP_URL, index((f"{SITE}/1.xml", None)), headers={"etag": '"1"'})
    assert polled(web, SITEMAP).etag is None


def test_a_circle_of_indexes_ends(web: FakeWeb):
    web.serve(MAP_URL, index((f"{SITE}/1.xml", None)))
    web.serve(f"{SITE}/1.xml", index((MAP_URL, None), (f"{SITE}/1.xml", None), (f"{SITE}/2.xml", None)))
    web.serve(f"{SITE}/2.xml", urlset((f"{SITE}/a", None)))
    assert uris(found(web, SITEMAP)) == [f"{SITE}/a"]
    assert len(web.asked) == 3


def test_endless_indexes_end_with_an_outcome(web: FakeWeb):
    web.serve(MAP_URL, index((f"{SITE}/1.xml", None)))
    for number in range(1, 50):
        web.serve(f"{SITE}/{number}.xml", index((f"{SITE}/{number + 1}.xml", None)))
    (outcome,) = found(web, SITEMAP)
    assert isinstance(outcome, Outcome)
    assert (outcome.outcome, outcome.reason) == ("refused", "too_many_sitemaps")
    assert len(web.asked) == 1 + poll_sitemap.MAX_DEPTH


def test_too_many_sitemaps_end_with_an_outcome_the_newest_read(web: FakeWeb):
    web.serve(MAP_URL, index(*((f"{SITE}/{n}.xml", f"2026-01-0{n}") for n in range(1, 6))))
    for number in range(1, 6):
        web.serve(f"{SITE}/{number}.xml", urlset((f"{SITE}/{number}", None)))
    outcome, *candidates = found(web, SITEMAP, max_sitemaps=2)
    assert isinstance(outcome, Outcome)
    assert outcome.detail is not None
    assert outcome.detail.startswith("3 of its sitemaps were left unread")
    assert uris(candidates) == [f"{SITE}/5", f"{SITE}/4"]


@pytest.mark.parametrize(
    ("reason", "comes_again"), [("timeout", True), ("http_503", True), ("http_404", False), ("robots", False)]
)
def test_a_sitemap_that_fails_costs_the_others_nothing(web: FakeWeb, reason, comes_again):
    entries = index((f"{SITE}/1.xml", "2026-05-02"), (f"{SITE}/2.xml", "2026-05-01"))
    web.serve(MAP_URL, entries, headers={"etag": '"1"'})
    web.pages[f"{SITE}/1.xml"] = InputError("no", stage="fetch", reason=reason)
    web.serve(f"{SITE}/2.xml", urlset((f"{SITE}/b", None)))
    answer = polled(web, SITEMAP)
    outcome, candidate = answer.candidates
    assert isinstance(outcome, Outcome)
    assert (outcome.uri, outcome.reason) == (f"{SITE}/1.xml", reason)
    assert candidate.uri == f"{SITE}/b"
    assert (answer.unread is not None) == comes_again
    assert (answer.etag is None) == comes_again


def test_a_host_that_wants_to_be_left_alone_is_left_alone(web: FakeWeb):
    children = [(f"{SITE}/{number}.xml", f"2026-05-0{number}") for number in (3, 2, 1)]
    web.serve(MAP_URL, index(*children), headers={"etag": '"1"'})
    web.serve(f"{SITE}/3.xml", urlset((f"{SITE}/c", None)))
    web.pages[f"{SITE}/2.xml"] = PutOff("later", reason="http_429", retry_at=NOW + timedelta(hours=1))
    answer = polled(web, SITEMAP)
    assert uris(list(answer.candidates)) == [f"{SITE}/c"]
    assert web.urls == [MAP_URL, f"{SITE}/3.xml", f"{SITE}/2.xml"]
    assert (answer.put_off_until, answer.etag) == (NOW + timedelta(hours=1), None)
