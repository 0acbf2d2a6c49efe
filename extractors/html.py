"""HTML to a parsed tree, and the tree to the blocks of its article; the one module that knows trafilatura."""

import json
import logging
import re
from collections.abc import Iterator
from copy import copy
from typing import Any

import lxml.html
from lxml import etree
from trafilatura import bare_extraction
from trafilatura.utils import line_processing, trim

from records import Block, BlockKind, InputError

# lxml has no types of its own.
Tree = Any

MAX_ELEMENTS = 30_000
"""A page of more is refused: beyond this trafilatura takes seconds, and quadratic time.

The largest of some 420 news pages measured has 4,100.
"""

MAX_DEPTH = 200
"""Elements nested deeper are lifted to this depth, where everything that walks a tree still works."""

_FAST_ABOVE_ELEMENTS = 10_000
"""Beyond this trafilatura compares no other algorithms, whose time grows faster than the page."""

_MAX_SCRIPT_CHARS = 500_000

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TITLE_OPEN = re.compile(r"<title\b[^<>]*>[^<]*", re.IGNORECASE)
_TITLE_CLOSE = re.compile(r"</title", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…:;。！？؟।][\"'”’»)\]」』】]*$")
# The elements of trafilatura's result, which are those of TEI, and the elements of HTML.
_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("item", "li", "dd"), "list_item"),
    **dict.fromkeys(("quote", "blockquote"), "quote"),
    **dict.fromkeys(("head", "h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
_BOUNDARIES = (
    frozenset({"ab", "body", "div", "fw", "head", "item", "list", "p", "quote", "row", "table"})
    | frozenset(
        {"article", "dd", "dl", "dt", "header", "hr", "main", "ol", "pre", "section", "td", "th", "tr", "ul"}
    )
    | frozenset(_KINDS)
)
_NO_BODY = frozenset(
    {"aside", "button", "figure", "footer", "form", "iframe", "nav", "noscript", "script", "select", "style"}
    | {"svg", "template", "textarea", "title"}
)
_LAYOUT_CELL_CHARS = 400
"""A table cell with a longer text lays out a page: its paragraphs are paragraphs, not a row."""

# What trafilatura has to say of a page goes to whoever asks for it, not to the terminal.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())


def parse(text: str) -> Tree:
    """Parse a page once; what else reads it reads this tree and leaves it as it is.

    Args:
        text: the decoded page.

    Returns:
        Its root element, `<html>`, without comments; an empty page gives an empty one. No element is nested
        deeper than `MAX_DEPTH`.

    Raises:
        InputError: `too_complex`, for a page of more than `MAX_ELEMENTS` elements or nested so deep that the
            parser would drop the rest of it silently.
    """
    parser = lxml.html.HTMLParser(
        encoding="utf-8",
        huge_tree=True,
        recover=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    if _TITLE_OPEN.search(text) and not _TITLE_CLOSE.search(text):
        # Or all of the page is its title; so it is in browsers, but not in what archives keep.
        text = _TITLE_OPEN.sub(r"\g<0></title>", text, count=1)
    content = _NOT_XML.sub("", text).encode("utf-8", "replace")
    try:
        tree = lxml.html.document_fromstring(content, parser=parser)
    except etree.ParserError:
        return lxml.html.document_fromstring("<html><body></body></html>")
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise _too_complex("its elements are nested more than 2,000 deep")
    elements = sum(1 for _ in tree.iter())
    if elements > MAX_ELEMENTS:
        raise _too_complex(f"it has {elements:,} elements, more than {MAX_ELEMENTS:,}")
    _flatten(tree)
    return tree


def body_blocks(tree: Tree) -> tuple[Block, ...]:
    """Find the article on a page.

    Args:
        tree: what `parse` gave; it is left as it is.

    Returns:
        Its headings, paragraphs, list items, quotes and table rows in the order of the page, white space
        folded; `start` and `end` count in their texts joined by blank lines. Nothing where there is none.
    """
    elements = sum(1 for _ in tree.iter())
    document: Any = bare_extraction(
        _without_scripts(tree),
        include_comments=False,
        with_metadata=False,
        deduplicate=False,  # or the same page is a duplicate of itself the fourth time
        fast=elements > _FAST_ABOVE_ELEMENTS,
        date_extraction_params={"original_date": True},  # or it asks for today's date
    )
    # Both remember whole texts, a thousand of them; nothing of one page is to stay for the next.
    trim.cache_clear()
    line_processing.cache_clear()
    if document is None:
        return ()
    # Of a page with little text it gives every word in one heap; then the page's own paragraphs are better.
    root = tree.find("body") if _is_heap(document.body) else document.body
    blocks = []
    place = 0
    for kind, text in _texts(root):
        blocks.append(Block(kind, text, place, place + len(text)))
        place += len(text) + 2
    return tuple(blocks)


def _is_heap(body: Tree) -> bool:
    return len(body) == 1 and len(body[0]) == 0 and "\n" in (body[0].text or "")


def _too_complex(why: str) -> InputError:
    return InputError(
        f"it is too complex for a page of news: {why}; give the article's text alone",
        stage="extract",
        reason="too_complex",
        refused=True,
    )


def _flatten(tree: Tree) -> None:
    """Lift what is nested deeper than `MAX_DEPTH` out of its parents, in the order of the text."""
    element, depth = tree, 0
    while element is not None:
        if depth == MAX_DEPTH and len(element):
            last, tail = element[-1], element.tail
            element.tail = None
            for child in reversed(element):
                element.addnext(child)  # takes the child's tail along
            last.tail = (last.tail or "") + (tail or "") or None
        if len(element) and depth < MAX_DEPTH:
            element, depth = element[0], depth + 1
            continue
        while element is not None and element.getnext() is None:
            element, depth = element.getparent(), depth - 1
        element = None if element is None else element.getnext()


def _without_scripts(tree: Tree) -> Tree:
    """A copy without scripts and styles, save JSON-LD that can be read: broken, it costs quadratic time."""
    slim = copy(tree)
    for element in list(slim.iter("script", "style")):
        if element.get("type") != "application/ld+json" or not _is_json(element.text or ""):
            element.drop_tree()
    return slim


def _is_json(text: str) -> bool:
    if len(text) > _MAX_SCRIPT_CHARS:
        return False
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _texts(body: Tree) -> Iterator[tuple[BlockKind, str]]:
    """The texts of trafilatura's result, or of a page's body, with their kinds, folded, none empty."""
    lines = _Lines()
    skipped: Tree = None
    for event, element in etree.iterwalk(body, events=("start", "end")):
        if skipped is not None:
            if event == "end" and element is skipped:
                skipped = None
                lines.add(element.tail)
            continue
        tag = element.tag
        if event == "start":
            is_row = tag == "row" and not _is_layout(element)
            if is_row or tag in _NO_BODY:
                yield from lines.end()
                yield from _row(element) if is_row else ()
                skipped = element
                continue
            if _is_boundary(element):
                yield from lines.end()
                lines.kinds.append(_KINDS.get(tag, lines.kinds[-1]))
            elif tag in {"lb", "br"}:
                yield from lines.break_line()
            lines.add(element.text)
        else:
            if _is_boundary(element):
                yield from lines.end()
                lines.kinds.pop()
            lines.add(element.tail)
    yield from lines.end()


class _Lines:
    """The words of the block that is being read, and the kind of what is around them."""

    def __init__(self) -> None:
        self.kinds: list[BlockKind] = ["paragraph"]
        self._words: list[str] = []
        self._broken = False

    def add(self, text: str | None) -> None:
        if text and not text.isspace():
            self._broken = False
            self._words.append(text)
        elif text:
            self._words.append(" ")

    def break_line(self) -> Iterator[tuple[BlockKind, str]]:
        """Two line breaks end a paragraph, and one after the end of a sentence does."""
        text = "".join(self._words).rstrip()
        if self.kinds[-1] != "heading" and (self._broken or _SENTENCE_END.search(text)):
            yield from self.end()
        self._broken = True
        self._words.append(" ")

    def end(self) -> Iterator[tuple[BlockKind, str]]:
        text = " ".join("".join(self._words).split())
        self._words.clear()
        self._broken = False
        if text:
            yield self.kinds[-1], text


def _is_boundary(element: Tree) -> bool:
    """Whether an element is a block of its own and not part of a line."""
    return element.tag in _BOUNDARIES or (
        element.tag in {"cell", "code"} and element.getparent().tag in {"body", "div", "row"}
    )


def _is_layout(row: Tree) -> bool:
    """Whether a row of a table lays out a page: paragraphs stand in it, or long text."""
    return any(
        len(cell.findall("p")) > 1
        or cell.find("list") is not None
        or len("".join(cell.itertext())) > _LAYOUT_CELL_CHARS
        for cell in row.iterfind("cell")
    )


def _row(row: Tree) -> Iterator[tuple[BlockKind, str]]:
    cells = [" ".join(" ".join(cell.itertext()).split()) for cell in row.iterfind("cell")]
    filled = [cell for cell in cells if cell]
    if filled:
        yield ("table_row" if len(filled) > 1 else "paragraph"), " | ".join(filled)
