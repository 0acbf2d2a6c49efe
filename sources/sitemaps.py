"""Sitemaps: the addresses of a site with what is said of each, as XML, as an index, as text, gzipped or not.

The formats: sitemaps.org protocol 0.9, and the news extension that search engines read.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lxml import etree

from records import InputError
from sources.gzipped import MAGIC, gunzip, megabytes
from sources.names import printable
from sources.urls import is_web_url, resolve
from sources.xml_parsers import name_parts, pull_parser

MAX_BYTES = 52_428_800
"""The limit for one sitemap, unpacked, as the protocol sets it (50 MB of 2^20 bytes)."""

MAX_ENTRIES = 50_000
"""The limit for the entries of one sitemap, as the protocol sets it."""

SitemapDefect = Literal["not_well_formed", "too_many_entries", "no_address"]

_CHUNK_BYTES = 256 * 2**10
_SPACE = b" \t\r\n\0"
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# A declaration of an entity in any encoding that ASCII can be read in, with the zeros of the wide ones.
_ENTITY = re.compile(rb"\0*".join(re.escape(bytes([byte])) for byte in b"<!ENTITY"))
_PROBE = b"<!ENTITY +ADw-"  # the end is how UTF-7 may write a bracket
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOG = rb"\A(?:\s|<!--.*?-->|<\?.*?\?>)*+"
_HTML = re.compile(_PROLOG + rb"<(?:!doctype\s+html\b|html\b|head\b|body\b)", re.DOTALL | re.IGNORECASE)
_CDATA = re.compile(rb"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,8}|#x[0-9A-Fa-f]{1,6});)")
_NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ROOTS = frozenset({"urlset", "sitemapindex"})
_FEEDS = frozenset({"rss", "feed", "RDF"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One page that a sitemap names; what is said of it is verbatim.

    Attributes:
        url: absolute where it could be made so; whether it is an address at all is not looked at here.
        lastmod: when it changed, as it is written.
        title: of the article, by the news extension.
        published: when it was published, by the news extension, as it is written.
        language: that it is written in, by the news extension (`en`, `zh-cn`).
    """

    url: str
    lastmod: str | None = None
    title: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Child:
    """One sitemap that an index names: where it is, and when it changed, as it is written."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap holds: pages, or where an index points; in its order.

    Attributes:
        entries: its pages, at most `MAX_ENTRIES`.
        children: the sitemaps of an index, at most as many.
        defects: what was wrong with it, each once, and did not keep the rest from being read.
    """

    entries: tuple[Entry, ...] = ()
    children: tuple[Child, ...] = ()
    defects: tuple[SitemapDefect, ...] = ()


def read(content: bytes, *, url: str) -> Sitemap:
    """Read a sitemap; XML that breaks off or is not well-formed is read as far as it goes.

    Entities are neither expanded nor loaded, and one pass holds one entry of the tree at a time.

    Args:
        content: the bytes, gzipped or not.
        url: where it was had from; relative addresses, which the protocol does not know, are resolved by it.

    Raises:
        InputError: stage `find`; reason `empty`, `html` (a page), `not_a_sitemap`, `bad_gzip`, or, refused,
            `too_large` and `xml_entities`.
    """
    content = _unpacked(content, url)
    start = content[:1024].lstrip(_SPACE)
    for bom in _BOMS:
        start = start.removeprefix(bom).lstrip(_SPACE)
    if not start:
        raise _error(url, "empty", "is empty; it is asked again later")
    if not start.startswith(b"<"):
        return _of_text(content, url)
    if _HTML.match(start):
        raise _error(url, "html", "is a web page, no sitemap; give the address of a sitemap, or kind = page")
    # The pattern takes 0.2 s for 50 MB, in which nothing else runs.
    if b"<!ENTITY" in content or (b"\0" in content and _ENTITY.search(content)):
        raise InputError(
            f"{printable(url)} declares XML entities of its own, which can blow up or read files; it is not "
            "read. Tell its publisher",
            stage="find",
            reason="xml_entities",
            refused=True,
        )
    try:
        return _of_xml(content, url, recover=False)
    except (etree.XMLSyntaxError, ValueError):
        pass
    try:
        mended = _of_xml(_mended(content), url, recover=True)
    except (etree.XMLSyntaxError, ValueError):
        raise _no_sitemap(url) from None
    return replace(mended, defects=("not_well_formed", *mended.defects))


def _unpacked(content: bytes, url: str) -> bytes:
    try:
        if content.startswith(MAGIC):
            content = gunzip(content, max_bytes=MAX_BYTES)
    except InputError as error:
        raise InputError(
            f"{printable(url)}: {error}", stage="find", reason=error.reason, refused=error.refused
        ) from error
    if len(content) > MAX_BYTES:
        raise InputError(
            f"{printable(url)} is larger than the {megabytes(MAX_BYTES)} that a sitemap may have; name the "
            "sitemaps of its parts",
            stage="find",
            reason="too_large",
            refused=True,
        )
    return content


def _of_text(content: bytes, url: str) -> Sitemap:
    encoding = "utf-16" if content.startswith(_BOMS[1:]) else "utf-8-sig"
    entries: list[Entry] = []
    for line in content.decode(encoding, "replace").splitlines():
        address = line.strip()
        if not address:
            continue
        if not entries and not is_web_url(address):
            raise _no_sitemap(url)
        if len(entries) == MAX_ENTRIES:
            return Sitemap(tuple(entries), defects=("too_many_entries",))
        entries.append(Entry(address))
    if not entries:
        raise _error(url, "empty", "is empty; it is asked again later")
    return Sitemap(tuple(entries))


def _of_xml(content: bytes, url: str, *, recover: bool) -> Sitemap:
    entries: list[Entry] = []
    children: list[Child] = []
    defects: set[SitemapDefect] = set()
    for element in _elements(content, url, recover=recover):
        said = _said(element)
        address = said.get("loc")
        if address is None:
            defects.add("no_address")
        elif len(entries) + len(children) == MAX_ENTRIES:
            defects.add("too_many_entries")
            break
        elif _name(element) == "sitemap":
            children.append(Child(_absolute(url, address), said.get("lastmod")))
        else:
            entries.append(
                Entry(
                    _absolute(url, address),
                    lastmod=said.get("lastmod"),
                    title=said.get("title"),
                    published=said.get("publication_date"),
                    language=said.get("language"),
                )
            )
    return Sitemap(tuple(entries), tuple(children), tuple(sorted(defects)))


def _elements(content: bytes, url: str, *, recover: bool) -> Iterator[etree._Element]:
    """The `url` and `sitemap` elements below the root, one at a time: each is gone with the next."""
    parser = pull_parser(encoding=_encoding(content), recover=recover)
    depth = 0
    has_root = False
    content = content.lstrip(_SPACE)
    for at in range(0, len(content) + 1, _CHUNK_BYTES):
        chunk = content[at : at + _CHUNK_BYTES]
        parser.feed(chunk)
        if at + _CHUNK_BYTES > len(content):
            parser.close()
        for event, element in parser.read_events():
            if event == "start":
                depth += 1
                if depth == 1:
                    has_root = True
                    _check_root(element, url)
                continue
            depth -= 1
            if depth == 1:
                if _name(element) in ("url", "sitemap"):
                    yield element
                _forget(element)
    if not has_root:
        raise _no_sitemap(url)


def _check_root(root: etree._Element, url: str) -> None:
    name = _name(root)
    if name in _FEEDS:
        raise _error(url, "not_a_sitemap", "is a feed, no sitemap; write kind = feed for it")
    if name not in _ROOTS:
        raise _no_sitemap(url)


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and (earlier := element.getprevious()) is not None:
        parent.remove(earlier)


def _said(element: etree._Element) -> dict[str, str]:
    """What an entry says: its own address and time, and what the news extension adds.

    Pictures and films have addresses and titles of their own, which are none of the article's.
    """
    said: dict[str, str] = {}
    for child in element:
        if _name(child) in ("loc", "lastmod") and _is_plain(child, element):
            _note(said, child)
        elif _name(child) == "news":
            for inner in child.iter():
                if _name(inner) in ("title", "publication_date", "language"):
                    _note(said, inner)
    return said


def _is_plain(child: etree._Element, element: etree._Element) -> bool:
    """Whether an element is of the sitemap's own vocabulary: `image:loc` is not."""
    return name_parts(child)[0] == name_parts(element)[0]


def _note(said: dict[str, str], element: etree._Element) -> None:
    text = " ".join("".join(element.itertext()).split())
    if text:
        said.setdefault(_name(element), text)


def _name(element: etree._Element) -> str:
    return name_parts(element)[1]


def _absolute(base: str, address: str) -> str:
    if is_web_url(address):
        return address
    try:
        return resolve(base, address)
    except InputError:
        return address  # it gets its outcome where it is to be a candidate


def _encoding(content: bytes) -> str:
    """What to read the bytes as: a sitemap is UTF-8, but some are not."""
    if content.startswith(_BOMS[1:]) or b"\0" in content[:4]:
        return "utf-16"
    declared = _DECLARED.match(content)
    if declared is None:
        return "utf-8"
    name = declared[1].decode("ascii")
    try:
        # An encoding in which the declaration of an entity looks otherwise would pass it by the check.
        plain = _PROBE.decode(name) == _PROBE.decode("ascii")
        pull_parser(encoding=name, recover=False)
    except (LookupError, UnicodeError):
        plain = False
    return name if plain else "utf-8"


def _mended(content: bytes) -> bytes:
    """The bytes with what libxml2 would drop made readable: bare ampersands, stray control characters."""
    if _encoding(content) == "utf-16":
        return content
    parts = _CDATA.split(_NO_XML.sub(b"", content))
    return b"".join(
        part if part.startswith(b"<![CDATA[") else _BARE_AMPERSAND.sub(b"&amp;", part) for part in parts
    )


def _no_sitemap(url: str) -> InputError:
    return _error(url, "not_a_sitemap", "is no sitemap; open the address in a browser to see what it is")


def _error(url: str, reason: str, sentence: str) -> InputError:
    return InputError(f"{printable(url)} {sentence}", stage="find", reason=reason)
