"""Pages that stand in an article's place: consent and script walls, paywall stubs, soft 404s, bot checks."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from records import Signal

LONG_WORDS = 250
"""An article of so many words is one, whatever else stands on its page."""

# How little a page must say for its phrases to be what it is about. A brief of news has some sixty words, a
# dialog for consent up to two hundred.
_STUB_WORDS = 120
_WALL_WORDS = 220
_SCRIPT_WORDS = 40
_EMPTY_WORDS = 5
_CONSENT_PHRASES = 3
_ARTICLE_WORDS = 40  # extracted from a page that calls itself an article
_LANGUAGE_LETTERS = 2
_LOOKED_AT = 400_000  # characters of HTML
_OK, _MULTIPLE = 200, 300

# Beginnings and ends are looked for apart: a pattern from one to the other looks through a hostile page anew
# for each beginning that has no end.
_HIDDEN = re.compile(r"<(?:(script|style|template|svg|head|noscript)\b|!--)", re.IGNORECASE)
_ENDS = {
    name: re.compile(rf"</{name}\s*+>", re.IGNORECASE)
    for name in ("script", "style", "template", "svg", "head", "noscript", "title", "h1")
} | {"": re.compile("-->")}
_BEGINS = {name: re.compile(rf"<{name}\b[^<>]*+>", re.IGNORECASE) for name in ("noscript", "title", "h1")}
_TAG = re.compile(r"<[^<>]*+>")
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*(?:"?false"?|"?no"?)\s*[,}\]]', re.IGNORECASE)
# What an article says of itself to other programs; a page put before it does not.
_ARTICLE = re.compile(
    r"""\bog:type["'\s][^<>]{0,100}?\barticle\b|\bcontent=["']article["']\s[^<>]{0,100}?\bog:type\b|"""
    r""""@type"\s*:\s*(?:\[\s*)?"[A-Za-z]{0,20}(?:Article|BlogPosting)\"""",
    re.IGNORECASE,
)
_UNSPACED = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]"
)  # scripts that put no space between words


def _folded(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().split())


def _phrases(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(dict.fromkeys(_folded(phrase) for language in by.values() for phrase in language))
        for kind, by in table.items()
        if kind != "address"
    }


_DATA = tomllib.loads(files("sources").joinpath("data/walls.toml").read_text(encoding="utf-8"))
_PHRASES = _phrases(_DATA)
_SEGMENTS: dict[str, frozenset[str]] = {kind: frozenset(each) for kind, each in _DATA["address"].items()}


def wall_of(
    content: bytes | str,
    *,
    url: str | None = None,
    status: int | None = None,
    title: str | None = None,
    words: int | None = None,
) -> Signal | None:
    """What stands in the article's place, None where nothing does.

    A page is judged by what a reader sees of it, and only where that is little: the same words in the footer
    of an article, or in a banner beside it, mean nothing.

    Args:
        content: the page's HTML.
        url: where it was found in the end, after redirects.
        status: of the answer; a page with an error's status is not judged.
        title: the article's title, None to read the page's.
        words: of the text that was extracted, None where nothing was.

    Returns:
        A signal of the kind `wall` whose value is `consent`, `paywall`, `javascript`, `soft_404` or
        `bot_check`, obeyed: it is to be recorded, not stored as an article.
    """
    if (words is not None and words >= LONG_WORDS) or (status is not None and not _OK <= status < _MULTIPLE):
        return None
    html = (content if isinstance(content, str) else _decoded(content))[:_LOOKED_AT]
    shown = _shown(html)
    seen = _text(shown)
    heads = (title or "", _first("title", html), _first("h1", shown))
    head = _folded(" ".join(heads))
    size = _count(seen)
    own = size if words is None else words
    found = (
        _bot_check(seen, head, size)
        or _script(html, seen, size)
        or _soft_404(head, url, own)
        or _consent(seen, head, url, size, is_article=_is_article(html, words))
        or _paywall(html, seen, own)
    )
    if found is None:
        return None
    kind, evidence = found
    return Signal("wall", kind, evidence, obeyed=True)


def _bot_check(seen: str, head: str, size: int) -> tuple[str, str] | None:
    if size >= _WALL_WORDS:
        return None
    phrase = next(_standing("bot_check", head), None)
    if phrase is not None and size < _STUB_WORDS:
        return "bot_check", f"'{phrase}' in the title or heading of a page of {size} words"
    several = list(_standing("bot_check", seen))
    if len(several) > 1 or (several and size < _SCRIPT_WORDS):
        return "bot_check", f"{_quoted(several)} on a page of {size} words"
    return None


def _script(html: str, seen: str, size: int) -> tuple[str, str] | None:
    if size >= _SCRIPT_WORDS:
        return None
    said = _folded(" ".join(_text(each) for each in _inside("noscript", html))) + " " + seen
    phrase = next(_standing("javascript", said), None)
    if phrase is not None:
        return "javascript", f"'{phrase}' on a page of {size} words"
    if size < _EMPTY_WORDS and _SCRIPT.search(html):
        return "javascript", f"a page of {size} words and its scripts"
    return None


def _soft_404(head: str, url: str | None, own: int) -> tuple[str, str] | None:
    if own >= _STUB_WORDS:
        return None
    phrase = next(_standing("soft_404", head), None)
    if phrase is not None:
        return "soft_404", f"'{phrase}' in the title or heading, with a text of {own} words"
    *before, last = _path(url) or [""]
    # `/en/not-found` and `/404.html`, but not the article `/news/404`.
    if last in _SEGMENTS["soft_404"] and all(len(each) == _LANGUAGE_LETTERS for each in before):
        return "soft_404", f"'{last}' is the address that it led to"
    return None


def _consent(seen: str, head: str, url: str | None, size: int, *, is_article: bool) -> tuple[str, str] | None:
    if size >= _WALL_WORDS:
        return None
    several = list(_standing("consent", seen))
    segment = next((each for each in (_host_label(url), *_path(url)) if each in _SEGMENTS["consent"]), None)
    if several and segment:
        return "consent", f"{_quoted(several)}, and '{segment}' in the address that it led to"
    if is_article:  # a brief, or a text about consent, with the site's own banner beside it
        return None
    if len(several) >= _CONSENT_PHRASES or (several and any(_standing("consent", head))):
        return "consent", f"{_quoted(several)} on a page of {size} words"
    return None


def _paywall(html: str, seen: str, own: int) -> tuple[str, str] | None:
    phrase = next(_standing("paywall", seen), None)
    said = _NOT_FREE.search(html)
    # The phrase alone may speak of other articles that the page names; with the page's own data it does not.
    if phrase is not None and own < (_WALL_WORDS if said else _STUB_WORDS):
        return "paywall", f"'{phrase}' beside a text of {own} words"
    if said and own < _STUB_WORDS:
        return "paywall", f"{said[0].rstrip(',}]').strip()} beside a text of {own} words"
    return None


def _standing(kind: str, text: str) -> Iterator[str]:
    return (phrase for phrase in _PHRASES[kind] if phrase in text)


def _is_article(html: str, words: int | None) -> bool:
    return words is not None and words >= _ARTICLE_WORDS and _ARTICLE.search(html) is not None


def _path(url: str | None) -> list[str]:
    """The segments of an address's path, lower-case, without empty ones."""
    try:
        return [each for each in urlsplit(url or "").path.lower().split("/") if each]
    except ValueError:
        return []


def _host_label(url: str | None) -> str:
    """The first label of an address's host."""
    try:
        return (urlsplit(url or "").hostname or "").partition(".")[0]
    except ValueError:
        return ""


def _quoted(phrases: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in list(phrases)[:3])


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8", errors="replace")


def _shown(html: str) -> str:
    """The page without what a reader does not see of it; what is never closed hides nothing."""
    pieces: list[str] = []
    at = 0
    endless: set[str] = set()
    for begin in _HIDDEN.finditer(html):
        name = (begin[1] or "").lower()
        if begin.start() < at or name in endless:
            continue
        end = _ENDS[name].search(html, begin.end())
        if end is None:
            endless.add(name)
        else:
            pieces.append(html[at : begin.start()])
            at = end.end()
    return " ".join((*pieces, html[at:]))


def _inside(name: str, html: str) -> Iterator[str]:
    """What stands in each element of a name."""
    at = 0
    while (begin := _BEGINS[name].search(html, at)) and (end := _ENDS[name].search(html, begin.end())):
        yield html[begin.end() : end.start()]
        at = end.end()


def _first(name: str, html: str) -> str:
    return _text(next(_inside(name, html), ""))


def _text(html: str) -> str:
    return _folded(unescape(_TAG.sub(" ", html)))


def _count(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(text.split()) + unspaced // 2
