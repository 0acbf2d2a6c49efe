"""Find the feeds and sitemaps of a site: those a page names, and the places where they usually stand."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlsplit

from lxml import etree, html

from records import InputError
from sources.markup import folded
from sources.urls import host_of, resolve
from sources.xml_text import decode

FoundKind = Literal["feed", "sitemap"]

MAX_FOUND = 100
"""No more are taken from one page: directories of feeds list thousands, which a person chooses from."""

# Formats of feeds; not `application/json`, under which pages offer interfaces of their publishing system.
_FEED_TYPE = re.compile(
    r"application/(?:(?:x\.)?atom|rss|rdf|feed)\s*\+\s*(?:xml|json)|(?:application|text)/(?:x-)?rss"
)
_FEED_PATH = re.compile(
    r"/(?:feeds?|rss|atom|index|news)[\w.-]*\.(?:xml|rss|rdf|atom|json)\Z|\.(?:rss|rdf|atom)\Z|/(?:feeds?|rss|atom)/?\Z"
    r"|/feeds?/[\w/-]+\Z|/rss/[\w/.-]+\.xml\Z",
    re.IGNORECASE,
)
_FEED_HOST = re.compile(r"\A(?:feeds?\d?|rss)\.", re.IGNORECASE)
_COMMENTS = re.compile(r"\bcomments?\b|\bkommentare?\b|\bcommentaires?\b|\bcomentarios\b", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"\A\s*sitemap\s*:\s*(\S+)", re.IGNORECASE)


_LONGEST_PATH = 500  # of a feed, generously; the pattern begins anew at each of its slashes


@dataclass(frozen=True, slots=True)
class Found:
    """A feed or sitemap that somebody named, or that may stand where such things stand.

    Attributes:
        url: absolute.
        kind: what is said to stand there.
        title: as the page calls it.
    """

    url: str
    kind: FoundKind
    title: str | None = None


def feeds_in(content: bytes, *, url: str, content_type: str | None = None) -> tuple[Found, ...]:
    """The feeds and sitemaps that a page names itself, likeliest first, each address once; never raises.

    First those its head declares (`<link rel="alternate">`), then links that look like feeds of the same
    site; feeds of comments last.
    """
    root = _page(content, content_type)
    if root is None:
        return ()
    declared_base = next((each.get("href") for each in root.iter("base") if each.get("href")), None)
    base = _address(url, declared_base) or url
    named = _once((*_declared(root, base), *_linked(root, base)))
    return tuple(sorted(named, key=_is_of_comments))[:MAX_FOUND]  # stable: the page's order otherwise


def well_known(url: str) -> tuple[Found, ...]:
    """Where a site's feeds and sitemaps may stand, likeliest first; to be asked for until one answers."""
    page = url.partition("#")[0].partition("?")[0]
    places = ((_address(page, path), place["kind"]) for place in _places() for path in place["paths"])
    return tuple(_once(Found(address, kind) for address, kind in places if address))


def sitemaps_in(robots_txt: bytes, *, url: str) -> tuple[Found, ...]:
    """The sitemaps that a robots.txt names, in its order, each address once; never raises."""
    text, _ = decode(robots_txt)
    lines = (_SITEMAP_LINE.match(line) for line in text.lstrip("\ufeff").splitlines())
    addresses = (_address(url, line[1]) for line in lines if line)
    return tuple(_once(Found(address, "sitemap") for address in addresses if address))


def _places() -> list[dict[str, Any]]:
    text = (resources.files("sources") / "data" / "feed_places.toml").read_text(encoding="utf-8")
    places: list[dict[str, Any]] = tomllib.loads(text)["place"]
    return places


def _once(found: Iterable[Found]) -> list[Found]:
    by_address: dict[str, Found] = {}
    for each in found:
        by_address.setdefault(each.url, each)
    return list(by_address.values())


def _page(content: bytes, content_type: str | None) -> html.HtmlElement | None:
    text, _ = decode(content, content_type=content_type)
    try:
        # A new parser each time: it keeps errors of what it read before.
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, no_network=True, huge_tree=False)
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def _declared(root: html.HtmlElement, base: str) -> Iterator[Found]:
    for link in root.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        address = _address(base, link.get("href"))
        title = folded(link.get("title") or "")
        if address is None:
            continue
        if "sitemap" in relations:
            yield Found(address, "sitemap", title)
        elif "feed" in relations or (
            "alternate" in relations and _FEED_TYPE.search((link.get("type") or "").lower())
        ):
            yield Found(address, "feed", title)


def _linked(root: html.HtmlElement, base: str) -> Iterator[Found]:
    try:
        site = _site(base)
    except InputError:
        return
    for anchor in root.iter("a"):
        address = _address(base, anchor.get("href"))
        if address is None:
            continue
        host, path = _site(address), urlsplit(address).path
        if len(path) > _LONGEST_PATH:
            continue
        is_feed = _FEED_PATH.search(path) or (_FEED_HOST.match(host) and len(path) > 1)
        if is_feed and (host == site or host.endswith(f".{site}") or _FEED_HOST.match(host)):
            title = folded(anchor.text_content()) or folded(anchor.get("title") or "")
            yield Found(address, "feed", title)


def _is_of_comments(found: Found) -> bool:
    return bool(_COMMENTS.search(f"{found.title or ''} {urlsplit(found.url).path}"))


def _site(url: str) -> str:
    return host_of(url).removeprefix("www.")


def _address(base: str, link: str | None) -> str | None:
    """A link as it is to be asked for, None where it leads nowhere on the web."""
    try:
        return resolve(base, link).partition("#")[0] if link and link.strip() else None
    except InputError:
        return None
