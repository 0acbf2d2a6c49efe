"""What a poll finds: the new waits, the known is left alone, the changed waits again; nothing is lost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records import Candidate, Claimed, Extracted, Outcome, Source
from warehouse.model import Poll, PollCounts, SourceState
from warehouse.sightings import Seen, Sighting, host_of, instant, listed, sort_out
from warehouse.source_rows import after
from warehouse.writer import Writer

Rows = Callable[[str], list[tuple[Any, ...]]]
Run = Callable[..., str]
Make = Callable[..., Extracted]

AT = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def item(name: str, source_id: str = "paper", *, guid: str | None = None, **claimed: Any) -> Candidate:
    uri = f"https://example.org/{name}"
    return Candidate(
        uri=uri, source_id=source_id, url=f"{uri}?from=feed", guid=guid, claimed=Claimed(**claimed)
    )


@pytest.fixture
def poll(writer: Writer, run: Run) -> Callable[..., PollCounts]:
    """Store a poll that found these names or candidates; each an hour after the last, unless it says when."""
    times: list[datetime] = []
    run_id = run()

    def save(
        *found: str | Candidate, source_id: str = "paper", at: datetime | None = None, **of_poll: Any
    ) -> PollCounts:
        at = at or (times[-1] + timedelta(hours=1) if times else AT)
        times.append(at)
        candidates = [item(each, source_id) if isinstance(each, str) else each for each in found]
        return writer.save_poll(run_id, Poll(source_id, at, **of_poll), candidates, at=at)

    return save


def waiting(writer: Writer, **asked: Any) -> list[str]:
    due = writer.due(**{"at": AT + 99 * DAY, "limit": 999, "per_host": 999, **asked})
    return sorted(each.uri.rpartition("/")[2] for each in due)


def test_what_is_new_waits_and_is_known_from_then_on(writer: Writer, poll: Callable[..., PollCounts]):
    assert poll("a", "b") == PollCounts(found=2, new=2)
    assert poll("a", "b", "c") == PollCounts(found=3, new=1, known=2)
    assert waiting(writer) == ["a", "b", "c"]


def test_all_that_the_source_said_comes_back_with_it(writer: Writer, poll: Callable[..., PollCounts]):
    said = item("a", guid="1", title="A title", authors=("A. Writer",), published="4 Nov", updated="5 Nov")
    whole = replace(item("b"), content=b"<p>All of it</p>", content_type="text/html", fetched_at=AT)
    itself = Candidate("https://example.org/c", "paper", url="https://example.org/c")
    file = Candidate("file:///d", "paper", path="/d")
    poll(said, whole, itself, file)
    found = {each.uri: each for each in writer.due(at=AT, limit=9, per_host=9)}
    assert found == {each.uri: each for each in (said, whole, itself, file)}


def test_an_address_that_a_list_has_twice_waits_once(writer: Writer, poll: Callable[..., PollCounts]):
    assert poll("a", "b", "a") == PollCounts(found=3, new=2, known=1)
    assert waiting(writer) == ["a", "b"]


def test_an_address_that_another_source_led_to_is_known(writer: Writer, poll: Callable[..., PollCounts]):
    poll("a")
    assert poll("a", "b", source_id="wire") == PollCounts(found=2, new=1, known=1)
    found = writer.due(at=AT + DAY, limit=9, per_host=9)
    assert [each.source_id for each in found] == ["wire", "paper"]


def test_an_article_that_is_stored_is_known(
    writer: Writer, run: Run, poll: Callable[..., PollCounts], extracted: Make
):
    stored = extracted("https://example.org/by-its-own-word", uri="https://example.org/as-it-was-fetched")
    writer.write(run(), [stored], at=AT)
    assert poll("by-its-own-word", "as-it-was-fetched", "another") == PollCounts(found=3, new=1, known=2)
    assert waiting(writer) == ["another"]


def test_what_was_refused_or_failed_is_known(writer: Writer, run: Run, poll: Callable[..., PollCounts]):
    poll("a", "b")
    writer.write(
        run(),
        [
            Outcome("https://example.org/a", "paper", "refused", "fetch", "robots", "It may not be read."),
            Outcome("https://example.org/b", "paper", "failed", "extract", "no_text", "It has no text."),
        ],
        at=AT,
    )
    assert poll("a", "b", at=AT + 99 * DAY) == PollCounts(found=2, known=2)
    assert waiting(writer) == []


def test_what_could_not_be_fetched_is_tried_again_at_growing_intervals(
    writer: Writer, run: Run, poll: Callable[..., PollCounts]
):
    gone = Outcome("https://example.org/a", "paper", "failed", "fetch", "http_404", "It is gone.")
    poll("a")
    run_id, at = run(), AT
    for days in (1, 2, 4):
        writer.write(run_id, [gone], at=at)
        assert poll("a", at=at + days * DAY - timedelta(hours=1)) == PollCounts(found=1, known=1)
        at += days * DAY
        assert poll("a", at=at) == PollCounts(found=1, again=1)
        assert poll("a", at=at + timedelta(hours=1)) == PollCounts(found=1, known=1)
        assert waiting(writer) == ["a"]
    writer.write(run_id, [replace(gone, outcome="refused", reason="robots")], at=at)
    assert poll("a", at=at + 99 * DAY) == PollCounts(found=1, known=1)


def test_what_the_source_says_has_changed_waits_again(
    writer: Writer, run: Run, poll: Callable[..., PollCounts], extracted: Make
):
    first = item("a", published="4 Nov", updated="4 Nov")
    poll(first)
    writer.write(run(), [extracted(first.uri)], at=AT)
    assert poll(first) == PollCounts(found=1, known=1)
    assert poll(item("a", published="4 Nov")) == PollCounts(found=1, known=1)
    later = item("a", published="4 Nov", updated="5 Nov")
    assert poll(later) == PollCounts(found=1, changed=1)
    assert [each.claimed.updated for each in writer.due(at=AT + DAY, limit=9, per_host=9)] == ["5 Nov"]
    assert poll(later) == PollCounts(found=1, known=1)


def test_the_first_word_of_a_change_is_one_unless_it_repeats_the_day_of_publication(
    poll: Callable[..., PollCounts],
):
    poll(item("a", published="4 Nov"), item("b", published="4 Nov"))
    found = (item("a", published="4 Nov", updated="4 Nov"), item("b", published="4 Nov", updated="6 Nov"))
    assert poll(*found) == PollCounts(found=2, known=1, changed=1)


@pytest.mark.slow
def test_a_source_that_says_changed_whenever_it_is_asked_is_believed_ever_more_seldom(
    writer: Writer, run: Run, poll: Callable[..., PollCounts]
):
    done = Outcome("https://example.org/a", "paper", "unchanged", "store")
    run_id = run()
    fetched = 0
    for hour in range(48):
        poll(item("a", updated=f"hour {hour}"), at=AT + timedelta(hours=hour))
        if waiting(writer, at=AT + timedelta(hours=hour)):
            fetched += 1
            writer.write(run_id, [done], at=AT + timedelta(hours=hour))
    assert 4 < fetched < 10


def test_a_change_that_comes_while_the_page_is_fetched_is_fetched_too(
    writer: Writer, run: Run, poll: Callable[..., PollCounts], extracted: Make
):
    poll(item("a", updated="1"))
    [in_hand] = writer.due(at=AT + DAY, limit=9, per_host=9)
    poll(item("a", updated="2"))
    read = extracted(in_hand.uri)
    capture = replace(read.capture, candidate=in_hand)
    writer.write(run(), [replace(read, capture=capture)], at=AT)
    [again] = writer.due(at=AT + DAY, limit=9, per_host=9)
    assert again.claimed.updated == "2"


def test_an_item_whose_address_was_mended_is_known_by_its_id(
    writer: Writer, run: Run, poll: Callable[..., PollCounts], extracted: Make
):
    poll(item("harbor", guid="1", published="4 Nov", updated="4 Nov"))
    writer.write(run(), [extracted("https://example.org/harbor")], at=AT)
    assert poll(item("harbour", guid="1", published="4 Nov", updated="4 Nov")).known == 1
    assert poll(item("harbour", guid="1", published="4 Nov", updated="5 Nov")).changed == 1
    [again] = writer.due(at=AT + DAY, limit=9, per_host=9)
    assert (again.uri, again.url) == ("https://example.org/harbor", "https://example.org/harbour?from=feed")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([item("a", guid="1"), item("b", guid="1")], [item("c", guid="1")]),
        ([item("a", guid="1", published="4 Nov")], [item("b", guid="1", published="5 Nov")]),
        ([item("a", guid="1")], [item("b", "wire", guid="1")]),
    ],
    ids=["everything in the feed has it", "it has another date", "it is another source's"],
)
def test_an_id_that_says_little_takes_nothing_away(
    poll: Callable[..., PollCounts], first: list[Candidate], second: list[Candidate]
):
    assert poll(*first).new == len(first)
    assert poll(*second, source_id=second[0].source_id).new == len(second)


def test_one_address_in_two_feeds_is_one_article_with_two_sources(
    writer: Writer, run: Run, rows: Rows, poll: Callable[..., PollCounts], extracted: Make
):
    poll("a")
    poll("a", source_id="wire")
    writer.write(run(), [extracted("https://example.org/a")], at=AT)
    poll("a", source_id="blog")
    assert rows("SELECT source_id, sightings FROM article_sources ORDER BY 1") == [
        ("blog", 1),
        ("paper", 1),
        ("wire", 1),
    ]
    assert rows("SELECT source_id, is_first_source FROM timeline ORDER BY 1") == [
        ("blog", False),
        ("paper", True),
        ("wire", False),
    ]


def test_a_long_list_may_come_in_parts_and_is_over_with_the_last(writer: Writer, run: Run, rows: Rows):
    run_id = run()
    named = Poll("paper", AT, etag='"1"', next_poll_at=AT + DAY)
    assert writer.save_poll(run_id, named, [item("a")], at=AT, last=False) == PollCounts(found=1, new=1)
    assert writer.source_states() == {}
    assert rows("SELECT finished_at, result, found FROM polls") == [(None, None, 1)]
    part = [item("b"), item("a")]
    assert writer.save_poll(run_id, named, part, at=AT, last=False) == PollCounts(found=3, new=2, known=1)
    later = AT + timedelta(seconds=9)
    assert writer.save_poll(run_id, named, (), at=later) == PollCounts(found=3, new=2, known=1)
    assert writer.source_states() == {
        "paper": SourceState("paper", AT, later, AT + DAY, etag='"1"'),
    }
    assert rows("SELECT finished_at, result, found, new, known FROM polls") == [(later, "answered", 3, 2, 1)]


def test_what_is_taken_down_is_refused_once(writer: Writer, run: Run, rows: Rows, extracted: Make):
    # tests/warehouse/test_forget.py has the takedown itself.
    connection = writer.store.connection
    connection.execute(
        """INSERT INTO forgotten VALUES ('0', 'https://example.org/a', ['https://example.org/a'], [], '',
        TIMESTAMPTZ '2025-11-04 00:00:00Z', 'r')"""
    )
    run_id = run()
    for hour in range(3):
        at = AT + timedelta(hours=hour)
        for source_id in ("paper", "wire"):
            counts = writer.save_poll(run_id, Poll(source_id, at), [item("a", source_id)], at=at)
            assert counts == PollCounts(found=1, refused=1)
    assert rows("SELECT uri, source_id, outcome, stage, reason FROM outcomes") == [
        ("https://example.org/a", "paper", "refused", "find", "forgotten")
    ]
    assert rows("SELECT items, refused FROM batches") == [(1, 1)]
    assert waiting(writer) == []


def test_a_poll_that_fails_counts_and_keeps_what_was_known(writer: Writer, poll: Callable[..., PollCounts]):
    poll("a", etag='"1"', last_modified="Tue", moved_to="https://example.org/new")
    poll(result="unchanged", status=304)
    poll(result="failed", status=500, reason="http_500", problem="It failed.")
    poll(result="failed", status=500, reason="http_500", problem="It failed again.")
    poll(result="put_off", status=429, reason="put_off", problem="It asks to be left alone.")
    [state] = writer.source_states().values()
    assert state == SourceState(
        "paper",
        polled_at=AT + timedelta(hours=4),
        succeeded_at=AT + timedelta(hours=1),
        failures=2,
        problem="It asks to be left alone.",
        etag='"1"',
        last_modified="Tue",
    )


def test_an_answer_without_validators_leaves_none():
    before = SourceState("paper", etag='"1"', last_modified="Tue", failures=3, problem="It failed.")
    assert after(before, Poll("paper", AT), at=AT) == SourceState("paper", polled_at=AT, succeeded_at=AT)


def test_the_next_poll_stays_as_it_was_where_nothing_was_decided():
    before = SourceState("paper", next_poll_at=AT + DAY)
    assert after(before, Poll("paper", AT, "failed"), at=AT).next_poll_at == AT + DAY


def test_sources_are_kept_as_they_are_written_down(writer: Writer, rows: Rows):
    feed = Source("paper", "feed", url="https://example.org/feed", name="Paper", country="SG", interval_s=600)
    writer.sync_sources([feed, Source("wire", "sitemap", url="https://example.org/map")], at=AT)
    writer.sync_sources([replace(feed, name="The Paper")], at=AT + DAY)
    assert rows(
        "SELECT source_id, kind, name, country, poll_interval_s, enabled, added_at FROM sources ORDER BY 1"
    ) == [
        ("paper", "feed", "The Paper", "SG", 600, True, AT),
        ("wire", "sitemap", None, None, None, False, AT),
    ]


def test_a_source_that_was_only_named_stays_on(writer: Writer, run: Run, rows: Rows, extracted: Make):
    writer.write(run(), [extracted("https://example.org/a", source_id="shell")], at=AT)
    writer.publish()
    writer.sync_sources([], at=AT)
    assert rows("SELECT source_id, enabled FROM sources") == [("shell", True)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"url": "https://example.org/other"}, SourceState("paper", AT, AT)),
        ({"kind": "page"}, SourceState("paper", AT, AT)),
        ({"interval_s": 600}, SourceState("paper", AT, AT, None, etag='"1"')),
        ({"name": "Paper"}, SourceState("paper", AT, AT, AT + DAY, etag='"1"')),
    ],
)
def test_what_was_learned_of_one_address_does_not_hold_for_another(
    writer: Writer, run: Run, change: dict[str, Any], expected: SourceState
):
    source = Source("paper", "feed", url="https://example.org/feed")
    writer.sync_sources([source], at=AT)
    writer.save_poll(run(), Poll("paper", AT, etag='"1"', next_poll_at=AT + DAY), (), at=AT)
    writer.sync_sources([replace(source, **change)], at=AT)
    assert writer.source_states() == {"paper": expected}


def test_a_poll_of_a_run_that_was_not_started_is_a_mistake(writer: Writer):
    with pytest.raises(ValueError, match="was not started"):
        writer.save_poll("nobody", Poll("paper", AT), [item("a")], at=AT)


NAMES = st.sampled_from("abcdefgh")
FOUND = st.lists(st.tuples(st.sampled_from(["paper", "wire"]), st.lists(NAMES, max_size=6)), max_size=5)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=FOUND, data=st.data())
def test_what_waits_does_not_depend_on_the_order_of_lists(found: Any, data: Any):
    shuffled = [
        (source_id, data.draw(st.permutations(names)))
        for source_id, names in data.draw(st.permutations(found))
    ]
    assert _after(found) == _after(shuffled)


@settings(max_examples=100)
@given(names=st.lists(NAMES, max_size=12), size=st.integers(1, 5))
def test_what_waits_does_not_depend_on_how_a_list_is_parted(names: list[str], size: int):
    parts = [("paper", names[start : start + size]) for start in range(0, len(names), size)]
    assert _after(parts) == _after([("paper", names)])


def _after(found: Sequence[tuple[str, Sequence[str]]]) -> tuple[set[str], set[tuple[str, str]]]:
    """What waits and who listed it after these lists, by the decider alone."""
    own: dict[str, dict[int, Sighting]] = {"paper": {}, "wire": {}}
    backlog: set[int] = set()
    said: list[str] = []
    for source_id, names in found:
        items = listed([item(name, source_id) for name in names], source_id=source_id)
        known = {number for sightings in own.values() for number in sightings}
        seen = Seen(own[source_id], {}, known, backlog, {}, ())
        decided = sort_out(items, seen, found=len(names), at=AT)
        counts = decided.counts
        assert counts.found == counts.new + counts.known + counts.changed + counts.again + counts.refused
        said += [each.candidate.uri for each in decided.backlog]
        backlog |= {each.uri_no for each in decided.backlog}
        own[source_id] |= {each.uri_no: sighting for each, sighting in decided.fresh}
    assert len(said) == len(set(said)), "nothing waits twice"
    return set(said), {(name, each.uri) for name, sightings in own.items() for each in sightings.values()}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/a", "example.org"),
        ("HTTP://Example.ORG:8080", "example.org"),
        ("http://user:word@127.0.1.9:80/a?b#c", "127.0.1.9"),
        ("http://[::1]:8080/", "::1"),
        ("file:///a", ""),
    ],
)
def test_the_host_that_is_asked(url: str, host: str):
    assert host_of(Candidate("urn:x", "paper", url=url)) == host


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 04 Nov 2025 12:00:00 GMT", AT),
        ("2025-11-04T20:00:00+08:00", AT),
        ("2025-11-04", AT.replace(hour=0)),
        ("9999-12-31T23:59:59-23:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_time_that_is_claimed(text: str | None, expected: datetime | None):
    assert instant(text) == expected


@given(st.text(max_size=40))
def test_no_claim_stops_a_poll(text: str):
    found = instant(text)
    assert found is None or found.tzinfo is UTC
