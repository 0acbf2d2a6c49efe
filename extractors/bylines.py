"""Finds who wrote an article where only the page's text says so: microdata, rel=author, elements so named."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from extractors.names import Credits, credits_of

# lxml has no types of its own; an element of a tree that html.parse made.
Element = Any

_MAX_CHARS = 300
_MAX_CANDIDATES = 40

_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:bylines?|by-?author|author-?s?|author-?(?:name|link|text|list)|authored|writer|autor(?:en|es|in)?"
    r"|auteurs?|autore|auteur-?name|signature|written-?by|submitted|post-?author|article-?author|vcard)(?=$|[\s_-])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Somebody else's: who wrote a comment, another article, a photograph's caption.
_ANOTHERS = re.compile(
    r"(?:^|[\s_-])(?:comments?|replies|respond|related|recommend\w*|teasers?|promo|most-?(?:read|popular)|trending"
    r"|captions?|newsletter|quote)(?=$|[\s_-])",
    re.IGNORECASE,
)
_ANOTHERS_TAGS = frozenset({"figure", "figcaption", "blockquote", "form", "template"})
# Mostly somebody else's; a page may keep its own byline there all the same.
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?<!with[\s_-])(?<!has[\s_-])(?:cards?|latest|sidebar|footer|widget|credit|image|photo|picture"
    r"|media|bio|about-?author)(?=$|[\s_-])",
    re.IGNORECASE,
)
_ASIDE_TAGS = frozenset({"aside", "footer", "nav"})
_SKIPPED = frozenset({"script", "style", "time", "button", "svg", "noscript", "template"})


def credits_on_page(tree: Element, *, organizations: Iterable[str] = ()) -> Credits:
    """Read the byline of a page.

    The most explicit markup that names a person wins: microdata, then links to an author's page, then
    elements whose class says byline or author. What is part of a comment, a teaser or a caption is not read.

    Args:
        tree: the parsed page.
        organizations: names known to be no person's: the publication's own.
    """
    known = tuple(organizations)
    named = tuple(_named(tree))
    for candidates in (
        _microdata(tree),
        _links(tree),
        (element for element in named if not _is_aside(element)),
        named,
    ):
        found = _first_group(candidates, known)
        if found.persons:
            return found
    return Credits()


def _microdata(tree: Element) -> Iterator[Element]:
    for element in tree.iterfind(".//*[@itemprop]"):
        if "author" in element.get("itemprop").split():
            name = next(
                (inner for inner in element.iterfind(".//*[@itemprop]") if inner.get("itemprop") == "name"),
                None,
            )
            yield element if name is None else name


def _links(tree: Element) -> Iterator[Element]:
    return (link for link in tree.iterfind(".//a[@rel]") if "author" in link.get("rel").split())


def _named(tree: Element) -> Iterator[Element]:
    body = tree.find("body")
    for element in (
        () if body is None else body.iterdescendants("a", "address", "div", "li", "p", "span", "strong")
    ):
        names = " ".join(filter(None, (element.get("class"), element.get("id"), element.get("data-testid"))))
        if names and _BYLINE.search(_CAMEL.sub("-", names)):
            yield element


def _first_group(candidates: Iterable[Element], known: tuple[str, ...]) -> Credits:
    """The credits of the first candidate that names somebody, and of those like it beside it."""
    found = Credits()
    place: Element = None
    for _, element in zip(range(_MAX_CANDIDATES), candidates, strict=False):
        if _is_anothers(element):
            continue
        if found.persons and _place(element) != place:
            break
        segments = _segments(element)
        if not segments:
            continue
        for segment in segments:
            found |= credits_of(segment, organizations=known, visible=True)
        if found.persons and place is None:
            place = _place(element)
    return found


def _place(element: Element) -> tuple[Any, str]:
    """What elements of one list of authors have in common."""
    parent = element.getparent()
    grandparent = parent.getparent() if parent is not None else None
    return (grandparent if grandparent is not None else parent), element.tag


def _segments(element: Element) -> list[str]:
    """The texts of an element apart, since its markup tells name from job; none where it is too long."""
    if element.tag == "meta":
        return [element.get("content") or ""]
    texts: list[str] = []
    size = 0
    stack = [element]
    while stack:
        item = stack.pop()
        text = item if isinstance(item, str) else None
        if text is None and item.tag not in _SKIPPED:
            for child in reversed(item):
                stack.extend(part for part in (child.tail, child) if part is not None)
            text = item.text
        if text and (folded := " ".join(text.split())):
            texts.append(folded)
            size += len(folded)
            if size > _MAX_CHARS:
                return []
    return texts


def _is_anothers(element: Element) -> bool:
    return _stands_in(element, _ANOTHERS_TAGS, _ANOTHERS)


def _is_aside(element: Element) -> bool:
    return _stands_in(element, _ASIDE_TAGS, _ASIDE)


def _stands_in(element: Element, tags: frozenset[str], names: re.Pattern[str]) -> bool:
    """Whether an element is, or is within, what its tag or its class tells."""
    for ancestor in (element, *element.iterancestors()):
        if ancestor.tag in tags:
            return True
        if ancestor.tag in {"article", "main", "body"}:
            return False
        named = f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
        if names.search(_CAMEL.sub("-", named)):
            return True
    return False
