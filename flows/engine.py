"""The loop of a fetching run: asks what is due, and hands on what came. Its one thread does all writing."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from flows.backlog import Backlog
from flows.batches import Item
from flows.left_over import take_up_left_over
from flows.network import Broke, HostFree, PageEnded, PollEnded, RulesRead
from flows.pages import Pages
from flows.polls import Polls, host_of_source
from flows.reading import Page
from sources.web import PutOff

_EVENTS = 64  # so many are handled before what is due is looked at again
_WAIT_S = 0.1  # for an event, so that batches and publishing keep their time
_IDLE_S = 1.0  # the same while there is nothing to do


@dataclass(frozen=True, slots=True)
class ReadEnded:
    """A page was read, or could not be."""

    page: Page
    item: Item


@dataclass(frozen=True, slots=True)
class Engine:
    """One run over a set of sources, see `flows.fetch.fetch`.

    Attributes:
        polls: ask the sources.
        backlog: has their pages fetched.
        pages: has them read.
        events: what web and readers have to tell.
        watch: whether to go on when nothing is left to do.
    """

    polls: Polls
    backlog: Backlog
    pages: Pages
    events: "SimpleQueue[Any]"
    watch: bool

    def items(self) -> Generator[Item | None, None, None]:
        """Everything that comes to its end, as it does; None while nothing does, for the clock's sake."""
        yield from take_up_left_over(self.pages.desk, self.pages, lambda: self._handle(_WAIT_S))
        while True:
            self.polls.start(self.backlog.shut)
            yield from self._go_through_lists()
            self.backlog.take_up()
            if self._is_idle and not self.watch:
                self.pages.desk.running.notes.extend(filter(None, [self.polls.note_of_idleness()]))
                return
            yield from self._handle(self._wait_s())
            yield None

    def _go_through_lists(self) -> Iterator[Item]:
        if self.polls.has_lists:
            yield from self.polls.go_on()
            self.backlog.look_again()

    def _handle(self, wait_s: float) -> Iterator[Item]:
        """What the events that are there come to; waits for the first of them."""
        for number in range(_EVENTS):
            try:
                event = self.events.get(block=number == 0 and wait_s > 0, timeout=wait_s or None)
            except Empty:
                break
            match event:
                case PollEnded():
                    if isinstance(event.error, PutOff):
                        self.backlog.pause(host_of_source(event.source), event.error)
                    self.polls.ended(event)
                case PageEnded():
                    yield from self.backlog.page_ended(event)
                case HostFree():
                    self.backlog.host_free(event.host)
                case RulesRead():
                    self.backlog.rules_read(event.rules)
                case ReadEnded():
                    self.pages.ended(event.page.candidate)
                    yield event.item
                case Broke():
                    raise event.error
        self.backlog.save()

    @property
    def _is_idle(self) -> bool:
        return self.polls.is_idle and self.backlog.is_idle and not self.pages.uris

    def _wait_s(self) -> float:
        if self.polls.can_go_on:
            return 0.0
        if self._is_idle:
            self.backlog.look_again_in_time()
            return _IDLE_S
        return _WAIT_S
