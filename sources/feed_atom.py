"""Read Atom 0.3 and 1.0 from a parsed tree."""

import base64
import binascii
import html
import re

from lxml import etree

from records import Claimed
from sources.feed_media import image_of
from sources.feed_names import Children, Element, base_of, first_text, language_of, name_of, named, text_of
from sources.feed_types import Feed, FeedItem
from sources.markup import absolute, folded, is_article, plain
from sources.xml_parsers import name_parts

_RELATIONS = "http://www.iana.org/assignments/relation/"
_XHTML_TYPES = ("xhtml", "application/xhtml+xml")


def read(root: Element, *, url: str) -> Feed:
    """The feed in a tree whose root is Atom's `feed`."""
    base = base_of(root, url)
    head = _named(root)
    authors = _authors(head)
    return Feed(
        kind="atom",
        title=_text(head, "title"),
        url=_link(head, base),
        language=language_of(root),
        items=tuple(_entry(each, base, authors) for each in head.get("entry", ())),
        next_url=_link(head, base, rel="next"),
    )


def _entry(element: Element, base: str, authors: tuple[str, ...]) -> FeedItem:
    base = base_of(element, base)
    children = _named(element)
    origin = next((_named(each) for each in children.get("source", ())), {})
    guid = first_text(children, "id")
    content = _content(children)
    return FeedItem(
        url=_link(children, base) or _content_source(children, base) or absolute("", guid),
        guid=guid,
        claimed=Claimed(
            title=_text(children, "title") or _text(children, "media:title"),
            authors=_authors(children) or _authors(origin) or authors,
            published=first_text(children, "published", "issued", "dc:date", "created"),
            updated=first_text(children, "updated", "modified"),
        ),
        content_html=content,
        image=image_of(children, base),
    )


def _named(element: Element) -> Children:
    """Children by name, Atom's own without a prefix: so Atom without its namespace reads the same."""
    return {name.removeprefix("atom:"): each for name, each in named(element).items()}


def _link(children: Children, base: str, *, rel: str = "alternate") -> str | None:
    """The link of this relation, a page of text before anything else."""
    found: list[str] = []
    for element in children.get("link", ()):
        if (element.get("rel") or "alternate").strip().lower().removeprefix(_RELATIONS) != rel:
            continue
        address = absolute(base_of(element, base), element.get("href") or text_of(element))
        if address:
            if "html" in (element.get("type") or "html"):
                return address
            found.append(address)
    return found[0] if found else None


def _content_source(children: Children, base: str) -> str | None:
    for element in children.get("content", ()):
        if "html" in _type(element):
            return absolute(base_of(element, base), element.get("src"))
    return None


def _authors(children: Children) -> tuple[str, ...]:
    people = (_named(each) for each in children.get("author", ()))
    names = (folded(first_text(each, "name") or "") for each in people)
    creators = (folded(text_of(each)) for each in children.get("dc:creator", ()))
    return tuple(dict.fromkeys(filter(None, (*names, *creators))))


def _text(children: Children, name: str) -> str | None:
    """A text construct (RFC 4287, 3.1) as plain text."""
    for element in children.get(name, ()):
        kind = _type(element)
        if kind in ("text", *_XHTML_TYPES) or len(element):
            text = folded(text_of(element))
        else:  # html; or no type, which ought to be text, and is often HTML
            text = plain(_decoded(element, kind))
        if text:
            return text
    return None


def _content(children: Children) -> str | None:
    for element in (each for name in ("content", "summary") for each in children.get(name, ())):
        kind = _type(element)
        if len(element):
            markup = _inner(element)
        elif kind in ("text", "text/plain"):
            markup = "".join(f"<p>{html.escape(part)}</p>" for part in text_of(element).split("\n\n"))
        else:
            markup = _decoded(element, kind)
        if is_article(markup):
            return markup.strip()
    return None


_NAMESPACE = re.compile(r' xmlns="[^"]*"')


def _inner(element: Element) -> str:
    """What an element holds, as HTML; the `div` that XHTML must stand in is left out."""
    if len(element) == 1 and name_of(element[0]) == "xhtml:div" and not (element.text or "").strip():
        element = element[0]
    parts = [html.escape(element.text or "", quote=False)]
    for each in element.iter(etree.Element):
        if name_of(each).startswith("xhtml:"):
            each.tag = name_parts(each)[1]
    etree.cleanup_namespaces(element)
    parts += (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return _NAMESPACE.sub("", "".join(parts))


def _type(element: Element) -> str:
    return (element.get("type") or "").strip().lower()


def _decoded(element: Element, kind: str) -> str:
    text = text_of(element)
    if (element.get("mode") or "").strip().lower() == "base64" or kind == "application/octet-stream":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", errors="replace")
        except (binascii.Error, ValueError):
            return text
    return text
