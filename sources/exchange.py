"""One request and its answer, read to its end: the types between the client's rules and the network."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sources.addresses import Address, Ground

Headers = tuple[tuple[bytes, bytes], ...]
"""Names and values as they stand on the wire, in their order."""


@dataclass(frozen=True, slots=True)
class Request:
    """A GET.

    Attributes:
        address: what is asked.
        headers: as they are sent, Host left out.
        private_allowed: whether it may lead to loopback and intranets.
        deadline_s: seconds for all of it.
        max_bytes: the limit for the body, unpacked.
        cut: whether what lies beyond the limit is left out, instead of the whole being refused.
        page: whether only what may be a page is accepted.
    """

    address: Address
    headers: Headers
    private_allowed: bool
    deadline_s: float
    max_bytes: int
    cut: bool = False
    page: bool = True


@dataclass(frozen=True, slots=True)
class Response:
    """Its answer: of an error or a redirect there is no content.

    Attributes:
        location: where it leads on to, as it stood; None where it is no redirect.
        ip: the IP address that was asked.
        ground: whether that is public or private.
        request_headers: as they were sent.
        took_s: seconds from the request to the end of the answer.
    """

    status: int
    reason_phrase: str
    http_version: str
    raw_headers: Headers
    headers: dict[str, str]
    content: bytes
    location: str | None
    ip: str
    ground: Ground
    asked_at: datetime
    fetched_at: datetime
    request_headers: Headers
    took_s: float = 0.0


Exchange = Callable[[Request], Awaitable[Response]]
"""Sends a request once; raises `InputError` (stage `fetch`) where no answer comes that can be read."""


def lower_case(raw_headers: Headers) -> dict[str, str]:
    """Headers by lower-case name; several of one name joined by commas, X-Robots-Tag by line breaks."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        if name in headers:
            value = headers[name] + ("\n" if name == "x-robots-tag" else ", ") + value
        headers[name] = value
    return headers
