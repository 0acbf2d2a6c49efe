"""The words that dates are written with, by language, read from data/words.toml."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

_SHORT_WEEKDAY = 2
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
    """Return the date words of all languages, those of the one given before all others.

    Its words and the English ones can stand alone. Those of other languages are read too, since the language
    that a page declares is often its template's, but weakly: their full names where no language is given,
    and no abbreviation, can stand alone. Where two of them mean different months, neither is read.
    """
    data = _data()
    code = language.lower().replace("_", "-").split("-")[0] if language else None
    code = code if code in data else None
    months: dict[str, MonthWord] = {}
    weekdays: dict[str, int] = {}
    months_known: frozenset[str] = frozenset()
    for name in sorted(data, key=lambda name: (name != code, name != "en")):
        is_known = name in (code, "en")
        found, days = _table(data[name], stands_alone=is_known, full_stand_alone=is_known or code is None)
        for word, month in found.items():
            before = months.setdefault(word, month)
            if before.month != month.month and not is_known and word not in months_known:
                months[word] = MonthWord(0, weak=True)
        if is_known:
            months_known = frozenset(months)
        for word, number in days.items():
            # "to" and "so" are weekdays in some languages, and other words in most.
            if is_known or len(word) > _SHORT_WEEKDAY or not word.isascii():
                weekdays.setdefault(word, number)
    months = {word: month for word, month in months.items() if month.month}
    return Words(MappingProxyType(months), MappingProxyType(weekdays), any(" " in word for word in months))


def _table(
    table: Mapping[str, Sequence[Sequence[str]]], *, stands_alone: bool, full_stand_alone: bool
) -> tuple[dict[str, MonthWord], dict[str, int]]:
    """The months and weekdays of one language, by folded word."""
    weak = {fold(word) for word in cast("Sequence[str]", table["weak"])}
    capital = {fold(word) for word in cast("Sequence[str]", table.get("capital", []))}
    months: dict[str, MonthWord] = {}
    for kind, is_strong in (("months", full_stand_alone), ("short", stands_alone)):
        for number, spellings in enumerate(table[kind], start=1):
            for word in map(fold, spellings):
                months.setdefault(word, MonthWord(number, not is_strong or word in weak, word in capital))
    days = {fold(word): number for number, words in enumerate(table["weekdays"]) for word in words}
    return months, days
