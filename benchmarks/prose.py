"""Made-up news text that packs as news does: words by Zipf's law in sentences, with names that come again.

Nothing in it is anybody's. Everything follows from a seed. How well it packs beside real news is measured in
docs/storage.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

VOCABULARY = 60_000
"""Different words; a million articles of real news hold more, nearly all of which stand in one article."""

EXPONENT = 1.05
"""Of Zipf's law: the n-th commonest word is so much rarer than the first."""

PHRASES = 40_000
"""Runs of two to five words that come again, as "the prime minister said" does."""

PHRASE_SHARE = 0.30
TOPIC_SHARE = 0.20
"""Shares of what a text is drawn from: phrases of the language, and names and terms of its own subject."""

TOPIC_WORDS = 24
"""Names and terms of one article."""

SENTENCE_WORDS = 21
PARAGRAPH_SENTENCES = 3

_LETTERS = "etaoinshrdlcumwfgypbvk"
_SYLLABLES = 900
_ENTRY_BYTES = 7.9
_ENDS = 1.35
"""Bytes of a word or phrase, and words of one, on average."""

_MEAN_OF_LENGTHS = 1.197
"""Mean of the log-normal law that lengths are drawn by."""


@dataclass(frozen=True, slots=True)
class Language:
    """What texts are drawn from.

    Attributes:
        forms: the words and phrases with a space after; the same with the first letter upper case; with a
            full stop and a space after; with a full stop and an empty line.
        entries: how many words and phrases there are.
        common: numbers of words, to be drawn from uniformly to draw a word by Zipf's law.
        phrases: the same for phrases.
    """

    forms: Sequence[str]
    entries: int
    common: np.ndarray
    phrases: np.ndarray


def language(seed: int = 1) -> Language:
    """Make a language."""
    chance = np.random.default_rng(seed)
    words = _words(chance)
    common = _zipf(VOCABULARY)
    picked = common[chance.integers(0, len(common), (PHRASES, 5))]
    sizes = chance.integers(2, 6, PHRASES)
    entries = words + [
        " ".join(words[word] for word in row[:size]) for row, size in zip(picked, sizes, strict=True)
    ]
    forms = [
        *(f"{entry} " for entry in entries),
        *(f"{entry[:1].upper()}{entry[1:]} " for entry in entries),
        *(f"{entry}. " for entry in entries),
        *(f"{entry}.\n\n" for entry in entries),
    ]
    return Language(forms, len(entries), common, VOCABULARY + _zipf(PHRASES))


def texts(spoken: Language, *, seed: int, articles: int, mean_bytes: int = 4500) -> Sequence[str]:
    """So many texts of so many bytes on average, of lengths that differ as those of news do."""
    chance = np.random.default_rng(seed)
    sizes = np.clip(chance.lognormal(0, 0.6, articles) / _MEAN_OF_LENGTHS * mean_bytes, 300, 60_000)
    counts = (sizes / _ENTRY_BYTES).astype(np.int64) + 8
    bounds = np.concatenate([[0], np.cumsum(counts)])
    total = int(bounds[-1])
    drawn = spoken.common[chance.integers(0, len(spoken.common), total)]
    kind = chance.random(total)
    phrase = kind < PHRASE_SHARE / 2.2  # a phrase is several words
    drawn[phrase] = spoken.phrases[chance.integers(0, len(spoken.phrases), int(phrase.sum()))]
    topical = kind > 1 - TOPIC_SHARE
    topics = chance.integers(300, VOCABULARY, (articles, TOPIC_WORDS))
    favourite = np.minimum(chance.geometric(0.12, int(topical.sum())) - 1, TOPIC_WORDS - 1)
    drawn[topical] = topics[np.repeat(np.arange(articles), counts)[topical], favourite]
    ends = chance.random(total) < _ENDS / SENTENCE_WORDS
    last = ends & (chance.random(total) < 1 / PARAGRAPH_SENTENCES)
    form = np.where(last, 3, np.where(ends, 2, np.where(np.roll(ends, 1), 1, 0)))
    rows = drawn + form * spoken.entries
    pick = spoken.forms.__getitem__
    return [
        "".join(map(pick, rows[begin:end].tolist())).strip()
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def _words(chance: np.random.Generator) -> list[str]:
    """The vocabulary, the commonest words first and, as in every language, the shortest."""
    weights = 1 / np.arange(1, len(_LETTERS) + 1) ** 0.6
    weights /= weights.sum()
    syllables = [
        "".join(chance.choice(list(_LETTERS), size, p=weights)) for size in chance.integers(2, 4, _SYLLABLES)
    ]
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        longest = 1 + min(3, int(np.log10(len(found) + 2) * 0.7))
        parts = chance.integers(0, _SYLLABLES, int(chance.integers(max(1, longest - 2), longest + 1)))
        found["".join(syllables[part] for part in parts)] = None
    return list(found)


def _zipf(many: int) -> np.ndarray:
    """A table in which number n stands as often as Zipf's law says, to be drawn from uniformly."""
    weights = 1 / (np.arange(many) + 2.7) ** EXPONENT
    return np.searchsorted(
        np.cumsum(weights / weights.sum()), np.linspace(0, 1, 1 << 21, endpoint=False)
    ).astype(np.int64)
