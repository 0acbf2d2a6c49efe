"""Plain text to pieces: finds the paragraphs of copy-paste, PDF and e-mail dumps, wrapped or not."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from extractors.pieces import Piece, ends_sentence, fold, join, piece_of
from records import BlockKind

# A column is wrapped between these widths; a longer line is a paragraph that nobody wrapped.
_NARROWEST, _WIDEST = 30, 132
# Share of line breaks that stand in mid-sentence, where the next word would not have fitted.
_WRAPPED_SHARE = 0.6
_FEWEST_BREAKS = 3
# Typesetters count points, not characters: a line of wide letters is full some way before the longest one.
_RAGGED = 0.1
# How far to look for the word after a line break.
_WORD_REACH = 500

_LINE_BREAK = re.compile(r"\r\n?|\n|\x0b|\x0c|\u2028|\u2029")
_LIST_ITEM = re.compile(r"\s*(?:[•‣◦▪●·*–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_RULED_QUOTE = re.compile(r"\s*(?:>\s?)+(?=\S)")
_HYPHENATED = re.compile(r"(\w+(?:[-‐]\w+)*)([-‐\u00ad])$")
_FIRST_WORD = re.compile(r"\w+")
_NEXT_WORD = re.compile(r"\S+")
_TOKEN = re.compile(r"\w+(?:-\w+)*")
_BREAKABLE = re.compile(r"(?<=[-‐–—/])")
# First halves that English compounds are made with: "well-" at the end of a line keeps its hyphen.
_COMPOUND_FIRST = frozenset(
    [
        "all",
        "anti",
        "best",
        "co",
        "cross",
        "east",
        "ex",
        "far",
        "fast",
        "first",
        "five",
        "four",
        "free",
        "full",
        "half",
        "hard",
        "high",
        "ill",
        "inter",
        "left",
        "long",
        "low",
        "mid",
        "multi",
        "near",
        "new",
        "no",
        "non",
        "north",
        "off",
        "old",
        "on",
        "one",
        "open",
        "out",
        "over",
        "part",
        "post",
        "pre",
        "pro",
        "re",
        "right",
        "second",
        "self",
        "semi",
        "short",
        "six",
        "small",
        "so",
        "south",
        "ten",
        "third",
        "three",
        "top",
        "two",
        "under",
        "vice",
        "well",
        "west",
        "wide",
        "world",
        "year",
    ]
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the input: `text` is folded, `start` and `end` are its place without the line break."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hyphen:
    """A hyphen that a line break put into a word, with its place; it leaves the text."""

    text: str
    start: int
    end: int


def pieces_of_text(source: str) -> tuple[tuple[Piece, ...], tuple[Hyphen, ...]]:
    """The paragraphs of a plain text, in order, and the hyphens that joining its lines took out of words.

    Every character of `source` that is not white space is in exactly one of them.
    """
    lines = _lines(source)
    width = _width(lines)
    words = _vocabulary(lines) if width is not None else frozenset()
    pieces: list[Piece] = []
    hyphens: list[Hyphen] = []
    open_paragraph = False
    for line, following in pairwise([*lines, Line("", len(source), len(source))]):
        if not line.text:
            open_paragraph = False
            continue
        full = width is not None and _is_full(line, following.text or _next_word(source, line.end), width)
        piece = piece_of(source, line.start, line.end, _kind(source[line.start : line.end]), full=full)
        if open_paragraph and piece.kind != "list_item" and piece.kind in ("paragraph", pieces[-1].kind):
            joined, hyphen = _join_lines(pieces[-1], piece, words)
            pieces[-1] = joined
            if hyphen is not None:
                hyphens.append(hyphen)
        else:
            pieces.append(piece)
        open_paragraph = full
    return tuple(pieces), tuple(hyphens)


def _lines(source: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for found in _LINE_BREAK.finditer(source):
        lines.append(Line(fold(source[start : found.start()]), start, found.start()))
        start = found.end()
    lines.append(Line(fold(source[start:]), start, len(source)))
    return lines


def _width(lines: list[Line]) -> int | None:
    """The width, in characters, at which the text is wrapped; None where it is not."""
    lengths = [len(line.text) for line in lines if _NARROWEST <= len(line.text) <= _WIDEST]
    if len(lengths) < _FEWEST_BREAKS:
        return None
    width = max(lengths)
    breaks = [(a, b) for a, b in pairwise(lines) if a.text and b.text and len(a.text) <= _WIDEST]
    if len(breaks) < _FEWEST_BREAKS:
        return None
    full = sum(_is_full(a, b.text, width) and not ends_sentence(a.text) for a, b in breaks)
    return width if full >= _WRAPPED_SHARE * len(breaks) else None


def _is_full(line: Line, following: str, width: int) -> bool:
    """Whether the first word of what follows would have made the line longer than the width."""
    word = following.split(" ", 1)[0]
    # A dash lets a line break after it, so that only what stands before the next dash had to fit.
    head = _BREAKABLE.split(word, maxsplit=1)[0]
    return len(line.text) + 1 + len(head) > width - _RAGGED * width


def _next_word(source: str, start: int) -> str:
    found = _NEXT_WORD.search(source, start, start + _WORD_REACH)
    return found.group() if found else ""


def _kind(line: str) -> BlockKind:
    if _RULED_QUOTE.match(line):
        return "quote"
    return "list_item" if _LIST_ITEM.match(line) else "paragraph"


def _join_lines(first: Piece, second: Piece, words: frozenset[str]) -> tuple[Piece, Hyphen | None]:
    found = _HYPHENATED.search(first.text)
    after = _FIRST_WORD.match(second.text)
    if found is None or after is None:
        return join(first, second), None
    if found[2] != "\u00ad" and _keeps_hyphen(found[1], after.group(), words):
        return join(first, second, glue=""), None
    end = first.end
    parts = (*first.parts[:-1], (first.parts[-1][0], end - 1))
    without = replace(first, text=first.text[:-1], parts=parts)
    return join(without, second, glue=""), Hyphen(found[2], end - 1, end)


def _keeps_hyphen(before: str, after: str, words: frozenset[str]) -> bool:
    """Whether the hyphen at a line's end is the word's own ("people-to-|people") or the typesetter's.

    The word's own: a name follows, the word has hyphens already, starts as compounds do, is spelled with this
    one elsewhere in the text, or both halves stand in the text as words where their sum does not.
    """
    if not after[0].islower() or "-" in before or "‐" in before or before.lower() in _COMPOUND_FIRST:
        return True
    before, after = before.lower(), after.lower()
    if before + after in words:
        return False
    return f"{before}-{after}" in words or (before in words and after in words)


def _vocabulary(lines: list[Line]) -> frozenset[str]:
    """The words of the text, the halves of words at its line breaks aside."""
    words: set[str] = set()
    broken = False
    for line in lines:
        tokens = _TOKEN.findall(line.text.lower())
        hyphenated = _HYPHENATED.search(line.text) is not None
        words.update(tokens[broken : -1 if hyphenated else None])
        broken = hyphenated
    return frozenset(words)
