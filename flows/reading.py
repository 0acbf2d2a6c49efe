"""Reads one page that was fetched: the wall that may stand in its place, the article, what the site says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flows.settle import ended, settle
from records import Candidate, Extracted, Hints, InputError, Outcome, Signal, Source
from sources.archive import Kept, Place
from sources.fetched import Fetched
from sources.load import MAX_DOCUMENT_BYTES
from sources.walls import wall_of
from sources.web import Answer
from warehouse import Known


@dataclass(frozen=True, slots=True)
class Page:
    """All that reading a candidate takes, so that it can be done in another process.

    Attributes:
        candidate: what was found.
        read_at: aware; the clock, for bytes of unknown age.
        known: what the warehouse holds of it.
        fetched: what was answered; None where the candidate brings its bytes or names their file.
        signals: what the site said of the use of it.
        place: where the archive keeps it, None where it does not.
        language: ISO 639-1 code of its source, where the user gave one.
        country: ISO 3166-1 alpha-2 code of its source, where the user gave one.
        max_bytes: the limit for the document, unpacked.
    """

    candidate: Candidate
    read_at: datetime
    known: Known | None = None
    fetched: Fetched | None = None
    signals: tuple[Signal, ...] = ()
    place: Place | None = None
    language: str | None = None
    country: str | None = None
    max_bytes: int = MAX_DOCUMENT_BYTES

    @property
    def content(self) -> bytes:
        """What is at hand of it."""
        return self.fetched.content if self.fetched else self.candidate.content or b""


def fetched_of(answer: Answer) -> Fetched:
    """What of an answer an extractor may see."""
    return Fetched(answer.url, answer.status, answer.headers, answer.content, answer.fetched_at)


def from_archive(kept: Kept) -> Fetched:
    """The same of an answer that the archive kept."""
    return Fetched(kept.url, kept.status or 0, kept.headers, kept.content, kept.fetched_at)


def hints_of(source: Source) -> Hints:
    """What the user says of the pages of a source, for the archive to keep beside them."""
    return Hints(language=source.language, country=source.country)


def read(page: Page) -> Extracted | Outcome:
    """The article of a page, or how it ended without one. Pure, but for files that a candidate names."""
    fetched = page.fetched

    def fetch(_: str) -> Fetched:
        assert fetched is not None  # settle loads what brings its content or names its file
        return fetched

    item = settle(
        page.candidate,
        page.known,
        fetch=fetch,
        now=_always(page.read_at),
        max_bytes=page.max_bytes,
        language=page.language,
        country=page.country,
    )
    wall = _wall(item, fetched) if fetched is not None else None
    if wall is not None:
        error = InputError(
            f"a wall stands in its place: {wall.evidence}", stage="extract", reason=wall.value, refused=True
        )
        return replace(ended(page.candidate, error), signals=(*page.signals, wall))
    if isinstance(item, Outcome):
        return replace(item, signals=page.signals)
    file, offset = (page.place.file, page.place.offset) if page.place else (None, None)
    capture = replace(item.capture, signals=page.signals, archive_file=file, archive_offset=offset)
    return replace(item, capture=capture)


def _wall(item: Extracted | Outcome, fetched: Fetched) -> Signal | None:
    if isinstance(item, Outcome) and item.outcome not in ("refused", "failed"):
        return None  # known: it was looked at the first time
    article = item.article if isinstance(item, Extracted) else None
    return wall_of(
        fetched.content,
        url=fetched.url,
        status=fetched.status,
        title=article.title if article else None,
        words=len(article.text.split()) if article else None,
    )


def _always(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment
