"""Read RSS 0.9x, 1.0, 1.1 and 2.0 from a parsed tree, with the extensions that news feeds use."""

import re

from records import Claimed
from sources.feed_media import image_of
from sources.feed_names import (
    Children,
    Element,
    base_of,
    first_text,
    language_of,
    name_of,
    named,
    text_of,
    texts,
)
from sources.feed_types import Feed, FeedItem, FeedKind
from sources.markup import absolute, folded, is_article, plain

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# No two parts of a pattern take the same characters, so that a hostile name is looked through once.
_MAIL_THEN_NAME = re.compile(r"[^\s@]+@[^\s@(]+\s*+\((?P<name>[^()]+)\)")
_NAME_THEN_MAIL = re.compile(r"(?P<name>[^<>()@]+)[<(]\s*+[^\s@<>()]+@[^\s@<>()]+\s*+[>)]")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+")


def read(root: Element, *, url: str) -> Feed:
    """The feed in a tree whose root is `rss`, `rdf:RDF` or `channel`."""
    kind: FeedKind = "rdf" if name_of(root) == "rdf:rdf" else "rss"
    base = base_of(root, url)
    around = named(root)
    channel = root if name_of(root) == "channel" else next(iter(around.get("channel", ())), None)
    if channel is None:
        head: Children = {}
    else:
        base = base_of(channel, base)
        head = named(channel)
    # RSS 0.9 and 1.0 put items beside the channel, the others into it, RSS 1.1 into a list in it.
    lists = [] if channel is root else [around]
    lists += [head, *(named(each) for each in head.get("items", ()))]
    items = tuple(_item(each, base) for children in lists for each in children.get("item", ()))
    return Feed(
        kind=kind,
        title=_title(head),
        url=_link(head, base),
        language=first_text(head, "language", "dc:language") or language_of(root),
        items=items,
        ttl_s=_ttl_s(head),
        skip_hours=frozenset(_hours(head)),
        skip_days=frozenset(_days(head)),
        next_url=_atom_link(head, base, "next"),
    )


def _item(element: Element, base: str) -> FeedItem:
    base = base_of(element, base)
    children = named(element)
    guid = first_text(children, "guid", "dc:identifier", "atom:id")
    return FeedItem(
        url=_link(children, base) or _permalink(children),
        guid=guid or _about(element),
        claimed=Claimed(
            title=_title(children),
            authors=_authors(children),
            published=first_text(
                children,
                "pubdate",
                "dc:date",
                "dcterms:issued",
                "atom:published",
                "dcterms:created",
                "dc:created",
            ),
            updated=first_text(children, "atom:updated", "dcterms:modified", "dc:modified", "lastmod"),
        ),
        content_html=_content(children),
        image=image_of(children, base),
    )


def _title(children: Children) -> str | None:
    for element in (each for name in ("title", "media:title", "dc:title") for each in children.get(name, ())):
        # Markup is written into RSS titles escaped, or not at all; the standard allows neither.
        text = folded(text_of(element)) if len(element) else plain(text_of(element))
        if text:
            return text
    return None


def _link(children: Children, base: str) -> str | None:
    """The item's address; of several `link` the last, as other readers do (the standard allows one)."""
    for text in texts(children, "feedburner:origlink"):
        found = absolute(base, text)
        if found:
            return found
    for element in reversed(children.get("link", ())):
        if (element.get("rel") or "alternate").strip().lower() == "alternate":
            found = absolute(base, text_of(element)) or absolute(base, element.get("href"))
            if found:
                return found
    return _atom_link(children, base, "alternate")


def _atom_link(children: Children, base: str, rel: str) -> str | None:
    for element in children.get("atom:link", ()):
        if (element.get("rel") or "alternate").strip().lower() == rel:
            found = absolute(base_of(element, base), element.get("href"))
            if found:
                return found
    return None


def _permalink(children: Children) -> str | None:
    for element in children.get("guid", ()):
        if (element.get("isPermaLink") or "true").strip().lower() != "false":
            # Without a base: an id like `1234` is a path to nowhere.
            return absolute("", text_of(element))
    return None


def _about(element: Element) -> str | None:
    for name, value in element.attrib.items():
        if str(name).rpartition("}")[2] in ("about", "rdf:about"):
            return str(value).strip() or None
    return None


def _authors(children: Children) -> tuple[str, ...]:
    for name in ("dc:creator", "author", "itunes:author"):
        names = tuple(dict.fromkeys(filter(None, map(_person, texts(children, name)))))
        if names:
            return names
    within = (first_text(named(each), "atom:name") for each in children.get("atom:author", ()))
    return tuple(dict.fromkeys(filter(None, (_person(each) for each in within if each))))


def _person(text: str) -> str | None:
    """The name in `mail (name)`, `name <mail>` or a name alone; None for a mere address."""
    known = plain(text) or text
    match = (
        _MAIL_THEN_NAME.fullmatch(known)
        or _NAME_THEN_MAIL.fullmatch(known)
        or _NAME_THEN_MAIL.fullmatch(text)
    )
    name = match["name"].strip() if match else known
    return None if _MAIL.fullmatch(name) else folded(name)


def _content(children: Children) -> str | None:
    for text in texts(children, "content:encoded", "encoded", "xhtml:body", "atom:content", "description"):
        if is_article(text):
            return text
    return None


def _ttl_s(head: Children) -> int | None:
    # Not sy:updatePeriod: the commonest publishing system writes "hourly" into every feed, whatever is true.
    minutes = _number(first_text(head, "ttl"))
    return minutes * 60 if minutes else None


def _hours(head: Children) -> list[int]:
    lists = [named(each) for each in head.get("skiphours", ())]
    numbers = (_number(text) for children in lists for text in texts(children, "hour"))
    return [number % 24 for number in numbers if number is not None and number <= 24]  # noqa: PLR2004 - hours


def _days(head: Children) -> list[int]:
    lists = [named(each) for each in head.get("skipdays", ())]
    names = (text.lower() for children in lists for text in texts(children, "day"))
    return [_DAYS.index(name) for name in names if name in _DAYS]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004
