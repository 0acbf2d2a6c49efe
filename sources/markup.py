"""Text that may be HTML: titles as plain text, addresses made absolute, whether it is more than a summary."""

import html
import re
from html.entities import html5
from urllib.parse import urljoin

from sources.urls import is_web_url

MIN_ARTICLE_WORDS = 120
"""Shorter texts of a feed are taken for summaries: news summaries rarely reach 80 words."""

# Only names of HTML elements make a tag: "x <y> z" in a title is text.
_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font"),
        *("i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"),
        *("time", "tt", "u", "var", "wbr"),
    }
)
_BLOCK = frozenset(
    {
        *("address", "article", "aside", "audio", "blockquote", "body", "br", "button", "caption", "center"),
        *("col", "colgroup", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "img", "input"),
        *("label", "li", "link", "main", "meta", "nav", "ol", "p", "picture", "pre", "rp", "rt", "ruby"),
        *("script", "section", "source", "style", "svg", "table", "tbody", "td", "template", "tfoot"),
        *("th", "thead", "title", "tr", "ul", "video"),
    }
)
# What is not closed runs to the end, as in a browser; and so no text is looked through twice.
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?=[\s/>])[^<>]*>")
_REFERENCE = re.compile(r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]*)|#[0-9]{1,8}|#[xX][0-9A-Fa-f]{1,6});")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f\uac00-\ud7af]")
_BREAKS_OFF = re.compile(
    r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\])\s*\Z"
    r"|(?:read (?:more|the full|the rest)|continue reading|keep reading|weiterlesen|lire la suite|"
    r"leer más|leia mais|continua a leggere|lees meer|читать далее|続きを読む|阅读全文)\W{0,5}"
    r"(?:\w+\W+){0,12}\w*\W*\Z",
    re.IGNORECASE,
)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_APPEARED_FIRST = re.compile(r"\s*The post\b.{0,300}\bappeared first on\b.{0,200}\Z", re.DOTALL)


def folded(text: str) -> str | None:
    """The text with white space folded and control characters left out; None where nothing is left."""
    return " ".join(_NO_TEXT.sub("", text).split()) or None


def plain(markup: str) -> str | None:
    """HTML as one line of text: tags out, entities read once, white space folded; None where empty."""
    if "<" in markup:
        markup = _TAG.sub(_seam, _UNSEEN.sub(" ", markup))
    return folded(unescaped(markup))


def unescaped(markup: str) -> str:
    """The text with HTML's references read once, those with a semicolon: `?a=1&copy=2` is an address."""
    return _REFERENCE.sub(_character, markup) if "&" in markup else markup


def _character(reference: re.Match[str]) -> str:
    name = reference["name"]
    if name:
        return html5.get(f"{name};", reference[0])
    character = html.unescape(reference[0])  # reads 128 to 159 as Windows-1252, as browsers do
    return "" if character == "\ufffd" else character


def _seam(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    return "" if name in _INLINE else " " if name in _BLOCK else tag[0]


def is_article(markup: str) -> bool:
    """Whether this is long enough for an article, and does not break off as summaries do."""
    text = plain(markup) or ""
    words = len(text.split()) + len(_UNSPACED.findall(text)) // 2  # two characters make a word, roughly
    end = _APPEARED_FIRST.sub("", text[-600:])
    return words >= MIN_ARTICLE_WORDS and not _BREAKS_OFF.search(end[-200:])


def absolute(base: str, link: str | None) -> str | None:
    """A link made absolute, as it is written otherwise; None where it is no http or https address."""
    if link is None:
        return None
    cleaned = re.sub(r"[\t\r\n]", "", link).strip()
    if not cleaned:
        return None
    if is_web_url(cleaned):
        return cleaned
    try:
        joined = urljoin(base, cleaned)
    except ValueError:  # of an address like http://[
        return None
    return joined if is_web_url(joined) else None
