"""The frozen records that pass between the warehouse's own modules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from records import Extracted, Outcome

PollResult = Literal["answered", "unchanged", "failed", "put_off"]
"""How asking a source ended: with a list, with "nothing has changed" (304), not at all, or put off by it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the last stored capture of a candidate held; lets a caller skip bytes that it has seen.

    Attributes:
        article_id: the article it was read as.
        content_sha256: of its bytes and of what was claimed beside them.
        extractor_version: what read it last.
        duplicate_of: the article whose words it repeats, None where it is an article of its own.
        fetched_at: aware; None where nobody knows.
    """

    article_id: str
    content_sha256: str
    extractor_version: str
    duplicate_of: str | None
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One extracted item with its ids: what the decider sees of it.

    Attributes:
        position: index of the item in what was handed in.
        item: the article and its capture.
        article_id: of the article's key.
        version_id: of what the article says.
        capture_id: of the bytes.
        text_sha256: of the normalised text.
        text_key: what it shares with a duplicate.
        captured_at: aware; when the bytes were fetched, else when the run began.
        extracted_at: aware; when the run began.
        words: number of words in the text.
    """

    position: int
    item: Extracted
    article_id: str
    version_id: str
    capture_id: str
    text_sha256: str
    text_key: int
    captured_at: datetime
    extracted_at: datetime
    words: int


@dataclass(frozen=True, slots=True)
class Version:
    """What is kept of one version of an article, apart from its content.

    Attributes:
        article_id: the article's.
        article_key: what the article is known by.
        version_id: of what it says.
        text_key: what it shares with a duplicate.
        words: number of words in the text.
        capture_id: the earliest capture that held it.
        captured_at: aware; the time of that capture.
        last_seen_at: aware; the time of the latest capture that held it.
        extracted_at: aware; start of the last run that made it.
    """

    article_id: str
    article_key: str
    version_id: str
    text_key: int
    words: int
    capture_id: str
    captured_at: datetime
    last_seen_at: datetime
    extracted_at: datetime


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """One article as it stands in the warehouse.

    Attributes:
        article_id: the article's.
        source_id: the source that first led to it.
        duplicate_of: the article whose words it repeats, None for an article of its own.
        versions: every version, in any order.
        numbers: the number each version has, by version id.
        current: id of the version that is shown, or would be.
    """

    article_id: str
    source_id: str
    duplicate_of: str | None
    versions: tuple[Version, ...]
    numbers: Mapping[str, int]
    current: str


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """What a capture was last read as."""

    capture_id: str
    version_id: str
    extractor_version: str


@dataclass(frozen=True, slots=True)
class State:
    """All that deciding needs to know of the warehouse.

    Attributes:
        articles: the articles of the batch and every article that shares a text with one of them, by id.
        captures: those captures of the batch that are known, by id.
        latest: the capture that each candidate of the batch was last stored with, by uri.
    """

    articles: Mapping[str, StoredArticle]
    captures: Mapping[str, StoredCapture]
    latest: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """Where one version is to stand and what is to be written beside its content.

    Attributes:
        version: its bookkeeping.
        number: from 1 in the order of capture.
        shown: whether it stands in `articles`.
        current: whether it is the one that is shown or, of a duplicate, would be.
        duplicate_of: the article whose words its article repeats.
        source_id: the source that first led to its article.
        first_seen_at: aware; the time of the article's earliest capture; None unless shown.
        versions: how many the article has; None unless shown.
        content: what to write; None where the content that is stored stays.
    """

    version: Version
    number: int
    shown: bool
    current: bool
    duplicate_of: str | None
    source_id: str
    first_seen_at: datetime | None
    versions: int | None
    content: Reading | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch changes, decided: the store carries it out in one transaction.

    Attributes:
        rows: the versions to write or move; whatever is not named stays as it is.
        before: how those of them that are stored stand, by version id.
        captures: the readings whose capture is new, was read by another extractor or came back.
        known_captures: the ids of those that are not new.
        outcomes: one an item, in the order of the items.
        articles_added: rows that `articles` gains.
        versions_added: versions that are new.
        captures_added: captures that are new.
    """

    rows: tuple[VersionRow, ...]
    captures: tuple[Reading, ...]
    outcomes: tuple[Outcome, ...]
    articles_added: int
    versions_added: int
    captures_added: int
    before: Mapping[str, VersionRow] = field(default_factory=dict)
    known_captures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Poll:
    """One time that a source was asked what it has; `source_id` and `asked_at` name it.

    Attributes:
        source_id: the source.
        asked_at: aware.
        result: how it ended; counts with the call of `Writer.save_poll` that closes the poll.
        status: HTTP status of the last answer, None where there was none.
        reason: stable lower-case code of what went wrong.
        problem: the same in words, with the remedy.
        etag: of an answer; kept from the last one where the result is not `answered`.
        last_modified: the same.
        moved_to: where the source permanently redirects to.
        next_poll_at: aware; when to ask again. None leaves what was decided before.
    """

    source_id: str
    asked_at: datetime
    result: PollResult = "answered"
    status: int | None = None
    reason: str | None = None
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    next_poll_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PollCounts:
    """What the addresses of a poll were, so far; `found` is the sum of the others.

    Attributes:
        found: addresses that it listed.
        new: nothing was known of them: they are in the backlog.
        known: nothing is to be fetched.
        changed: the source says that they changed: they are in the backlog again.
        again: fetching them failed a while ago: they are in the backlog again.
        refused: they were taken down; the first time that one comes back, it has an outcome that says so.
    """

    found: int = 0
    new: int = 0
    known: int = 0
    changed: int = 0
    again: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where the polling of a source stands, a row of `source_state`; times are aware.

    Attributes:
        source_id: the source.
        polled_at: when it was last asked.
        succeeded_at: when it last answered well.
        next_poll_at: when it is due; None where it is due at once.
        failures: failures in a row.
        problem: the last failure in words, None after a success.
        etag: for conditional requests.
        last_modified: for conditional requests.
        moved_to: where it permanently redirects to.
    """

    source_id: str
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    next_poll_at: datetime | None = None
    failures: int = 0
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does; counts and rates are of the last seven days, or of what there is of them.

    Attributes:
        source_id: the source.
        kind: what it is; None where it was only named.
        name: for people.
        url: of the feed, sitemap, page or list.
        enabled: False where it was switched off.
        state: where its polling stands.
        polls: how often it was asked.
        polls_failed: how often that failed.
        outcomes: of candidates that it led to.
        failed: those of them that failed.
        articles_a_day: articles that it led to first, a day.
        median_delay_s: seconds from the time of publication that an article claims to its first capture, the
            median over articles published since the source is known; None where none says a time.
        backlog: candidates that wait.
    """

    source_id: str
    kind: str | None
    name: str | None
    url: str | None
    enabled: bool
    state: SourceState
    polls: int
    polls_failed: int
    outcomes: int
    failed: int
    articles_a_day: float
    median_delay_s: float | None
    backlog: int

    @property
    def error_rate(self) -> float:
        """The share of its polls and outcomes that failed, 0 to 1; 0 where there were none."""
        return (self.polls_failed + self.failed) / max(self.polls + self.outcomes, 1)
