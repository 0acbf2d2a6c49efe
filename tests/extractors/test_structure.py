"""Every rule that looks at place and neighbours, on texts made for it: what goes, what stays."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.clean import clean
from extractors.plain import pieces_of_text
from extractors.rules import bundled
from extractors.rules.byline import authors_of_line

CASES = tomllib.loads((Path(__file__).parent / "cases" / "structure.toml").read_text())["case"]


def cleaned_of(source):
    pieces, hyphens = pieces_of_text(source)
    return clean(source, pieces, bundled()), hyphens


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case):
    cleaned, _ = cleaned_of(case["input"])
    assert [f"{cut.role}: {cut.text}" for cut in cleaned.cuts] == case["cut"]
    assert (cleaned.title or "") == case["title"]
    kept = [block.text for block in cleaned.blocks]
    if "joined" in case:
        assert case["joined"] in kept
    if "authors" in case:
        assert authors_of_line(cleaned.of_role("byline")[0]) == tuple(case["authors"])


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Doe", ("Jane Doe",)),
        ("BY JANE DOE", ("JANE DOE",)),
        ("By Jane Doe, Reuters", ("Jane Doe",)),
        ("By Jane van der Doe & John Roe", ("Jane van der Doe", "John Roe")),
        ("Von Jana Muster und Jörg Beispiel", ("Jana Muster", "Jörg Beispiel")),
        ("By Monday", ()),
        ("By then the water had risen", ()),
        ("By Reuters Staff", ()),
        ("By Jane Doe and John Roe said no.", ()),
        ("Standing by Jane Doe", ()),
    ],
)
def test_bylines(line, names):
    assert authors_of_line(line) == names


def squeezed(text):
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", "", text)


WORDS = st.sampled_from(
    [
        "the",
        "harbour",
        "said",
        "Comments",
        "are",
        "closed.",
        "Share",
        "By",
        "Jane",
        "Doe",
        "5",
        "hours",
        "ago",
        "12",
        "March",
        "2024",
        "pic.twitter.com/a1B2",
        "https://example.org/a",
        "Related:",
        "©",
        "2024",
        "it.",
        "Oslo,",
        "—",
        "…",
    ]
)
LINES = st.lists(WORDS, min_size=0, max_size=14).map(" ".join)


@given(st.lists(LINES, max_size=14).map("\n".join))
def test_kept_and_cut_are_the_input_again_and_cleaning_is_stable(source):
    cleaned, hyphens = cleaned_of(source)
    left = list(source)
    for cut in [*cleaned.cuts, *hyphens]:
        assert squeezed(source[cut.start : cut.end]) == squeezed(cut.text)
        left[cut.start : cut.end] = " " * (cut.end - cut.start)
    assert squeezed("".join(left)) == squeezed("".join(block.text for block in cleaned.blocks))
