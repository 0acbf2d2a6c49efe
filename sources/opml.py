"""Read and write OPML, the format in which feed readers exchange their lists of feeds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from records import InputError
from sources.feed_names import Element
from sources.markup import absolute, folded
from sources.xml_parsers import name_parts
from sources.xml_text import parse

_FEED_SCHEME = "feed:"
"""What some readers put before an address, instead of `http:` or before it."""

_NAME = "the list of feeds"
# A tag runs to where the next begins, whatever a list wrote unescaped into a title or a description between
# them; a value to where another attribute begins, or the tag ends. Ends are looked for by themselves, once:
# a pattern of a whole tag would look through a hostile list anew for each of its beginnings.
_TAG_BEGINS = re.compile(r"<outline\b")
_TAG_ENDS = re.compile(r"/?>(?=\s*+(?:<outline\b|</outline\b|</body\b|\Z))")
_ATTRIBUTE_BEGINS = re.compile(r'(?<![\w:.-])(?P<name>[\w:.-]++)\s*+=\s*+"')
_VALUE_ENDS = re.compile(r'"(?=\s++[\w:.-]++\s*+=\s*+"|\s*+\Z)')


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list.

    Attributes:
        title: as the list calls it; None where it does not.
        url: the feed's address.
        site_url: the site that it is the feed of.
        category: the folders it stands in, outermost first, joined by `/`.
    """

    title: str | None
    url: str
    site_url: str | None = None
    category: str | None = None


def read(content: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML file, in its order, each address once.

    Raises:
        InputError: stage `find`; reason `not_opml`, those of `sources.xml_text.parse`, or, refused,
            `xml_entities`.
    """
    parsed = parse(content, url=_NAME)
    if parsed.defects:
        parsed = parse(_mended(parsed.text).encode(), url=_NAME)
    root = parsed.root
    if name_parts(root)[1].lower() not in ("opml", "outline"):
        raise InputError(
            "the list of feeds is XML, but no OPML; export it anew from the feed reader",
            stage="find",
            reason="not_opml",
        )
    found: dict[str, Outline] = {}
    # A stack, since files nest as deep as they like; its top is what stands next in the file.
    waiting: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        known = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        name = folded(known.get("title") or "") or folded(known.get("text") or "")
        url = _address(known.get("xmlurl") or (known.get("url") if known.get("type") == "rss" else None))
        if url:
            category = "/".join(folders) or _category(known.get("category"))
            site_url = absolute("", known.get("htmlurl"))
            found.setdefault(url, Outline(title=name, url=url, site_url=site_url, category=category))
        within = (*folders, name.replace("/", "-")) if name and not url else folders
        waiting.extend((child, within) for child in reversed(element))
    return tuple(found.values())


def _mended(text: str) -> str:
    """The list with markup and quotation marks in the values of its tags escaped, and each attribute once."""
    pieces: list[str] = []
    done = 0
    ends = _TAG_ENDS.finditer(text)
    end = next(ends, None)
    for tag in _TAG_BEGINS.finditer(text):
        while end is not None and end.start() < tag.end():
            end = next(ends, None)
        if end is None:
            break
        if tag.start() < done:
            continue
        pieces += (
            text[done : tag.start()],
            "<outline",
            _mended_attributes(text[tag.end() : end.start()]),
            end[0],
        )
        done = end.end()
    return "".join((*pieces, text[done:]))


def _mended_attributes(text: str) -> str:
    values: dict[str, str] = {}
    done = 0
    ends = _VALUE_ENDS.finditer(text)
    end = next(ends, None)
    for attribute in _ATTRIBUTE_BEGINS.finditer(text):
        if attribute.start() < done:
            continue
        while end is not None and end.start() < attribute.end():
            end = next(ends, None)
        if end is None:
            break
        value = text[attribute.end() : end.start()]
        values.setdefault(attribute["name"], value.replace("<", "&lt;").replace('"', "&quot;"))
        done = end.end()
    return "".join(f' {name}="{value}"' for name, value in values.items())


def _address(written: str | None) -> str | None:
    text = (written or "").strip()
    if text[: len(_FEED_SCHEME)].lower() == _FEED_SCHEME:
        text = text[len(_FEED_SCHEME) :]
        text = f"http:{text}" if text.startswith("//") else text
    return absolute("", text)


def _category(written: str | None) -> str | None:
    """The first of the comma-separated categories that OPML 2.0 allows on a feed itself."""
    return folded((written or "").partition(",")[0].strip("/ "))


def write(outlines: Iterable[Outline], *, title: str = "Dateline") -> bytes:
    """An OPML 2.0 file, UTF-8, that lists these feeds, each in the folder of its category.

    Folders stand where the first of their feeds does; within one, feeds keep their order.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = folded(title)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], Element] = {(): body}
    for outline in outlines:
        path = tuple(filter(None, (folded(part) for part in (outline.category or "").split("/"))))
        for depth in range(1, len(path) + 1):
            if path[:depth] not in folders:
                folders[path[:depth]] = etree.SubElement(
                    folders[path[: depth - 1]], "outline", text=path[depth - 1]
                )
        name = folded(outline.title or "") or outline.url
        known = {"type": "rss", "text": name, "title": name, "xmlUrl": outline.url}
        if outline.site_url:
            known["htmlUrl"] = outline.site_url
        etree.SubElement(folders[path], "outline", known)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written
