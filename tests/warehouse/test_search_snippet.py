"""The piece of a text that shows why it was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.search_snippet import LENGTH, snippet

LONG = "one two three four five six seven eight nine ten " * 20
UNTIL_THE_END = "the Élection was there"


@pytest.mark.parametrize(
    ("text", "terms", "shown"),
    [
        ("A flood.\n\nIn the valley.", ["flood"], "A flood. In the valley."),
        ("Short.", ["absent"], "Short."),
        ("", ["absent"], ""),
        ("party art", ["art"], "party art"),
    ],
)
def test_short_text_is_shown_on_one_line(text: str, terms: list[str], shown: str):
    assert snippet(text, [terms]) == shown


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("Élection", ["election"]),
        ("Flood", ["flood"]),
        ("東京", ["東", "京"]),
        ("İstanbul", ["istanbul"]),
        ("서울", ["서울"]),
    ],
)
def test_the_first_hit_is_in_it(word: str, terms: list[str]):
    shown = snippet(f"{LONG}{word} {LONG}", [["absent"], terms])
    assert word in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= LENGTH + 2


def test_a_part_of_a_word_is_no_hit():
    assert "the art." in snippet(f"Party. {LONG}{LONG}the art. {LONG}", [["art"]])


def test_a_text_that_begins_with_the_hit_is_shown_from_its_beginning():
    assert snippet(f"Flood {LONG}", [["flood"]]).startswith("Flood one")


def test_a_hit_at_the_end_is_shown_to_the_end():
    assert snippet(f"{LONG}{UNTIL_THE_END}", [["election"]]).endswith(UNTIL_THE_END)


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3))
def test_any_text_gives_a_piece_of_it_on_one_line(text: str, terms: list[str]):
    shown = snippet(text, [terms])
    assert len(shown) <= LENGTH + 2
    assert shown.strip("…") in " ".join(text.split()) or "…" in text
    assert len(shown.splitlines()) <= 1
