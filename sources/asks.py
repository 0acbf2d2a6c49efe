"""What is asked on behalf of a source: its pace and limits always, its headers of its own host alone."""

import re

from records import InputError, Source
from sources.urls import host_of
from sources.web import Answer, Ask, AskKind

_PERMANENT = (301, 308)
_MAX_AGE = re.compile(r"(?:^|[,\s])(no-store|no-cache|max-age=\"?(\d{1,9}))", re.IGNORECASE)


def ask_for(
    source: Source,
    url: str,
    *,
    kind: AskKind,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Ask:
    """The request for an address that a source led to.

    The headers that the user wrote down for the source go to the host of the source's own address and no
    other: they may be secrets, and a feed can name any address.
    """
    return Ask(
        url=url,
        kind=kind,
        etag=etag,
        last_modified=last_modified,
        headers=source.headers if _at_home(source, url) else {},
        network=source.network,
        delay_s=source.delay_s,
        max_bytes=source.max_bytes,
    )


def moved_to(answer: Answer) -> str | None:
    """Where the address has moved for good: as far as the redirects from it are permanent, None without."""
    there = None
    for hop in answer.hops:
        if hop.status not in _PERMANENT:
            break
        there = hop.location
    return there


def max_age_s(answer: Answer) -> int | None:
    """Seconds for which `Cache-Control` lets the answer be kept; None where it says nothing of that."""
    for found in _MAX_AGE.finditer(answer.headers.get("cache-control", "")):
        if found[2]:
            return int(found[2])
    return None


def _at_home(source: Source, url: str) -> bool:
    """Whether an address is of the source's own host, and as well encrypted as its own address is."""
    if not source.headers or source.url is None:
        return False
    try:
        same = host_of(url) == host_of(source.url)
    except InputError:
        return False
    return same and (_is_https(url) or not _is_https(source.url))


def _is_https(url: str) -> bool:
    return url[:6].lower() == "https:"
