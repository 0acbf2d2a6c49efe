"""The stable ids and hashes: pure functions of what an article is and says, the same in every database.

Each id is the first 16 hex digits (64 bits) of SHA-256 over a version number, a line feed and the key's
parts, so that a later key function can stand beside this one. With n ids the chance of any collision is about
n² / 2⁶⁵: 3e-8 for a million.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from json import JSONEncoder
from json.encoder import encode_basestring

from records import Article, Fingerprint

KEY_VERSION = "1"
_in_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

SHORT_TEXT_WORDS = 25
"""Below this many words two texts are the same article only under the same title: "Watch the video above."
stands under many headlines."""

_HAN_AND_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_FIRST_KANA = "\u3040"
_BEGINNING = 500
_ASCII_MARKS = bytes(
    code for code in range(128) if not (chr(code).isalnum() or chr(code).isspace() or chr(code) == "_")
)


def article_id(key: str) -> str:
    """The id of the article that is known by this key (its canonical URL, else the URI of its file)."""
    return _short_hash(key)


def capture_id(uri: str, content_sha256: str, fetched_at: datetime | None) -> str:
    """The id of the bytes of one candidate at one time."""
    return _short_hash(uri, content_sha256, fetched_at.astimezone(UTC).isoformat() if fetched_at else "")


@dataclass(frozen=True, slots=True)
class Said:
    """What an article says, as ids are made of it; white space is folded once for all of them.

    Attributes:
        text: normalised.
        text_sha256: hex digest of it: equal where the words are equal.
        title: normalised; empty where there is none.
    """

    text: str
    text_sha256: str
    title: str


def fingerprint(key: str, article: Article) -> Fingerprint:
    """What the words of an article are told apart by; 70 µs for 4.5 kB.

    Args:
        key: what the article is known by.
        article: what it says.
    """
    said = said_in(article)
    return Fingerprint(
        version_id=version_id(article_id(key), article, said),
        text_sha256=said.text_sha256,
        text_key=text_key(said),
        words=_words_in(said.text),
    )


def said_in(article: Article) -> Said:
    """What the ids of an article are made of."""
    text = normalised(article.text)
    return Said(text, _sha256(text), normalised(article.title or ""))


def text_sha256(text: str) -> str:
    """Hex digest of the normalised text: equal where the words are equal."""
    return _sha256(normalised(text))


def version_id(of_article_id: str, article: Article, said: Said) -> str:
    """The id of what an article says: its words, title, authors, date and language.

    White space is no difference; neither are cuts, claims that were not chosen, and images.
    """
    rest = [
        said.title,
        [normalised(author) for author in article.authors],
        article.published,
        article.language,
    ]
    # One JSON array; the text is put in apart, since most of a batch's time would go into it otherwise.
    return _short_hash(of_article_id, f"[{encode_basestring(said.text)},{_in_json(rest)[1:]}")


def text_key(said: Said) -> int:
    """What makes two articles the same text under two names: the words, and for a few words the title too."""
    # Most texts are told by their beginning: counting all of it would take as long as the hash.
    beginning = said.text[:_BEGINNING]
    if _words_in(beginning) >= SHORT_TEXT_WORDS or _words_in(said.text) >= SHORT_TEXT_WORDS:
        return number(said.text_sha256)
    return number(_sha256(f"{said.text_sha256}\n{said.title}"))


def number(hexadecimal: str) -> int:
    """The first 64 bits of a digest or an id: a scan over numbers takes a third of one over texts."""
    return int(hexadecimal[:16], 16)


def uri_number(uri: str) -> int:
    """What the captures of a candidate are looked up by."""
    return number(_sha256(uri))


def normalised(text: str) -> str:
    """The text in Unicode NFC with every run of white space as one space."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def count_words(text: str) -> int:
    """Pieces between white space that hold a letter or a digit; each Han or kana character counts as one."""
    return _words_in(normalised(text))


def _words_in(folded: str) -> int:
    """The words of a text that is normalised."""
    # Marks are taken out, and with them the pieces that are nothing else: a pattern for those takes ten times
    # as long.
    if folded.isascii():
        return len(folded.encode().translate(None, _ASCII_MARKS).split())
    used = set(folded)
    characters = 0
    if max(used) >= _FIRST_KANA:
        folded, characters = _HAN_AND_KANA.subn(" ", folded)
    for mark in used:
        if not (mark.isalnum() or mark in {"_", " "}):
            folded = folded.replace(mark, "")
    return characters + len(folded.split())


def _short_hash(*parts: str) -> str:
    return _sha256("\n".join((KEY_VERSION, *parts)))[:16]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
