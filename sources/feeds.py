"""Read a feed of any format: RSS, Atom, RDF or JSON Feed, well-formed or not."""

from sources.feed_types import Feed, FeedItem, FeedKind

__all__ = ["Feed", "FeedItem", "FeedKind", "read"]


def read(content: bytes, *, url: str, content_type: str | None = None) -> Feed:
    """Read one feed; its format is told by its content, never by its name.

    Args:
        content: the bytes as served, transfer codings undone.
        url: where they were served, after redirects: the base of relative addresses.
        content_type: as declared; its charset parameter counts where the bytes say nothing themselves.

    Raises:
        InputError: stage `find`; reason `empty`, `not_a_feed`, `html` (a page stands there instead),
            `bad_feed` (too broken to read any item), or, refused, `xml_entities` (it declares entities).
    """
    raise NotImplementedError
