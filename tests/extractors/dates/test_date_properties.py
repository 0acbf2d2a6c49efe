"""What holds for every text and every set of claims."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.dates.moment import agree, read_value, refines
from extractors.dates.phrases import find_dates, open_dates
from extractors.dates.resolve import resolve
from extractors.dates.stamps import stamp_of
from extractors.dates.table import BASES, SLACK
from extractors.dates.text import claims_of_line, dateline_of, relative_of
from extractors.dates.url import claims_of_url
from extractors.dates.words import words_of
from records import DateClaim, Published

BOUND = datetime(2025, 6, 10, 12, 0, tzinfo=UTC)
MONTHS = [[word for word, month in words_of("en").months.items() if month.month == n] for n in range(1, 13)]

# Text that is dates as often as not, so that the paths behind the first match are walked too.
PIECES = """
Nov November may 5 05 11 31 2025 25 0 99999 T Z : / - . , ( ) | at GMT +08:00 10:15 a.m. pm st th of de — --
Tue 年 月 日 下午 BEIJING China (AP) Published Updated on ago hours 5h ٤ نوفمبر г. İ ı ß
"""
DATELIKE = st.lists(st.sampled_from([*PIECES.split(), "\n", "\u00a0"]), max_size=30).map(" ".join)
TEXTS = st.one_of(st.text(), DATELIKE, DATELIKE.map(lambda text: text.replace(" ", "")))
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))

TIMES = st.integers(0, 3 * 24 * 60).map(
    lambda minutes: datetime(2025, 3, 6, tzinfo=UTC) + timedelta(minutes=minutes)
)
VALUES = st.one_of(
    DAYS.map(str),
    st.sampled_from(["2025-03", "2025", "--03-07", "2025-03-07", "2025-03-07T10:15", "1985-01-01"]),
    TIMES.map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")),
    TIMES.map(lambda at: at.strftime("%Y-%m-%dT%H:%M+08:00")),
    st.just("not a date"),
    st.none(),
)
CLAIMS = st.builds(
    DateClaim,
    value=VALUES,
    precision=st.none(),
    basis=st.sampled_from([*BASES, "hearsay"]),
    role=st.sampled_from(["published", "published", "published", "updated", "event"]),
    evidence=st.sampled_from(["a", "b"]),
)
CLAIM_LISTS = st.lists(CLAIMS, max_size=8)


@given(TEXTS)
def test_no_text_raises(text):
    for language in (None, "en", "tr", "ar"):
        for phrase in find_dates(text, language=language):
            assert phrase.text == text[phrase.start : phrase.end]
            assert read_value(phrase.value) is not None
    open_dates(text)
    claims_of_line(text, "")
    relative_of(text, fetched_at=BOUND)
    stamp_of(text)
    claims_of_url(text)
    dateline = dateline_of(text)
    if dateline:
        assert 0 < dateline.end <= len(text)


@given(DAYS, st.data())
def test_what_is_written_is_read(day, data):
    month = data.draw(st.sampled_from(MONTHS[day.month - 1])).capitalize()
    written = data.draw(
        st.sampled_from(
            [
                f"{day.day} {month} {day.year}",
                f"{month} {day.day}, {day.year}",
                f"{month}. {day.day:02d}, {day.year}",
                f"{day:%A}, {day.day} {month} {day.year}",
                f"{day.isoformat()}",
                f"{day:%Y/%m/%d}",
                f"{day:%d.%m.%Y}",
                f"{day.year}年{day.month}月{day.day}日",
            ]
        )
    )
    before, after = data.draw(st.sampled_from([("", ""), ("seen on ", " by us"), ("(", ")"), ("on ", ".")]))
    assert [phrase.value for phrase in find_dates(before + written + after)] == [day.isoformat()]


@given(DAYS, st.times(), st.sampled_from(["Z", "+08:00", "-03:30", ""]))
def test_a_time_with_its_zone_is_read(day, time, zone):
    written = f"{day}T{time:%H:%M:%S}{zone}"
    (phrase,) = find_dates(written)
    assert phrase.value == written


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "1 ",
        "Nov ",
        "1",
        "Nov 5 ",
        "10:15 ",
        "1.1.",
        "5 a ",
        "4 Nov 2025 ",
        "2025-",
        "( ",
        "\u00a0",
        "T1",
        "--",
        "(AP) ",
    ],
)
def test_a_megabyte_of_anything_is_read_in_one_pass(piece):
    # The count of what a quadratic scan would do here, 10^12 steps, is far beyond the test's time limit.
    text = piece * (1_000_000 // len(piece))
    find_dates(text)
    dateline_of(text)
    claims_of_line(text, "")


@given(CLAIM_LISTS, st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_nothing(claims, random):
    shuffled = list(claims)
    random.shuffle(shuffled)
    published, judged = resolve(claims, fetched_at=BOUND)
    again, judged_again = resolve(shuffled, fetched_at=BOUND)
    assert published == again
    assert sorted(map(repr, judged)) == sorted(map(repr, judged_again))


@given(CLAIM_LISTS)
def test_the_resolved_value_is_one_of_the_claims(claims):
    published, judged = resolve(claims, fetched_at=BOUND)
    chosen = [claim for claim in judged if claim.verdict == "chosen"]
    if published.text is None:
        assert not chosen
        return
    assert {claim.basis for claim in chosen} == {published.basis}
    for claim in chosen:
        assert claim.role == "published"
        moment = read_value(claim.value or "")
        assert moment is not None
        assert (moment.text, moment.at) == (published.text, published.at)
        days = {moment.calendar_day}
        if moment.in_utc:
            days |= {m.calendar_day for c in judged if (m := read_value(c.value or "")) and agree(m, moment)}
        assert published.day in days


@given(CLAIM_LISTS, st.one_of(st.just(BOUND), st.datetimes(timezones=st.just(UTC))))
def test_nothing_is_later_than_the_bound_and_a_day(claims, bound):
    published, _ = resolve(claims, fetched_at=bound)
    if bound > datetime.max.replace(tzinfo=UTC) - SLACK:
        return
    if published.at:
        assert published.at <= bound + SLACK
    elif published.day:
        assert published.day <= (bound + SLACK).date()


@given(CLAIM_LISTS, CLAIMS)
def test_an_added_claim_keeps_the_day_makes_it_its_own_or_makes_it_null(claims, added):
    before, _ = resolve(claims, fetched_at=BOUND)
    after, judged = resolve([*claims, added], fetched_at=BOUND)
    if after == Published() or after.day == before.day:
        return
    # Its own: the claim's value, or that of a claim that it confirms.
    new = read_value(added.value or "")
    now = read_value(next(claim.value for claim in judged if claim.verdict == "chosen") or "")
    assert new is not None
    assert now is not None
    assert agree(new, now)


@given(VALUES, VALUES)
def test_agreement_has_no_direction_and_refinement_has_one(one, other):
    a, b = read_value(one or ""), read_value(other or "")
    if a is None or b is None:
        return
    assert agree(a, b) == agree(b, a)
    assert agree(a, a)
    assert not (refines(a, b) and refines(b, a))
    if refines(a, b):
        assert agree(a, b)


@given(VALUES)
def test_what_a_value_says_is_what_it_said(value):
    moment = read_value(value or "")
    if moment is not None and moment.at is None:
        assert moment.text == value
    if moment is not None and moment.at is not None:
        assert abs(moment.at.replace(tzinfo=None) - (moment.local or moment.at)) <= timedelta(hours=14)
