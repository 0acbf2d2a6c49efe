"""The loop of a fetching run: decides what is asked next, and hands on what came. Its one thread writes."""

import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from flows.batches import BatchLimits, Item
from flows.network import Broke, HostFree, Network, PageEnded, PollEnded, RulesRead
from flows.polling import finished, is_due
from flows.readers import DEADLINE_S, Readers
from flows.reading import Page, fetched_of
from flows.running import Running
from flows.settle import ended
from records import Candidate, Extracted, Hints, HostPause, HostRules, InputError, Outcome, Signal, Source
from sources.archive import Archive, Kept, Place
from sources.fetched import Fetched
from sources.found import Found, PassedOver
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import printable
from sources.unsettled import Unsettled, left_over, marked
from sources.web import PutOff, Refused
from warehouse.model import Known, Poll, PollCounts, SourceState
from warehouse.sightings import host_of

_LOCAL_KINDS = ("files", "warc")
_NOT_TRIED = ("breaker", "host_busy")  # reasons of a PutOff before anything was asked
_EVENTS = 64  # so many are handled before what is due is looked at again
_WAIT_S = 0.1  # for an event, so that batches and publishing keep their time
_IDLE_S = 1.0  # the same while there is nothing to do
_LOOK_AGAIN_S = 5.0  # what waits for its time is looked for so often
_SHARE = 4  # looking for what is due takes at most a fifth of the time


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
class ReadEnded:
    """A page was read, or could not be."""

    page: Page
    item: Item


@dataclass(slots=True)
class _List:
    """What a source listed, gone through a part at a time."""

    event: PollEnded
    found: Iterator[Found]
    counts: PollCounts = field(default_factory=PollCounts)


@dataclass(slots=True)
class Engine:
    """One run over a set of sources, see `flows.fetch.fetch`.

    Attributes:
        sources: those that are asked, by id.
        states: where their polling stands.
        shut: the hosts that are left alone, with the time until when.
        running: the run.
        web: asks.
        pool: reads.
        archive: keeps what came without being asked for page by page.
        unsettled: what of the archive has no outcome yet.
        places: where that lies, by the candidate's uri, until it is stored.
        events: what web and pool have to tell.
        now: the clock.
        on_progress: see `Told`.
        say: see `Told`.
        limits: how much may be in hand at once.
        asked_for: sources that are asked though they are not due.
        watch: whether to go on when nothing is left to do.
        named: whether there is somebody who answers for the requests.
    """

    sources: Mapping[str, Source]
    states: dict[str, SourceState]
    shut: dict[str, datetime]
    running: Running
    web: Network
    pool: Readers
    archive: Archive
    unsettled: Unsettled
    places: dict[str, Place]
    events: "SimpleQueue[Any]"
    now: Callable[[], datetime]
    on_progress: Callable[[str, str, int], None]
    say: Callable[[str], None]
    limits: FetchLimits
    asked_for: frozenset[str]
    watch: bool
    named: bool
    _polling: set[str] = field(default_factory=set)
    _polled: set[str] = field(default_factory=set)
    _lists: deque[_List] = field(default_factory=deque)
    _asked: dict[str, tuple[Source, Candidate, Known | None]] = field(default_factory=dict)
    _reading: dict[str, int] = field(default_factory=dict)
    _hosts: set[str] = field(default_factory=set)
    _delays: list[tuple[Candidate, datetime, str | None]] = field(default_factory=list)
    _rules: list[HostRules] = field(default_factory=list)
    _pauses: list[HostPause] = field(default_factory=list)
    _unnamed: int = 0
    _look_at: float = 0.0
    _may_be_more: bool = True
    _held: bool = False

    def items(self) -> Generator[Item | None, None, None]:
        """Everything that comes to its end, as it does; None while nothing does, for the clock's sake."""
        yield from self._left_over()
        while True:
            self._poll_what_is_due()
            yield from self._go_through_lists()
            self._take_up()
            if self._is_idle() and not self.watch:
                return
            yield from self._handle(self._wait_s())
            yield None

    # What is asked.

    def _poll_what_is_due(self) -> None:
        at = self.now()
        for source_id, source in self.sources.items():
            if len(self._polling) + len(self._lists) >= self.limits.polls:
                return
            state = self.states.get(source_id, SourceState(source_id))
            first = source_id not in self._polled
            due = is_due(state, at=at) or (first and source_id in self.asked_for)
            shut = self.shut.get(_host(source), at) > at
            if due and (first or self.watch) and not shut and source_id not in self._polling:
                self._polling.add(source_id)
                self._polled.add(source_id)
                self.web.poll(source, state)

    def _take_up(self) -> None:
        """Hand out what waits in the backlog, as far as there is room and its hosts are free."""
        began = time.monotonic()
        room = self.limits.asked - len(self._asked)
        if began < self._look_at or not self._may_be_more or room < self.limits.asked // 4:
            return
        at = self.now()
        self.shut = {host: until for host, until in self.shut.items() if until > at}
        in_hand = {*self._asked, *self._reading, *self.running.batches.uris()}
        with self.running.batches.interrupts.held():
            found = self.running.writer.due(
                at=at,
                limit=room + len(in_hand),
                per_host=self.limits.per_host + len(in_hand),
                excluding_hosts={*self._hosts, *self.shut},
                sources=self._open_sources(),
            )
            taken = self._wanted([each for each in found if each.uri not in in_hand])[:room]
            known = self.running.writer.known([each.uri for each in taken]) if taken else {}
        self._hand_out(taken, known)
        now = time.monotonic()
        # Nothing new can be there before something ends, is found, or has waited long enough.
        self._may_be_more = bool(taken)
        self._look_at = now + _SHARE * (now - began)

    def _open_sources(self) -> Collection[str]:
        """Those whose pages may be fetched still."""
        if self.named or self._unnamed < self.limits.unnamed:
            return list(self.sources)
        return [each.id for each in self.sources.values() if each.network == "local"]

    def _wanted(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """No more of one host than its share, and of public hosts than strangers are given."""
        wanted = []
        hosts: dict[str, int] = {}
        for each in candidates:
            host = host_of(each)
            hosts[host] = hosts.get(host, 0) + 1
            if host and hosts[host] > self.limits.per_host:
                continue
            if host and not self.named and self.sources[each.source_id].network == "public":
                self._unnamed += 1
                if self._unnamed == self.limits.unnamed + 1:
                    self.running.notes.append(
                        f"only {self.limits.unnamed} pages of public sites are fetched while nobody is named "
                        'who answers for it; write contact = "you@example.org" into sources.toml, and what '
                        "waits is fetched"
                    )
                if self._unnamed > self.limits.unnamed:
                    continue
            wanted.append(each)
        return wanted

    def _hand_out(self, candidates: Sequence[Candidate], known: Mapping[str, Known]) -> None:
        by_host: dict[str, list[tuple[Source, Candidate]]] = {}
        for each in candidates:
            source = self.sources[each.source_id]
            self.on_progress(source.id, "due", 1)
            host = host_of(each)
            if host:
                self._asked[each.uri] = (source, each, known.get(each.uri))
                by_host.setdefault(host, []).append((source, each))
            else:
                self._read(source, each, known.get(each.uri), place=self._kept(source, each))
        for host, pages in by_host.items():
            self._hosts.add(host)
            self.web.ask(host, pages)

    def _kept(self, source: Source, candidate: Candidate) -> Place | None:
        """Where an article that its feed holds is kept."""
        if not source.archive or candidate.content is None or candidate.fetched_at is None:
            return None
        hints = Hints(language=source.language, country=source.country)
        return self.archive.add_content(candidate, fetched_at=candidate.fetched_at, hints=hints)

    # What came.

    def _handle(self, wait_s: float) -> Iterator[Item]:
        """The events that are there; waits for the first."""
        for number in range(_EVENTS):
            try:
                event = self.events.get(block=number == 0 and wait_s > 0, timeout=wait_s or None)
            except Empty:
                break
            match event:
                case PollEnded():
                    self._poll_ended(event)
                case PageEnded():
                    yield from self._page_ended(event)
                case HostFree():
                    self._hosts.discard(event.host)
                    self._may_be_more = True
                case ReadEnded():
                    yield self._read_ended(event)
                case RulesRead():
                    self._rules.append(event.rules)
                case Broke():
                    raise event.error
        self._remember()

    def _remember(self) -> None:
        """Store what was put off, and what was learned of hosts."""
        delays, rules, pauses = self._delays, self._rules, self._pauses
        if not (delays or rules or pauses):
            return
        self._delays, self._rules, self._pauses = [], [], []
        writer, at = self.running.writer, self.now()
        with self.running.batches.interrupts.held():
            if delays:
                writer.put_off(self.running.run_id, delays, at=at)
            if rules or pauses:
                writer.save_hosts(rules, pauses, at=at)

    def _pause(self, host: str, error: PutOff) -> None:
        """Leave a host alone, in this run and the next."""
        known = self.shut.get(host)
        if host and (known is None or known < error.retry_at):
            self.shut[host] = error.retry_at
            self._pauses.append(HostPause(host, error.retry_at, error.reason))

    def _page_ended(self, event: PageEnded) -> Iterator[Item]:
        source, candidate, known = self._asked.pop(event.candidate.uri)
        error = event.error
        if event.answer is not None:
            self.on_progress(source.id, "fetched", 1)
            fetched, signals = fetched_of(event.answer), event.answer.signals
            self._read(source, candidate, known, fetched, place=event.place, signals=signals)
        elif isinstance(error, PutOff):
            self._pause(host_of(candidate), error)
            tried = error.reason not in _NOT_TRIED
            if tried and candidate.attempts + 1 >= self.limits.attempts:
                yield ended(candidate, error)
            else:
                self._delays.append((candidate, error.retry_at, str(error) if tried else None))
        else:
            assert error is not None  # or there were an answer
            signals = error.signals if isinstance(error, Refused) else ()
            yield replace(ended(candidate, error), signals=signals)

    def _read(
        self,
        source: Source,
        candidate: Candidate,
        known: Known | None,
        fetched: Fetched | None = None,
        *,
        place: Place | None = None,
        signals: tuple[Signal, ...] = (),
    ) -> None:
        page = Page(
            candidate=candidate,
            read_at=self.now(),
            known=known,
            fetched=fetched,
            signals=signals,
            place=place,
            language=source.language,
            country=source.country,
            max_bytes=source.max_bytes or self.limits.document_bytes,
        )
        self._reading[candidate.uri] = len(page.content)
        if place is not None:
            self.places[candidate.uri] = place
        self.pool.read(page)
        self._brake()

    def _read_ended(self, event: ReadEnded) -> Extracted | Outcome:
        del self._reading[event.page.candidate.uri]
        self._brake()
        return event.item

    def _brake(self) -> None:
        """Let fetching pause while reading lags behind."""
        held = not self._has_room()
        if held is not self._held:
            self._held = held
            self.web.hold(held=held)

    def _has_room(self) -> bool:
        return len(self._reading) < self.limits.read and sum(self._reading.values()) < self.limits.read_bytes

    # What sources list.

    def _poll_ended(self, event: PollEnded) -> None:
        if isinstance(event.error, PutOff):
            self._pause(_host(event.source), event.error)
        if event.polled is None:
            self._close_poll(event, PollCounts())
        else:
            self._lists.append(_List(event, iter(event.polled.candidates)))

    def _go_through_lists(self) -> Iterator[Item]:
        """One part of the list that has waited longest."""
        if not self._lists:
            return
        current = self._lists.popleft()
        source = current.event.source
        is_local = source.kind in _LOCAL_KINDS
        if is_local and not self._has_room():
            self._lists.append(current)
            return
        size = self.limits.read if is_local else self.limits.listed
        part, error = _part(current.found, size)
        candidates = [each for each in part if isinstance(each, Candidate)]
        self.running.passed_over.update(each.reason for each in part if isinstance(each, PassedOver))
        fresh = self._not_said_before([each for each in part if isinstance(each, Outcome)])
        yield from fresh
        if fresh:
            self.running.batches.flush()  # once the poll is closed, nobody would find them again
        if is_local:
            self._read_local(source, candidates)
        elif candidates:
            with self.running.batches.interrupts.held():
                current.counts = self.running.writer.save_poll(
                    self.running.run_id,
                    Poll(source.id, current.event.asked_at),
                    candidates,
                    at=self.now(),
                    last=False,
                )
            self._may_be_more = True
        if error is None and len(part) == size:
            self._lists.append(current)
        else:
            self._close_poll(current.event, current.counts, error=error)

    def _not_said_before(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Those of what is broken in a list that its last polls did not say already."""
        if not outcomes:
            return []
        with self.running.batches.interrupts.held():
            said = self.running.writer.complaints([each.uri for each in outcomes])
        return [each for each in outcomes if said.get(each.uri) != each.reason]

    def _read_local(self, source: Source, candidates: Sequence[Candidate]) -> None:
        """Have files read at once: they lie there, and need no backlog."""
        fresh = [each for each in candidates if each.uri not in self._reading]
        if fresh:
            with self.running.batches.interrupts.held():
                known = self.running.writer.known([each.uri for each in fresh])
            for each in fresh:
                self.on_progress(source.id, "due", 1)
                self._read(source, each, known.get(each.uri))

    def _close_poll(self, event: PollEnded, counts: PollCounts, *, error: InputError | None = None) -> None:
        source_id = event.source.id
        state = self.states.get(source_id, SourceState(source_id))
        poll = finished(event, state, counts, at=self.now(), error=error)
        with self.running.batches.interrupts.held():
            self.running.writer.save_poll(self.running.run_id, poll, (), at=self.now())
            self.states = dict(self.running.writer.source_states())
        self._polling.discard(source_id)
        if poll.result == "failed":
            self.running.unread.append(source_id)
            self.say(f"source {source_id} could not be read: {printable(poll.problem or '?')}")
        if poll.moved_to is not None and poll.moved_to != state.moved_to:
            self.say(
                f"source {source_id} has moved for good to {printable(poll.moved_to)}: change its url in "
                "sources.toml"
            )

    # What an earlier run left.

    def _left_over(self) -> Iterator[Item]:
        """Read what was fetched and not stored before an earlier run was cut short: nobody is asked again."""
        folder = self.archive.folder
        for file in marked(folder):
            beginning = Place(file, 0)  # no response stands there: the mark stays until all is looked at
            self.unsettled.add(beginning)
            found = left_over(folder, file)
            done = True
            while part := list(islice(found, self.limits.read)):
                done = self._read_left_over(part) and done
                while self._reading:
                    yield from self._handle(_WAIT_S)
            if done:
                self.unsettled.settle(beginning)
        self.unsettled.save()

    def _read_left_over(self, part: Sequence[tuple[Place, Kept]]) -> bool:
        """Have read what waits still; whether nothing of it has to wait for a run over other sources."""
        done = True
        by_uri = {kept.note.candidate.uri: (place, kept) for place, kept in part if kept.note.candidate}
        with self.running.batches.interrupts.held():
            waiting = self.running.writer.waiting(list(by_uri))
            known = self.running.writer.known(list(waiting))
        for uri, claimed_updated in waiting.items():
            place, kept = by_uri[uri]
            candidate = kept.note.candidate
            assert candidate is not None  # left out above
            source = self.sources.get(candidate.source_id)
            if source is None or candidate.claimed.updated != claimed_updated:
                done = done and source is not None  # or else it changed since, and is fetched again
                continue
            self.unsettled.add(place)
            fetched = None
            if kept.status is None:
                candidate = replace(candidate, content=kept.content)
            else:
                fetched = Fetched(kept.url, kept.status, kept.headers, kept.content, kept.fetched_at)
            self._read(source, candidate, known.get(uri), fetched, place=place, signals=kept.note.signals)
        return done

    # Waiting.

    def _is_idle(self) -> bool:
        return not (
            self._polling or self._lists or self._asked or self._reading or self._hosts or self._may_be_more
        )

    def _wait_s(self) -> float:
        if self._lists and (self._has_room() or self._lists[0].event.source.kind not in _LOCAL_KINDS):
            return 0.0
        if self._is_idle():
            if time.monotonic() - self._look_at > _LOOK_AGAIN_S:
                self._may_be_more = True
            return _IDLE_S
        return _WAIT_S


def _host(source: Source) -> str:
    """The host that is asked what a source has; empty where that lies on this machine."""
    return host_of(Candidate(source.url, source.id)) if source.url is not None else ""


def _part(found: Iterator[Found], size: int) -> tuple[list[Found], InputError | None]:
    """The next so many of a list, and why it cannot be gone through any further."""
    part: list[Found] = []
    try:
        part.extend(islice(found, size))
    except InputError as error:
        return part, error
    except OSError as error:
        sentence = f"it could not be read to its end ({error.strerror or error}); check the disk"
        return part, InputError(sentence, stage="find", reason="unreadable")
    return part, None
