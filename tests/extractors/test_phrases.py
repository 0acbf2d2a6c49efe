"""Each entry of the phrase file cuts its examples and keeps its look-alikes, in the place it speaks of."""

import pytest

from extractors.clean import clean
from extractors.plain import pieces_of_text
from extractors.rules import bundled, bundled_phrases, phrases

PROSE = (
    "The council met for three hours on the night before the vote and came to no decision at all.",
    "Nobody in the room could say how the money had been spent, or by whom it had been approved.",
)
PHRASES = bundled_phrases()
PLACES = {"anywhere": ("middle", "tail"), "edges": ("tail",), "tail": ("tail",)}


def kept_of(lines):
    source = "\n\n".join(lines)
    pieces, _ = pieces_of_text(source)
    return [block.text for block in clean(source, pieces, bundled(), title="A title that is known").blocks]


def document(text, place):
    return [*PROSE, text] if place == "tail" else [PROSE[0], text, PROSE[1]]


CUTS = [(p, text, place) for p in PHRASES for text in p.cuts for place in PLACES[p.where]]
KEEPS = [(p, text, place) for p in PHRASES for text in p.keeps for place in PLACES[p.where]]


@pytest.mark.parametrize(("phrase", "text", "place"), CUTS, ids=lambda value: getattr(value, "id", value))
def test_it_cuts(phrase, text, place):
    assert kept_of(document(text, place)) == list(PROSE)


@pytest.mark.parametrize(("phrase", "text", "place"), KEEPS, ids=lambda value: getattr(value, "id", value))
def test_it_keeps(phrase, text, place):
    assert text in kept_of(document(text, place))


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.id)
def test_inside_a_sentence_the_same_words_stay(phrase):
    for text in phrase.cuts:
        sentence = f"The old sign over the counter still read: {text.rstrip('.')}, and she laughed about it."
        assert sentence in kept_of([PROSE[0], sentence, PROSE[1]])


def test_each_entry_has_examples_and_look_alikes_and_an_id_of_its_own():
    assert len({phrase.id for phrase in PHRASES}) == len(PHRASES)
    assert all(phrase.cuts and phrase.keeps and phrase.description for phrase in PHRASES)


ENTRY = {
    "id": '"a"',
    "role": '"footer"',
    "description": '"x"',
    "pattern": '"end"',
    "cuts": '["end"]',
    "keeps": '["ends"]',
}


def toml(**changes):
    entry = ENTRY | changes
    return "[[phrase]]\n" + "\n".join(f"{key} = {value}" for key, value in entry.items() if value is not None)


def test_a_well_formed_entry_is_read():
    assert phrases.load(toml())[0].id == "a"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wehre": '"tail"'}, "unknown"),
        ({"role": None}, "missing"),
        ({"pattern": '"("'}, "does not compile"),
        ({"where": '"middle"'}, "not one of the known"),
        ({"terms": '["a"]'}, "either pattern or terms"),
        ({"pattern": None}, "either pattern or terms"),
    ],
)
def test_a_wrong_entry_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        phrases.load(toml(**changes))
