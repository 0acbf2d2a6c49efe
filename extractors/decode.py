"""Bytes in, text out, and whether it is HTML or plain text; what is neither is refused by name and remedy."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from extractors import charsets
from records import InputError

Media = Literal["html", "text"]

_HEAD_CHARS = 65_536
"""How much of a text is looked at to tell markup from text."""

_FRAGMENT_MARKS = 3
_FRAGMENT_CHARS_PER_MARK = 400
"""A text without a tag at its start is markup with so many line or block ends, one for so many characters."""


@dataclass(frozen=True, slots=True)
class Decoded:
    r"""What bytes say once they are text.

    Attributes:
        text: without byte order mark and NUL characters; every line ends in `\n`.
        encoding: how it was encoded, by the name browsers use (`utf-8`, `windows-1252`, `shift_jis`).
        media: `html` for markup, `text` for everything else.
    """

    text: str
    encoding: str
    media: Media


class _Kind(NamedTuple):
    """A kind of content that is no article: the code for the ledger, and the words for a person."""

    reason: str
    name: str
    remedy: str


_AS_TEXT = "give the article itself, as HTML or as plain text"
_UNPACK = "unpack it and give what is in it"
_PDF = _Kind("pdf", "a PDF document", "convert it to text first, with pdftotext for example")
_IMAGE = _Kind("image", "an image", _AS_TEXT)
_VIDEO = _Kind("video", "a video", _AS_TEXT)
_AUDIO = _Kind("audio", "an audio file", _AS_TEXT)
_ARCHIVE = _Kind("archive", "a packed archive", _UNPACK)
_OFFICE = _Kind("document", "a word processor's or e-book file", "save it as HTML or as plain text first")
_DATABASE = _Kind("database", "a database file", "export its articles as JSON Lines first")
_BINARY = _Kind("binary", "a binary file", _AS_TEXT)
_UNSAFE = _Kind("unsafe", "an XML document with entities of its own", _AS_TEXT)
_FEED = _Kind("feed", "a feed or sitemap, a list of articles", "give the pages that it lists")

# (offset, first bytes, kind, name). Names that are words of a language too are told apart below.
_SIGNATURES: tuple[tuple[int, bytes, _Kind, str], ...] = (
    (0, b"%PDF-", _PDF, ""),
    (0, b"\x89PNG\r\n\x1a\n", _IMAGE, "a PNG image"),
    (0, b"\xff\xd8\xff", _IMAGE, "a JPEG image"),
    (0, b"GIF87a", _IMAGE, "a GIF image"),
    (0, b"GIF89a", _IMAGE, "a GIF image"),
    (8, b"WEBPVP8", _IMAGE, "a WebP image"),
    (0, b"II*\x00", _IMAGE, "a TIFF image"),
    (0, b"MM\x00*", _IMAGE, "a TIFF image"),
    (0, b"\x00\x00\x01\x00", _IMAGE, "an icon"),
    (6, b"\x00\x00\x00\x00", _IMAGE, "a BMP image"),  # with "BM" before it, see _signature
    (0, b"\xff\x0a", _IMAGE, "a JPEG XL image"),
    (0, b"\x00\x00\x00\x0cJXL ", _IMAGE, "a JPEG XL image"),
    (4, b"ftypavif", _IMAGE, "an AVIF image"),
    (4, b"ftypheic", _IMAGE, "a HEIC image"),
    (4, b"ftypmif1", _IMAGE, "a HEIC image"),
    (4, b"ftypM4A", _AUDIO, ""),
    (4, b"ftyp", _VIDEO, "an MP4 video"),
    (8, b"AVI LIST", _VIDEO, ""),
    (0, b"\x1a\x45\xdf\xa3", _VIDEO, "a Matroska or WebM video"),
    (0, b"FLV\x01", _VIDEO, ""),
    (8, b"WAVEfmt ", _AUDIO, ""),
    (0, b"ID3\x02", _AUDIO, "an MP3 file"),
    (0, b"ID3\x03", _AUDIO, "an MP3 file"),
    (0, b"ID3\x04", _AUDIO, "an MP3 file"),
    (0, b"OggS\x00", _AUDIO, "an Ogg file"),
    (0, b"fLaC\x00", _AUDIO, ""),
    (0, b"PK\x03\x04", _ARCHIVE, "a ZIP archive"),
    (0, b"PK\x05\x06", _ARCHIVE, "an empty ZIP archive"),
    (0, b"\x1f\x8b\x08", _ARCHIVE, "gzipped data within gzipped data, or a damaged gzip file"),
    (0, b"BZh", _ARCHIVE, "a bzip2 archive"),  # with a digit after it, see _signature
    (0, b"\xfd7zXZ\x00", _ARCHIVE, "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE, "a 7z archive"),
    (0, b"Rar!\x1a\x07", _ARCHIVE, "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", _ARCHIVE, "a Zstandard archive"),
    (0, b"\x1f\x9d", _ARCHIVE, ""),
    (257, b"ustar", _ARCHIVE, "a tar archive"),
    (0, b"WARC/1.", _ARCHIVE, "a web archive (WARC)"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OFFICE, ""),
    (0, b"{\\rtf", _OFFICE, "an RTF document"),
    (0, b"%!PS-Adobe", _OFFICE, "a PostScript document"),
    (0, b"SQLite format 3\x00", _DATABASE, "an SQLite database"),
    (8, b"DUCK", _DATABASE, "a DuckDB database"),
    (0, b"PAR1", _DATABASE, "a Parquet file"),
    (0, b"\x7fELF", _BINARY, "a program"),
    (0, b"MZ\x90\x00", _BINARY, "a program"),
    (0, b"\xca\xfe\xba\xbe", _BINARY, "a program"),
    (0, b"\x00asm", _BINARY, "a program"),
    (0, b"wOFF\x00", _BINARY, "a font"),
    (0, b"wOF2\x00", _BINARY, "a font"),
)
_ZIPPED_OFFICE = (b"[Content_Types].xml", b"mimetypeapplication/", b"word/", b"docProps/")

_BLANK = " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\ufeff\u200b\u200e\u200f\u2028\u2029\u3000"

_PAGE_START = re.compile(r"<(?:!doctype\s+html|html|head|body|article)\b", re.IGNORECASE)
_TAG_START = re.compile(
    r"<(?:main|section|header|nav|div|p|h[1-6]|meta|title|link|base|script|style|table|ul|ol|dl|blockquote|figure|"
    r"center|font|span|a|b|i|em|strong|img|br|hr|time|pre|svg|small|u|aside|footer|form)(?=[\s/>])",
    re.IGNORECASE,
)
_PAGE_LINE = re.compile(r"^[ \t]*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.MULTILINE)
_CLOSING_BLOCK = re.compile(
    r"</(?:p|div|li|h[1-6]|td|blockquote|article|section|body|html)\s*>", re.IGNORECASE
)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[!/]?[a-z]", re.IGNORECASE)
_LIST_ROOT = re.compile(
    r"<(?:rss|rdf:RDF|urlset|sitemapindex|opml|feed)(?=[\s>/])[^>]{0,2000}", re.IGNORECASE
)
_JSON_FEED = re.compile(r'\{\s*"version"\s*:\s*"https?://jsonfeed\.org/')
_SVG_ROOT = re.compile(r"<svg[\s>]")
_NEWLINES = re.compile(r"\r\n?|\x85")


def decode(content: bytes, content_type: str | None = None) -> Decoded:
    """Decode the bytes of an article.

    Args:
        content: the bytes, any transfer or gzip coding undone.
        content_type: MIME type with its charset parameter, as declared beside the bytes.

    Raises:
        InputError: stage `extract`, refused; the reason says what the bytes are: `empty`, `binary`, `image`,
            `video`, `audio`, `pdf`, `document`, `archive`, `database`, `feed` or `unsafe`.
    """
    if (kind := _signature(content)) is not None:
        raise _refusal(kind)
    mime = (content_type or "").partition(";")[0].strip().lower()
    markup = "html" in mime or "xml" in mime or b"<" in content[:_HEAD_CHARS]
    text, encoding = charsets.read(content, content_type, markup=markup)
    if not text.strip(_BLANK):
        raise InputError(
            "there is no text in it; look at whether it was saved or fetched completely",
            stage="extract",
            reason="empty",
            refused=True,
        )
    text = _NEWLINES.sub("\n", text) if "\r" in text or "\x85" in text else text
    return Decoded(text, encoding, _media(text, mime))


def _signature(content: bytes) -> _Kind | None:
    """What the first bytes give away, None for what may be text."""
    head = content[:512].lstrip() if content[:64].lstrip().startswith(b"%PDF-") else content[:512]
    for offset, magic, kind, name in _SIGNATURES:
        if not head.startswith(magic, offset):
            continue
        if name == "a BMP image" and not head.startswith(b"BM"):
            continue
        if magic == b"BZh" and head[4:10] != b"1AY&SY":
            continue
        if magic == b"PK\x03\x04" and any(part in content[:4096] for part in _ZIPPED_OFFICE):
            return _OFFICE
        return kind._replace(name=name or kind.name)
    return None


def _refusal(kind: _Kind) -> InputError:
    return InputError(
        f"it is {kind.name}, not an article; {kind.remedy}", stage="extract", reason=kind.reason, refused=True
    )


def _media(text: str, mime: str) -> Media:
    """Markup or text, by the text's own beginning; the declared type decides where that says nothing."""
    head = text[:_HEAD_CHARS]
    start = _after_blanks(head, 0)
    root = _root(head, start)
    if _LIST_ROOT.match(head, root) or _JSON_FEED.match(head, start):
        raise _refusal(_FEED)
    if _SVG_ROOT.match(head, root):
        raise _refusal(_IMAGE._replace(name="an SVG image"))
    if "<!ENTITY" in head[start:root]:
        raise _refusal(_UNSAFE)
    if head.startswith(("<?xml", "<!--"), start) or any(_PAGE_START.match(head, at) for at in (start, root)):
        return "html"
    closings = len(_CLOSING_BLOCK.findall(head))
    if _TAG_START.match(head, start) and (closings or len(_ANY_TAG.findall(head)) > 1):
        return "html"
    if closings and _PAGE_LINE.search(head):  # a warning or saved headers before the page
        return "html"
    # A fragment of a page that begins with words is marked up throughout; a text may mention a tag.
    marks = closings + len(_LINE_BREAK.findall(head))
    if marks >= _FRAGMENT_MARKS and marks * _FRAGMENT_CHARS_PER_MARK >= len(head):
        return "html"
    if mime in {"text/html", "application/xhtml+xml"} and _ANY_TAG.search(head):
        return "html"
    return "text"


def _root(head: str, start: int) -> int:
    """Where the root element begins, after XML declaration, comments and document type."""
    place = start
    while head.startswith(("<?", "<!"), place):
        if head.startswith("<!--", place):
            closing = "-->"
        elif head.startswith("<?", place):
            closing = "?>"
        else:
            has_subset = "[" in head[place : max(head.find(">", place), place)]
            closing = "]>" if has_subset else ">"
        end = head.find(closing, place)
        if end < 0:
            return place
        place = _after_blanks(head, end + len(closing))
    return place


def _after_blanks(head: str, place: int) -> int:
    while place < len(head) and head[place] in _BLANK:
        place += 1
    return place
