"""What a page says of itself: title, authors, address, language, site, each from the best of its sources."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from extractors import jsonld
from extractors.bylines import credits_on_page
from extractors.jsonld import run_together
from extractors.names import Credits, credits_of

# lxml has no types of its own; the tree that html.parse made.
Tree = Any

_MAX_METAS = 500
_MAX_HEADINGS = 20
_MAX_CHARS = 1_000
_MAX_NAME_CHARS = 100
_MAX_URL_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of its article.

    Attributes:
        title: the headline, without the site's name.
        authors: persons, in the order given.
        organizations: who else is credited: agencies, desks, the publication itself.
        canonical_url: absolute; None where none is given or where it is a site's front page.
        language: ISO 639-1 code that the page declares.
        site_name: what the publication calls itself.
    """

    title: str | None = None
    authors: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    canonical_url: str | None = None
    language: str | None = None
    site_name: str | None = None


_TAG = re.compile(r"<[^<>]{0,200}>")
_SEPARATOR = re.compile(r"\s+[|–—»•·/-]{1,2}\s+|\s*[|｜ㅣ]\s*|\s+::\s+")
_COLON = re.compile(r"：|:\s+")
_TIGHT_SEPARATOR = re.compile(r"-(?=[^-]*$)")
_LANGUAGE = re.compile(r"[a-z]{2}(?=[-_]|$)", re.IGNORECASE)
_TITLE_METAS = (
    "og:title",
    "twitter:title",
    "headline",
    "dc.title",
    "dcterms.title",
    "parsely-title",
    "sailthru.title",
)
_AUTHOR_METAS = (
    *("article:author", "author", "authors", "og:article:author", "og:author", "article:author_name"),
    *("article_author", "articleauthor", "byl", "dc.creator", "dcterms.creator", "citation_author"),
    *("dcsext.author", "parsely-author", "cxenseparse:author", "sailthru.author"),
)
_TELLING_CHARS = 4
"""A part of a host's name that is shorter tells no site."""

_SHORT_TAIL_WORDS = 4
"""A `<title>` that nothing else explains ends in its site's name where the last part is this short."""


def read(tree: Tree) -> Metadata:
    """Read what a page says of itself.

    Args:
        tree: the parsed page; it is left as it is.
    """
    metas = _metas(tree)
    nodes = jsonld.nodes(tree)
    address = _canonical_url(tree, metas)
    headings = tuple(dict.fromkeys(_plain(" ".join(h1.itertext())) for h1 in tree.iter("h1")))
    titles = (*headings, *metas.get("og:title", ()))
    article = jsonld.main_article(nodes, frozenset({address} if address else ()), titles)
    site_name = _site_name(metas, nodes, article)
    address = address or _address_of(article)
    credited = _credits(tree, metas, nodes, article, site_name)
    return Metadata(
        title=_title(tree, metas, article, headings, _site_names(site_name, address)),
        authors=credited.persons,
        organizations=credited.organizations,
        canonical_url=address,
        language=_language(tree, metas, article),
        site_name=site_name,
    )


def _metas(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    """The contents of `<meta>` elements by name, property or itemprop, in small letters, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for _, meta in zip(range(_MAX_METAS), tree.iter("meta"), strict=False):
        # "value" is no attribute of <meta>; pages that write it mean "content".
        content = _plain(meta.get("content") or meta.get("value") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(attribute) or "").strip().lower()
            if content and name:
                found[name] = (*found.get(name, ()), content)
    return found


def _plain(text: str) -> str:
    """Text without entities (escaped once or twice), tags and line breaks."""
    text = text[:_MAX_CHARS]
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text:
        text = _TAG.sub("", text)
    return " ".join(text.split())


def _first(metas: Mapping[str, tuple[str, ...]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _member(node: jsonld.Node | None, name: str) -> str | None:
    texts = jsonld.texts(node.item.get(name)) if node is not None else ()
    return next((plain for text in texts if (plain := _plain(text))), None)


def _canonical_url(tree: Tree, metas: Mapping[str, tuple[str, ...]]) -> str | None:
    given = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    given.extend(metas.get("og:url", ()))
    bases = [base.get("href") for base in tree.iter("base")] + given
    base = next((url.strip() for url in bases if url and _is_address(url.strip())), None)
    for url in given:
        whole = _joined(base, (url or "").strip())
        # A canonical address that is the front page would make one article of all that say so.
        if _is_address(whole) and (urlsplit(whole).path.strip("/") or urlsplit(whole).query):
            return whole
    return None


def _joined(base: str | None, url: str) -> str:
    if url.startswith("//"):
        url = f"https:{url}"
    try:
        return urljoin(base, url).partition("#")[0] if base and url else url.partition("#")[0]
    except ValueError:
        return ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            len(url) <= _MAX_URL_CHARS and parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
        )
    except ValueError:
        return False


def _address_of(article: jsonld.Node | None) -> str | None:
    for name in ("url", "mainEntityOfPage"):
        url = (_member(article, name) or "").partition("#")[0]
        if _is_address(url) and urlsplit(url).path.strip("/"):
            return url
    return None


def _site_name(
    metas: Mapping[str, tuple[str, ...]], nodes: Sequence[jsonld.Node], article: jsonld.Node | None
) -> str | None:
    sites = (
        node for node in nodes if node.types & {"website", "newsmediaorganization"} and not node.is_elsewhere
    )
    names = (
        _first(metas, "og:site_name"),
        _member(article, "publisher"),
        *(_member(site, "name") for site in sites),
        _first(metas, "application-name", "apple-mobile-web-app-title", "dc.publisher", "dcterms.publisher"),
    )
    return next((name for name in names if name and len(name) <= _MAX_NAME_CHARS and "://" not in name), None)


def _site_names(site_name: str | None, address: str | None) -> frozenset[str]:
    """The site's name, and what of its host's name tells it, run together in small letters."""
    host = (urlsplit(address).hostname or "") if address else ""
    labels = [label for label in host.removeprefix("www.").split(".")[:-1] if len(label) >= _TELLING_CHARS]
    return frozenset(filter(None, (run_together(name) for name in (site_name or "", *labels))))


def _title(
    tree: Tree,
    metas: Mapping[str, tuple[str, ...]],
    article: jsonld.Node | None,
    headings: Sequence[str],
    sites: frozenset[str],
) -> str | None:
    """The headline: JSON-LD's, which is for nothing else, or the one that most other sources agree on."""
    element = tree.find(".//title")
    whole = _plain(element.text or "") if element is not None else ""
    given = [(_member(article, "headline"), 10.0)]
    given += [(_first(metas, name), 2.5 if name == "og:title" else 1.0) for name in _TITLE_METAS]
    given += [(heading, 3.0 if len(headings) == 1 else 1.0) for heading in headings[:_MAX_HEADINGS]]
    known = frozenset(run_together(text) for text, _ in given if text)
    weights: dict[str, float] = {}
    words: dict[str, str] = {}
    for text, weight in (*given, (_without_short_tail(whole, sites, known), 1.0)):
        title = _without_site(text or "", sites, known)
        key = run_together(title)
        if key and key not in sites:
            weights[key] = weights.get(key, 0.0) + weight
            words.setdefault(key, title)
    best = max(weights, key=lambda key: weights[key], default=None)
    return _untruncated(words[best], words.values()) if best is not None else None


def _untruncated(title: str, others: Iterable[str]) -> str:
    """The title as another source has it whole, where it ends in an ellipsis."""
    stem = title.removesuffix("...").removesuffix("…").rstrip()
    if stem == title or not stem:
        return title
    return next((other for other in others if other.startswith(stem) and len(other) > len(title)), title)


def _without_site(title: str, sites: frozenset[str], known: frozenset[str]) -> str:
    """A title without the parts at its ends that name the site, or that another source leaves out."""
    shorter: str | None = title
    while shorter is not None:
        title = shorter
        parts = [(title[: cut.start()], title[cut.end() :]) for cut in _SEPARATOR.finditer(title)]
        tight = [(title[: cut.start()], "") for cut in _TIGHT_SEPARATOR.finditer(title)]
        around = parts + [(title[: cut.start()], title[cut.end() :]) for cut in _COLON.finditer(title)]
        heads = [head for head, _ in (*parts, *tight) if run_together(head) in known]
        heads += [head for head, tail in around if _names_site(tail, sites)]
        tails = [tail for head, tail in around if _names_site(head, sites)]
        shorter = next(iter((*heads, *tails)), None)
    return title


def _without_short_tail(title: str, sites: frozenset[str], known: frozenset[str]) -> str:
    title = _without_site(title, sites, known)
    cuts = list(_SEPARATOR.finditer(title))
    if not known and cuts:
        head, tail = title[: cuts[-1].start()], title[cuts[-1].end() :]
        if len(tail.split()) <= _SHORT_TAIL_WORDS < len(head.split()):
            return head
    return title


def _names_site(part: str, sites: frozenset[str]) -> bool:
    name = run_together(part)
    return bool(name) and any(
        name == site or (len(site) >= _TELLING_CHARS and site in name and len(name) < 3 * len(site))
        for site in sites
    )


def _credits(
    tree: Tree,
    metas: Mapping[str, tuple[str, ...]],
    nodes: Sequence[jsonld.Node],
    article: jsonld.Node | None,
    site_name: str | None,
) -> Credits:
    """Who wrote it, by the first source that names a person; organisations are gathered from all."""
    known = {name for name in (site_name, _member(article, "publisher")) if name}
    found = _credits_of_node(article, nodes, known)
    if not found.persons:
        found |= _credits_of_metas(metas, known)
    if not any(" " in person or not person.isascii() for person in found.persons):
        shown = credits_on_page(tree, organizations=(*known, *found.organizations))
        found = Credits(shown.persons or found.persons, found.organizations or shown.organizations)
    return found


def _credits_of_node(article: jsonld.Node | None, nodes: Sequence[jsonld.Node], known: set[str]) -> Credits:
    found = Credits()
    if article is None:
        return found
    by_id = {
        node.item["@id"]: node.item
        for node in nodes
        if isinstance(node.item.get("@id"), str) and len(node.item) > 1
    }
    for member in ("author", "creator"):
        value = article.item.get(member)
        for one in value if isinstance(value, list) else [value]:
            item = (
                by_id.get(one["@id"], one)
                if isinstance(one, dict) and isinstance(one.get("@id"), str)
                else one
            )
            found |= _credit(item, known)
        if found.persons:
            break
    return found


def _credit(author: Any, known: Iterable[str]) -> Credits:
    """One author of JSON-LD: a name, or a person or organisation with one."""
    if isinstance(author, str):
        return credits_of(author, organizations=known)
    if not isinstance(author, dict):
        return Credits()
    given = " ".join(part for key in ("givenName", "familyName") if isinstance(part := author.get(key), str))
    names = [name for name in jsonld.texts(author.get("name") or author.get("byline") or given) if name]
    if any(kind.endswith("organization") or kind == "corporation" for kind in jsonld.types_of(author)):
        return Credits(organizations=tuple(filter(None, map(_plain, names))))
    found = Credits()
    for name in names:
        found |= credits_of(name, organizations=known)
    return found


def _credits_of_metas(metas: Mapping[str, tuple[str, ...]], known: Iterable[str]) -> Credits:
    """The first field with a person's full name; an alias counts where there is nothing better."""
    organizations: tuple[str, ...] = ()
    alias = Credits()
    for name in _AUTHOR_METAS:
        found = Credits()
        for content in metas.get(name, ()):
            found |= credits_of(content, organizations=known)
        if any(" " in person or not person.isascii() for person in found.persons):
            return found | Credits(organizations=organizations)
        alias = alias if alias.persons else found
        organizations += found.organizations
    return alias | Credits(organizations=organizations)


def _language(tree: Tree, metas: Mapping[str, tuple[str, ...]], article: jsonld.Node | None) -> str | None:
    given = (
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        tree.get("xml:lang"),
        _member(article, "inLanguage"),
        _first(metas, "og:locale", "content-language", "dc.language", "language"),
    )
    found = (_LANGUAGE.match(language.strip()) for language in given if language)
    return next((match[0].lower() for match in found if match), None)
