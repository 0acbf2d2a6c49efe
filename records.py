"""The frozen types that pass between the rooms, and the errors they raise. Standard library only.

A `Candidate` (found) becomes a `Capture` (bytes in hand), an `Article` (what an extractor made of them)
and rows in the warehouse; every candidate ends in exactly one `Outcome`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

Precision = Literal["instant", "minute", "day", "month", "year"]
"""How much of a date is known: an instant to the second, a minute, or a calendar day, month or year."""

ClaimRole = Literal["published", "updated", "captured", "event", "unknown"]
"""What a date is said to be the date of."""

Verdict = Literal["open", "chosen", "agrees", "rejected", "unused"]
"""What became of a date claim: `open` before the resolver has seen it."""

BlockKind = Literal["paragraph", "heading", "list_item", "quote", "table_row"]

SourceKind = Literal["feed", "sitemap", "page", "urls", "files", "warc"]
Network = Literal["public", "local"]
"""Which addresses a source may lead to: `local` opens loopback and intranets as well."""

SignalKind = Literal["robots", "tdm", "noai", "noarchive", "wall"]

OutcomeKind = Literal["stored", "updated", "unchanged", "duplicate", "refused", "failed"]
Stage = Literal["find", "load", "fetch", "extract", "store"]

OUTCOMES: tuple[OutcomeKind, ...] = get_args(OutcomeKind)


class DatelineError(Exception):
    """Base of every error that Dateline raises on purpose: one sentence for a person, naming the remedy."""


class UsageError(DatelineError):
    """What was asked for cannot be done as it was asked: a bad option, a path that is not there."""


class InputError(DatelineError):
    """One input cannot become an article; the run goes on and the ledger gets a row.

    `reason` is a stable lower-case code for SQL (`empty`, `binary`, `http_404`), the message is for people.
    `refused` tells a decision not to take the input from a failure to.
    """

    def __init__(self, message: str, *, stage: Stage, reason: str, refused: bool = False) -> None:
        super().__init__(message)
        self.stage: Stage = stage
        self.reason = reason
        self.refused = refused


class WarehouseError(DatelineError):
    """The database cannot be used: none, locked by another writer, newer than this program, or no room."""


class BusyError(WarehouseError):
    """Another writer holds the database: the one failure of the warehouse that passes by itself."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a feed, a sitemap or a JSON line said of an article, verbatim; evidence, never the truth."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One place that news comes from, as the user wrote it down.

    Attributes:
        id: its name in every table; unique.
        kind: what stands at its address.
        url: of the feed, sitemap, page or list.
        path: folder, file or pattern, for `files`, `warc` and a list of addresses on this machine.
        name: for people.
        country: ISO 3166-1 alpha-2 code of the publisher's country.
        language: ISO 639-1 code that it writes in.
        interval_s: seconds between polls; None where its own rhythm decides.
        include: only addresses that one of these patterns (regular expressions, searched for) fits.
        exclude: no address that one of these fits.
        archive: whether responses are kept in the archive.
        headers: sent with every request to it, secrets already filled in.
        network: which addresses it may lead to.
        enabled: False where the user switched it off.
        delay_s: seconds between two requests to one of its hosts; None for the default.
        max_items: at most so many candidates a poll, the newest first; None for all.
        max_bytes: the limit for one document, unpacked; None for the default.
        columns: for tables of articles: which column holds what (`url`, `text`, `title`, ...).
    """

    id: str
    kind: SourceKind
    url: str | None = None
    path: str | None = None
    name: str | None = None
    country: str | None = None
    language: str | None = None
    interval_s: int | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    archive: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    network: Network = "public"
    enabled: bool = True
    delay_s: float | None = None
    max_items: int | None = None
    max_bytes: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a site says of the use of a page, or what a page turned out to be; with what became of it.

    Attributes:
        kind: robots, tdm (reservation of text and data mining), noai, noarchive or wall.
        value: what was said (`disallow`, `1`, `noai`, `consent`, `paywall`, `javascript`, `soft_404`, ...).
        evidence: the words, header or rule that said it, and where.
        obeyed: whether the page was left alone for it.
    """

    kind: SignalKind
    value: str
    evidence: str
    obeyed: bool


@dataclass(frozen=True, slots=True)
class HostRules:
    """The rules of a host as it served them, remembered from one run to the next.

    Attributes:
        origin: scheme, host and port, as in `https://example.org:8443`.
        robots: the robots.txt; empty where it has none.
        reservations: its tdmrep.json; empty where it has none, None where it was not asked for.
        good_until: aware; when they are asked for again.
    """

    origin: str
    robots: str
    reservations: str | None
    good_until: datetime


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host that is left alone until a moment (aware), with the stable code of why."""

    host: str
    paused_until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be an article: where it was found and what was said of it, before it is loaded.

    Exactly one of `path`, `content` and a fetchable `uri` says where the bytes are.

    Attributes:
        uri: names it in the ledger: its URL, its file's URI (a JSON line adds `#line=N`), `stdin:sha256=...`.
        source_id: the source that led to it.
        url: the publisher's URL, where it is known apart from the bytes.
        path: the file that holds the bytes.
        content: the bytes themselves, where the finder already had them.
        content_type: MIME type, with its charset parameter, as it was declared.
        fetched_at: aware; when the bytes left the publisher's server. None where nobody knows.
        claimed: what the finder was told.
        guid: the feed's own id of the item, an alias of the address.
        attempts: how often fetching it was tried before, as the backlog knows.
    """

    uri: str
    source_id: str
    url: str | None = None
    path: str | None = None
    content: bytes | None = None
    content_type: str | None = None
    fetched_at: datetime | None = None
    claimed: Claimed = Claimed()
    guid: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Capture:
    """The bytes of one candidate, with what came beside them. Never changed once made.

    Attributes:
        candidate: what was loaded.
        content: the bytes, after any transfer or gzip coding is undone.
        content_sha256: hex digest of `content` and of what was claimed beside it.
        url: the publisher's URL after redirects, None for a file that names none.
        content_type: as declared by the server or the candidate.
        fetched_at: aware; None where nobody knows.
        status: the HTTP status, None for files.
        headers: lower-case names; empty for files.
        archive_file: the archive file that holds the response, None where it was not kept.
        archive_offset: of its record in that file, in bytes.
        signals: what the site said of the use of the page.
    """

    candidate: Candidate
    content: bytes
    content_sha256: str
    url: str | None = None
    content_type: str | None = None
    fetched_at: datetime | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    archive_file: str | None = None
    archive_offset: int | None = None
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known beside the bytes when they are extracted; travels as data, so that extraction stays pure.

    Attributes:
        not_after: aware; the latest moment at which the bytes can have been made: the fetch time, else the
            moment they were read. It bounds dates and anchors none.
        claimed: what the finder was told of the article.
        language: ISO 639-1 code of the source, where the user gave one.
        country: ISO 3166-1 alpha-2 code of the source, where the user gave one.
    """

    not_after: datetime | None = None
    claimed: Claimed = Claimed()
    language: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item, quote or table row of an article.

    `start` and `end` are its place: character offsets into the decoded text of a plain-text input, into the
    blank-line-joined blocks of the body for HTML.
    """

    kind: BlockKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cut:
    """What left the body: a whole block or a span of one, in the place it stood.

    Attributes:
        role: what it was: title, byline, date, dateline, caption, share, related, embed, prompt, footer, ...
        rule: the id of the rule that cut it.
        text: as it stood (white space folded).
        start: offset of its first character, in the same text that `Block.start` counts in.
        end: offset after its last character.
    """

    role: str
    rule: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DateClaim:
    """One statement about a date, with what became of it.

    Attributes:
        value: ISO 8601 at the precision it has (`2025`, `2025-11`, `2025-11-04`, `2025-11-04T10:15`,
            `2025-11-04T10:15:00+08:00`); a day whose year is not said is `--11-05`; None where the words
            could not be read as a date.
        precision: None with a value of None.
        basis: where it stood: dateline, text, jsonld, opengraph, meta, time, url, feed, given, ...
        role: what it says it is the date of.
        evidence: the words themselves, as they stood.
        place: where in the input: an offset, a tag, a JSON path; for people.
        zone_basis: how the zone is known (`offset`, `name`, `utc`), None where it is not.
        verdict: what the resolver made of it.
        reason: why, in one sentence.
    """

    value: str | None
    precision: Precision | None
    basis: str
    role: ClaimRole
    evidence: str
    place: str = ""
    zone_basis: str | None = None
    verdict: Verdict = "open"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published, as far as the evidence carries.

    Attributes:
        text: ISO 8601 at the known precision; an instant is in UTC, so that the values sort; a minute or an
            instant without a zone stands without one.
        day: the publisher's calendar day; None where only a month or a year is known.
        at: aware, UTC; only where both a time and its zone are known.
        precision: how much of `text` is known.
        basis: the basis of the claim that was chosen.
        zone_basis: how the zone is known, None without one.
    """

    text: str | None = None
    day: date | None = None
    at: datetime | None = None
    precision: Precision | None = None
    basis: str | None = None
    zone_basis: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What an extractor made of one capture.

    Attributes:
        text: paragraphs, list items and quotes, a blank line between them.
        title: None where the input carries none.
        authors: persons' names, in the order given.
        language: ISO 639-1 code, None when unsure.
        canonical_url: what the page says its own address is; None for plain text.
        media: what the bytes were read as.
        encoding: the character encoding they were decoded with.
        published: ISO 8601 text at the known precision, see `Published.text`.
        published_date: the publisher's calendar day.
        published_at: aware, UTC; only where a time and its zone are known.
        published_precision: instant, minute, day, month or year.
        published_basis: the basis of the claim that was chosen.
        published_zone_basis: how the zone is known.
        blocks: what was kept; `text` is their texts joined by blank lines.
        cuts: what left the body, in the order of the input.
        date_claims: every claim considered, the chosen one among them.
    """

    text: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    canonical_url: str | None = None
    media: Literal["html", "text"] = "text"
    encoding: str | None = None
    published: str | None = None
    published_date: date | None = None
    published_at: datetime | None = None
    published_precision: Precision | None = None
    published_basis: str | None = None
    published_zone_basis: str | None = None
    blocks: tuple[Block, ...] = ()
    cuts: tuple[Cut, ...] = ()
    date_claims: tuple[DateClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the words of an article are told apart by.

    Attributes:
        version_id: of all that it says: words, title, authors, date, language.
        text_sha256: of its normalised text, hexadecimal.
        text_key: what it shares with a duplicate.
        words: number of words in the text.
    """

    version_id: str
    text_sha256: str
    text_key: int
    words: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """An article on its way to the warehouse, with the capture that it was made from.

    Attributes:
        capture: the bytes.
        article: what was made of them.
        key: what the article is known by: its canonical URL, else the URI of its file.
        extractor_version: the extractor, with its rules.
        fingerprint: worked out by whoever extracts, so that the one writer need not; None where it did not.
    """

    capture: Capture
    article: Article
    key: str
    extractor_version: str
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one candidate ended. Every candidate has exactly one.

    Attributes:
        uri: the candidate's.
        source_id: the candidate's.
        outcome: stored, updated, unchanged, duplicate, refused or failed.
        stage: how far it came.
        reason: a stable lower-case code for refused and failed, else None.
        detail: the same in words, naming the remedy.
        article_id: the article that it became or was found to be; for a duplicate, the first one.
        signals: what the site said of the use of the page, where that was looked at.
    """

    uri: str
    source_id: str
    outcome: OutcomeKind
    stage: Stage
    reason: str | None = None
    detail: str | None = None
    article_id: str | None = None
    signals: tuple[Signal, ...] = ()
