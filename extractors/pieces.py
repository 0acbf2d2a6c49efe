"""What the cleaning rules work on: pieces of a document that know which characters of the input they are.

Rules join pieces, trim them and drop them. A piece keeps the input's spans that it is made of, so that every
cut can say where it stood, and kept and cut together are the input again (white space aside).
"""

import re
from dataclasses import dataclass, replace

from records import BlockKind

Span = tuple[int, int]

# Control characters separate like white space; nothing else of the input is ever replaced.
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』】]*$")
# An ideograph carries about as much as half a word of a spaced script.
_IDEOGRAPHS_PER_WORD = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, heading, list item, quote or table row, before and while rules look at it.

    Attributes:
        kind: what it is.
        text: its words, white space folded.
        parts: the spans of the input that it is made of, in order.
        full: whether its last line reached the width at which the document is wrapped, so that its sentence
            may go on in the next piece.
    """

    kind: BlockKind
    text: str
    parts: tuple[Span, ...]
    full: bool = False

    @property
    def start(self) -> int:
        """Offset of its first character in the input."""
        return self.parts[0][0]

    @property
    def end(self) -> int:
        """Offset after its last character in the input."""
        return self.parts[-1][1]

    @property
    def words(self) -> int:
        """Number of words; two ideographs count as one."""
        return count_words(self.text)

    @property
    def ends_sentence(self) -> bool:
        """Whether it closes with a full stop, a question mark or the like."""
        return ends_sentence(self.text)


def ends_sentence(text: str) -> bool:
    """Whether a text closes with a full stop, a question mark or the like, quotes and brackets aside."""
    return _SENTENCE_END.search(text) is not None


def fold(text: str) -> str:
    """The text with every run of white space and control characters as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip(" ")


def count_words(text: str) -> int:
    """Number of words of a text; scripts without spaces count two characters as a word."""
    ideographs = len(_IDEOGRAPH.findall(text))
    if not ideographs:
        return len(_WORD.findall(text))
    return len(_WORD.findall(_IDEOGRAPH.sub(" ", text))) + ideographs // _IDEOGRAPHS_PER_WORD


def piece_of(
    source: str, start: int, end: int, kind: BlockKind = "paragraph", *, full: bool = False
) -> Piece:
    """The piece that `source[start:end]` is, without the white space at its ends."""
    span = source[start:end]
    folded = fold(span)
    if folded:
        start += span.index(folded[0])
        end = start + source[start:end].rindex(folded[-1]) + 1
    return Piece(kind, folded, ((start, end),), full=full)


def join(first: Piece, second: Piece, glue: str = " ") -> Piece:
    """One piece out of two that belong together, `glue` between their texts."""
    return replace(
        first, text=f"{first.text}{glue}{second.text}", parts=first.parts + second.parts, full=second.full
    )


def trim(piece: Piece, source: str, start: int, end: int) -> tuple[Piece, Piece]:
    """The piece without `text[start:end]`, and the piece that was cut out of it.

    The piece that stays is empty where nothing but white space is left of it.
    """
    left, right = piece.text[:start].rstrip(" "), piece.text[end:].lstrip(" ")
    glue = " " if left and right and _spaced(piece.text, start, end) else ""
    first = _visible(piece.text[:start])
    cut_count = _visible(piece.text[start:end])
    before, rest = _split(piece.parts, source, first)
    cut_parts, after = _split(rest, source, cut_count)
    kept = replace(piece, text=f"{left}{glue}{right}", parts=before + after or cut_parts)
    return kept, replace(piece, text=piece.text[start:end].strip(" "), parts=cut_parts)


def _spaced(text: str, start: int, end: int) -> bool:
    cut = text[start:end]
    return text[start - 1] == " " or text[end] == " " or cut.startswith(" ") or cut.endswith(" ")


def _visible(text: str) -> int:
    return len(_SPACE.sub("", text))


def _split(parts: tuple[Span, ...], source: str, count: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Split spans of the source after `count` characters that are not white space.

    Folding changes nothing but white space, so counting the rest finds a place of the folded text again.
    """
    before: list[Span] = []
    after: list[Span] = []
    left = count
    for start, end in parts:
        at = start
        while at < end and left > 0:
            left -= _SPACE.match(source[at]) is None
            at += 1
        if at > start:
            before.append((start, at))
        while at < end and _SPACE.match(source[at]):
            at += 1
        if at < end:
            after.append((at, end))
    return tuple(before), tuple(after)
