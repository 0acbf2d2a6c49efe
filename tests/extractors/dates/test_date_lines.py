"""Date lines, datelines and ages: what the text of an article says of its own date."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extractors.dates.text import claim_of_line, claims_of_line, dateline_of, relative_of

HERE = Path(__file__)
LINES = tomllib.loads(HERE.with_name("line_cases.toml").read_text(encoding="utf-8"))["case"]
DATELINES = tomllib.loads(HERE.with_name("dateline_cases.toml").read_text(encoding="utf-8"))["case"]
NOON = datetime(2024, 3, 7, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("case", LINES, ids=[case["line"] for case in LINES])
def test_reads_a_date_line_and_nothing_else(case):
    claims = claims_of_line(case["line"], "line 1")
    assert [[claim.role, claim.value or ""] for claim in claims] == case["claims"]
    for claim in claims:
        assert claim.basis == "text"
        assert claim.place == "line 1"
        assert claim.evidence == case["line"].strip()
        assert claim.verdict == ("open" if claim.value else "rejected")


def test_of_several_dates_the_one_of_publication_is_the_line_s():
    claim = claim_of_line("Updated 9 March 2024, first published 7 March 2024", "")
    assert claim is not None
    assert (claim.role, claim.value) == ("published", "2024-03-07")


def test_the_language_settles_day_and_month():
    claim = claim_of_line("Publié le 03/07/2024", "", language="fr")
    assert claim is not None
    assert claim.value == "2024-07-03"


@pytest.mark.parametrize("case", DATELINES, ids=[case["text"] for case in DATELINES])
def test_reads_the_dateline_that_opens_a_paragraph(case):
    found = dateline_of(case["text"])
    if "places" not in case:
        assert found is None
        return
    assert found is not None
    assert list(found.places) == case["places"]
    assert (found.phrase and found.phrase.value) == case.get("value")
    assert found.agency == case.get("agency")
    assert case["text"][found.end :] == case["rest"]
    if found.phrase:
        assert case["text"][found.phrase.start : found.phrase.end] == found.phrase.text


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("5 hours ago", "2024-03-07"),
        ("Published 2 days ago", "2024-03-05"),
        ("yesterday", "2024-03-06"),
        ("3 mins ago", "2024-03-07"),
        # Between twelve and thirteen hours before noon lies midnight.
        ("12 hours ago", None),
        ("2 weeks ago", None),
        ("999 months ago", None),
    ],
)
def test_an_age_counts_from_the_time_of_fetching(line, value):
    claim = relative_of(line, fetched_at=NOON)
    assert claim is not None
    assert (claim.value, claim.basis) == (value, "relative")
    assert claim.verdict == ("rejected" if value is None else "open")


def test_an_age_dates_nothing_where_the_time_of_fetching_is_unknown():
    claim = relative_of("Updated 5 hours ago")
    assert claim is not None
    assert (claim.value, claim.verdict, claim.role) == (None, "rejected", "updated")


@pytest.mark.parametrize("line", ["5 hours ago he left.", "It was yesterday", "1500 hours ago", "2024"])
def test_other_lines_are_no_ages(line):
    assert relative_of(line, fetched_at=NOON) is None


def test_an_age_older_than_the_calendar_has_no_value():
    claim = relative_of("999 days ago", fetched_at=datetime(1, 1, 2, tzinfo=UTC))
    assert claim is not None
    assert claim.value is None
