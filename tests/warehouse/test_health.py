"""How every source does: each column of what `dateline source list` shows, over the last seven days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import Candidate, Extracted, Outcome, Source
from warehouse.health import published_health
from warehouse.model import Poll, SourceHealth, SourceState
from warehouse.writer import Writer, open_writer

Run = Callable[..., str]
Make = Callable[..., Extracted]

NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PAPER = Source("paper", "feed", url="https://example.org/feed", name="The Paper")


@pytest.fixture
def shown(writer: Writer) -> Callable[[], SourceHealth]:
    """The health of the paper, as of now."""

    def ask() -> SourceHealth:
        [health] = [each for each in writer.health(at=NOW) if each.source_id == "paper"]
        return health

    return ask


@pytest.fixture
def known(writer: Writer) -> None:
    """The paper, written down four days ago."""
    writer.sync_sources([PAPER], at=NOW - 4 * DAY)


def poll(writer: Writer, run_id: str, *, at: datetime, result: Any = "answered", found: int = 0) -> None:
    listed = [Candidate(f"https://example.org/{at:%d%H}-{number}", "paper") for number in range(found)]
    writer.save_poll(run_id, Poll("paper", at, result), listed, at=at)


def test_a_source_that_was_never_asked_has_nothing_to_show(known: None, shown: Callable[[], SourceHealth]):
    assert shown() == SourceHealth(
        source_id="paper",
        kind="feed",
        name="The Paper",
        url="https://example.org/feed",
        enabled=True,
        state=SourceState("paper"),
        polls=0,
        polls_failed=0,
        outcomes=0,
        failed=0,
        articles_a_day=0.0,
        median_delay_s=None,
        backlog=0,
    )
    assert shown().error_rate == 0


@pytest.mark.usefixtures("known")
def test_the_last_success_is_when_it_last_answered_well(writer: Writer, run: Run, shown: Any):
    run_id = run()
    for hours, result in ((9, "answered"), (5, "unchanged"), (3, "failed"), (1, "put_off")):
        poll(writer, run_id, at=NOW - hours * HOUR, result=result)
    assert shown().state.succeeded_at == NOW - 5 * HOUR
    assert shown().state.polled_at == NOW - HOUR
    assert shown().state.failures == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("results", "outcomes", "expected"),
    [
        ((), (), 0.0),
        (("answered",) * 4, (), 0.0),
        (("answered", "failed"), (), 0.5),
        (("put_off", "unchanged"), (), 0.0),
        ((), ("stored", "failed", "refused", "unchanged"), 0.25),
        (("failed", "answered"), ("stored", "stored", "failed"), 0.4),
        (("failed",), ("failed",), 1.0),
    ],
    ids=["nothing", "all well", "a poll", "left alone", "an outcome", "both", "all"],
)
def test_the_error_rate_is_the_share_of_polls_and_outcomes_that_failed(
    *, writer: Writer, run: Run, shown: Any, results: Any, outcomes: Any, expected: float
):
    run_id = run()
    for number, result in enumerate(results):
        poll(writer, run_id, at=NOW - (number + 1) * HOUR, result=result)
    items = [
        Outcome(f"https://example.org/{number}", "paper", kind, "fetch")
        for number, kind in enumerate(outcomes)
    ]
    writer.write(run_id, items, at=NOW - HOUR)
    assert shown().error_rate == pytest.approx(expected)


@pytest.mark.usefixtures("known")
def test_what_happened_more_than_a_week_ago_or_elsewhere_does_not_count(writer: Writer, run: Run, shown: Any):
    run_id = run()
    poll(writer, run_id, at=NOW - 8 * DAY, result="failed")
    gone = Outcome("https://example.org/a", "paper", "failed", "fetch")
    writer.write(run_id, [gone], at=NOW - 8 * DAY)
    writer.write(run_id, [replace(gone, source_id="wire")], at=NOW - HOUR)
    health = shown()
    assert (health.polls, health.polls_failed, health.outcomes, health.failed) == (0, 0, 0, 0)


@pytest.mark.usefixtures("known")
def test_what_waits_is_counted_by_the_source_that_led_to_it(writer: Writer, run: Run, shown: Any):
    run_id = run()
    poll(writer, run_id, at=NOW - HOUR, found=3)
    writer.write(
        run_id, [Outcome(f"https://example.org/{NOW - HOUR:%d%H}-0", "paper", "failed", "fetch")], at=NOW
    )
    assert shown().backlog == 2


@pytest.mark.parametrize(
    ("known_days", "seen_days_ago", "expected"),
    [
        (30, (0, 1, 2, 3, 4, 5, 6), 1.0),
        (30, (0, 0, 0, 6, 6, 6, 8), 6 / 7),
        (2, (0, 0, 1, 1), 2.0),
        (0.1, (0, 0), 2.0),
        (30, (8, 9), 0.0),
    ],
    ids=["one a day", "none of before the week", "known for two days", "since this morning", "silent"],
)
def test_articles_a_day_are_of_the_days_that_it_is_known(
    *,
    writer: Writer,
    run: Run,
    extracted: Make,
    shown: Any,
    known_days: float,
    seen_days_ago: Any,
    expected: float,
):
    writer.sync_sources([PAPER], at=NOW - known_days * DAY)
    items = [
        extracted(f"https://example.org/{number}", str(number), fetched_at=NOW - days * DAY)
        for number, days in enumerate(seen_days_ago)
    ]
    writer.write(run(), items, at=NOW)
    assert shown().articles_a_day == pytest.approx(expected)


def test_an_article_counts_for_the_source_that_led_to_it_first(
    writer: Writer, run: Run, extracted: Make, shown: Any
):
    writer.sync_sources([PAPER, Source("wire", "feed", url="https://example.org/wire")], at=NOW - DAY)
    url = "https://example.org/a"
    writer.write(run(), [extracted(url, source_id="wire", fetched_at=NOW - 2 * HOUR)], at=NOW)
    writer.write(run(), [extracted(url, "two", source_id="paper", fetched_at=NOW - HOUR)], at=NOW)
    by_source = {each.source_id: each.articles_a_day for each in writer.health(at=NOW)}
    assert by_source == {"paper": 0.0, "wire": 1.0}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("published_and_seen", "expected"),
    [
        ([(2 * HOUR, HOUR)], 3600.0),
        ([(2 * HOUR, HOUR), (3 * HOUR, HOUR), (10 * HOUR, HOUR)], 7200.0),
        ([(2 * HOUR, HOUR), (4 * HOUR, HOUR)], 7200.0),
        ([(9 * DAY, HOUR)], None),
        ([(HOUR, 2 * HOUR)], None),
        ([(None, HOUR)], None),
        ([(None, HOUR), (1.5 * HOUR, HOUR)], 1800.0),
    ],
    ids=[
        "an hour",
        "the one in the middle",
        "between two",
        "older than the source",
        "in the future",
        "no time known",
        "where one is known",
    ],
)
def test_the_delay_is_the_median_from_publication_to_the_first_capture(
    *, writer: Writer, run: Run, extracted: Make, shown: Any, published_and_seen: Any, expected: float | None
):
    items = [
        extracted(
            f"https://example.org/{number}",
            str(number),
            fetched_at=NOW - seen,
            published_at=None if published is None else NOW - published,
        )
        for number, (published, seen) in enumerate(published_and_seen)
    ]
    writer.write(run(), items, at=NOW)
    assert shown().median_delay_s == expected


@pytest.mark.slow
def test_the_published_file_answers_the_same_while_a_writer_writes(db: Path, extracted: Make):
    with open_writer(db) as writer:
        writer.sync_sources([PAPER], at=NOW - DAY)
        run_id = writer.start_run(command="fetch", arguments={}, started_at=NOW, program_version="0")
        poll(writer, run_id, at=NOW - HOUR, found=2)
        writer.write(run_id, [extracted("https://example.org/a", fetched_at=NOW - HOUR)], at=NOW)
        writer.publish()
        assert published_health(db, at=NOW) == writer.health(at=NOW)


def test_no_database_has_no_sources(db: Path):
    assert published_health(db, at=NOW) == ()
