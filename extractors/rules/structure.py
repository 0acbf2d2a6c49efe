"""Rules that look at a piece's place and neighbours: repeats, titles, bylines, date lines, the tail."""

import re
from collections.abc import Callable, Sequence

from extractors.dates.text import claim_of_line, dateline_of, relative_of
from extractors.pieces import Piece
from extractors.rules.byline import authors_of_line
from extractors.rules.model import REPEAT_KEY, Document, Finding, Rule, key
from extractors.rules.phrases import Phrase

_EMBED_LINK = re.compile(r"(?:https?://)?\b(?:pic\.(?:twitter|x)\.com|t\.co|fb\.watch|youtu\.be)/\w+/?")
_ONLY_SIGNS = re.compile(r"[\W_]+$")

_REPEAT_WORDS = 6
# A title is looked for among this many pieces, and is no longer than this many words.
_TITLE_REACH = 8
_TITLE_WORDS = (2, 30)
_ABOVE_DATE = 3
_DATE_LINE_WORDS = 14
_TAIL_WORDS = 5


def embed_link(document: Document, index: int) -> Finding | None:
    """The address that an embedded post leaves behind in its text."""
    found = _EMBED_LINK.search(document.pieces[index].text)
    return Finding("embed", found.start(), found.end()) if found else None


def separator(document: Document, index: int) -> Finding | None:
    """A line without a letter or a digit."""
    return Finding("separator") if _ONLY_SIGNS.match(document.pieces[index].text) else None


def date_line(phrases: Sequence[Phrase]) -> Callable[[Document, int], Finding | None]:
    """A rule for lines that say a date and nothing else, what other rules would cut aside."""

    def find(document: Document, index: int) -> Finding | None:
        if not (document.in_head(index) or document.in_tail(index) or _is_high(document, index)):
            return None
        return Finding("date") if is_date_line(document.pieces[index], phrases) else None

    return find


def is_date_line(piece: Piece, phrases: Sequence[Phrase]) -> bool:
    """Whether a piece is a date with its label, or an age as "5 hours ago"."""
    if piece.words > _DATE_LINE_WORDS:
        return False
    line = without_furniture(piece.text, phrases)
    return claim_of_line(line, "") is not None or relative_of(line) is not None


def without_furniture(line: str, phrases: Sequence[Phrase]) -> str:
    """A line without a prompt or a button that a dump has glued to its start or its end."""
    words = line.split(" ")
    whole = [phrase for phrase in phrases if phrase.part == "whole"]
    for count in range(len(words) - 1, 0, -1):
        for rest, glued in (
            (words[:-count], words[-count:]),
            (words[count:], words[:count]),
        ):
            text = " ".join(glued)
            if any(phrase.matches(text) for phrase in whole):
                return " ".join(rest)
    return line


def _is_high(document: Document, index: int) -> bool:
    """Whether it stands among the first pieces, below no more than a standfirst."""
    return index in document.standing[:_TITLE_REACH]


def byline(document: Document, index: int) -> Finding | None:
    """The line that names the author."""
    if not (document.in_head(index) or _is_high(document, index)):
        return None
    return Finding("byline") if authors_of_line(document.pieces[index].text) else None


def dateline_line(document: Document, index: int) -> Finding | None:
    """A dateline on a line of its own; one that opens a sentence belongs to the text."""
    piece = document.pieces[index]
    found = dateline_of(piece.text)
    return Finding("dateline") if found and not key(piece.text[found.end :]) else None


def known_title(document: Document, index: int) -> Finding | None:
    """The title that the page names, said again at the top of its body."""
    if document.title is None or not (document.in_head(index) or _is_high(document, index)):
        return None
    return Finding("title") if key(document.pieces[index].text) == key(document.title) else None


def title_above_date(document: Document, index: int) -> Finding | None:
    """The line that stands above the date or the byline of the article, where nothing else names it."""
    if document.title is not None:
        return None
    marks = [i for i, role in enumerate(document.roles) if role in ("date", "byline", "dateline")]
    if not marks or marks[0] > _TITLE_REACH or not any(i > marks[0] for i in document.prose):
        return None
    above = [i for i in document.standing if i < marks[0]]
    if len(above) > _ABOVE_DATE or index not in above:
        return None
    fitting = [i for i in above if document.pieces[i].words <= _TITLE_WORDS[1]]
    headlines = [i for i in fitting if not document.pieces[i].ends_sentence]
    return Finding("title") if index == next(iter(headlines or fitting), None) else None


def title_above_prose(document: Document, index: int) -> Finding | None:
    """The first headline-like line above the running text."""
    if document.title is not None or "title" in document.roles or not document.prose:
        return None
    heads = [i for i in document.standing[:_TITLE_REACH] if i < document.prose[0]]
    return Finding("title") if index == next((i for i in heads if _is_headline(document, i)), None) else None


def _is_headline(document: Document, index: int) -> bool:
    piece = document.pieces[index]
    low, high = _TITLE_WORDS
    return (
        piece.kind in ("paragraph", "heading")
        and low < piece.words <= high
        and not piece.text.endswith((".", ":", ",", ";", "…"))
        and any(mark.isalpha() for mark in piece.text)
        and not _goes_on_below(document, index)
    )


def _goes_on_below(document: Document, index: int) -> bool:
    below = next((document.pieces[i].text for i in document.standing if i > index), "")
    return below[:1].islower()


def tail_furniture(document: Document, index: int) -> Finding | None:
    """Short lines that follow furniture below the last of the running text."""
    piece = document.pieces[index]
    if not document.prose or not document.in_tail(index) or piece.ends_sentence or piece.words > _TAIL_WORDS:
        return None
    noise = [i for i, role in enumerate(document.roles) if role is not None and i > document.prose[-1]]
    if not noise or noise[0] > index:
        return None
    return Finding("furniture")


def repeated(document: Document, index: int) -> Finding | None:
    """A paragraph that is in the document already: a copy, a teaser cut short, the rest of a torn one."""
    piece, repeats = document.pieces[index], document.repeats
    own = repeats.keys[index]
    if piece.words < _REPEAT_WORDS or len(own) < REPEAT_KEY:
        return None
    is_copy = repeats.firsts[own] != index
    return (
        Finding("repeated") if is_copy or _is_teaser(document, index) or _is_rest(document, index) else None
    )


def _is_teaser(document: Document, index: int) -> bool:
    """Whether another piece begins with all of this one, which breaks off in mid-sentence."""
    piece, repeats = document.pieces[index], document.repeats
    if piece.ends_sentence and not piece.text.endswith("…"):
        return False
    dateline = dateline_of(piece.text)
    start = key(piece.text[dateline.end :]) if dateline else repeats.keys[index]
    return len(start) >= REPEAT_KEY and any(
        len(repeats.keys[other]) > len(start) and repeats.keys[other].startswith(start)
        for other in repeats.starts.get(start[:REPEAT_KEY], ())
        if other != index
    )


def _is_rest(document: Document, index: int) -> bool:
    """Whether an earlier piece ends with all of this one, which sets in in mid-sentence."""
    first = document.pieces[index].text[0]
    if first.isupper() or first.isdigit():
        return False
    repeats = document.repeats
    own = repeats.keys[index]
    return any(
        other < index and repeats.keys[other].endswith(own)
        for other in repeats.ends.get(own[-REPEAT_KEY:], ())
    )


def rules(phrases: Sequence[Phrase]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """The rules of this module: those that run before the phrase rules, and those that run after them."""
    before = (
        Rule("embed-link", "The address that an embedded post leaves in its text.", embed_link),
        Rule("separator", "A line without a letter or a digit.", separator),
        Rule("title-again", "The title that the page names, at the top of its body.", known_title),
    )
    after = (
        Rule(
            "date-line",
            "A line that says when the article was published, or how old it is.",
            date_line(phrases),
        ),
        Rule("byline", "The line that names the author.", byline),
        Rule("dateline-alone", "A dateline on a line of its own.", dateline_line),
        Rule("repeated", "A paragraph that is in the document already, or a part of it.", repeated),
        Rule("title-above-date", "The line above the date or the byline.", title_above_date),
        Rule("title-above-prose", "The first headline-like line above the running text.", title_above_prose),
        Rule("tail-furniture", "Short lines that follow furniture below the text.", tail_furniture),
    )
    return before, after
