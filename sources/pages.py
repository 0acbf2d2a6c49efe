"""A section page: which of its links lead to articles.

No rule here knows a site. A link counts by what its address says (words of a title, a date, a number), by how
much of a title its text is, and by where it stands: headings speak for it, menus and footers against it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from records import InputError
from sources.urls import canonical_url, host_of, resolve

MAX_LINKS = 5_000
"""No more links of a page are looked at; front pages have some hundred."""

_ENOUGH = 3  # points; see `_points`
_ENOUGH_IN_MENUS = 3  # points of the address alone

_LIST_COSTS = 3  # points for a segment on the way that leads to lists: some papers keep all under `archive`
_TITLE_POINTS = 3  # a title's words in a heading

_TITLE_WORDS, _PHRASE_WORDS = 5, 3
_SLUG_WORDS, _SHORT_SLUG_WORDS = 4, 3

# Segments of a path, or their beginnings, that lead to lists, people, accounts and the house's own pages.
_LISTS = re.compile(
    r"(?:tags?|topics?|themes?|category|categories|kategorien?|rubri[ck]\w*|sections?|search|suche|buscar|"
    r"authors?|autor\w*|auteurs?|profiles?|people|staff|users?|members?|contributors?|journalists?|"
    r"page|seite|pagina|archives?|archiv|rss|feeds?|sitemaps?|newsletters?|podcasts?|"
    r"log-?in|sign-?in|sign-?up|log-?out|register|registration|account|konto|subscri\w+|abo|abonn?\w*|shop|store|"
    r"cart|checkout|about(?:-us)?|contacts?(?:-us)?|kontakt|impressum|imprint|privacy\b.*|datenschutz|"
    r"cookies?\b.*|terms\b.*|legal|help|hilfe|faq|advert\w*|jobs|careers|share|print|comments?|cdn-cgi|"
    r"wp-(?:admin|content|includes|login\.php|json))",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|ico|pdf|docx?|xlsx?|pptx?|zip|gz|mp[34]|m4[av]|webm|mov|avi|css|js|json|"
    r"xml|rss|atom|ics|txt|apk|exe|dmg)$",
    re.IGNORECASE,
)
_PAGE_FILE = re.compile(r"\.(?:s?html?|php|aspx?|jsp|cms|ece|story|article)$", re.IGNORECASE)
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-/_.]?(?:0?[1-9]|1[0-2])[-/_.]?(?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d/(?:0?[1-9]|1[0-2]|[a-z]{3})/"
)
_NUMBER = re.compile(r"(?<!\d)\d{5,}(?!\d)")
_LONG_ID = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE)
_NUMBER_PARAMETER = re.compile(
    r"(?:^|&)(?:\w*id|p|story|article|news|item|artikel|aid|nid|no|idx\w*)=\d{2,}", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_UNSPACED_PER_WORD = 2  # characters of a script without spaces, roughly

_MENU_TAGS = frozenset({"nav", "footer", "menu"})
_MENU_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav\w*|menus?|footer|breadcrumbs?|share|social|sitemap|login|cookies?|legal)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NOT_SHOWN = frozenset({"script", "style", "noscript", "template"})
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One link that looks like an article.

    Attributes:
        url: absolute, as it was found but for its fragment.
        text: the longest of the texts that lead to it.
    """

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of one address after all links to it: points of its texts, whether none is in a menu."""

    link: Link
    points: int
    in_menu: bool


def article_links(content: bytes, *, url: str, content_type: str | None = None) -> tuple[Link, ...]:
    """The links of a page that look like articles of the same site, in their order, each address once.

    Args:
        content: the bytes of the page.
        url: where it was had from.
        content_type: as declared; its charset counts where the bytes are no UTF-8.

    Raises:
        InputError: it is no HTML that could be read (stage `find`, reason `empty` or `not_html`).
    """
    root = _parsed(content, url, content_type)
    base = next((each.get("href") for each in root.iter("base") if each.get("href")), None)
    base = _resolved(url, base) or url
    site, own = _site(url), canonical_url(url)
    seen: dict[str, _Seen] = {}
    menus: dict[html.HtmlElement, bool] = {}
    for anchor in _anchors(root):
        address = _resolved(base, anchor.get("href"))
        if address is None or _site(address) != site:
            continue
        key = canonical_url(address)
        if key != own:
            seen[key] = _with(seen.get(key), address.partition("#")[0], anchor, menus)
    return tuple(each.link for key, each in seen.items() if _is_article(key, each))


def _parsed(content: bytes, url: str, content_type: str | None) -> html.HtmlElement:
    if not content.strip(b" \t\r\n\0"):
        raise InputError(f"{url} is empty; it is asked again later", stage="find", reason="empty")
    try:
        # A new parser each time: it keeps errors of what it read before.
        parser = html.HTMLParser(
            encoding=_encoding(content, content_type), remove_comments=True, no_network=True, huge_tree=False
        )
        return html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError, LookupError):
        raise InputError(
            f"{url} is no web page that can be read; open it in a browser to see what it is",
            stage="find",
            reason="not_html",
        ) from None


def _encoding(content: bytes, content_type: str | None) -> str | None:
    """What the bytes are written in; None leaves it to the page's own declaration."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content_type or "")
        if content.startswith((b"\xff\xfe", b"\xfe\xff")) or declared is None:
            return None
        try:
            "".encode(declared[1])
        except LookupError:
            return None
        return declared[1]
    return "utf-8"


def _anchors(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    for number, anchor in enumerate(root.iter("a")):
        if number == MAX_LINKS:
            return
        if anchor.get("href") and "sponsored" not in (anchor.get("rel") or "").lower():
            yield anchor


def _resolved(base: str, link: str | None) -> str | None:
    if link is None or link.strip().startswith("#"):
        return None
    try:
        address = resolve(base, link)
        canonical_url(address)
    except InputError:
        return None
    return address


def _site(url: str) -> tuple[str, ...]:
    """The last labels of the host, which the parts of one publisher share: `www.` and `news.` aside."""
    labels = host_of(url).split(".")
    if labels[-1].isdecimal() or labels[-1].endswith("]"):  # an IP address
        return tuple(labels)
    short_name = 3  # `co.uk`, `com.au`: what is registered there is one label longer
    is_double = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= short_name  # noqa: PLR2004  # as said
    return tuple(labels[-3:] if is_double else labels[-2:])


def _with(
    seen: _Seen | None, address: str, anchor: html.HtmlElement, menus: dict[html.HtmlElement, bool]
) -> _Seen:
    text = _text(anchor)
    in_menu = _in_menu(anchor, menus)
    points = 0 if in_menu else _text_points(text) + _stands_in_heading(anchor)
    if seen is None:
        return _Seen(Link(address, text), points, in_menu)
    longest = max(seen.link.text, text, key=len)
    return _Seen(Link(seen.link.url, longest), max(seen.points, points), seen.in_menu and in_menu)


def _text(anchor: html.HtmlElement) -> str:
    parts: list[str] = []
    for element in anchor.iter():
        if element.tag not in _NOT_SHOWN and element.text:
            parts.append(element.text)
        if element is not anchor and element.tail:
            parts.append(element.tail)
    said = " ".join(" ".join(parts).split())
    return said or " ".join((anchor.get("title") or anchor.get("aria-label") or "").split())


def _words(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + unspaced // _UNSPACED_PER_WORD


def _text_points(text: str) -> int:
    words = _words(text)
    return (words >= _PHRASE_WORDS) + (words >= _TITLE_WORDS)


def _stands_in_heading(anchor: html.HtmlElement) -> bool:
    """Whether a heading holds the link, or the link a heading."""
    near = [anchor, *list(anchor.iterancestors())[:2]]
    return any(each.tag in _HEADINGS for each in near) or next(anchor.iter(*_HEADINGS), None) is not None


def _is_menu(element: html.HtmlElement) -> bool:
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag in _MENU_TAGS or _MENU_NAMES.search(names) is not None


def _in_menu(anchor: html.HtmlElement, menus: dict[html.HtmlElement, bool]) -> bool:
    """Whether a menu holds the link; `menus` keeps what was found out of the elements around others."""
    for each in anchor.iterancestors():
        if each.tag == "article":
            return False
        if each.tag in ("body", "html"):
            return False
        if each not in menus:
            menus[each] = _is_menu(each)
        if menus[each]:
            return True
    return False


def _is_article(key: str, seen: _Seen) -> bool:
    points = _address_points(key)
    if points is None:
        return False
    if seen.in_menu:
        return points >= _ENOUGH_IN_MENUS
    # A bare word (`/economy`) leads to a section, however long the text of the link.
    if points == 0:
        return seen.points >= _TITLE_POINTS and _slug_words(key.rstrip("/").rpartition("/")[2]) > 1
    return points > 0 and points + seen.points >= _ENOUGH


def _address_points(key: str) -> int | None:
    """How much an address looks like an article's; None where it is surely none."""
    parts = urlsplit(key)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    if _FILE.search(parts.path):
        return None
    if not segments:
        return 1 if _NUMBER_PARAMETER.search(parts.query) else None
    last = _PAGE_FILE.sub("", segments[-1])
    if _LISTS.fullmatch(last):
        return None
    words = max(_slug_words(segment) for segment in (segments[-2:-1] or [""]) + [last])
    points = (words >= _SHORT_SLUG_WORDS) + (words >= _SLUG_WORDS)
    points -= _LIST_COSTS * any(_LISTS.fullmatch(segment) for segment in segments[:-1])
    points += 2 * bool(_DATE.search(parts.path) and (words > 1 or len(segments) > _SHORT_SLUG_WORDS))
    points += 2 * bool(_NUMBER.search(last) or _NUMBER.search("".join(segments[-2:-1])))
    points += bool(_LONG_ID.fullmatch(last.rpartition("-")[2]) or _LONG_ID.fullmatch(last))
    points += bool(_NUMBER_PARAMETER.search(parts.query))
    return points + bool(_PAGE_FILE.search(segments[-1]) and last != "index")


def _slug_words(segment: str) -> int:
    """The words of a title that an address is made of: `bridge-opens-at-last` has four."""
    parts = [part for part in re.split(r"[-_+ ]", segment) if _WORD.fullmatch(part)]
    letters = [part for part in parts if not part.isdecimal()]
    return max(len(letters), len(_UNSPACED.findall(segment)) // _UNSPACED_PER_WORD)
