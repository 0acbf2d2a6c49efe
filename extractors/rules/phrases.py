"""Rules as data: what phrases.toml lists, one rule an entry, checked strictly when it is read."""

import re
import tomllib
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, Literal, get_args

from extractors.rules.model import Document, Finding, Rule

Where = Literal["anywhere", "edges", "tail"]
Part = Literal["whole", "start", "end"]

_REQUIRED = {"id", "role", "description", "cuts", "keeps"}
_OPTIONAL = {"pattern", "terms", "fillers", "where", "part", "max_words", "sentence"}
# What may stand around a whole phrase without changing what it is.
_BEFORE, _AFTER = r"[\s|·•>»–—:*-]*", r"[\s|·•<«–—:.!*…→›»-]*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry of the file.

    Attributes:
        id: the rule's name in every cut it makes.
        role: what the piece is instead of body.
        description: what it is for, in a sentence.
        pattern: matched without regard to case.
        terms: where there is no pattern: the piece consists of these and of `fillers`, at least one of them
            among it, with spaces and signs between.
        where: `anywhere`, `edges` (before or after all prose) or `tail` (after all prose).
        part: whether the pattern is the `whole` piece, its `start` or its `end`.
        max_words: a longer piece is left alone.
        sentence: False leaves a piece alone that ends as a sentence does (a question mark aside).
        cuts: examples that it cuts.
        keeps: look-alikes that stay.
    """

    id: str
    role: str
    description: str
    pattern: re.Pattern[str]
    terms: frozenset[str]
    where: Where
    part: Part
    max_words: int | None
    sentence: bool
    cuts: tuple[str, ...]
    keeps: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Whether a text, wherever it stands, is what this entry describes."""
        if self.terms:
            return self._is_made_of_terms(text)
        if self.part == "end":
            return self.pattern.search(text) is not None
        return self.pattern.match(text) is not None

    def _is_made_of_terms(self, text: str) -> bool:
        at, seen = 0, False
        while at < len(text):
            found = self.pattern.match(text, at)
            if found is None:
                return False
            at, seen = found.end(), seen or found[1].lower() in self.terms
        return seen


def load(text: str) -> tuple[Phrase, ...]:
    """Read the entries of a phrase file.

    Raises:
        ValueError: an entry lacks a key, has one that is not known, or a pattern that does not compile.
    """
    return tuple(_phrase(entry) for entry in tomllib.loads(text)["phrase"])


def bundled_text() -> str:
    """The phrase file that comes with Dateline."""
    return files("extractors.rules").joinpath("phrases.toml").read_text(encoding="utf-8")


def rules_of(phrases: tuple[Phrase, ...]) -> tuple[Rule, ...]:
    """A rule an entry, in the order of the file."""
    return tuple(Rule(phrase.id, phrase.description, partial(_find, phrase)) for phrase in phrases)


def _phrase(entry: dict[str, Any]) -> Phrase:
    name = entry.get("id", "an entry without id")
    missing, unknown = _REQUIRED - entry.keys(), entry.keys() - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise ValueError(f"phrase rule {name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    where, part = entry.get("where", "anywhere"), entry.get("part", "whole")
    if where not in get_args(Where) or part not in get_args(Part):
        raise ValueError(f"phrase rule {name}: where={where!r}, part={part!r} is not one of the known ones")
    try:
        pattern = re.compile(_expression(entry, part), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"phrase rule {name}: the pattern does not compile: {error}") from None
    return Phrase(
        id=entry["id"],
        role=entry["role"],
        description=entry["description"],
        pattern=pattern,
        terms=frozenset(entry.get("terms", ())),
        where=where,
        part=part,
        max_words=entry.get("max_words"),
        sentence=entry.get("sentence", True),
        cuts=tuple(entry["cuts"]),
        keeps=tuple(entry["keeps"]),
    )


def _expression(entry: dict[str, Any], part: Part) -> str:
    if ("pattern" in entry) == ("terms" in entry):
        raise ValueError(f"phrase rule {entry['id']}: give either pattern or terms")
    if "terms" in entry:
        # One term and the signs after it; longest first, so that "share this" wins over "share".
        terms = sorted([*entry["terms"], *entry.get("fillers", ())], key=len, reverse=True)
        return rf"[\W_]*({'|'.join(map(re.escape, terms))})(?:[\W_]+|$)"
    before, after = (_BEFORE if part != "end" else ""), (f"{_AFTER}$" if part != "start" else "")
    return f"{before}(?:{entry['pattern']}){after}"


def _find(phrase: Phrase, document: Document, index: int) -> Finding | None:
    piece = document.pieces[index]
    if phrase.max_words is not None and piece.words > phrase.max_words:
        return None
    if not phrase.sentence and piece.ends_sentence and not piece.text.endswith(("?", "!")):
        return None
    if not phrase.matches(piece.text):
        return None
    if phrase.where == "tail" and not document.in_tail(index):
        return None
    if phrase.where == "edges" and not (document.in_head(index) or document.in_tail(index)):
        return None
    return Finding(phrase.role)
