"""What the words beside a date say it is the date of, read from data/labels.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

from extractors.dates.words import fold
from records import ClaimRole

Label = Literal["published", "updated", "captured", "filler"]

_KINDS: tuple[Label, ...] = ("captured", "updated", "published", "filler")
_LABEL_WORDS = 4
_WORD = re.compile(r"[^\W\d_]+")
_READING_TIME = re.compile(r"\b\d{1,2}(?=[ -]?min)")


@cache
def _labels() -> tuple[Mapping[tuple[str, ...], Label], int]:
    """Every label of every language as folded words, and the length of the longest."""
    text = files("extractors.dates").joinpath("data/labels.toml").read_text(encoding="utf-8")
    found: dict[tuple[str, ...], Label] = {}
    for table in cast("dict[str, Mapping[str, Sequence[str]]]", tomllib.loads(text)).values():
        for kind in _KINDS:
            for label in table[kind]:
                # A word that is a label in one language and filler in another is the label.
                key = words_of_line(label)
                if found.get(key, "filler") == "filler":
                    found[key] = kind
    return MappingProxyType(found), max(len(key) for key in found)


def words_of_line(line: str) -> tuple[str, ...]:
    """Return the folded words of a line, without digits and punctuation."""
    return tuple(fold(word) for word in _WORD.findall(line))


def labels_in(part: str) -> tuple[Label, ...] | None:
    """Return the labels that a part of a line consists of, None where it holds any other word or number."""
    part = _READING_TIME.sub("", part)
    if any(c.isdigit() for c in part):
        return None
    words = words_of_line(part)
    labels, longest = _labels()
    found: list[Label] = []
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            kind = labels.get(words[at : at + length])
            if kind is not None:
                found.append(kind)
                at += length
                break
        else:
            return None
    return tuple(found)


def label_before(text: str) -> ClaimRole | None:
    """Return the role that the last words of a text say as a label; None where they are none."""
    words = text.split()[-_LABEL_WORDS:]
    for start in range(len(words)):
        found = labels_in(" ".join(words[start:]))
        said: list[ClaimRole] = [label for label in found or () if label != "filler"]
        if said:
            return said[-1]
    return None
