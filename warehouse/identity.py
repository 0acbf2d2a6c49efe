"""The stable ids and hashes: pure functions of what an article is and says, the same in every database.

Each id is the first 16 hex digits (64 bits) of SHA-256 over a version number, a line feed and the key's
parts, so that a later key function can stand beside this one. With n ids the chance of any collision is about
n² / 2⁶⁵: 3e-8 for a million.
"""

import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime

from records import Article

KEY_VERSION = "1"
SHORT_TEXT_WORDS = 25
"""Below this many words two texts are the same article only under the same title: "Watch the video above."
stands under many headlines."""

_HAN_AND_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NO_WORD = re.compile(r"(?<!\S)[^\w\s]++(?!\S)")


def article_id(key: str) -> str:
    """The id of the article that is known by this key (its canonical URL, else the URI of its file)."""
    return _short_hash(key)


def capture_id(uri: str, content_sha256: str, fetched_at: datetime | None) -> str:
    """The id of the bytes of one candidate at one time."""
    return _short_hash(uri, content_sha256, fetched_at.astimezone(UTC).isoformat() if fetched_at else "")


def version_id(of_article_id: str, article: Article) -> str:
    """The id of what an article says: its words, title, authors, date and language.

    White space is no difference; neither are cuts, claims that were not chosen, and images.
    """
    said = [
        normalised(article.text),
        normalised(article.title or ""),
        [normalised(author) for author in article.authors],
        article.published,
        article.language,
    ]
    return _short_hash(of_article_id, json.dumps(said, ensure_ascii=False, separators=(",", ":")))


def text_sha256(text: str) -> str:
    """Hex digest of the normalised text: equal where the words are equal."""
    return hashlib.sha256(normalised(text).encode("utf-8", "replace")).hexdigest()


def text_key(sha256: str, words: int, title: str | None) -> str:
    """What makes two articles the same text under two names: the words, and for a few words the title too."""
    return sha256 if words >= SHORT_TEXT_WORDS else f"{sha256}\n{normalised(title or '')}"


def normalised(text: str) -> str:
    """The text in Unicode NFC with every run of white space as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def count_words(text: str) -> int:
    """Pieces between white space that hold a letter or a digit; each Han or kana character counts as one."""
    characters = 0 if text.isascii() else len(_HAN_AND_KANA.findall(text))
    rest = _HAN_AND_KANA.sub(" ", text) if characters else text
    return characters + len(rest.split()) - len(_NO_WORD.findall(rest))


def _short_hash(*parts: str) -> str:
    joined = "\n".join((KEY_VERSION, *parts))
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:16]
