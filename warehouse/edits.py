"""Finds the publisher's edits of an article: which sightings differ, by how much, and what kind it is.

Pure functions. What counts: the words of the text, the headline, the authors, the date of publication. What
does not: white space, counters of shares and comments, and what another extractor makes of the same capture.
For the sake of that last one it is captures that are compared, each as it was *last* read: a version that no
capture is read as any more was an extractor's, never the publisher's.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from warehouse.notices import notice_in
from warehouse.worddiff import Hunk, differences

EditKind = Literal["typo", "update", "correction", "rewrite"]

REWRITE_SHARE = 0.5
"""A text that lost more than this share of its words is another text."""

NOTICE_CHARACTERS = 500

_TYPO_WORDS = 6
"""Spelling is mended a few words at a time; more than this many changed words are an update."""

_HAN_AND_KANA = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_COUNTER_CHARACTERS = 40
_NO_LETTER = re.compile(r"[\W_]+")
_COUNTER = re.compile(
    r"\W*(?:(?:shares?|comments?|likes?|views?|reads?|retweets?|partages?|commentaires?|vues|kommentare"
    r"|compartidos|comentarios|visualizzazioni|commenti|comentários)\W*[\d.,]+\s?[KkMm]?"
    r"|[\d.,]+\s?[KkMm]?\W+(?:shares?|comments?|likes?|views?|reads?|retweets?|partages?|commentaires?|vues"
    r"|kommentare|compartidos|comentarios|visualizzazioni|commenti|comentários))\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An article as it was seen at one time: a capture as it was last read, or the last sight of a version.

    Attributes:
        at: aware; when.
        version: number of the version it was read as.
        version_id: its id.
        extractor_version: what read it.
    """

    at: datetime
    version: int
    version_id: str
    extractor_version: str


@dataclass(frozen=True, slots=True)
class Transition:
    """Two sightings of an article that follow one another and hold different versions."""

    before: Sighting
    after: Sighting


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says."""

    text: str
    title: str | None
    authors: tuple[str, ...]
    published: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """How what is said differs; the comments on the columns of the table `edits` say what each means."""

    kind: EditKind
    title_changed: bool
    date_changed: bool
    authors_changed: bool
    words_added: int
    words_removed: int
    added_share: float
    removed_share: float
    correction_notice: str | None


def transitions(sightings: Sequence[Sighting]) -> tuple[Transition, ...]:
    """The changes of version in the order of time, whatever the order of the sightings.

    Sightings of the same time go by the number of their version, which is an order of capture too.
    """
    ordered = sorted(sightings, key=lambda sighting: (sighting.at, sighting.version))
    return tuple(
        Transition(before, after)
        for before, after in pairwise(ordered)
        if before.version_id != after.version_id
    )


def edit_of(before: Said, after: Said) -> Edit | None:
    """What the publisher changed; None where nothing that counts differs."""
    old_text, new_text = _folded(before.text), _folded(after.text)
    text_changed = old_text != new_text
    title_changed = _line(before.title) != _line(after.title)
    date_changed = before.published != after.published
    authors_changed = tuple(map(_line, before.authors)) != tuple(map(_line, after.authors))
    if not (text_changed or title_changed or date_changed or authors_changed):
        return None
    old_words, new_words = _words(old_text), _words(new_text)
    hunks = differences(old_words, new_words) if text_changed else ()
    added = sum(len(hunk.added) for hunk in hunks)
    removed = sum(len(hunk.removed) for hunk in hunks)
    notice = _new_notice(before, after) if text_changed or title_changed else None
    removed_share = removed / len(old_words) if old_words else 0.0
    kind: EditKind
    if notice:
        kind = "correction"
    elif removed_share > REWRITE_SHARE:
        kind = "rewrite"
    elif not date_changed and _is_spelling((*hunks, *_line_hunks(before, after)), old_words):
        kind = "typo"
    else:
        kind = "update"
    return Edit(
        kind=kind,
        title_changed=title_changed,
        date_changed=date_changed,
        authors_changed=authors_changed,
        words_added=added,
        words_removed=removed,
        added_share=added / len(new_words) if new_words else 0.0,
        removed_share=removed_share,
        correction_notice=notice,
    )


def _folded(text: str) -> str:
    """The paragraphs without counters, white space folded, one a line."""
    lines = (_line(line) for line in text.split("\n"))
    return "\n".join(
        line for line in lines if line and not (len(line) <= _COUNTER_CHARACTERS and _COUNTER.fullmatch(line))
    )


def _line(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def _words(text: str) -> list[str]:
    """Words as `articles.words` counts them, with the punctuation that clings to them."""
    pieces = (text if text.isascii() else _HAN_AND_KANA.sub(r" \1 ", text)).split()
    return [piece for piece in pieces if piece.isalnum() or _bare(piece)]


def _bare(word: str) -> str:
    return _NO_LETTER.sub("", word).casefold()


def _line_hunks(before: Said, after: Said) -> tuple[Hunk, ...]:
    """What changed in the headline and the names, which is small enough to be a hunk as a whole."""
    return (
        *differences(_words(_line(before.title)), _words(_line(after.title))),
        *differences(_words(_line(" ".join(before.authors))), _words(_line(" ".join(after.authors)))),
    )


def _is_spelling(hunks: Sequence[Hunk], old_words: Sequence[str]) -> bool:
    if sum(max(len(hunk.removed), len(hunk.added)) for hunk in hunks) > _TYPO_WORDS:
        return False
    return all(_respelt(hunk) or _doubled(hunk, old_words) for hunk in hunks)


def _doubled(hunk: Hunk, old_words: Sequence[str]) -> bool:
    """Whether one word left that stood there twice."""
    if hunk.added or len(hunk.removed) != 1:
        return False
    around = old_words[max(0, hunk.start - 1) : hunk.start + 2]
    return sum(_bare(word) == _bare(hunk.removed[0]) for word in around) > 1


def _respelt(hunk: Hunk) -> bool:
    """Whether the same words are spelt otherwise: punctuation, capitals, a letter or two; never a number."""
    old, new = "".join(map(_bare, hunk.removed)), "".join(map(_bare, hunk.added))
    if old == new:
        return True
    if any(character.isdigit() for character in old + new):
        return _digits(hunk.removed) == _digits(hunk.added) and _letters_alike(old, new)
    return _letters_alike(old, new)


def _digits(words: Sequence[str]) -> str:
    return "".join(character for word in words for character in word if character.isdigit())


def _letters_alike(old: str, new: str) -> bool:
    if sorted(old) == sorted(new):
        return len(old) > 2  # noqa: PLR2004 - "no" and "on" are two words, "teh" is none
    if min(len(old), len(new)) < 5:  # noqa: PLR2004 - "now" is no misspelling of "not"
        return False
    if abs(len(old) - len(new)) > 2:  # noqa: PLR2004 - a letter or two
        return False
    same = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return max(len(old), len(new)) - same <= max(1, min(2, len(old) // 5))


def _new_notice(before: Said, after: Said) -> str | None:
    old = {_line(line) for line in (before.title or "", *before.text.split("\n"))}
    for line in (after.title or "", *after.text.split("\n")):
        folded = _line(line)
        if folded and folded not in old and notice_in(folded):
            return folded[:NOTICE_CHARACTERS]
    return None
