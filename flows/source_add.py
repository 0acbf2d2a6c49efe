"""Looks what an address has to offer, and makes an entry for sources.toml of it."""

import asyncio
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from records import InputError, Source, UsageError
from sources.config_edit import new_id
from sources.names import printable
from sources.probe import Offer, Probed, probe
from sources.urls import canonical_url

_WIDTH = 100  # characters of a title that are shown
_SHOWN_OFFERS = 10


def look(url: str, *, agent: str, local: bool) -> Probed:
    """Ask an address what it has.

    Raises:
        UsageError: it is no address, or nothing can be had there.
    """

    async def looked() -> Probed:
        from sources import http  # noqa: PLC0415  # httpx costs a quarter of a second

        async with http.web(user_agent=agent, now=lambda: datetime.now(UTC)) as get:
            return await probe(url, get, network="local" if local else "public", now=datetime.now(UTC))

    try:
        canonical_url(url)
        return asyncio.run(looked())
    except InputError as error:
        hint = "; --local opens this machine and your own network" if _is_private(error) and not local else ""
        raise UsageError(f"{printable(url)}: {error}{hint}") from error


def choose(probed: Probed, kind: str | None, *, url: str) -> Offer:
    """The offer to take: the first, or the first of a kind.

    Raises:
        UsageError: there is none.
    """
    for offer in probed.offers:
        if kind is None or offer.kind == kind:
            return offer
    if probed.offers:
        there = ", ".join(sorted({offer.kind for offer in probed.offers}))
        raise UsageError(f"{printable(url)} offers no {kind}; it has: {there}")
    raise UsageError(
        f"nothing that lists articles was found at {printable(url)}: give the address of its feed, its "
        "sitemap or a section page with links to articles"
    )


def shown(probed: Probed, chosen: Offer) -> Iterator[str]:
    """What was found, for people: the offers, and the latest items of the chosen one."""
    yield "Found:"
    for offer in probed.offers[:_SHOWN_OFFERS]:
        mark = "*" if offer is chosen else " "
        title = f", {_short(offer.title)}" if offer.title else ""
        yield f"{mark} {offer.kind:8}{printable(offer.url)} ({offer.how}{title}, {offer.items} items)"
    yield f"The latest of {printable(chosen.url)}:"
    for candidate in chosen.latest:
        claimed = candidate.claimed
        date = _short(claimed.published or claimed.updated or "no date")
        yield f"  {date}  {_short(claimed.title or candidate.url or candidate.uri)}"
    if not chosen.latest:
        yield "  (it lists nothing now)"


def entry(
    offer: Offer, *, given_id: str | None, name: str | None, local: bool, taken: Collection[str]
) -> Source:
    """The entry for an offer."""
    host = urlsplit(offer.url).hostname or "source"
    name = name or _name(offer.title)
    return Source(
        id=given_id or new_id((name, host), taken),
        kind=offer.kind,
        url=offer.url,
        name=name,
        language=_language(offer.language),
        network="local" if local else "public",
    )


def _name(title: str | None) -> str | None:
    """A title as one line without what a terminal or an editor could stumble over."""
    plain = "".join(each if each.isprintable() else " " for each in title or "")
    return " ".join(plain.split())[:_WIDTH].strip() or None


def _language(declared: str | None) -> str | None:
    found = re.match(r"([A-Za-z]{2})(?![A-Za-z])", declared or "")
    return found[1].lower() if found else None


def _short(text: str) -> str:
    folded = printable(" ".join(text.split()))
    return folded if len(folded) <= _WIDTH else f"{folded[: _WIDTH - 1]}…"


def _is_private(error: InputError) -> bool:
    return error.reason == "private_address"
