"""The thread that asks the web: what goes in comes out as events, and what is kept is marked first."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from flows.network import Broke, Event, HostFree, Network, PageEnded, PollEnded, network
from records import Candidate, InputError, Signal, Source, WarehouseError
from sources.archive import Archive, open_archive, read
from sources.unsettled import Unsettled, left_over, marked
from sources.web import Answer, Ask, Get, PutOff, Refused
from warehouse.model import SourceState

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIMEOUT_S = 30
HOST = "news.example.org"
FEED = f"https://{HOST}/feed"
SOURCE = Source("wire", "feed", url=FEED, language="ga", country="IE")
RSS = (
    f"<rss version='2.0'><channel><title>x</title><item><link>https://{HOST}/a</link></item></channel></rss>"
)

Reply = Answer | Exception | Callable[[], Awaitable[Answer]]


def answer(url: str, content: str = "<p>Yes.</p>", **given: Any) -> Answer:
    return Answer(url, 200, {"content-type": "text/html"}, content.encode(), AT, AT, **given)


def candidate(name: str) -> Candidate:
    url = f"https://{HOST}/{name}"
    return Candidate(uri=url, source_id="wire", url=f"{url}?utm_source=feed")


@dataclass(slots=True)
class Stage:
    """A network whose web is made up.

    Attributes:
        folder: of the archive.
        replies: by address; one that is not there is answered with a page.
        asked: for what, in order.
    """

    folder: Path
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Ask] = field(default_factory=list)
    events: "SimpleQueue[Event]" = field(default_factory=SimpleQueue)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Get]:
        async def get(ask: Ask) -> Answer:
            self.asked.append(ask)
            reply = self.replies.get(ask.url, answer(ask.url))
            if isinstance(reply, Exception):
                raise reply
            return reply if isinstance(reply, Answer) else await reply()

        yield get

    @contextmanager
    def running(
        self, opened: Callable[[], AbstractAsyncContextManager[Get]] | None = None
    ) -> Iterator[Network]:
        with (
            open_archive(self.folder, software="Dateline/0", now=lambda: AT) as archive,
            network(
                opened or self.opened,
                events=self.events,
                now=lambda: AT,
                archive=archive,
                unsettled=Unsettled(self.folder),
            ) as web,
        ):
            yield web

    def take(self) -> Event:
        return self.events.get(timeout=TIMEOUT_S)

    def page(self) -> PageEnded:
        event = self.take()
        assert isinstance(event, PageEnded), event
        return event


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "archive")


def test_pages_of_a_host_end_one_after_the_other_and_then_the_host_is_free(stage: Stage):
    pages = [candidate(name) for name in "abc"]
    with stage.running() as web:
        web.ask(HOST, [(SOURCE, each) for each in pages])
        ended = [stage.page() for _ in pages]
        assert stage.take() == HostFree(HOST)
    assert [each.candidate for each in ended] == pages
    assert [ask.url for ask in stage.asked] == [each.url for each in pages]  # as they were found
    assert {ask.kind for ask in stage.asked} == {"page"}
    assert all(each.answer and each.error is None for each in ended)


def test_what_is_answered_is_in_the_archive_and_marked_before_it_is_told(stage: Stage):
    with stage.running() as web:
        web.ask(HOST, [(SOURCE, candidate("a"))])
        place = stage.page().place
        assert place is not None
        left = dict(left_over(stage.folder, place.file))
        assert marked(stage.folder) == (place.file,)
        assert stage.take() == HostFree(HOST)
    kept = left[place]
    assert kept == read(stage.folder, place)
    assert kept.note.candidate == candidate("a")
    assert (kept.note.language, kept.note.country) == ("ga", "IE")
    assert kept.content == b"<p>Yes.</p>"


@pytest.mark.parametrize("why", ["source", "noarchive"])
def test_what_may_not_be_kept_is_not(stage: Stage, why: str):
    said = Signal("noarchive", "noarchive", "meta", obeyed=True)
    source = Source("wire", "feed", url=FEED, archive=why != "source")
    url = candidate("a").url or ""
    stage.replies[url] = answer(url, signals=(said,) if why == "noarchive" else ())
    with stage.running() as web:
        web.ask(HOST, [(source, candidate("a"))])
        ended = stage.page()
    assert ended.answer is not None
    assert ended.place is None
    assert marked(stage.folder) == ()
    assert list(stage.folder.glob("*.warc.gz")) == []


@pytest.mark.parametrize(
    "error",
    [
        InputError("it is gone", stage="fetch", reason="http_410"),
        PutOff("later", reason="retry_after", retry_at=AT + timedelta(hours=1)),
        Refused("no", reason="robots", signals=(Signal("robots", "disallow", "/", obeyed=True),)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_page_that_cannot_be_had_does_not_keep_the_next_waiting(stage: Stage, error: InputError):
    stage.replies[candidate("a").url or ""] = error
    with stage.running() as web:
        web.ask(HOST, [(SOURCE, candidate("a")), (SOURCE, candidate("b"))])
        first, second = stage.page(), stage.page()
        assert stage.take() == HostFree(HOST)
    assert (first.error, first.answer, first.place) == (error, None, None)
    assert second.error is None


def test_a_source_is_asked_on_its_conditions(stage: Stage):
    stage.replies[FEED] = answer(FEED, RSS)
    with stage.running() as web:
        web.poll(SOURCE, SourceState("wire", etag='"a"', last_modified="Mon"))
        event = stage.take()
    assert isinstance(event, PollEnded)
    assert (event.source, event.asked_at, event.error) == (SOURCE, AT, None)
    assert event.polled is not None
    assert [each.uri for each in event.polled.candidates if isinstance(each, Candidate)] == [
        f"https://{HOST}/a"
    ]
    assert [(ask.url, ask.etag, ask.last_modified) for ask in stage.asked] == [(FEED, '"a"', "Mon")]
    assert list(stage.folder.glob("*")) == []  # of sources nothing is kept


def test_a_source_that_cannot_be_asked(stage: Stage):
    stage.replies[FEED] = error = InputError("it is gone", stage="fetch", reason="http_410")
    with stage.running() as web:
        web.poll(SOURCE, SourceState("wire"))
        assert stage.take() == PollEnded(SOURCE, AT, None, error)


@pytest.mark.parametrize("kind", ["poll", "page"])
def test_a_mistake_breaks_the_run_and_not_the_thread(stage: Stage, kind: str):
    mistake = RuntimeError("so not")
    stage.replies |= {FEED: mistake, candidate("a").url or "": mistake}
    with stage.running() as web:
        if kind == "poll":
            web.poll(SOURCE, SourceState("wire"))
        else:
            web.ask(HOST, [(SOURCE, candidate("a"))])
        assert stage.take() == Broke(mistake)
        web.ask("other", [(SOURCE, candidate("b"))])
        assert stage.page().error is None


def test_an_archive_that_cannot_be_written_breaks_the_run(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    full = WarehouseError("the archive cannot be written; make room")

    def add(*_: Any, **__: Any) -> None:
        raise full

    monkeypatch.setattr(Archive, "add", add)
    with stage.running() as web:
        web.ask(HOST, [(SOURCE, candidate("a"))])
        assert stage.take() == Broke(full)


def test_while_it_is_held_no_further_page_is_asked_for(stage: Stage):
    """Sources are."""
    stage.replies[FEED] = answer(FEED, RSS)
    with stage.running() as web:
        web.hold(held=True)
        web.ask(HOST, [(SOURCE, candidate("a")), (SOURCE, candidate("b"))])
        web.poll(SOURCE, SourceState("wire"))
        assert isinstance(stage.take(), PollEnded)
        assert [ask.url for ask in stage.asked] == [FEED]
        web.hold(held=False)
        assert [stage.page().candidate, stage.page().candidate] == [candidate("a"), candidate("b")]


def test_hosts_do_not_wait_for_one_another(stage: Stage):
    answered = threading.Event()

    async def slow() -> Answer:
        await asyncio.to_thread(answered.wait, TIMEOUT_S)
        return answer("slow")

    stage.replies[candidate("slow").url or ""] = slow
    with stage.running() as web:
        web.ask("slow", [(SOURCE, candidate("slow"))])
        web.ask(HOST, [(SOURCE, candidate("a"))])
        assert stage.page().candidate == candidate("a")
        assert stage.take() == HostFree(HOST)
        answered.set()
        assert stage.page().candidate == candidate("slow")


def test_what_is_under_way_at_the_end_is_broken_off(stage: Stage):
    asked, broken_off = threading.Event(), threading.Event()

    async def never() -> Answer:
        asked.set()
        try:
            return await asyncio.Future[Answer]()
        finally:
            broken_off.set()

    stage.replies[candidate("a").url or ""] = never
    with stage.running() as web:
        web.ask(HOST, [(SOURCE, candidate("a")), (SOURCE, candidate("b"))])
        assert asked.wait(TIMEOUT_S)
    assert broken_off.is_set()
    assert stage.events.empty()
    assert len(stage.asked) == 1
    assert [each.name for each in threading.enumerate() if each.name == "network"] == []


def test_a_client_that_cannot_be_opened_is_told_at_once(stage: Stage):
    @asynccontextmanager
    async def broken() -> AsyncIterator[Get]:
        async with stage.opened() as get:
            if not stage.asked:
                raise OSError(24, "Too many open files")
            yield get

    with pytest.raises(OSError, match="Too many open files"), stage.running(broken):
        pass
