"""Decides what a batch of extracted articles changes: a pure function of stored state and input.

The rules, chosen so that the same input gives the same tables in whatever order and batches it comes:

- An article is its key. What its captures said are its versions: one a distinct combination of words, title,
  authors, date and language, however often it was seen. A version has the time of the earliest capture that
  held it, of the latest that did, and of the last run that made it: minima and maxima, in which the order of
  arrival leaves no trace.
- Versions are numbered by the first of these times; the one with the latest last time is current (a publisher
  who goes back to earlier words makes the earlier version current again). Where times are equal, the later
  extraction, then the longer text, then the id decide.
- An article is a duplicate while another had every one of its texts before it. "Before" compares the times
  at which each first had the text, then the keys. This is a strict partial order, so the article that a
  duplicate points to (the first to have had its first text) is never a duplicate itself. An article that says
  something of its own stays one, whatever two pages later have in common ("This page has been removed").
- A later capture never turns an article into a duplicate. One that was captured earlier and comes later can:
  it takes over, and the one stored before becomes the duplicate. The outcome of the item that takes over is
  `duplicate` too, with its own article_id: of copies of one text exactly one is `stored`, in any order. An
  outcome stays what was true when it was written; what `articles` gained is in the ledger.
- A capture that is known changes nothing, so a retry is harmless; unless it has no time of its own and its
  candidate held something else in between: then the earlier bytes came back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from records import Extracted, Outcome, OutcomeKind
from warehouse import identity
from warehouse.model import Plan, Reading, State, StoredArticle, StoredCapture, Version, VersionRow

Order = tuple[datetime, datetime, int, str]


def decide(state: State, readings: Sequence[Reading]) -> Plan:
    """What the readings change of the state.

    Args:
        state: must hold every article of the readings, every article that shares a text with one of those or
            with a reading, and every capture of the readings that is known.
        readings: one an item, each with its own position.

    Returns:
        The rows to write and one outcome an item, in the order of the positions.
    """
    world = _World(state)
    kinds = {reading.position: world.take_in(reading) for reading in sorted(readings, key=_arrival)}
    before = world.rows_before()
    return Plan(
        rows=world.changed_rows(before),
        before=before,
        captures=tuple(world.read.values()),
        outcomes=tuple(
            world.outcome_of(reading, kinds[reading.position])
            for reading in sorted(readings, key=lambda reading: reading.position)
        ),
        articles_added=world.articles_added(),
        versions_added=world.versions_added(),
        captures_added=sum(capture_id not in state.captures for capture_id in world.read),
        known_captures=frozenset(world.read.keys() & state.captures.keys()),
    )


def reading_of(position: int, item: Extracted, *, run_started_at: datetime) -> Reading:
    """The item with its ids; a capture of unknown time counts as made when its run began."""
    capture, article = item.capture, item.article
    article_id = identity.article_id(item.key)
    fingerprint = item.fingerprint or identity.fingerprint(item.key, article)
    return Reading(
        position=position,
        item=item,
        article_id=article_id,
        version_id=fingerprint.version_id,
        capture_id=identity.capture_id(capture.candidate.uri, capture.content_sha256, capture.fetched_at),
        text_sha256=fingerprint.text_sha256,
        text_key=fingerprint.text_key,
        words=fingerprint.words,
        captured_at=capture.fetched_at or run_started_at,
        extracted_at=run_started_at,
    )


def order_of_versions(version: Version) -> Order:
    """The sort key that numbers the versions of an article."""
    return version.captured_at, version.extracted_at, version.words, version.version_id


def order_of_currency(version: Version) -> Order:
    """The sort key whose greatest is the version to show."""
    return version.last_seen_at, version.extracted_at, version.words, version.version_id


class _World:
    """The articles of one batch while it is decided; lives within one call of `decide`."""

    def __init__(self, state: State) -> None:
        self._before = state.articles
        self._captures = dict(state.captures)
        self._latest = dict(state.latest)
        self._versions: dict[str, dict[str, Version]] = {}
        self._keys: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._duplicate_of: dict[str, str | None] = {}
        self._first_had: dict[str, dict[int, datetime]] = {}
        self._holders: dict[int, set[str]] = {}
        self._content: dict[str, Reading] = {}
        self._touched: set[str] = set()
        self.read: dict[str, Reading] = {}
        for article_id, stored in state.articles.items():
            self._versions[article_id] = {version.version_id: version for version in stored.versions}
            self._keys[article_id] = stored.versions[0].article_key
            self._sources[article_id] = stored.source_id
            self._duplicate_of[article_id] = stored.duplicate_of
            self._index(article_id)

    def take_in(self, reading: Reading) -> OutcomeKind:
        """Enter one reading; returns how its item ended."""
        article_id = reading.article_id
        known = article_id in self._versions
        was_shown = known and self._duplicate_of[article_id] is None
        current_before = self._current(article_id) if known else None

        is_new = self._enter(reading)
        took_over = self._settle_duplicates(article_id)

        if self._duplicate_of[article_id] is not None:
            return "duplicate"
        if not was_shown:
            return "duplicate" if took_over else "stored"
        return "updated" if is_new or self._current(article_id) != current_before else "unchanged"

    def outcome_of(self, reading: Reading, kind: OutcomeKind) -> Outcome:
        """The ledger's line for one reading, in the light of the whole batch."""
        candidate = reading.item.capture.candidate
        original = self._duplicate_of[reading.article_id]
        detail = f"the same text as {self._keys[original]}" if original else None
        if kind == "duplicate" and original is None:
            detail = "the same text as an article stored before, but captured earlier: it takes its place"
        return Outcome(
            uri=candidate.uri,
            source_id=candidate.source_id,
            outcome=kind,
            stage="store",
            detail=detail,
            article_id=original or reading.article_id,
        )

    def rows_before(self) -> Mapping[str, VersionRow]:
        """How the versions of the articles that were touched are stored, by version id."""
        return {
            row.version.version_id: row
            for article_id in self._touched & self._before.keys()
            for row in _stored_rows(self._before[article_id])
        }

    def changed_rows(self, before: Mapping[str, VersionRow]) -> tuple[VersionRow, ...]:
        """Every version whose row is new or is to differ from the one that is stored."""
        return tuple(
            row
            for article_id in sorted(self._touched)
            for row in self._rows(article_id)
            if row.content is not None or row != before.get(row.version.version_id)
        )

    def articles_added(self) -> int:
        """How many more articles are shown than before."""
        after = sum(original is None for original in self._duplicate_of.values())
        return after - sum(stored.duplicate_of is None for stored in self._before.values())

    def versions_added(self) -> int:
        """How many versions are new."""
        after = sum(len(versions) for versions in self._versions.values())
        return after - sum(len(stored.versions) for stored in self._before.values())

    def _enter(self, reading: Reading) -> bool:
        """Put the reading among the versions of its article; returns whether its version is new."""
        if self._changes_nothing(reading):
            return False
        article_id, version_id = reading.article_id, reading.version_id
        source_id = reading.item.capture.candidate.source_id
        versions = self._versions.setdefault(article_id, {})
        stored = versions.get(version_id)
        fresh = _version_of(reading, words=stored.words if stored else reading.words)
        if not versions:
            self._keys[article_id] = reading.item.key
        if not versions or _earliest(fresh) < min(map(_earliest, versions.values())):
            self._sources[article_id] = source_id
        if stored is None or _earliest(fresh) < _earliest(stored):
            self._content[version_id] = reading
        versions[version_id] = _joined(stored, fresh) if stored else fresh
        self._touched.add(article_id)
        self._index(article_id)
        return stored is None

    def _changes_nothing(self, reading: Reading) -> bool:
        """Note the capture as read; returns whether it is known as saying the same, and did not come back."""
        uri = reading.item.capture.candidate.uri
        version = reading.item.extractor_version
        capture = self._captures.get(reading.capture_id)
        came_back = reading.item.capture.fetched_at is None and self._latest.get(uri) != reading.capture_id
        says_the_same = capture is not None and capture.version_id == reading.version_id and not came_back
        if not (says_the_same and capture is not None and capture.extractor_version == version):
            self.read[reading.capture_id] = reading
        self._captures[reading.capture_id] = StoredCapture(reading.capture_id, reading.version_id, version)
        self._latest[uri] = reading.capture_id
        return says_the_same

    def _index(self, article_id: str) -> None:
        first_had: dict[int, datetime] = {}
        for version in self._versions[article_id].values():
            first = first_had.get(version.text_key, version.captured_at)
            first_had[version.text_key] = min(first, version.captured_at)
            self._holders.setdefault(version.text_key, set()).add(article_id)
        self._first_had[article_id] = first_had

    def _current(self, article_id: str) -> str:
        return max(self._versions[article_id].values(), key=order_of_currency).version_id

    def _had_all_before(self, one: str, other: str) -> bool:
        """Whether `one` had every text of `other` before `other` had it."""
        ones = self._first_had[one]
        return all(
            text in ones and (ones[text], self._keys[one]) < (had, self._keys[other])
            for text, had in self._first_had[other].items()
        )

    def _original_of(self, article_id: str) -> str | None:
        """The article whose words this one repeats, if it says nothing of its own."""
        text = self._first_text(article_id)
        return self._first_to_have(
            text, (other for other in self._holders[text] if self._had_all_before(other, article_id))
        )

    def _settle_duplicates(self, article_id: str) -> bool:
        """Point this article and those that repeat it anew; returns whether it takes the place of one."""
        self._duplicate_of[article_id] = self._original_of(article_id)
        took_over = False
        for other in {other for text in self._first_had[article_id] for other in self._holders[text]}:
            if self._had_all_before(article_id, other):
                pointer = self._duplicate_of[other]
                took_over = took_over or pointer is None
                candidates = (article_id,) if pointer is None else (article_id, pointer)
                self._duplicate_of[other] = self._first_to_have(self._first_text(other), candidates)
                self._touched.add(other)
        return took_over

    def _first_to_have(self, text: int, articles: Iterable[str]) -> str | None:
        return min(
            articles,
            key=lambda article_id: (self._first_had[article_id][text], self._keys[article_id]),
            default=None,
        )

    def _first_text(self, article_id: str) -> int:
        return min((had, text) for text, had in self._first_had[article_id].items())[1]

    def _rows(self, article_id: str) -> tuple[VersionRow, ...]:
        versions = tuple(self._versions[article_id].values())
        return _laid_out(
            versions,
            numbers={
                version.version_id: number
                for number, version in enumerate(sorted(versions, key=order_of_versions), start=1)
            },
            current=self._current(article_id),
            duplicate_of=self._duplicate_of[article_id],
            source_id=self._sources[article_id],
            content=self._content,
        )


def _stored_rows(stored: StoredArticle) -> tuple[VersionRow, ...]:
    """The rows of an article as they stand in the warehouse."""
    return _laid_out(
        stored.versions,
        numbers=stored.numbers,
        current=stored.current,
        duplicate_of=stored.duplicate_of,
        source_id=stored.source_id,
        content={},
    )


def _laid_out(
    versions: Sequence[Version],
    *,
    numbers: Mapping[str, int],
    current: str,
    duplicate_of: str | None,
    source_id: str,
    content: Mapping[str, Reading],
) -> tuple[VersionRow, ...]:
    """One row a version, each with what its article says of it."""
    first_seen_at = min(version.captured_at for version in versions)
    rows = []
    for version in versions:
        is_current = version.version_id == current
        shown = is_current and duplicate_of is None
        rows.append(
            VersionRow(
                version=version,
                number=numbers[version.version_id],
                shown=shown,
                current=is_current,
                duplicate_of=duplicate_of,
                source_id=source_id,
                first_seen_at=first_seen_at if shown else None,
                versions=len(versions) if shown else None,
                content=content.get(version.version_id),
            )
        )
    return tuple(rows)


def _arrival(reading: Reading) -> tuple[datetime, str, int]:
    """Within a batch readings are taken in as they were captured: the first to say a thing is first."""
    return reading.captured_at, reading.item.key, reading.position


def _earliest(version: Version) -> tuple[datetime, str]:
    return version.captured_at, version.capture_id


def _version_of(reading: Reading, *, words: int) -> Version:
    return Version(
        article_id=reading.article_id,
        article_key=reading.item.key,
        version_id=reading.version_id,
        text_key=reading.text_key,
        words=words,
        capture_id=reading.capture_id,
        captured_at=reading.captured_at,
        last_seen_at=reading.captured_at,
        extracted_at=reading.extracted_at,
    )


def _joined(stored: Version, fresh: Version) -> Version:
    """Two sightings of one version: the earliest capture, the latest sighting, the last extraction."""
    first = min(stored, fresh, key=_earliest)
    return Version(
        article_id=first.article_id,
        article_key=first.article_key,
        version_id=first.version_id,
        text_key=first.text_key,
        words=first.words,
        capture_id=first.capture_id,
        captured_at=first.captured_at,
        last_seen_at=max(stored.last_seen_at, fresh.last_seen_at),
        extracted_at=max(stored.extracted_at, fresh.extracted_at),
    )
