"""The thresholds of the resolver, and what each basis is worth: the one table to calibrate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

SLACK = timedelta(days=1)
"""A claim may be this much later than the bytes: clocks and calendars differ by up to a day."""

FLOOR = date(1990, 1, 1)
"""Dates before the web need two independent claims: most are empty fields (1970-01-01) or founding years."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What claims of one basis are worth.

    Attributes:
        rank: the lower wins.
        family: claims of one family come from one hand and are not independent of each other.
        name: for people.
    """

    rank: int
    family: str
    name: str


BASES: Mapping[str, Basis] = MappingProxyType(
    {
        "given": Basis(0, "given", "what was given beside the input"),
        "jsonld": Basis(1, "metadata", "the page's JSON-LD"),
        "opengraph": Basis(2, "metadata", "the page's article:published_time"),
        "meta": Basis(3, "metadata", "the page's meta elements"),
        "microdata": Basis(4, "metadata", "the page's microdata"),
        "text": Basis(5, "visible", "a date line in the text"),
        "dateline": Basis(6, "visible", "the dateline"),
        "time": Basis(7, "visible", "the page's <time> elements"),
        "url": Basis(8, "url", "the path of the URL"),
        "relative": Basis(9, "visible", "an age counted from the time of fetching"),
    }
)

OTHER = Basis(10, "other", "a claim of another kind")
"""A basis that the table does not know: the weakest."""


def basis_of(name: str) -> Basis:
    """Return what a basis is worth."""
    return BASES.get(name, OTHER)
