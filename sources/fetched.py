"""The small interface between who needs a page and who gets it over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """One response, read to its end.

    Attributes:
        url: the address that answered, after redirects.
        status: of that answer, below 400.
        headers: lower-case names.
        content: the body, transfer and content coding undone.
        fetched_at: aware; when the answer had arrived.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    fetched_at: datetime


Fetch = Callable[[str], Fetched]
"""Gets the page at an http or https address; raises `InputError` (stage `fetch`) where none can be had."""
