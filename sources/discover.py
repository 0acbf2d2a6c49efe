"""Find the feeds and sitemaps of a site: those a page names, and the places where they usually stand."""

from dataclasses import dataclass
from typing import Literal

FoundKind = Literal["feed", "sitemap"]


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
    """The feeds and sitemaps that a page names itself, likeliest first, each address once; never raises."""
    raise NotImplementedError


def well_known(url: str) -> tuple[Found, ...]:
    """Where a site's feeds and sitemaps may stand, likeliest first; to be asked for until one answers."""
    raise NotImplementedError


def sitemaps_in(robots_txt: bytes, *, url: str) -> tuple[Found, ...]:
    """The sitemaps that a robots.txt names, in its order, each address once; never raises."""
    raise NotImplementedError
