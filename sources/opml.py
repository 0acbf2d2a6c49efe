"""Read and write OPML, the format in which feed readers exchange their lists of feeds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list.

    Attributes:
        title: as the list calls it; None where it does not.
        url: the feed's address.
        site_url: the site that it is the feed of.
        category: the folders it stands in, outermost first, joined by `/`.
    """

    title: str | None
    url: str
    site_url: str | None = None
    category: str | None = None


def read(content: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML file, in its order, each address once.

    Raises:
        InputError: stage `find`; reason `not_opml`, or, refused, `xml_entities`.
    """
    raise NotImplementedError


def write(outlines: Iterable[Outline], *, title: str = "Dateline") -> bytes:
    """An OPML 2.0 file, UTF-8, that lists these feeds in their order, each in the folder of its category."""
    raise NotImplementedError
