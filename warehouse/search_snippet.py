"""Cuts the piece of a text out that shows why it was found."""

import unicodedata
from collections.abc import Sequence

BEFORE = 60
"""Characters shown before the first hit."""

LENGTH = 200
"""Characters shown in all."""

_ELLIPSIS = "…"
_REACH = 20
"""So far, in characters, an end is moved to fall between words."""


def snippet(text: str, pieces: Sequence[Sequence[str]]) -> str:
    """One line of the text around the first place where one of the pieces stands, else its beginning.

    Args:
        text: the article's.
        pieces: what was looked for: each a run of terms (lower case, no accents) that stand together.
    """
    flat = " ".join(text.split())
    plain, places = _folded(flat)
    found = [place for piece in pieces if (place := _find(plain, piece)) is not None]
    first = places[min(found)] if found else 0
    begin = max(0, min(first - BEFORE, len(flat) - LENGTH))
    end = min(len(flat), begin + LENGTH)
    if begin:
        space = flat.find(" ", begin, min(begin + _REACH, first + 1))
        begin = space + 1 if space >= 0 else begin
    if end < len(flat):
        space = flat.rfind(" ", max(end - _REACH, first + 1), end)
        end = space if space >= 0 else end
    return (_ELLIPSIS if begin else "") + flat[begin:end] + (_ELLIPSIS if end < len(flat) else "")


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in lower case without accents, what is no word as a space; and where each character stood."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFD", character):
            category = unicodedata.category(part)
            if category == "Mn":
                continue
            kept = part.lower() if category[0] in "LNM" else " "
            characters.extend(kept)
            places.extend([place] * len(kept))
    return "".join(characters), places


def _find(plain: str, terms: Sequence[str]) -> int | None:
    """Where the first of the terms stands as a word (or, of a script without spaces, at all)."""
    term = unicodedata.normalize("NFD", "".join(terms) if len(terms[0]) == 1 else terms[0])
    at = plain.find(term)
    while at >= 0:
        before = plain[at - 1 : at]
        after = plain[at + len(term) : at + len(term) + 1]
        if not (before.isalnum() or after.isalnum()) or not term.isascii():
            return at
        at = plain.find(term, at + 1)
    return None
