"""The polls of a run: which sources are asked, and what becomes of the lists that they give."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from flows.batches import Item
from flows.desk import Desk
from flows.network import PollEnded
from flows.pages import Pages
from flows.polling import finished, is_due
from records import Candidate, InputError, Outcome, Source
from sources.found import Found, PassedOver
from sources.names import printable
from warehouse.model import Poll, PollCounts, SourceState
from warehouse.sightings import host_of

_LOCAL_KINDS = ("files", "warc")


@dataclass(slots=True)
class _List:
    """What a source listed, gone through a part at a time."""

    event: PollEnded
    found: Iterator[Found]
    counts: PollCounts = field(default_factory=PollCounts)
    over: bool = False
    error: InputError | None = None


@dataclass(slots=True)
class Polls:
    """The sources that are being asked, and their lists.

    Attributes:
        desk: the run's tools.
        pages: take what lies on this machine, which needs no backlog.
        states: where the polling of each source stands.
        asked_for: sources that are asked though they are not due.
        again: whether a source is asked more than once in this run, when it is due again.
    """

    desk: Desk
    pages: Pages
    states: Mapping[str, SourceState]
    asked_for: frozenset[str]
    again: bool
    _polling: set[str] = field(default_factory=set)
    _polled: set[str] = field(default_factory=set)
    _lists: deque[_List] = field(default_factory=deque)

    @property
    def is_idle(self) -> bool:
        """Whether no source is being asked, and no list in hand."""
        return not self._polling

    @property
    def has_lists(self) -> bool:
        """Whether there is something to go through."""
        return bool(self._lists)

    @property
    def can_go_on(self) -> bool:
        """Whether the next list can be gone through at once."""
        if not self._lists:
            return False
        first = self._lists[0]
        if not _is_local(first.event.source):
            return True
        return not self.pages.number_of(first.event.source.id) if first.over else self.pages.has_room

    def start(self, shut: Mapping[str, datetime]) -> None:
        """Ask the sources that are due, but for those whose hosts are left alone until a moment."""
        at = self.desk.now()
        for source_id, source in self.desk.sources.items():
            if len(self._polling) >= self.desk.limits.polls:
                return
            first = source_id not in self._polled
            due = is_due(self._state(source_id), at=at) or (first and source_id in self.asked_for)
            if not due or not (first or self.again) or source_id in self._polling:
                continue
            if shut.get(host_of_source(source), at) > at:
                continue
            self._polling.add(source_id)
            self._polled.add(source_id)
            self.desk.web.poll(source, self._state(source_id))

    def ended(self, event: PollEnded) -> None:
        """Take the list that a source gave in hand; the poll of one that gave none is over."""
        if event.polled is None:
            self._close(_List(event, iter(())))
        else:
            self._lists.append(_List(event, iter(event.polled.candidates)))

    def go_on(self) -> Iterator[Item]:
        """Go through a part of the list that has waited longest; gives what is broken in it.

        What it lists is in the backlog then, or being read.
        """
        if not self.can_go_on:
            self._lists.rotate(-1)
            return
        current = self._lists.popleft()
        source = current.event.source
        size = self.desk.limits.read if _is_local(source) else self.desk.limits.listed
        if current.over:
            self.desk.running.batches.flush()  # as for what is broken, below
            self._close(current)
            return
        part, current.error = _part(current.found, size)
        passed_over = [each.reason for each in part if isinstance(each, PassedOver)]
        self.desk.running.passed_over.update(passed_over)
        fresh = self._not_said_before([each for each in part if isinstance(each, Outcome)])
        yield from fresh
        if fresh:
            self.desk.running.batches.flush()  # once the poll is closed, nobody would find them again
        candidates = [each for each in part if isinstance(each, Candidate)]
        if _is_local(source):
            self._read(source, candidates)
        elif candidates:
            self._save(current, candidates)
        current.over = current.error is not None or len(part) < size
        if current.over and not _is_local(source):
            self._close(current)
        else:
            self._lists.append(current)

    def note_of_idleness(self) -> str | None:
        """What to tell whoever started a run in which no source was due; None where one was."""
        if self._polled:
            return None
        times = [at for each in self.desk.sources if (at := self._state(each).next_poll_at)]
        when = f"; the next one is at {min(times):%Y-%m-%d %H:%M} UTC" if times else ""
        return f"no source was due{when} (--source ID asks one now)"

    def _state(self, source_id: str) -> SourceState:
        return self.states.get(source_id, SourceState(source_id))

    def _not_said_before(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Those of what is broken in a list that its last polls did not say already."""
        if not outcomes:
            return []
        running = self.desk.running
        with running.batches.interrupts.held():
            said = running.writer.complaints([each.uri for each in outcomes])
        return [each for each in outcomes if said.get(each.uri) != each.reason]

    def _read(self, source: Source, candidates: Sequence[Candidate]) -> None:
        running = self.desk.running
        fresh = [each for each in candidates if each.uri not in self.pages.uris]
        if not fresh:
            return
        with running.batches.interrupts.held():
            known = running.writer.known([each.uri for each in fresh])
        self.desk.told.on_progress(source.id, "due", len(fresh))
        for each in fresh:
            self.pages.read(source, each, known.get(each.uri))

    def _save(self, current: _List, candidates: Sequence[Candidate]) -> None:
        running, event = self.desk.running, current.event
        poll = Poll(event.source.id, event.asked_at)
        with running.batches.interrupts.held():
            current.counts = running.writer.save_poll(
                running.run_id, poll, candidates, at=self.desk.now(), last=False
            )

    def _close(self, current: _List) -> None:
        running, source_id = self.desk.running, current.event.source.id
        before = self._state(source_id)
        poll = finished(current.event, before, current.counts, at=self.desk.now(), error=current.error)
        with running.batches.interrupts.held():
            running.writer.save_poll(running.run_id, poll, (), at=self.desk.now())
            self.states = running.writer.source_states()
        self._polling.discard(source_id)
        running.unread.discard(source_id)
        if poll.result == "failed":
            running.unread.add(source_id)
            self.desk.told.say(f"source {source_id} could not be read: {printable(poll.problem or '?')}")
        if poll.moved_to is not None and poll.moved_to != before.moved_to:
            self.desk.told.say(
                f"source {source_id} has moved for good to {printable(poll.moved_to)}: change its url in "
                "sources.toml"
            )


def host_of_source(source: Source) -> str:
    """The host that is asked what a source has; empty where that lies on this machine."""
    return host_of(Candidate(source.url, source.id)) if source.url is not None else ""


def _is_local(source: Source) -> bool:
    return source.kind in _LOCAL_KINDS


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
