"""What a feed says, whichever of its formats it is written in: the feed and its items."""

from dataclasses import dataclass, field
from typing import Literal

from records import Claimed

FeedKind = Literal["rss", "atom", "rdf", "json"]
"""RSS 0.9x and 2.0; Atom 0.3 and 1.0; RSS 0.9, 1.0 and 1.1 in RDF; JSON Feed 1.0 and 1.1."""

FeedDefect = Literal["not_well_formed", "cut_short", "encoding"]


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed; what it claims is evidence, verbatim but for markup and folded white space.

    Attributes:
        url: the article's address, absolute; None where the item names none.
        guid: the feed's own id of the item, as written; an alias of the address.
        claimed: title (as plain text), authors' names, dates as written.
        content_html: the article itself, where the item carries more than a summary; HTML, its relative
            links left as they are (`url` is their base).
        image: address of the item's picture, absolute.
    """

    url: str | None = None
    guid: str | None = None
    claimed: Claimed = field(default_factory=Claimed)
    content_html: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed, in the order it was written in.

    Attributes:
        kind: the format's family.
        title: as plain text.
        url: of the site that it is the feed of, absolute.
        language: as declared (`en-GB`), not normalised.
        items: in the feed's order.
        ttl_s: seconds that it may be kept without asking again (RSS `ttl`).
        skip_hours: hours of the day, UTC, 0 to 23, at which it asks not to be read.
        skip_days: days of the week, UTC, 0 (Monday) to 6, at which it asks not to be read.
        next_url: where the items before these are (RFC 5005, JSON Feed's `next_url`), absolute.
        defects: what had to be mended to read it: `not_well_formed`, `cut_short` (its last item was left
            out where that was cut, too), `encoding` (some bytes fit no encoding).
    """

    kind: FeedKind
    title: str | None = None
    url: str | None = None
    language: str | None = None
    items: tuple[FeedItem, ...] = ()
    ttl_s: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    next_url: str | None = None
    defects: tuple[FeedDefect, ...] = ()
