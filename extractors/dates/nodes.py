"""What the modules that read a parsed page share: its elements, and which of them are not the article."""

import re
from functools import lru_cache
from typing import Any

# lxml has no types of its own; an element of a tree that html.parse made.
Element = Any

MAX_CLAIMS = 40
"""Claims of one basis that a page may make: a list page has hundreds, and none of them is the page's own."""

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_ARTICLE_TAGS = frozenset({"aside", "footer", "nav", "template", "noscript", "script", "style"})
_NOT_ARTICLE = re.compile(
    r"""
    (?:^|\s)(?:aside|comments?|commentlist|disqus\S*|footer|widget|popular|trending|teasers?|promo|copyright)(?=\s|$)
    | (?:^|[\s_-])(?:comments?[_-](?:list|section|area|body|meta|content)|comment-\d+)(?=\s|$)
    | (?:^|[\s_-])(?:related|recommend\w*|recirc\w*|sidebar|newsletter)(?=[\s_-]|$)
    | (?:^|[\s_-])(?:most[_-]?(?:read|popular)|more[_-](?:news|stories)|read[_-]?more)(?=[\s_-]|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(maxsize=2_000)
def _names_furniture(names: str) -> bool:
    """Whether a class or an id is one of page furniture; a page repeats the same few hundred."""
    return _NOT_ARTICLE.search(names) is not None


def is_outside(element: Element) -> bool:
    """Return whether an element is, by its tag or its class, page furniture or another article's teaser."""
    if element.tag in _NOT_ARTICLE_TAGS:
        return True
    if element.tag in ("html", "body", "main", "article"):
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return len(names) > 1 and _names_furniture(names)


def has_ancestor_outside(element: Element) -> bool:
    """Return whether an element or one that holds it is outside the article."""
    return is_outside(element) or any(is_outside(ancestor) for ancestor in element.iterancestors())


def text_of(element: Element, *, limit: int = 400) -> str:
    """Return an element's text, white space folded, cut off behind `limit` characters."""
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(part)
        size += len(part)
        if size > limit * 2:
            break
    return " ".join(" ".join(parts).split())[:limit]


def language_of(tree: Element) -> str | None:
    """Return the language that a page declares, as written (`en-GB`)."""
    for element in (tree, *tree.iterchildren("body")):
        declared = (
            element.get("lang") or element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
        ).strip()
        if declared:
            return str(declared)
    return None
