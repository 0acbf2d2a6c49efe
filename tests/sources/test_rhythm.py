"""When a source is asked again: by its own rhythm, between bounds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.rhythm import LONGEST_DEAD_S, LONGEST_S, SHORTEST_S, Rhythm, next_poll

NOW = datetime(2025, 11, 4, 10, 20, tzinfo=UTC)  # a Tuesday
JITTER = 1.1
HOUR = 3600


def interval_s(**known):
    return (next_poll(now=NOW, **known) - NOW).total_seconds()


def every(minutes, *, since_newest=0, items=10):
    newest = NOW - timedelta(minutes=since_newest)
    return [newest - timedelta(minutes=minutes * n) for n in range(items)]


def test_a_busy_feed_is_asked_twice_in_the_time_between_two_items():
    assert 10 * 60 <= interval_s(item_times=every(20)) <= 10 * 60 * JITTER


def test_a_feed_of_the_week_is_asked_daily():
    assert LONGEST_S <= interval_s(item_times=every(7 * 24 * 60)) <= LONGEST_S * JITTER


def test_a_feed_of_the_minute_is_asked_every_five_minutes():
    assert SHORTEST_S <= interval_s(item_times=every(1)) <= SHORTEST_S * JITTER


def test_the_order_of_items_and_dates_in_the_future_change_nothing():
    times = every(20)
    tomorrow = NOW + timedelta(days=1)
    assert interval_s(item_times=[tomorrow, *reversed(times)]) == interval_s(item_times=times)


def test_a_silent_night_slows_a_busy_feed_down_to_a_fifth_of_the_night():
    assert 2 * HOUR <= interval_s(item_times=every(20, since_newest=600)) <= 2 * HOUR * JITTER


def test_answers_that_bring_nothing_slow_it_down_bit_by_bit():
    last = Rhythm(polled_at=NOW - timedelta(hours=1), interval_s=HOUR)
    assert HOUR < interval_s(last=last) < 1.5 * HOUR


def test_without_dates_what_came_since_the_last_poll_tells_the_rate():
    last = Rhythm(polled_at=NOW - timedelta(hours=2), interval_s=2 * HOUR)
    assert 15 * 60 <= interval_s(last=last, new_items=4) <= 15 * 60 * JITTER


def test_items_all_dated_alike_tell_no_rate():
    assert interval_s(item_times=[NOW] * 20) == interval_s()


def test_a_feed_that_turned_over_whole_is_asked_sooner():
    last = Rhythm(polled_at=NOW - timedelta(hours=1), interval_s=HOUR)
    times = every(600)
    assert interval_s(last=last, item_times=times, new_items=10) < interval_s(
        last=last, item_times=times, new_items=9
    )


@pytest.mark.parametrize("hint", ["cache_max_age_s", "ttl_s"])
def test_a_wish_to_be_left_alone_counts_up_to_an_hour(hint):
    busy = every(10)
    assert 30 * 60 <= interval_s(item_times=busy, **{hint: 30 * 60}) <= 30 * 60 * JITTER
    assert HOUR <= interval_s(item_times=busy, **{hint: 24 * HOUR}) <= HOUR * JITTER
    assert SHORTEST_S <= interval_s(item_times=busy, **{hint: -5}) <= SHORTEST_S * JITTER


def test_the_users_interval_decides_alone_but_not_below_five_minutes():
    assert 2 * HOUR <= interval_s(interval_s=2 * HOUR, item_times=every(1), ttl_s=24 * HOUR) <= 2.2 * HOUR
    assert interval_s(interval_s=1) >= SHORTEST_S


def test_a_failing_source_is_asked_ever_more_seldom_down_to_once_a_week():
    waits = [interval_s(failures=n, seed="a") for n in range(1, 30)]
    assert waits == sorted(waits)
    assert waits[0] < 20 * 60
    assert LONGEST_DEAD_S <= waits[-1] <= LONGEST_DEAD_S * JITTER


def test_a_host_that_names_a_time_is_not_asked_before():
    at = NOW + timedelta(hours=30)
    assert next_poll(now=NOW, retry_at=at, item_times=every(1)) == at
    assert next_poll(now=NOW, retry_at=NOW + timedelta(days=4000)) <= NOW + timedelta(days=7)


def test_hours_to_skip_are_skipped():
    at = next_poll(now=NOW, item_times=every(10), skip_hours={10, 11, 12})
    assert at.hour == 13
    assert at.minute <= 10


def test_days_to_skip_are_skipped():
    assert next_poll(now=NOW, item_times=every(10), skip_days={1, 2}).weekday() == 3


def test_a_feed_that_skips_every_hour_is_asked_all_the_same():
    assert next_poll(now=NOW, item_times=every(10), skip_hours=range(24)) < NOW + timedelta(hours=1)


def test_sources_asked_at_one_time_drift_apart_each_always_in_the_same_way():
    ats = {seed: next_poll(now=NOW, seed=seed) for seed in "abcdefgh"}
    assert len(set(ats.values())) == len(ats)
    assert ats == {seed: next_poll(now=NOW, seed=seed) for seed in ats}


MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SECONDS = st.floats(min_value=0, max_value=1e9)


@given(
    now=MOMENTS,
    last=st.none() | st.builds(Rhythm, polled_at=MOMENTS, interval_s=SECONDS),
    item_times=st.lists(MOMENTS, max_size=30),
    new_items=st.integers(0, 100),
    cache_max_age_s=st.none() | SECONDS,
    ttl_s=st.none() | SECONDS,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
    failures=st.integers(0, 10_000),
    interval_s=st.none() | st.integers(1, 10**6),
    retry_at=st.none() | MOMENTS,
    seed=st.text(),
)
def test_whatever_a_feed_says_the_next_poll_is_between_five_minutes_and_two_weeks_away(now, **known):
    at = next_poll(now=now, **known)
    assert at.tzinfo is UTC
    assert timedelta(seconds=SHORTEST_S) <= at - now <= timedelta(days=14)
