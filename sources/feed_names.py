"""The names of a feed's elements, whatever its author made of namespaces: `title`, `dc:date`."""

from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import urljoin

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no other name for it
Children: TypeAlias = dict[str, list[Element]]
"""An element's children by their names, in order."""

_XML = "{http://www.w3.org/XML/1998/namespace}"

_PREFIX_OF = {  # by address: lower-case, without scheme, `www.` and closing slash
    "w3.org/2005/atom": "atom",
    "purl.org/atom/ns#": "atom",
    "purl.org/atom/ns": "atom",
    "w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "purl.org/rss/1.0": "",
    "purl.org/net/rss1.1#": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "backend.userland.com/rss091": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "cyber.law.harvard.edu/rss/rss.html": "",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "search.yahoo.com/mrss": "media",
    "search.yahoo.com/mrss/media": "media",
    "itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "w3.org/1999/xhtml": "xhtml",
}
# Prefixes that are used without being declared, with what everybody means by them.
_UNDECLARED = frozenset(prefix for prefix in _PREFIX_OF.values() if prefix) | {"a10"}


def name_of(element: Element) -> str:
    """An element's name, lower-case, with the prefix that its namespace usually has; none for RSS's own.

    A namespace that is none of the known ones gives `?:name`, which matches nothing that is asked for.
    """
    tag = element.tag
    if not isinstance(tag, str):  # a reference that nobody resolved
        return "?:"
    if tag[0] == "{":
        space, _, local = tag[1:].partition("}")
        prefix = _prefix(space)
        local = local.lower()
    else:
        prefix, _, local = tag.lower().rpartition(":")
        if prefix and prefix not in _UNDECLARED:
            prefix = "?"
        prefix = "atom" if prefix == "a10" else prefix
    return f"{prefix}:{local}" if prefix else local


def _prefix(space: str) -> str:
    known = space.strip().lower().removeprefix("http://").removeprefix("https://").removeprefix("www.")
    return _PREFIX_OF.get(known.rstrip("/"), "?")


def named(element: Element) -> Children:
    """An element's children by their names, in order."""
    children: Children = {}
    for child in element:
        children.setdefault(name_of(child), []).append(child)
    return children


def text_of(element: Element) -> str:
    """All text within an element."""
    return (element.text or "") if not len(element) else "".join(element.itertext(tag=etree.Element))


def first_text(children: Children, *names: str) -> str | None:
    """The first text that is not empty, of the first of these names that has one; stripped."""
    return next(texts(children, *names), None)


def texts(children: Children, *names: str) -> Iterator[str]:
    """Every text that is not empty, name after name; stripped."""
    for name in names:
        for element in children.get(name, ()):
            text = text_of(element).strip()
            if text:
                yield text


def base_of(element: Element, base: str) -> str:
    """What `xml:base` on this element makes of the base around it."""
    own = element.get(f"{_XML}base")
    try:
        return urljoin(base, own.strip()) if own else base
    except ValueError:
        return base


def language_of(element: Element) -> str | None:
    """What `xml:lang` on this element says."""
    return (element.get(f"{_XML}lang") or "").strip() or None
