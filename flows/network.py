"""The thread that talks to the web: sources to poll and pages to fetch go in, events come out."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Any

from flows.reading import hints_of
from records import Candidate, HostRules, InputError, Source
from sources.archive import Archive, Place
from sources.asks import ask_for
from sources.poll import Polled, poll
from sources.signals import may_archive
from sources.unsettled import Unsettled
from sources.web import Answer, Get
from warehouse.model import SourceState

_CLOSE_S = 2.0  # what is under way is broken off by then: whoever ends a run waits for no slow host

OpenWeb = Callable[[], AbstractAsyncContextManager[Get]]
"""Opens the polite client, in the thread that uses it."""


@dataclass(frozen=True, slots=True)
class PollEnded:
    """A source was asked: `polled`, or the error why it could not be."""

    source: Source
    asked_at: datetime
    polled: Polled | None
    error: InputError | None


@dataclass(frozen=True, slots=True)
class PageEnded:
    """A page was asked for: `answer`, kept at `place` in the archive if anywhere, or the error."""

    candidate: Candidate
    answer: Answer | None
    place: Place | None
    error: InputError | None


@dataclass(frozen=True, slots=True)
class HostFree:
    """All pages that were handed in for a host have ended."""

    host: str


@dataclass(frozen=True, slots=True)
class Broke:
    """What no page is to blame for: the archive cannot be written, or a mistake in Dateline."""

    error: Exception


@dataclass(frozen=True, slots=True)
class RulesRead:
    """A host gave its rules."""

    rules: HostRules


Event = PollEnded | PageEnded | HostFree | RulesRead | Broke


@dataclass(slots=True)
class Network:
    """Asks the web on behalf of a run. Made by `network`; its methods return at once."""

    events: "SimpleQueue[Any]"
    now: Callable[[], datetime]
    archive: Archive
    unsettled: Unsettled
    _get: Get
    _loop: asyncio.AbstractEventLoop
    _go_on: asyncio.Event
    _tasks: set["Future[None]"] = field(default_factory=set)

    def poll(self, source: Source, state: SourceState) -> None:
        """Ask a source what it has; ends with `PollEnded`."""
        self._start(self._polled(source, state))

    def ask(self, host: str, pages: Sequence[tuple[Source, Candidate]]) -> None:
        """Fetch pages of a host one after the other; each ends with `PageEnded`, then comes `HostFree`."""
        self._start(self._asked(host, pages))

    def hold(self, *, held: bool) -> None:
        """Let no further page be asked for, or go on; what is under way ends."""
        self._loop.call_soon_threadsafe(self._go_on.clear if held else self._go_on.set)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.run_coroutine_threadsafe(self._guarded(work), self._loop)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  # it is raised again where the run is told of it
            self.events.put(Broke(error))

    async def _polled(self, source: Source, state: SourceState) -> None:
        asked_at = self.now()
        try:
            polled = await poll(
                source,
                self._get,
                etag=state.etag,
                last_modified=state.last_modified,
                now=asked_at,
                succeeded_at=state.succeeded_at,
            )
        except InputError as error:
            self.events.put(PollEnded(source, asked_at, None, error))
        else:
            self.events.put(PollEnded(source, asked_at, polled, None))

    async def _asked(self, host: str, pages: Sequence[tuple[Source, Candidate]]) -> None:
        for source, candidate in pages:
            await self._go_on.wait()
            try:
                answer = await self._get(ask_for(source, candidate.url or candidate.uri, kind="page"))
            except InputError as error:
                self.events.put(PageEnded(candidate, None, None, error))
                continue
            place = self._kept(source, candidate, answer)
            self.events.put(PageEnded(candidate, answer, place, None))
        self.events.put(HostFree(host))

    def _kept(self, source: Source, candidate: Candidate, answer: Answer) -> Place | None:
        """Keep an answer at once: whoever is killed from here on need not ask for it again."""
        if not source.archive or not may_archive(answer.signals):
            return None
        place = self.archive.add(answer, source_id=source.id, candidate=candidate, hints=hints_of(source))
        self.unsettled.add(place)
        return place


@contextmanager
def network(
    open_web: OpenWeb,
    *,
    events: "SimpleQueue[Any]",
    now: Callable[[], datetime],
    archive: Archive,
    unsettled: Unsettled,
) -> Iterator[Network]:
    """The network, for as long as the `with` lasts; what is under way at its end is broken off.

    Args:
        open_web: opens the client.
        events: what happened, in its order: `Event`s.
        now: the clock.
        archive: keeps what was answered.
        unsettled: is told of what it keeps.
    """
    ready: Future[Network] = Future()
    over: Future[asyncio.Event] = Future()

    async def serve() -> None:
        end = asyncio.Event()
        over.set_result(end)
        async with open_web() as get:
            loop, go_on = asyncio.get_running_loop(), asyncio.Event()
            go_on.set()
            ready.set_result(Network(events, now, archive, unsettled, get, loop, go_on))
            await end.wait()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), _CLOSE_S)

    def work() -> None:
        try:
            asyncio.run(serve())
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001  # whoever waits for it is told
            if not ready.done():
                ready.set_exception(error)
            else:
                events.put(Broke(error))

    thread = threading.Thread(target=work, name="network", daemon=True)
    thread.start()
    made = ready.result()
    try:
        yield made
    finally:
        with suppress(RuntimeError):  # the loop is closed where it broke
            made._loop.call_soon_threadsafe(over.result().set)  # noqa: SLF001  # its own maker
        thread.join(_CLOSE_S + 1)
