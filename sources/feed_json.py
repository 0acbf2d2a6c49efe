"""Read JSON Feed 1.0 and 1.1."""

import html
import json
from typing import Any

from records import Claimed, InputError
from sources.feed_types import Feed, FeedItem
from sources.markup import absolute, folded, is_article
from sources.names import printable


def read(text: str, *, url: str) -> Feed:
    """The feed in a JSON text.

    Raises:
        InputError: stage `find`; reason `bad_feed` (no JSON), `not_a_feed` (other JSON).
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deep"
        raise InputError(
            f"{printable(url)} begins like JSON and is none ({reason}); it is asked again later",
            stage="find",
            reason="bad_feed",
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise InputError(
            f"{printable(url)} is JSON and no JSON Feed, for it has no list of items; give a feed's address",
            stage="find",
            reason="not_a_feed",
        )
    authors = _authors(document)
    return Feed(
        kind="json",
        title=_folded(document.get("title")),
        url=absolute(url, _string(document.get("home_page_url"))),
        language=_folded(document.get("language")),
        items=tuple(_item(each, url, authors) for each in document["items"] if isinstance(each, dict)),
        next_url=absolute(url, _string(document.get("next_url"))),
    )


def _item(item: dict[str, Any], base: str, authors: tuple[str, ...]) -> FeedItem:
    guid = item.get("id")
    guid = str(guid) if isinstance(guid, int | float) and not isinstance(guid, bool) else _string(guid)
    guid = folded(guid or "")
    return FeedItem(
        url=absolute(base, _string(item.get("url")))
        or absolute(base, _string(item.get("external_url")))
        or absolute("", guid),
        guid=guid,
        claimed=Claimed(
            title=_folded(item.get("title")),
            authors=_authors(item) or authors,
            published=_folded(item.get("date_published")),
            updated=_folded(item.get("date_modified")),
        ),
        content_html=_content(item),
        image=absolute(base, _string(item.get("image"))) or absolute(base, _string(item.get("banner_image"))),
    )


def _content(item: dict[str, Any]) -> str | None:
    markup = _string(item.get("content_html"))
    if markup and is_article(markup):
        return markup
    text = _string(item.get("content_text"))
    if text:
        markup = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n") if part.strip())
        if is_article(markup):
            return markup
    return None


def _authors(holder: dict[str, Any]) -> tuple[str, ...]:
    authors = holder.get("authors")
    people = authors if isinstance(authors, list) else [holder.get("author")]
    names = (_folded(each.get("name")) if isinstance(each, dict) else _folded(each) for each in people)
    return tuple(dict.fromkeys(filter(None, names)))


def _string(value: Any) -> str | None:
    """A string without halves of surrogate pairs, which JSON can write and nothing can store."""
    return value.encode("utf-8", "ignore").decode("utf-8") if isinstance(value, str) else None


def _folded(value: Any) -> str | None:
    return folded(_string(value) or "")
