"""Find the picture of an item: Media RSS, enclosures, and what podcasts use."""

from collections.abc import Iterator

from sources.feed_names import Children, base_of, first_text, named
from sources.markup import absolute


def image_of(children: Children, base: str) -> str | None:
    """The address of the item's picture, absolute: the largest form of it that is offered first."""
    return next(filter(None, (absolute(base, link) for link in _links(children, base))), None)


def _links(children: Children, base: str) -> Iterator[str | None]:
    groups = [children, *(named(each) for each in children.get("media:group", ()))]
    contents = [each for group in groups for each in group.get("media:content", ())]
    for element in contents:
        if _kind(element.get("medium") or element.get("type")) == "image":
            yield element.get("url")
    for group in (*groups, *map(named, contents)):
        for element in group.get("media:thumbnail", ()):
            yield element.get("url")
    for element in children.get("enclosure", ()):
        if _kind(element.get("type")) == "image":
            yield element.get("url")
    for element in children.get("link", ()):  # Atom's way of an enclosure
        if element.get("rel") == "enclosure" and _kind(element.get("type")) == "image":
            yield absolute(base_of(element, base), element.get("href"))
    for element in (*children.get("itunes:image", ()), *children.get("image", ())):
        yield element.get("href") or first_text(named(element), "url")


def _kind(mime: str | None) -> str:
    return (mime or "").strip().lower().partition("/")[0]
