"""The JSON-LD of a page as plain objects; one broken script costs nothing but itself, and no time."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

# lxml has no types of its own.
Tree = Any

_MAX_SCRIPT_CHARS = 2_000_000
_MAX_NODES = 5_000
_MAX_DEPTH = 30
"""What is larger or deeper than this says nothing of an article; reading stops there."""

_MAX_SALVAGE_CHARS = 200_000

ARTICLE_TYPES = frozenset({"report", "article", "newsarticle", "blogposting", "liveblogposting", "posting"})

# What stands under these is about something else: the page's other links, its comments, its pictures.
_ELSEWHERE = frozenset(
    {"itemlistelement", "mentions", "citation", "isbasedon", "relatedlink", "haspart", "ispartof", "comment"}
    | {
        "review",
        "video",
        "image",
        "breadcrumb",
        "about",
        "liveblogupdate",
        "publisher",
        "subjectof",
        "workexample",
    }
)

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_WRAPPING = re.compile(r"^\s*(?://\s*)?(?:<!--|<!\[CDATA\[)?|(?://\s*)?(?:-->|\]\]>)\s*$")
_LINE_COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MEMBER = re.compile(
    r"\"(@type|headline|datePublished|dateModified|dateCreated|url|inLanguage|alternativeHeadline)\"\s{0,20}:\s{0,20}"
    r"(?:\"((?:[^\"\\]|\\.){1,500})\"|'((?:[^'\\\n]|\\.){1,500})')"
)
_AUTHOR_NAME = re.compile(
    r"\"(?:author|creator)\"\s{0,20}:[^\"]{0,40}(?:\"@type\"\s{0,20}:\s{0,20}\"(\w{1,40})\"[^\"]{0,40})?"
    r"\"name\"\s{0,20}:\s{0,20}\"((?:[^\"\\]|\\.){1,200})\""
)


@dataclass(frozen=True, slots=True)
class Node:
    """One object of a page's JSON-LD.

    Attributes:
        path: where it stands, for people: `ld[0].@graph[2].author`.
        types: its `@type`s in small letters, without schema.org's address.
        item: the object as it was parsed.
        salvaged: whether the script was broken and this is what could be read of it.
    """

    path: str
    types: frozenset[str]
    item: dict[str, Any]
    salvaged: bool = False

    @property
    def is_article(self) -> bool:
        """Whether its type is one of an article."""
        return any(kind in ARTICLE_TYPES or kind.endswith(("article", "posting")) for kind in self.types)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it stands in a list of other things, as a related article does."""
        return any(step.partition("[")[0].lower() in _ELSEWHERE for step in self.path.split(".")[1:])


def nodes(tree: Tree) -> tuple[Node, ...]:
    """Every object in the JSON-LD of a page, in the order of the page, outer before inner.

    Args:
        tree: the parsed page.
    """
    found: list[Node] = []
    number = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        values, salvaged = _load(script.text or "")
        for value in values:
            found.extend(_walk(value, f"ld[{number}]", _MAX_NODES - len(found), salvaged=salvaged))
        number += 1
    return tuple(found)


def main_article(
    found: Sequence[Node], addresses: frozenset[str] = frozenset(), titles: Iterable[str] = ()
) -> Node | None:
    """The object that describes the page's own article.

    Args:
        found: what `nodes` gave.
        addresses: URLs that the page gives as its own; they tell it from articles it links to.
        titles: what else on the page may be its headline. Of several articles at none of its addresses the
            one with such a headline is the page's own, and none is where none has it.
    """
    articles = [node for node in found if node.is_article and not node.is_elsewhere]
    pages = frozenset(map(_page_of, addresses))
    own = [node for node in articles if pages & _pages(node.item)]
    titled = [node for node in own or articles if isinstance(node.item.get("headline"), str)]
    if not own and len({run_together(node.item["headline"]) for node in titled}) > 1:
        wanted = frozenset(map(run_together, titles))
        return next((node for node in titled if run_together(node.item["headline"]) in wanted), None)
    return next(iter(titled or own or articles), None)


def run_together(text: str) -> str:
    """The letters and digits of a text, in small letters; what two spellings of one headline share."""
    return _NOT_ALPHANUMERIC.sub("", unescape(text).casefold())


def texts(value: Any) -> Iterator[str]:
    """The strings of a value that may be one, a list of them, or objects with a name or a value."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            for key in ("name", "@value", "@id"):
                if one.get(key):
                    yield from texts(one[key])
                    break


def types_of(item: dict[str, Any]) -> frozenset[str]:
    """The types of an object in small letters, without schema.org's address."""
    return frozenset(kind.rpartition("/")[2].rpartition(":")[2].lower() for kind in texts(item.get("@type")))


def _pages(item: dict[str, Any]) -> frozenset[str]:
    named = (*texts(item.get("url")), *texts(item.get("mainEntityOfPage")), *texts(item.get("@id")))
    return frozenset(map(_page_of, named))


def _page_of(address: str) -> str:
    """An address without what differs between two ways to write it."""
    return _SCHEME.sub("", address).partition("#")[0].rstrip("/")


def _load(text: str) -> tuple[list[Any], bool]:
    """The values of one script, and whether they are what was left of a broken one."""
    if not text or text.isspace() or len(text) > _MAX_SCRIPT_CHARS:
        return [], False
    for mend in (_as_it_is, _without_wrapping, _without_mistakes):
        values = _values(mend(text))
        if values:
            return values, False
    return _salvage(text[:_MAX_SALVAGE_CHARS]), True


def _as_it_is(text: str) -> str:
    return text


def _without_wrapping(text: str) -> str:
    """Without what hid scripts from browsers of 1996, and with its quotation marks unescaped."""
    return unescape(text) if '"' not in text else _WRAPPING.sub("", text)


def _without_mistakes(text: str) -> str:
    """Without comments and trailing commas, which JavaScript allows and JSON does not."""
    return _TRAILING_COMMA.sub(r"\1", _LINE_COMMENT.sub("", _without_wrapping(text)))


def _values(text: str) -> list[Any]:
    """The values that stand one after another; what follows the last that can be read is left."""
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    place = 0
    while len(values) < _MAX_DEPTH:
        place += len(text[place : place + 200]) - len(text[place : place + 200].lstrip(" \t\r\n,;\ufeff"))
        if place >= len(text):
            break
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        values.append(value)
    return [value for value in values if isinstance(value, dict | list)]


def _salvage(text: str) -> list[Any]:
    """What simple members of a broken script say: the first of each name, and the authors' names."""
    item: dict[str, Any] = {}
    for member in _MEMBER.finditer(text):
        item.setdefault(member[1], _unquoted(member[2] or member[3]))
    authors = [
        {"@type": found[1] or "Person", "name": _unquoted(found[2])} for found in _AUTHOR_NAME.finditer(text)
    ]
    if authors:
        item["author"] = authors
    if "headline" in item:
        item["@type"] = "Article"  # the first type that stood there may be of an object within
    return [item] if item else []


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _walk(value: Any, path: str, limit: int, *, salvaged: bool) -> Iterator[Node]:
    stack = [(value, path, 0)]
    while stack and limit > 0:
        value, path, depth = stack.pop()
        if isinstance(value, list):
            inner = [(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(value[:_MAX_NODES])]
        else:
            yield Node(path, types_of(value), value, salvaged)
            limit -= 1
            inner = [(one, f"{path}.{key}", depth + 1) for key, one in value.items()]
        if depth < _MAX_DEPTH:
            stack.extend(step for step in reversed(inner) if isinstance(step[0], dict | list))
