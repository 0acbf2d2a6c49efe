"""Feeds that other readers are tested with: read without a crash, and as their authors expect."""

from pathlib import Path

import pytest

from benchmarks.feeds import FLOOR, cases, ours, score
from records import InputError
from sources.feeds import read

FEEDS = Path("../shared/inputs/feeds/gofeed")
HOSTILE = Path("../shared/inputs/hostile/xml")

needs_feeds = pytest.mark.skipif(not FEEDS.exists(), reason="the feeds are not on this machine")


@needs_feeds
def test_items_have_the_title_link_and_date_that_is_expected_and_every_difference_has_a_reason():
    found = score(ours, list(cases(FEEDS)), as_text=True)
    assert found.items >= 250
    assert found.equal >= FLOOR
    assert found.stated_equal / found.stated >= FLOOR
    assert found.as_written / found.fields >= FLOOR
    assert [each for each in found.differences if not each.reason] == []
    assert found.crashed == 0


@needs_feeds
def test_every_file_is_a_feed_or_says_why_it_is_none():
    reasons = {}
    for path in sorted(FEEDS.rglob("*")):
        if path.is_file():
            try:
                read(path.read_bytes(), url="https://paper.example/feed")
            except InputError as error:
                if path.suffix == ".xml":
                    reasons[path.name] = error.reason
    assert reasons == {"empty_feed.xml": "empty", "unknown_feed.xml": "not_a_feed"}


@pytest.mark.skipif(not HOSTILE.exists(), reason="the files are not on this machine")
def test_hostile_xml_is_refused_where_it_declares_entities_and_read_nowhere():
    reasons = {}
    for path in sorted(HOSTILE.iterdir()):
        with pytest.raises(InputError) as caught:
            read(path.read_bytes(), url="https://paper.example/feed")
        reasons[path.stem] = caught.value.reason
    bombs = {"cyclic", "external", "external_file", "quadratic", "xmlbomb", "xmlbomb2"}
    assert {name for name, reason in reasons.items() if reason == "xml_entities"} == bombs
