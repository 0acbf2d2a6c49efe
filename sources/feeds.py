"""Read a feed of any format: RSS, Atom, RDF or JSON Feed, well-formed or not."""

import re
from dataclasses import replace

from lxml import etree

from records import InputError
from sources import feed_atom, feed_json, feed_rss
from sources.feed_names import name_of
from sources.feed_types import Feed, FeedItem, FeedKind
from sources.names import printable
from sources.xml_parsers import name_parts
from sources.xml_text import Parsed, decode, parse

__all__ = ["Feed", "FeedItem", "FeedKind", "read"]

_JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*[{\[]")
_OPENED = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)


def read(content: bytes, *, url: str, content_type: str | None = None) -> Feed:
    """Read one feed; its format is told by its content, never by its name.

    Args:
        content: the bytes as served, transfer codings undone.
        url: where they were served, after redirects: the base of relative addresses.
        content_type: as declared; its charset parameter counts where the bytes say nothing themselves.

    Raises:
        InputError: stage `find`; reason `empty`, `html` (a page stands there instead), `not_xml` (neither XML
            nor JSON), `not_a_feed` (another kind of XML or JSON), `bad_feed` (too broken to read), or,
            refused, `xml_entities` (it declares entities).
    """
    if _JSON_BEGINS.match(content[:200]):
        text, defects = decode(content, content_type=content_type)
        return replace(feed_json.read(text.lstrip("\ufeff"), url=url), defects=defects)
    parsed = parse(content, url=url, content_type=content_type)
    feed = _of(parsed.root, url=url)
    if _cut_short(parsed):
        return replace(feed, items=_whole(feed.items, parsed.text), defects=("cut_short", *parsed.defects))
    return replace(feed, defects=parsed.defects)


def _of(root: etree._Element, *, url: str) -> Feed:
    name = name_of(root)
    if name in ("rss", "rdf:rdf", "channel"):
        return feed_rss.read(root, url=url)
    if name in ("atom:feed", "feed"):
        return feed_atom.read(root, url=url)
    what = {"urlset": "a sitemap", "sitemapindex": "a sitemap", "opml": "a list of feeds"}.get(
        name.lstrip("?:")
    )
    remedy = f"{what}; say so in `kind`, or import it" if what else "XML, but no feed; give a feed's address"
    raise InputError(f"{printable(url)} is {remedy}", stage="find", reason="not_a_feed")


def _cut_short(parsed: Parsed) -> bool:
    """Whether the text ends before its root element does."""
    if "not_well_formed" not in parsed.defects:
        return False
    tail = parsed.text[-200:].rstrip()
    name = re.escape(name_parts(parsed.root)[1])
    return not re.search(rf"</\s*(?:[\w.-]+:)?{name}\s*>", tail, re.IGNORECASE)


def _whole(items: tuple[FeedItem, ...], text: str) -> tuple[FeedItem, ...]:
    """The items without the last, where the cut went through it: half an address leads elsewhere."""
    last = max((match.start() for match in _OPENED.finditer(text)), default=-1)
    return items[:-1] if last >= 0 and not _CLOSED.search(text, last) else items
