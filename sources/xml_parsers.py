"""How XML that strangers wrote is parsed: no entity is expanded, nothing is loaded, no name is a surprise."""

from typing import TypedDict

from lxml import etree


class _Safe(TypedDict):
    resolve_entities: bool
    load_dtd: bool
    dtd_validation: bool
    attribute_defaults: bool
    no_network: bool
    huge_tree: bool
    remove_comments: bool
    remove_pis: bool
    strip_cdata: bool


# Every parser of XML in this package is made of these; a new one each time, since a parser keeps the names
# and errors of what it read before.
_SAFE = _Safe(
    resolve_entities=False,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    no_network=True,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    strip_cdata=True,
)


def tree_parser(*, recover: bool) -> "etree.XMLParser[etree._Element]":
    """A parser for a whole document in UTF-8.

    Args:
        recover: reads on over what is not well-formed, as far as it goes.
    """
    return etree.XMLParser(encoding="utf-8", recover=recover, **_SAFE)


def pull_parser(*, encoding: str, recover: bool) -> etree.XMLPullParser:
    """A parser that is fed piece by piece and tells of each element's start and end.

    Args:
        encoding: of the pieces, as libxml2 calls it.
        recover: see `tree_parser`.

    Raises:
        LookupError: libxml2 does not know the encoding.
    """
    return etree.XMLPullParser(events=("start", "end"), encoding=encoding, recover=recover, **_SAFE)


def name_parts(element: etree._Element) -> tuple[str, str]:
    """An element's namespace and its name in it; a prefix that was never declared is taken for a namespace.

    `etree.QName` raises where a broken document has such a prefix.
    """
    tag = element.tag
    if not isinstance(tag, str):  # a reference that nobody resolved
        return "?", ""
    space, _, local = tag[1:].rpartition("}") if tag[0] == "{" else tag.rpartition(":")
    return space, local.rpartition(":")[2]
