"""What a poll comes to, case by case: how it ended, what is kept of it, when its source is asked again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from flows.network import PollEnded
from flows.polling import finished, is_due
from records import InputError, Source
from sources.polled import Polled
from sources.web import PutOff
from warehouse.model import Poll, PollCounts, PollResult, SourceState

ASKED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW = ASKED + timedelta(seconds=3)
LATER = NOW + timedelta(hours=5)
SOURCE = Source("wire", "feed", url="https://news.example.org/feed")
FAILED = InputError("the server answered 404", stage="fetch", reason="http_404")
PUT_OFF = PutOff("it wants to be left alone", reason="retry_after", retry_at=LATER)


@dataclass(frozen=True, slots=True)
class Case:
    """One poll and what it comes to.

    Attributes:
        polled: what was answered.
        error: why asking failed.
        of_list: why the list could not be gone through.
        result: how it ended.
        reason: as in the row.
        minutes: least and most until the source is asked again.
        state: of the source before.
        counts: what its addresses were.
        source: that was asked.
    """

    result: PollResult
    minutes: tuple[float, float]
    polled: Polled | None = None
    error: InputError | None = None
    of_list: InputError | None = None
    reason: str | None = None
    state: SourceState = field(default_factory=lambda: SourceState("wire"))
    counts: PollCounts = field(default_factory=PollCounts)
    source: Source = SOURCE


def state(**given: object) -> SourceState:
    return SourceState("wire", **given)  # type: ignore[arg-type]  # each test gives what it needs


def answered(**given: object) -> Polled:
    return Polled(candidates=(), status=200, **given)  # type: ignore[arg-type]  # the same


HOURLY = state(polled_at=ASKED - timedelta(hours=1), next_poll_at=ASKED)
TIMES = tuple(NOW - timedelta(minutes=40 * number + 1) for number in range(12))

CASES = {
    "a first answer without dates": Case("answered", (15, 16.5), answered(etag='"a"', last_modified="Mon")),
    "an answer with items every forty minutes": Case("answered", (18, 24), answered(item_times=TIMES)),
    "nothing new lets the interval grow": Case("answered", (60, 90), answered(), state=HOURLY),
    "unchanged": Case("unchanged", (60, 90), Polled((), status=304), state=HOURLY),
    "a ttl is a wish": Case("answered", (30, 33), answered(ttl_s=1800)),
    "so is max-age": Case("answered", (30, 33), answered(cache_max_age_s=1800)),
    "no wish counts for more than an hour": Case("answered", (60, 66), answered(ttl_s=1_000_000)),
    "the user's interval goes first": Case(
        "answered",
        (120, 132),
        answered(ttl_s=1800),
        source=Source("wire", "feed", url="x", interval_s=7200),
    ),
    "not answered": Case("failed", (15, 16.5), error=FAILED, reason="http_404"),
    "the fourth failure on end": Case(
        "failed", (120, 132), error=FAILED, reason="http_404", state=state(failures=3)
    ),
    "failed for months": Case(
        "failed", (7 * 1440, 7.7 * 1440), error=FAILED, reason="http_404", state=state(failures=200)
    ),
    "the list broke off": Case("failed", (15, 16.5), answered(), of_list=FAILED, reason="http_404"),
    "a part of it was not to be read": Case("failed", (15, 16.5), answered(unread=FAILED), reason="http_404"),
    "put off": Case("put_off", (5 * 60 - 0.1, 5 * 60 + 30), error=PUT_OFF, reason="retry_after"),
    "put off in the middle": Case("put_off", (5 * 60 - 0.1, 5 * 60 + 30), answered(put_off_until=LATER)),
    "put off for a year": Case(
        "put_off",
        (7 * 1440 - 1, 7 * 1440 + 1),
        error=PutOff("no", reason="retry_after", retry_at=NOW + timedelta(days=365)),
        reason="retry_after",
    ),
}


def ended(case: Case) -> Poll:
    event = PollEnded(case.source, ASKED, case.polled, case.error)
    return finished(event, case.state, case.counts, at=NOW, error=case.of_list)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_how_a_poll_ends_and_when_the_next_is(case: Case):
    poll = ended(case)
    assert (poll.source_id, poll.asked_at) == ("wire", ASKED)
    assert (poll.result, poll.reason) == (case.result, case.reason)
    assert poll.next_poll_at is not None
    minutes = (poll.next_poll_at - NOW).total_seconds() / 60
    assert case.minutes[0] <= minutes <= case.minutes[1]
    assert (poll.problem is None) is (poll.reason is None)


def test_what_the_answer_says_of_itself_is_kept():
    poll = ended(
        Case("answered", (0, 0), answered(etag='"a"', last_modified="Mon", moved_to="https://b.example/"))
    )
    assert (poll.status, poll.etag, poll.last_modified, poll.moved_to) == (
        200,
        '"a"',
        "Mon",
        "https://b.example/",
    )


def test_a_source_that_has_moved_to_where_the_user_has_it_has_not_moved():
    assert ended(Case("answered", (0, 0), answered(moved_to=SOURCE.url))).moved_to is None


def test_many_new_items_bring_the_next_poll_nearer():
    few = ended(Case("answered", (0, 0), answered(), state=HOURLY, counts=PollCounts(found=2, new=1)))
    many = ended(Case("answered", (0, 0), answered(), state=HOURLY, counts=PollCounts(found=30, new=30)))
    assert few.next_poll_at is not None
    assert many.next_poll_at is not None
    assert many.next_poll_at < few.next_poll_at


def test_putting_off_is_no_failure():
    """The next failure begins to count from the first."""
    poll = ended(Case("put_off", (0, 0), error=PUT_OFF, state=state(failures=9)))
    assert poll.next_poll_at is not None
    assert poll.next_poll_at < LATER + timedelta(hours=1)


@pytest.mark.parametrize(
    ("next_poll_at", "due"),
    [(None, True), (NOW - timedelta(days=1), True), (NOW, True), (NOW + timedelta(seconds=1), False)],
)
def test_when_a_source_is_due(next_poll_at: datetime | None, due: bool):
    assert is_due(state(next_poll_at=next_poll_at), at=NOW) is due
