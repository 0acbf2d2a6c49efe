"""Plain text becomes paragraphs: wrapped lines are joined, others are left alone, no character is lost."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.plain import pieces_of_text

WRAPPED = """\
The harbour board said on Thursday that the old ferry would be kept in service for
another year, although the yard that was to build the new one has not been paid and
no date for the delivery has been set by either of the two parties.

A spokesman for the yard called the decision a mistake. He said that the well-
known problems of the engine had been reported in the spring, and that the repre-
sentatives of the board had been shown the damage.
"""


def texts(source):
    return [piece.text for piece in pieces_of_text(source)[0]]


def test_wrapped_lines_are_joined_into_paragraphs():
    first, second = texts(WRAPPED)
    assert first.startswith(
        "The harbour board said on Thursday that the old ferry would be kept in service for another"
    )
    assert second.endswith("had been shown the damage.")


def test_a_hyphen_of_the_typesetter_leaves_and_the_words_own_stays():
    _, second = texts(WRAPPED)
    assert "the representatives of the board" in second
    assert "the well-known problems" in second
    assert [mark.text for mark in pieces_of_text(WRAPPED)[1]] == ["-"]


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("face-to-", "face talks", "face-to-face talks"),
        ("the Franco-", "German border", "the Franco-German border"),
        ("a self-", "made man", "a self-made man"),
        ("the govern-", "ment agreed", "the government agreed"),
        ("soft\u00ad", "ware costs", "software costs"),
    ],
)
def test_hyphens_at_a_line_break(before, after, joined):
    fill = "and nothing else was heard of it for the rest of the long evening there "
    line = (fill * 3)[: 80 - len(before) - 1]
    source = "\n".join(
        [f"{line} {before}"] + [f"{after} {(fill * 3)[: 78 - len(after)]}"] + [(fill * 3)[:80]] * 3
    )
    assert joined in " ".join(texts(source))


def test_a_line_that_had_room_ends_its_paragraph():
    source = WRAPPED.replace("\n\nA spokesman", "\n A spokesman")
    assert len(texts(source)) == 2


def test_lines_of_any_length_are_paragraphs_of_their_own():
    source = "A first long paragraph that nobody wrapped, " * 6 + "\nA short one.\nAnother short one.\n"
    assert len(texts(source)) == 3


def test_list_items_are_not_joined():
    assert texts("- one thing\n- another thing\n* a third") == ["- one thing", "- another thing", "* a third"]
    assert {piece.kind for piece in pieces_of_text("- one thing\n- another")[0]} == {"list_item"}


def test_line_ends_of_every_system_are_line_ends():
    assert texts("one\r\ntwo\rthree\u2028four\fsix") == ["one", "two", "three", "four", "six"]


def squeezed(text):
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", "", text)


LINES = st.lists(st.text(st.sampled_from("abcde -,.\u00ad–•1)ÄЖ中\t\x00"), max_size=60), max_size=30)


@given(st.one_of(st.text(), LINES.map("\n".join)))
def test_every_character_is_in_one_piece_or_hyphen_in_order(source):
    pieces, hyphens = pieces_of_text(source)
    spans = sorted(
        [*(span for piece in pieces for span in piece.parts), *((h.start, h.end) for h in hyphens)]
    )
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert squeezed("".join(source[a:b] for a, b in spans)) == squeezed(source)
    for piece in pieces:
        assert squeezed("".join(source[a:b] for a, b in piece.parts)) == squeezed(piece.text)
