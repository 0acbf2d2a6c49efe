"""The words that dates are written with, by language, read from data/words.toml."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

_TURKISH_I = str.maketrans({"ı": "i", "İ": "i"})


@dataclass(frozen=True, slots=True)
class MonthWord:
    """What a word says as a month.

    Attributes:
        month: 1 to 12.
        weak: it counts only where a day and a year stand beside it, because it is a common word too or an
            abbreviation in a language that nobody has said the text is in.
        capital: it is weak unless it has a capital letter.
    """

    month: int
    weak: bool
    capital: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The date words of one language, or of all; the keys are folded (see `fold`)."""

    months: Mapping[str, MonthWord]
    weekdays: Mapping[str, int]
    has_pairs: bool
    """Some month's name is two words."""


def fold(word: str) -> str:
    """Return a word without case and accents, so that FÉVRIER, février and Fevrier are one."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.translate(_TURKISH_I).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def _data() -> Mapping[str, Mapping[str, Sequence[Sequence[str]]]]:
    text = files("extractors.dates").joinpath("data/words.toml").read_text(encoding="utf-8")
    return MappingProxyType(cast("dict[str, Mapping[str, Sequence[Sequence[str]]]]", tomllib.loads(text)))


def languages() -> tuple[str, ...]:
    """Return the ISO 639-1 codes of the languages whose words are known."""
    return tuple(_data())


@cache
def words_of(language: str | None) -> Words:
    """Return the date words of a language beside the English ones; of all languages where it is not known.

    A word that means different months in different languages is left out where the language is not known.
    """
    data = _data()
    code = language.lower().replace("_", "-").split("-")[0] if language else None
    chosen = ["en", *([code] if code != "en" else [])] if code in data else list(data)
    months: dict[str, MonthWord] = {}
    clashing: set[str] = set()
    weekdays: dict[str, int] = {}
    for name in cast("list[str]", chosen):
        table = data[name]
        known = name in (code, "en")
        weak_words = {fold(w) for w in cast("Sequence[str]", table["weak"])}
        capital_words = {fold(w) for w in cast("Sequence[str]", table.get("capital", []))}
        for kind, weak_kind in (("months", False), ("short", not known)):
            for number, spellings in enumerate(table[kind], start=1):
                for spelling in spellings:
                    word = fold(spelling)
                    found = MonthWord(number, weak_kind or word in weak_words, word in capital_words)
                    before = months.setdefault(word, found)
                    if before.month != number:
                        clashing.add(word)
        for number, spellings in enumerate(table["weekdays"]):
            for spelling in spellings:
                weekdays.setdefault(fold(spelling), number)
    if code not in data:
        months = {word: found for word, found in months.items() if word not in clashing}
    has_pairs = any(" " in word for word in months)
    return Words(MappingProxyType(months), MappingProxyType(weekdays), has_pairs)
