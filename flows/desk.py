"""What the parts of a fetching run share: its sources, its tools, its limits, and who is told of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flows.batches import BatchLimits
from flows.network import Network
from flows.readers import DEADLINE_S, Readers
from flows.running import Running
from records import Outcome, Source
from sources.archive import Archive, Place
from sources.load import MAX_DOCUMENT_BYTES
from sources.unsettled import Unsettled


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much may be in hand at once.

    Attributes:
        document_bytes: for one document, unpacked, where its source says nothing else.
        asked: pages that wait for their turn at their host.
        per_host: of one host.
        read: pages that were fetched and are not read yet; beyond them fetching pauses.
        read_bytes: the same in bytes.
        polls: sources that are asked at once.
        listed: addresses of a list that are stored in one transaction.
        attempts: after so many in vain, hours or days apart, a page has failed.
        unnamed: pages of public sites that are fetched in one run while nobody is named to answer for it.
        reading_s: seconds for reading one page.
        workers: processes that read; None for one a processor.
        batch: when a batch is stored.
    """

    document_bytes: int = MAX_DOCUMENT_BYTES
    asked: int = 1024
    per_host: int = 8
    read: int = 64
    read_bytes: int = 64_000_000
    polls: int = 64
    listed: int = 2_000
    attempts: int = 5
    unnamed: int = 5
    reading_s: float = DEADLINE_S
    workers: int | None = None
    batch: BatchLimits = field(default_factory=lambda: BatchLimits(age_s=1.0))


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told how a run goes, while it goes.

    Attributes:
        on_outcome: of each outcome, once it is stored.
        on_progress: of pages that are due or fetched: the source, `due` or `fetched`, and how many.
        say: of what a person should know, a sentence at a time.
    """

    on_outcome: Callable[[Outcome], None] = lambda _: None
    on_progress: Callable[[str, str, int], None] = lambda *_: None
    say: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Desk:
    """The tools of one run.

    Attributes:
        sources: those that are asked, by id.
        running: the run.
        web: asks.
        pool: reads.
        archive: keeps what came without being asked for page by page.
        unsettled: what of the archive has no outcome yet.
        places: where that lies, by the candidate's uri, until it is stored.
        now: the clock.
        told: who is told how it goes.
        limits: how much may be in hand at once.
    """

    sources: Mapping[str, Source]
    running: Running
    web: Network
    pool: Readers
    archive: Archive
    unsettled: Unsettled
    places: dict[str, Place]
    now: Callable[[], datetime]
    told: Told
    limits: FetchLimits
