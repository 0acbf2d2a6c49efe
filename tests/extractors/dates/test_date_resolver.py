"""The resolver: which claim says when an article was published, and why the others do not."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from extractors.dates.given import claims_of
from extractors.dates.moment import read_value
from extractors.dates.resolve import resolve
from extractors.dates.stamps import stamp_claim, stamp_of
from records import Claimed, ClaimRole, DateClaim, Published

CASES = tomllib.loads(Path(__file__).with_name("resolver_cases.toml").read_text(encoding="utf-8"))["case"]
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def claim(basis: str, role: ClaimRole, value: str) -> DateClaim:
    moment = read_value(value)
    return DateClaim(value, moment.precision if moment else None, basis, role, f"words of {value}")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_resolves_as_the_case_says(case):
    bound = datetime.fromisoformat(case["bound"]) if "bound" in case else None
    published, judged = resolve([claim(*parts) for parts in case["claims"]], fetched_at=bound)
    assert (published.text or "") == case["published"]
    assert published.day == (date.fromisoformat(case["day"]) if "day" in case else None)
    assert published.precision == case.get("precision")
    assert published.basis == case.get("basis")
    assert [c.verdict for c in judged] == case["verdicts"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_claim_gets_one_sentence_of_reason(case):
    _, judged = resolve([claim(*parts) for parts in case["claims"]])
    for one in judged:
        assert one.verdict != "open"
        assert one.reason.endswith(".")
        assert one.reason[0].isupper()
        assert "\n" not in one.reason


def test_an_instant_is_given_only_where_time_and_zone_are_known():
    zoned, _ = resolve([claim("text", "published", "2024-03-07T10:15+02:00")])
    assert zoned.at == datetime(2024, 3, 7, 8, 15, tzinfo=UTC)
    for value in ("2024-03-07", "2024-03-07T10:15", "2024-03"):
        assert resolve([claim("text", "published", value)])[0].at is None


def test_the_earlier_of_the_two_bounds_counts():
    late = [claim("text", "published", "2024-03-07")]
    early, now = datetime(2024, 3, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    assert resolve(late, not_after=now, fetched_at=early)[0] == Published()
    assert resolve(late, not_after=now)[0].text == "2024-03-07"


def test_a_claim_that_was_rejected_keeps_its_reason():
    unread = stamp_claim("soon", basis="meta", role="published", place="meta date")
    _, (judged,) = resolve([unread])
    assert judged == unread


def test_a_date_that_contradicts_is_named_in_the_reason():
    _, judged = resolve([claim("jsonld", "published", "2024-03-07"), claim("url", "published", "2024-03-09")])
    assert "2024-03-07" in judged[1].reason


def test_an_instant_at_the_edge_of_the_calendar_is_no_error():
    for value in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        published, _ = resolve(
            [claim("jsonld", "published", value)], fetched_at=datetime.max.replace(tzinfo=UTC)
        )
        assert published == Published()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2024-03-07T10:15:00.123Z", "2024-03-07T10:15:00Z"),
        ("2024-03-07T10:15:00Z[UTC]", "2024-03-07T10:15:00Z"),
        ("2024-03-07T10:15:00+0000", "2024-03-07T10:15:00+00:00"),
        ("2024-03-07 10:15:00 Asia/Kolkata", "2024-03-07T10:15:00"),
        ("Thu, 07 Mar 2024 10:15:00 GMT", "2024-03-07T10:15:00Z"),
        ("20240307", "2024-03-07"),
        ("20240307T101500Z", "2024-03-07T10:15:00Z"),
        ("1709806500", "2024-03-07T10:15:00Z"),
        ("1709806500000", "2024-03-07T10:15:00Z"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("  March 7,\n 2024 ", "2024-03-07"),
        ("2024-03-07T00:00:00Z", "2024-03-07"),
        ("2024-03-07T00:00:00+05:30", "2024-03-07"),
        ("2024-03-07 00:00", "2024-03-07"),
        ("2024-03-07T00:00:01Z", "2024-03-07T00:00:01Z"),
        ("03/07/2024", None),
        ("2024-13", None),
        ("0", None),
        ("12345678", None),
        ("20241340", None),
        ("2024-03-07T24:00:00Z", None),
        ("2024-03-07 to 2024-03-09", None),
        ("Mar 7", None),
        ("soon", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_reads_what_a_field_says_midnight_as_the_day(raw, value):
    stamp = stamp_of(raw)
    assert (stamp and stamp.value) == value


def test_what_was_given_beside_the_input_is_a_claim():
    claims = claims_of(Claimed(published="2024-03-07T10:15:00+01:00", updated="whenever"))
    assert [(c.basis, c.role, c.value, c.verdict) for c in claims] == [
        ("given", "published", "2024-03-07T10:15:00+01:00", "open"),
        ("given", "updated", None, "rejected"),
    ]
    assert claims_of(Claimed()) == claims_of(Claimed(published="  ")) == ()
