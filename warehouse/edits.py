"""Finds the publisher's edits of an article: which sightings differ, by how much, and what kind it is.

Pure functions. What counts: the words of the text, the headline, the authors, the date of publication. What
does not: white space, counters of shares and comments, and what another extractor makes of the same capture.
For the sake of that last one it is captures that are compared, each as it was *last* read: a version that no
capture is read as any more was an extractor's, never the publisher's.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from warehouse.identity import count_words
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


_Change = tuple[Hunk, list[str]]
"""Words that changed, and all the old words around them."""


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
    old_lines, new_lines = _lines(before.text), _lines(after.text)
    text_changed = " ".join(old_lines) != " ".join(new_lines)
    title_changed = _line(before.title) != _line(after.title)
    date_changed = before.published != after.published
    authors_changed = tuple(map(_line, before.authors)) != tuple(map(_line, after.authors))
    if not (text_changed or title_changed or date_changed or authors_changed):
        return None
    # Paragraph by paragraph first, then only those that changed word by word.
    parts = [
        (_words("\n".join(part.removed)), _words("\n".join(part.added)))
        for part in differences(old_lines, new_lines)
    ]
    changed = [(hunk, old) for old, new in parts for hunk in differences(old, new)]
    hunks = [hunk for hunk, _ in changed]
    added = sum(len(hunk.added) for hunk in hunks)
    removed = sum(len(hunk.removed) for hunk in hunks)
    notice = _new_notice(before, after) if text_changed or title_changed else None
    removed_share = _share(removed, old_lines)
    kind: EditKind
    if notice:
        kind = "correction"
    elif removed_share > REWRITE_SHARE:
        kind = "rewrite"
    elif not date_changed and _is_spelling([*changed, *_line_changes(before, after)]):
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
        added_share=_share(added, new_lines),
        removed_share=removed_share,
        correction_notice=notice,
    )


def _lines(text: str) -> list[str]:
    """The paragraphs without counters, white space folded."""
    lines = (_line(line) for line in text.split("\n"))
    return [
        line for line in lines if line and not (len(line) <= _COUNTER_CHARACTERS and _COUNTER.fullmatch(line))
    ]


def _share(words: int, lines: Sequence[str]) -> float:
    total = count_words("\n".join(lines)) if words else 0
    return min(1.0, words / total) if total else 0.0


def _line(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def _words(text: str) -> list[str]:
    """Words as `articles.words` counts them, with the punctuation that clings to them."""
    pieces = (text if text.isascii() else _HAN_AND_KANA.sub(r" \1 ", text)).split()
    return [piece for piece in pieces if piece.isalnum() or _bare(piece)]


def _bare(word: str) -> str:
    return _NO_LETTER.sub("", word).casefold()


def _line_changes(before: Said, after: Said) -> Iterator[_Change]:
    """What changed in the headline and in the names."""
    for old, new in (
        (_words(_line(before.title)), _words(_line(after.title))),
        (_words(_line(" ".join(before.authors))), _words(_line(" ".join(after.authors)))),
    ):
        yield from ((hunk, old) for hunk in differences(old, new))


def _is_spelling(changes: Sequence[_Change]) -> bool:
    if sum(max(len(hunk.removed), len(hunk.added)) for hunk, _ in changes) > _TYPO_WORDS:
        return False
    return all(_respelt(hunk) or _doubled(hunk, old_words) for hunk, old_words in changes)


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
