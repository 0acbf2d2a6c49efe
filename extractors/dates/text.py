"""Reads the dates that an article's text says of itself: date lines, datelines and ages."""

from extractors.dates.dateline import Dateline, dateline_of
from extractors.dates.line import claim_of_line, claims_of_line
from extractors.dates.relative import relative_of

__all__ = ["Dateline", "claim_of_line", "claims_of_line", "dateline_of", "relative_of"]
