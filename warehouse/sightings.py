"""Decides what each address that a poll lists is: new, known, changed. Pure: the state comes in as data."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from records import Candidate, Claimed, Outcome
from warehouse.identity import article_id, number, uri_number
from warehouse.model import PollCounts

FoundAs = Literal["new", "known", "alias", "forgotten"]
WaitsAs = Literal["new", "changed", "again"]

CHANGE_PAUSE = timedelta(minutes=30)
"""How long after an item changed its next change is fetched, from the second one on; doubles with each. Some
feeds say "updated now" of every item whenever they are asked."""

LONGEST_CHANGE_PAUSE = timedelta(days=1)

FAILURE_PAUSE = timedelta(days=1)
"""How long after fetching was given up it is begun again, where it is still listed; doubles each time."""

MOST_FAILURES = 5
"""After so many times it is never begun again."""

# A fifth of what urlsplit takes; migration 0007 has the same pattern.
_HOST = re.compile(r"https?://(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)", re.IGNORECASE)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """One address that a poll lists, with the numbers that it is looked up by.

    Attributes:
        candidate: as it was found.
        uri_no: number of its uri.
        article_no: number of the article that is known by it.
        guid_no: number of its guid; None without one, and where the poll gives it to several addresses.
    """

    candidate: Candidate
    uri_no: int
    article_no: int
    guid_no: int | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is remembered of an address that a source listed, a row of `sightings`; times are aware."""

    uri: str
    found_as: FoundAs
    stands_for: str | None = None
    claimed_published: str | None = None
    claimed_updated: str | None = None
    changes: int = 0
    changed_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that deciding needs to know of what is stored.

    Attributes:
        own: what the source listed before, by the number of the uri.
        aliases: what it listed in earlier polls, by the number of the guid; only where one address has it.
        known: numbers of uris that another source listed, that wait, or that are stored.
        waiting: numbers of uris that are in the backlog.
        forgotten: what was taken down: the sentence why, by address.
        told: numbers of uris whose refusal has an outcome.
    """

    own: Mapping[int, Sighting]
    aliases: Mapping[int, Sighting]
    known: Collection[int]
    waiting: Collection[int]
    forgotten: Mapping[str, str]
    told: Collection[int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A candidate that goes into the backlog."""

    candidate: Candidate
    found_as: WaitsAs
    uri_no: int
    host: str
    dated_at: datetime
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a list comes to.

    Attributes:
        backlog: what is to be fetched and does not wait yet.
        refreshed: what waits and has changed meanwhile.
        fresh: what the source lists for the first time.
        moved: what changed, as it is to be remembered.
        refused: outcomes of what was taken down and came back.
        counts: of this list.
    """

    backlog: tuple[Waiting, ...]
    refreshed: tuple[Waiting, ...]
    fresh: tuple[tuple[Listed, Sighting], ...]
    moved: tuple[tuple[int, Sighting], ...]
    refused: tuple[Outcome, ...]
    counts: PollCounts


def listed(found: Iterable[Candidate], *, source_id: str) -> tuple[Listed, ...]:
    """The addresses of a list, each once, the first time that it stands there."""
    by_uri: dict[str, Candidate] = {}
    for candidate in found:
        by_uri.setdefault(candidate.uri, candidate)
    guids = Counter(each.guid for each in by_uri.values() if each.guid)
    return tuple(
        Listed(
            candidate,
            uri_no=uri_number(candidate.uri),
            article_no=number(article_id(candidate.uri)),
            guid_no=uri_number(f"{source_id}\n{candidate.guid}")
            if candidate.guid and guids[candidate.guid] == 1
            else None,
        )
        for candidate in by_uri.values()
    )


def sort_out(items: Sequence[Listed], seen: Seen, *, found: int, at: datetime) -> Sorted:
    """Decide on each address of a list.

    Args:
        items: what is listed, each address once.
        seen: what is stored.
        found: how long the list was; an address that stands there again is known.
        at: aware; now.
    """
    sorting = _Sorting(seen, at)
    kinds: Counter[str] = Counter(sorting.sort(item) for item in items)
    return Sorted(
        backlog=tuple(sorting.backlog),
        refreshed=tuple(sorting.refreshed),
        fresh=tuple(sorting.fresh),
        moved=tuple(sorting.moved),
        refused=tuple(sorting.refused),
        counts=PollCounts(
            found=found,
            new=kinds["new"],
            known=kinds["known"] + found - len(items),
            changed=kinds["changed"],
            again=kinds["again"],
            refused=kinds["refused"],
        ),
    )


@dataclass(slots=True)
class _Sorting:
    """A list while it is sorted; `placed` are the numbers of the uris that it puts into the backlog."""

    seen: Seen
    at: datetime
    backlog: list[Waiting] = field(default_factory=list)
    refreshed: list[Waiting] = field(default_factory=list)
    fresh: list[tuple[Listed, Sighting]] = field(default_factory=list)
    moved: list[tuple[int, Sighting]] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    placed: set[int] = field(default_factory=set)

    def sort(self, item: Listed) -> str:
        """Decide on one address; returns what it counts as."""
        candidate, forgotten = item.candidate, self.seen.forgotten
        sentence = forgotten.get(candidate.uri) or forgotten.get(candidate.url or "")
        if sentence:
            self._refuse(item, sentence)
            return "refused"
        before = self.seen.own.get(item.uri_no)
        after = before or _first_sight(item, self.seen)
        place = _place_of(item, after)
        is_waiting = place in self.seen.waiting or place in self.placed
        why, pause_until = _why(after, candidate.claimed, is_waiting=is_waiting, at=self.at)
        if before is None and after.found_as == "new":
            why = "new"
        if why == "changed":
            after = replace(after, claimed_updated=candidate.claimed.updated)
            if not is_waiting:  # else it is fetched once for both changes
                after = replace(after, changes=after.changes + 1, changed_at=self.at)
        if before is None:
            self.fresh.append((item, after))
        elif after is not before:
            self.moved.append((item.uri_no, after))
        if why is None:
            return "known"
        self.placed.add(place)
        to = self.refreshed if is_waiting else self.backlog
        to.append(_waiting(item, after, why, pause_until, at=self.at))
        return why

    def _refuse(self, item: Listed, sentence: str) -> None:
        if item.uri_no in self.seen.own:
            return
        self.fresh.append((item, _first(item.candidate, "forgotten")))
        if item.uri_no not in self.seen.told:
            self.refused.append(_refusal(item.candidate, sentence))


def host_of(candidate: Candidate) -> str:
    """The host that is asked for a candidate, in lower case; empty where nothing has to be fetched."""
    if candidate.content is not None or candidate.path is not None:
        return ""
    match = _HOST.match(candidate.url or candidate.uri)
    return match[1].strip("[]").lower() if match else ""


def instant(text: str | None) -> datetime | None:
    """The time that a source claims, aware; None where it is none. For putting the newest first only.

    What has no zone counts as UTC, a day as its beginning.
    """
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _first_sight(item: Listed, seen: Seen) -> Sighting:
    """What an address is that the source never listed."""
    candidate = item.candidate
    same = seen.aliases.get(item.guid_no) if item.guid_no is not None else None
    if same is not None and same.uri != candidate.uri and _is_same_item(same, candidate.claimed):
        return replace(
            same, uri=candidate.uri, found_as="alias", stands_for=same.uri, failures=0, failed_at=None
        )
    return _first(candidate, "known" if item.uri_no in seen.known else "new")


def _first(candidate: Candidate, found_as: FoundAs) -> Sighting:
    claimed = candidate.claimed
    return Sighting(
        candidate.uri, found_as, claimed_published=claimed.published, claimed_updated=claimed.updated
    )


def _is_same_item(before: Sighting, claimed: Claimed) -> bool:
    """Whether an id that comes with another address means the same item.

    There are feeds that give one id to everything. Of an item whose address was mended the date stays.
    """
    said = (before.claimed_published, claimed.published)
    return None in said or said[0] == said[1]


def _why(
    before: Sighting, claimed: Claimed, *, is_waiting: bool, at: datetime
) -> tuple[WaitsAs | None, datetime | None]:
    """Why an address that was seen before is fetched again, and not before when."""
    if _has_moved(before, claimed):
        pause = min(CHANGE_PAUSE * 2 ** min(max(before.changes - 1, 0), 10), LONGEST_CHANGE_PAUSE)
        until = before.changed_at + pause if before.changed_at else None
        return "changed", until if until and until > at else None
    if before.failed_at is None or is_waiting or before.failures > MOST_FAILURES:
        return None, None
    pause = FAILURE_PAUSE * 2 ** (before.failures - 1)
    return ("again", None) if before.failed_at + pause <= at else (None, None)


def _has_moved(before: Sighting, claimed: Claimed) -> bool:
    """Whether the source says of an item that it changed since.

    Verbatim: a date that is only written in another way is rare, and costs one request.
    """
    if claimed.updated is None or claimed.updated == before.claimed_updated:
        return False
    # Many say nothing of changes before the first one, then the time of publication.
    said = (before.claimed_published, claimed.published)
    return before.claimed_updated is not None or claimed.updated not in said


def _waiting(
    item: Listed, sighting: Sighting, found_as: WaitsAs, next_attempt_at: datetime | None, *, at: datetime
) -> Waiting:
    candidate = item.candidate
    host, uri_no = host_of(candidate), _place_of(item, sighting)
    if sighting.stands_for is not None:
        candidate = replace(
            candidate, uri=sighting.stands_for, url=candidate.url or (candidate.uri if host else None)
        )
    claimed = item.candidate.claimed
    said = [instant(text) for text in (claimed.published, claimed.updated)]
    dated_at = min(max([each for each in said if each], default=at), at)
    return Waiting(candidate, found_as, uri_no, host, max(dated_at, EPOCH), next_attempt_at)


def _place_of(item: Listed, sighting: Sighting) -> int:
    """The number of the uri that it waits under."""
    return item.uri_no if sighting.stands_for is None else uri_number(sighting.stands_for)


def _refusal(candidate: Candidate, sentence: str) -> Outcome:
    return Outcome(
        uri=candidate.uri,
        source_id=candidate.source_id,
        outcome="refused",
        stage="find",
        reason="forgotten",
        detail=sentence,
    )
