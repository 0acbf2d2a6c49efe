"""What is an edit, of what kind, and how much of an article it changed: the pure part."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.edits import Said, Sighting, edit_of, transitions
from warehouse.notices import notice_in
from warehouse.worddiff import differences

NOON = datetime(2025, 11, 4, 12, tzinfo=UTC)
BODY = (
    "The council approved the harbour plan on Monday after three hours of debate in the old town hall.\n\n"
    "Opponents said that the cost of 12 million had been kept from the public until the last moment.\n\n"
    "A spokeswoman for the port said work would begin in spring and take about two years to finish."
)


def said(
    text: str = BODY,
    title: str = "Council approves harbour plan",
    authors: tuple[str, ...] = ("Ann Writer",),
    published: str = "2025-11-04",
) -> Said:
    return Said(text, title, authors, published)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(said(), said(), id="nothing"),
        pytest.param(said(), said(BODY.replace("\n\n", "\n").replace(" ", "  ")), id="white space"),
        pytest.param(said(), said(BODY.replace("\n\n", " ")), id="paragraphs run together"),
        pytest.param(said(title="A  title"), said(title="A title "), id="white space in the headline"),
        pytest.param(said(BODY + "\n\n12 shares"), said(BODY + "\n\n1.4K Shares"), id="a counter goes up"),
        pytest.param(said(BODY + "\n\nComments (3)"), said(BODY), id="a counter goes away"),
        pytest.param(said("Cafe\u0301 reopens"), said("Café reopens"), id="another Unicode form"),
    ],
)
def test_what_is_no_edit(before, after):
    assert edit_of(before, after) is None


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        pytest.param(said(BODY.replace("harbour", "harbor")), "typo", id="another spelling"),
        pytest.param(said(BODY.replace("approved", "aproved")), "typo", id="a letter"),
        pytest.param(
            said(BODY.replace("The council", "Teh council")), "typo", id="two letters change places"
        ),
        pytest.param(said(BODY.replace("port said", "port said said")), "update", id="a word comes twice"),
        pytest.param(said(BODY.replace("Monday after", "Monday, after")), "typo", id="a comma"),
        pytest.param(said(BODY.replace("town hall", "Town Hall")), "typo", id="capitals"),
        pytest.param(said(title="Council aproves harbour plan"), "typo", id="a letter of the headline"),
        pytest.param(said(BODY.replace("12 million", "13 million")), "update", id="a number"),
        pytest.param(said(BODY.replace("would begin", "would not begin")), "update", id="a word"),
        pytest.param(said(BODY.replace("Monday", "Tuesday")), "update", id="another day"),
        pytest.param(said(BODY + "\n\nThe mayor was not there."), "update", id="a paragraph more"),
        pytest.param(said(title="Harbour plan is through"), "update", id="another headline"),
        pytest.param(said(published="2025-11-05"), "update", id="another date"),
        pytest.param(said(authors=("Ann Writer", "Bob Reporter")), "update", id="another author"),
        pytest.param(
            said(BODY + "\n\nCorrection: an earlier version gave the cost as 13 million."),
            "correction",
            id="a notice",
        ),
        pytest.param(
            said("Nothing of what was here is here any more, and what is here is new."),
            "rewrite",
            id="another",
        ),
    ],
)
def test_kinds(after, kind):
    found = edit_of(said(), after)
    assert found is not None
    assert found.kind == kind


def test_mending_a_doubled_word_is_spelling():
    found = edit_of(said(BODY.replace("port said", "port said said")), said())
    assert found is not None
    assert (found.kind, found.words_removed, found.words_added) == ("typo", 1, 0)


def test_shares_are_of_the_words_before_and_after():
    found = edit_of(said("one two three four"), said("one two five four six seven eight nine"))
    assert found is not None
    assert (found.words_removed, found.words_added) == (1, 5)
    assert (found.removed_share, found.added_share) == (1 / 4, 5 / 8)


def test_han_characters_are_words():
    found = edit_of(said("国务院总理会见俄罗斯总理"), said("国务院副总理会见俄罗斯总理"))
    assert found is not None
    assert (found.words_added, found.words_removed, found.added_share) == (1, 0, 1 / 13)


def test_a_notice_that_was_there_before_makes_no_correction_of_a_later_edit():
    notice = "\n\nCorrection: the cost is 12 million."
    found = edit_of(said(BODY + notice), said(BODY + "\n\nThe mayor was ill." + notice))
    assert found is not None
    assert (found.kind, found.correction_notice) == ("update", None)


def test_the_notice_is_given_in_its_words():
    found = edit_of(said(), said("This article was amended on 5 November.\n\n" + BODY))
    assert found is not None
    assert found.correction_notice == "This article was amended on 5 November."


@pytest.mark.parametrize(
    "paragraph",
    [
        "Correction: The name is Smith.",
        "CORRECTION (5 Nov.): The name is Smith.",
        "Corrections and clarifications: the name is Smith",
        "CORRECTED-Council approves harbour plan",
        "Clarification — the vote was held on Monday.",
        "An earlier version of this article misstated the cost.",
        "This article was amended on 5 November 2025.",
        "This story has been corrected to fix the spelling of a name.",
        "(This story corrects the day in paragraph 3)",
        "Editor's note: An earlier version of this story gave the wrong day.",
        "Rectificatif : le coût est de 12 millions.",
        "Une version précédente de cet article indiquait 13 millions.",
        "Korrektur: Die Kosten betragen 12 Millionen.",
        "In einer früheren Version dieses Artikels stand 13 Millionen.",
        "Anmerkung der Redaktion: In einer früheren Version war von 13 Millionen die Rede.",
        "Corrección: el coste es de 12 millones.",
        "Una versión anterior de este artículo decía 13 millones.",
        "更正：费用为1200万。",
    ],
)
def test_notices(paragraph):
    assert notice_in(paragraph)


@pytest.mark.parametrize(
    "paragraph",
    [
        "The correction of the market began on Monday: shares fell by a tenth.",
        "Correctional officers said they were not told.",
        "Corrections officials did not answer",
        "He corrected the record before the committee.",
        "This article was first published in a magazine.",
        "Editor's note: This is the first of three parts.",
        "In einer früheren Phase des Projekts war alles anders.",
    ],
)
def test_what_only_speaks_of_corrections_is_none(paragraph):
    assert not notice_in(paragraph)


def sighting(hours: int, version: int) -> Sighting:
    return Sighting(NOON + timedelta(hours=hours), version, f"v{version}", "1")


def numbers(sightings: list[Sighting]) -> list[tuple[int, int]]:
    return [(each.before.version, each.after.version) for each in transitions(sightings)]


def test_transitions_are_between_sightings_that_follow_one_another():
    assert numbers([sighting(0, 1), sighting(1, 1), sighting(2, 2), sighting(3, 3)]) == [(1, 2), (2, 3)]


def test_going_back_to_earlier_words_is_a_transition():
    assert numbers([sighting(0, 1), sighting(1, 2), sighting(2, 1)]) == [(1, 2), (2, 1)]


def test_a_transition_lies_between_the_last_and_the_first_sight():
    (only,) = transitions([sighting(0, 1), sighting(5, 1), sighting(9, 2), sighting(12, 2)])
    assert (only.before.at, only.after.at) == (NOON + timedelta(hours=5), NOON + timedelta(hours=9))


SIGHTINGS = st.builds(sighting, st.integers(0, 6), st.integers(1, 4))


@given(
    st.lists(SIGHTINGS, max_size=8).flatmap(lambda found: st.tuples(st.just(found), st.permutations(found)))
)
def test_the_order_of_arrival_does_not_matter(pair):
    one, other = pair
    assert transitions(one) == transitions(other)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "the", "of"]), max_size=30)


@given(WORDS, WORDS)
def test_the_differences_make_the_one_of_the_other(old, new):
    made, at = [], 0
    for hunk in differences(old, new):
        assert tuple(old[hunk.start : hunk.start + len(hunk.removed)]) == hunk.removed
        made += [*old[at : hunk.start], *hunk.added]
        at = hunk.start + len(hunk.removed)
    assert [*made, *old[at:]] == new


@given(st.text(max_size=80), st.text(max_size=80))
def test_shares_stay_shares(one, other):
    found = edit_of(said(one), said(other))
    if found is None:
        return
    assert 0 <= found.added_share <= 1
    assert 0 <= found.removed_share <= 1
    assert edit_of(said(one), said(one)) is None


def test_two_long_texts_with_nothing_in_common_are_compared_all_the_same():
    old, new = ["of", "the"] * 20_000, ["in", "the"] * 20_000
    assert sum(len(hunk.removed) for hunk in differences(old, new)) <= len(old)
