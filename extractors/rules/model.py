"""What a cleaning rule is, what it sees and what it may say; and the loop that asks the rules in order."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from extractors.pieces import Piece, fold, trim
from records import Cut

# Prose is what makes the body; what stands before the first and after the last of it is head and tail.
_PROSE_WORDS_SENTENCE = 8
_PROSE_WORDS = 25

# Text shorter than this, in letters and digits, may well be said twice.
REPEAT_KEY = 40
_KEY = re.compile(r"[\W_]+")


def key(text: str) -> str:
    """A text's letters and digits, case aside: what is left when two copies differ in marks and spaces."""
    return _KEY.sub("", text).casefold()


@dataclass(frozen=True, slots=True)
class Finding:
    """That a piece, or the part of it from `start` to `end`, is not of the body, and what it is instead."""

    role: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Document:
    """All pieces of an input with what the rules have found them to be so far.

    Attributes:
        source: the text whose offsets the pieces hold.
        pieces: in document order, those that were cut as well.
        roles: one a piece: None for what stands, else what it was cut as.
        title: where it is known from outside the body, as a page's metadata.
    """

    source: str
    pieces: tuple[Piece, ...]
    roles: tuple[str | None, ...]
    title: str | None = None

    @cached_property
    def standing(self) -> tuple[int, ...]:
        """Indices of the pieces that nothing has cut yet."""
        return tuple(i for i, role in enumerate(self.roles) if role is None)

    @cached_property
    def prose(self) -> tuple[int, ...]:
        """Indices of the standing pieces that read like the running text of an article."""
        return tuple(i for i in self.standing if is_prose(self.pieces[i]))

    @cached_property
    def repeats(self) -> "Repeats":
        """The letters and digits of every piece, for rules that look for what is said twice."""
        return Repeats.of(self.pieces)

    def in_head(self, index: int) -> bool:
        """Whether no prose stands before a piece."""
        return not self.prose or index <= self.prose[0]

    def in_tail(self, index: int) -> bool:
        """Whether no prose stands after a piece."""
        return not self.prose or index >= self.prose[-1]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The pieces of a document by their keys (see `key`), and by how these start and end.

    Attributes:
        keys: one a piece.
        firsts: the first piece that has a key.
        starts: the pieces whose keys begin with the same `REPEAT_KEY` characters.
        ends: the pieces whose keys end with the same `REPEAT_KEY` characters.
    """

    keys: tuple[str, ...]
    firsts: dict[str, int]
    starts: dict[str, list[int]]
    ends: dict[str, list[int]]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> "Repeats":
        """Index the pieces."""
        keys = tuple(key(piece.text) for piece in pieces)
        firsts: dict[str, int] = {}
        starts: dict[str, list[int]] = {}
        ends: dict[str, list[int]] = {}
        for index, own in enumerate(keys):
            firsts.setdefault(own, index)
            starts.setdefault(own[:REPEAT_KEY], []).append(index)
            ends.setdefault(own[-REPEAT_KEY:], []).append(index)
        return cls(keys, firsts, starts, ends)


@dataclass(frozen=True, slots=True)
class Rule:
    """One named reason to cut: `find` looks at a standing piece and its neighbours."""

    id: str
    description: str
    find: Callable[[Document, int], Finding | None]


def is_prose(piece: Piece) -> bool:
    """Whether a piece reads like running text: a sentence of some length, or simply long."""
    words = piece.words
    return words >= _PROSE_WORDS or (words >= _PROSE_WORDS_SENTENCE and piece.ends_sentence)


def apply(rules: Sequence[Rule], document: Document) -> tuple[Document, tuple[Cut, ...]]:
    """Ask every rule, in order, about every piece that still stands.

    A rule sees the document as the rules before it left it, never its own findings: the answer does not
    depend on the order of pieces.

    Returns:
        The document with the roles found, and the cuts in the order of the input.
    """
    cuts: list[Cut] = []
    for rule in rules:
        pieces, roles = list(document.pieces), list(document.roles)
        changed = False
        for index in document.standing:
            found = rule.find(document, index)
            if found is None:
                continue
            changed = True
            piece = pieces[index]
            if found.start is not None and found.end is not None:
                kept, piece = trim(piece, document.source, found.start, found.end)
                if kept.text:
                    pieces[index] = kept
                else:
                    roles[index] = found.role
            else:
                roles[index] = found.role
            cuts.extend(_cuts(piece, found.role, rule.id, document.source))
        if changed:
            document = replace(document, pieces=tuple(pieces), roles=tuple(roles))
    return document, tuple(sorted(cuts, key=lambda cut: (cut.start, cut.end)))


def _cuts(piece: Piece, role: str, rule: str, source: str) -> list[Cut]:
    """One cut for each stretch of the input: wrapped lines are one, unless something had left them before."""
    return [Cut(role, rule, fold(source[a:b]), a, b) for a, b in _merged(piece.parts, source)]


def _merged(parts: Sequence[tuple[int, int]], source: str) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in parts:
        if merged and not source[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
