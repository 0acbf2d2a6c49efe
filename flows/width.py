"""Text by the columns that it takes on a terminal, which East Asian characters take two of."""

import re
import unicodedata
from collections.abc import Iterator

_WIDE = ("W", "F")
_NO_WIDTH = ("Mn", "Me", "Cf")

# A piece that is not broken: a run of narrow characters with the blanks after it, or one wide character.
_PIECE = re.compile(r"[^\s\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]+\s*|\S\s*|\s+")


def width_of(text: str) -> int:
    """Columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def shortened(text: str, columns: int) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis for the rest."""
    if width_of(text) <= columns:
        return text
    kept, used = [], 1  # the ellipsis
    for character in text:
        used += _width(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """The text with blanks after it (or before it) to so many columns."""
    blanks = " " * max(0, columns - width_of(text))
    return blanks + text if right else text + blanks


def wrapped(text: str, columns: int, *, indent: str = "") -> Iterator[str]:
    """The lines of a text at most so many columns wide; a word that is wider stands on a line of its own."""
    room = columns - width_of(indent)
    line, used = "", 0
    for piece in _PIECE.findall(text):
        width = width_of(piece.rstrip())
        if line and used + width > room:
            yield indent + line.rstrip()
            line, used = "", 0
        line += piece
        used += width_of(piece)
    if line.strip():
        yield indent + line.rstrip()
