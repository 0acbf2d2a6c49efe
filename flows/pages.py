"""The pages of a run that are being read, and the brake on fetching while reading lags behind."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from flows.desk import Desk
from flows.reading import Page
from records import Candidate, Signal, Source
from sources.archive import Place
from sources.fetched import Fetched
from warehouse.model import Known


@dataclass(slots=True)
class Pages:
    """Pages in the hands of the readers."""

    desk: Desk
    _sizes: dict[str, int] = field(default_factory=dict)
    _by_source: Counter[str] = field(default_factory=Counter)
    _held: bool = False

    def read(
        self,
        source: Source,
        candidate: Candidate,
        known: Known | None,
        fetched: Fetched | None = None,
        *,
        place: Place | None = None,
        signals: tuple[Signal, ...] = (),
    ) -> None:
        """Have a page read; that ends with an event of the engine.

        Args:
            source: that led to it.
            candidate: what was found.
            known: what the warehouse holds of it.
            fetched: what was answered; None where the candidate brings its bytes or names their file.
            place: where the archive keeps it, None where it does not.
            signals: what the site said of the use of it.
        """
        page = Page(
            candidate=candidate,
            read_at=self.desk.now(),
            known=known,
            fetched=fetched,
            signals=signals,
            place=place,
            language=source.language,
            country=source.country,
            max_bytes=source.max_bytes or self.desk.limits.document_bytes,
        )
        self._sizes[candidate.uri] = len(page.content)
        self._by_source[candidate.source_id] += 1
        if place is not None:
            self.desk.places[candidate.uri] = place
        self.desk.pool.read(page)
        self._brake()

    def ended(self, candidate: Candidate) -> None:
        """Note that a page was read."""
        del self._sizes[candidate.uri]
        self._by_source[candidate.source_id] -= 1
        self._brake()

    def number_of(self, source_id: str) -> int:
        """How many of a source are in hand."""
        return self._by_source[source_id]

    @property
    def uris(self) -> Collection[str]:
        """The candidates in hand."""
        return self._sizes.keys()

    @property
    def has_room(self) -> bool:
        """Whether more can be taken in hand."""
        limits = self.desk.limits
        return len(self._sizes) < limits.read and sum(self._sizes.values()) < limits.read_bytes

    def _brake(self) -> None:
        """Let fetching pause while there is no room."""
        held = not self.has_room
        if held is not self._held:
            self._held = held
            self.desk.web.hold(held=held)
