"""Dates in running text: what is one, what it says, where it stands."""

import tomllib
from pathlib import Path

import pytest

from extractors.dates.phrases import find_dates, open_dates
from extractors.dates.words import languages, words_of

CASES = tomllib.loads(Path(__file__).with_name("phrase_cases.toml").read_text(encoding="utf-8"))["case"]
TWENTY = [
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da"),
    *("no", "fi", "cs", "ru", "uk", "tr", "ar", "zh", "ja", "ko"),
]


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_finds_what_the_case_says(case):
    found = find_dates(case["text"], language=case.get("language"), country=case.get("country"))
    assert [phrase.value for phrase in found] == case["values"]
    if found:
        assert found[0].text == case.get("span", case["text"])


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_spans_lie_in_the_text_in_order(case):
    found = find_dates(f"Ä {case['text']} ×", language=case.get("language"), country=case.get("country"))
    ends = [0]
    for phrase in found:
        assert phrase.text == f"Ä {case['text']} ×"[phrase.start : phrase.end]
        assert phrase.start >= ends[-1]
        ends.append(phrase.end)


@pytest.mark.parametrize(
    ("text", "precision", "zone_basis"),
    [
        ("2025-11-04T10:15:00Z", "instant", "utc"),
        ("2025-11-04T10:15:00+08:00", "instant", "offset"),
        ("4 Nov 2025 10:15 JST", "minute", "name"),
        ("4 Nov 2025 10:15", "minute", None),
        ("4 Nov 2025", "day", None),
        ("Nov 4", "day", None),
        ("November 2025", "month", None),
    ],
)
def test_says_how_much_is_known_and_how_the_zone_is(text, precision, zone_basis):
    (found,) = find_dates(text)
    assert (found.precision, found.zone_basis) == (precision, zone_basis)


def test_a_date_whose_order_is_open_is_told_apart_from_no_date():
    assert open_dates("due 05/11/2025, not 25/11/2025") == ("05/11/2025",)
    assert open_dates("due 05/11/2025", language="de") == ()


def test_twenty_languages_have_their_words():
    assert sorted(languages()) == sorted(TWENTY)


@pytest.mark.parametrize("language", [code for code in TWENTY if code not in ("zh", "ja", "ko")])
def test_every_month_of_a_language_is_known_by_a_word_of_its_own(language):
    assert {word.month for word in words_of(language).months.values()} == set(range(1, 13))


def test_a_word_that_is_two_months_in_two_languages_is_neither():
    # No such word is among the twenty languages' now; the table must not gain one unnoticed.
    unsure = words_of(None).months
    for language in TWENTY:
        for word, month in words_of(language).months.items():
            assert word in unsure, word
            assert unsure[word].month == month.month, word
