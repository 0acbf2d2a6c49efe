"""Decode and parse XML that strangers wrote: no entity is expanded, nothing is loaded, defects are mended."""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import name2codepoint

from lxml import etree

from records import InputError
from sources.feed_types import FeedDefect
from sources.markup import unescaped
from sources.names import printable
from sources.xml_parsers import tree_parser

_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_BOM = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
# What is called Latin-1 on the web is Windows-1252 (Encoding Standard, 4.2); text labelled GB2312 uses GBK.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}

_PROLOG = r"\A(?:\s|<!--.*?-->|<\?.*?\?>)*+"
_DOCTYPE = re.compile(_PROLOG + r"<!DOCTYPE\b", re.DOTALL | re.IGNORECASE)
_REST_OF_DOCTYPE = re.compile(r"[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_HTML_PAGE = re.compile(_PROLOG + r"<(?:!DOCTYPE\s+html\b|html\b|head\b|body\b)", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s+(?P<parameter>%\s*)?(?P<name>[^\s\"'>]*)\s*(?P<external>SYSTEM|PUBLIC)?")

_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_REFERENCE = re.compile(
    r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]*);|(?P<code>#(?:[0-9]{1,8}|[xX][0-9A-Fa-f]{1,6}));)?"
)
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree, the text that it was made of, and what had to be mended for it."""

    root: etree._Element
    text: str
    defects: tuple[FeedDefect, ...] = ()


def parse(content: bytes, *, url: str, content_type: str | None = None) -> Parsed:
    """Parse XML, well-formed or not.

    Args:
        content: the bytes.
        url: names the input in messages.
        content_type: as declared; its charset parameter counts where the bytes say nothing themselves.

    Raises:
        InputError: stage `find`; reason `empty`, `html` (a page), `not_xml`, or, refused, `xml_entities`
            (it declares entities of its own).
    """
    text, defects = decode(content, content_type=content_type)
    text = _DECLARATION.sub("", text, count=1).strip("\ufeff\x00 \t\r\n")
    if not text:
        raise _error(url, "empty", "is empty; it is asked again later")
    if _HTML_PAGE.match(text):
        raise _error(url, "html", "is a web page; give the address of a feed, or use `dateline source add`")
    text = _harmless(text, url=url)
    root = _strict(text)
    if root is None:
        defects = ("not_well_formed", *defects)
        root = _lenient(text)
    if root is None:
        raise _error(
            url, "not_xml", "is neither XML nor JSON; open the address in a browser to see what it is"
        )
    return Parsed(root=root, text=text, defects=defects)


def decode(content: bytes, *, content_type: str | None = None) -> tuple[str, tuple[FeedDefect, ...]]:
    """The text of XML or JSON, and `encoding` among the defects where some bytes fit no encoding.

    A byte order mark decides; then UTF-8, where the bytes are that and not only ASCII, since no other
    encoding looks like it by chance; then the header, the XML declaration, Windows-1252.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _decoded(content, encoding)
    for start, encoding in _WITHOUT_BOM:
        if content.startswith(start):
            return _decoded(content, encoding)
    declared = _DECLARED.match(content)
    header = _CHARSET.search(content_type or "")
    seven_bit = content.isascii()
    candidates = (
        None if seven_bit else "utf-8",
        header[1] if header else None,
        declared[1].decode("ascii") if declared else None,
        "utf-8",
        "cp1252",
    )
    for label in candidates:
        codec = _codec(label) if label else None
        if codec:
            try:
                return content.decode(codec), ()
            except UnicodeError:
                continue
    return _decoded(content, "utf-8" if not declared else _codec(declared[1].decode("ascii")) or "utf-8")


def _decoded(content: bytes, encoding: str) -> tuple[str, tuple[FeedDefect, ...]]:
    try:
        return content.decode(encoding), ()
    except UnicodeError:
        return content.decode(encoding, errors="replace"), ("encoding",)


def _codec(label: str) -> str | None:
    try:
        found = codecs.lookup(label)
    except LookupError:
        return None
    # `hex`, `rot13` and their like are codecs to Python, and no character sets; the wide ones would need
    # their zero bytes, which were looked for already.
    if not getattr(found, "_is_text_encoding", True) or found.name.startswith(("utf-16", "utf-32")):
        return None
    return _MEANT.get(found.name, found.name)


def _harmless(text: str, *, url: str) -> str:
    """The text without its document type, so that the parser sees none; refuses one that declares entities.

    Names that HTML 4 knows may be declared (old feeds do): what they were declared as is never read. So may
    an outside list of names, which is never loaded.
    """
    start = _DOCTYPE.match(text)
    if not start:
        return text
    for entity in _ENTITY.finditer(text):
        outside = entity["external"] is not None
        if outside != (entity["parameter"] is not None) or not (outside or entity["name"] in name2codepoint):
            raise InputError(
                f"{printable(url)} declares XML entities of its own, which can blow up or read files; "
                f"it is not read. Tell its publisher",
                stage="find",
                reason="xml_entities",
                refused=True,
            )
    end = _REST_OF_DOCTYPE.match(text, start.end())
    if not end:
        raise _error(
            url, "not_xml", "breaks off in its document type; open the address in a browser to see it"
        )
    return text[end.end() :]


def _strict(text: str) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass"), tree_parser(recover=False))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _lenient(text: str) -> etree._Element | None:
    try:
        return etree.fromstring("".join(_mended(text)).encode("utf-8"), tree_parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return None


def _mended(text: str) -> Iterator[str]:
    """The text with what libxml2 would drop made readable: bare ampersands, HTML's names, control codes."""
    for part in _CDATA.split(_NO_XML.sub("", text)):
        yield part if part.startswith("<![CDATA[") else _REFERENCE.sub(_reference, part)


def _reference(match: re.Match[str]) -> str:
    whole = match[0]
    if match["name"] in _OF_XML:
        return whole
    read = unescaped(whole)
    return f"&amp;{whole[1:]}" if read == whole else html.escape(_NO_XML.sub("", read))


def _error(url: str, reason: str, sentence: str) -> InputError:
    return InputError(f"{printable(url)} {sentence}", stage="find", reason=reason)
