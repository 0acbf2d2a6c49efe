"""Which of the addresses that a source lists are taken: its patterns, and no more than the user wants."""

import heapq
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from records import Candidate, Source
from sources.found import Found, PassedOver
from sources.stamps import instant

EXCLUDED = "excluded"
"""Why a candidate was passed over that the patterns of its source leave out."""

BEYOND_MAX = "beyond_max_items"
"""Why one was passed over that is more than its source's `max_items`."""

_UNDATED = datetime.min.replace(tzinfo=UTC)


def chosen(found: Iterable[Found], source: Source, *, newest_first: bool) -> Iterator[Found]:
    """What a source's patterns and its `max_items` leave of what was found; the rest is passed over.

    Args:
        found: in the order of the source. Memory grows with `max_items` at most.
        source: whose wishes they are. A pattern is looked for in the address as it was found.
        newest_first: with `max_items`, those are kept that the source dates latest; else those found first.
    """
    wanted = _wanted(found, source)
    if source.max_items is None:
        return wanted
    return _newest(wanted, source.max_items) if newest_first else _first(wanted, source.max_items)


def _wanted(found: Iterable[Found], source: Source) -> Iterator[Found]:
    include = [re.compile(pattern) for pattern in source.include]
    exclude = [re.compile(pattern) for pattern in source.exclude]
    for each in found:
        if isinstance(each, Candidate):
            address = each.url or each.uri
            left_out = include and not any(pattern.search(address) for pattern in include)
            if left_out or any(pattern.search(address) for pattern in exclude):
                yield PassedOver(each.uri, EXCLUDED)
                continue
        yield each


def _first(found: Iterable[Found], limit: int) -> Iterator[Found]:
    taken = 0
    for each in found:
        if isinstance(each, Candidate):
            taken += 1
            if taken > limit:
                yield PassedOver(each.uri, BEYOND_MAX)
                continue
        yield each


def _newest(found: Iterable[Found], limit: int) -> Iterator[Found]:
    """The best so far are kept in a heap, the worst of them on top; of two of one date the earlier found."""
    heap: list[tuple[datetime, int, Candidate]] = []
    for number, each in enumerate(found):
        if not isinstance(each, Candidate):
            yield each
            continue
        entry = (_said(each), -number, each)
        if len(heap) < limit:
            heapq.heappush(heap, entry)
        else:
            yield PassedOver(heapq.heappushpop(heap, entry)[2].uri, BEYOND_MAX)
    yield from (candidate for _, _, candidate in sorted(heap, reverse=True))


def _said(candidate: Candidate) -> datetime:
    """The later of the dates that its source gives; sorts the undated last."""
    claimed = candidate.claimed
    said = [each for text in (claimed.published, claimed.updated) if (each := instant(text))]
    return max(said, default=_UNDATED)
