"""Reading in worker processes: a page that hangs or kills its worker costs one outcome, no more."""

import multiprocessing
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from flows.readers import Readers, readers
from flows.reading import Page, read
from records import Candidate, Claimed, Extracted, Outcome, Signal
from sources.archive import Place
from sources.fetched import Fetched
from tests.flows.conftest import article

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNAL = Signal("noai", "noai", "the meta element", obeyed=False)
TIMEOUT_S = 60


class Hangs(dict[str, str]):
    """Headers that nobody ever finishes to look at."""

    def get(self, *_: Any) -> Any:
        threading.Event().wait()


class Kills(dict[str, str]):
    """Headers that kill whoever looks at them, as a library in C may."""

    def get(self, *_: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


def page(about: str, headers: dict[str, str] | None = None) -> Page:
    body = "".join(f"<p>{each}</p>" for each in article(about).split("\n\n"))
    url = f"https://news.example.org/{about}"
    content = f"<html><head><title>The {about}</title></head><body><article>{body}</article></body></html>"
    given = {"content-type": "text/html"} if headers is None else headers
    return Page(
        Candidate(uri=url, source_id="wire", url=url),
        read_at=AT,
        fetched=Fetched(url, 200, given, content.encode(), AT),
        signals=(SIGNAL,),
        place=Place("a.warc.gz", 12),
    )


Ended = tuple[Page, Extracted | Outcome]


@contextmanager
def reading(*, deadline_s: float = 30.0, workers: int = 1) -> Iterator[tuple[Readers, Callable[[], Ended]]]:
    """Readers, and what takes the next page that has ended."""
    ended: SimpleQueue[Ended] = SimpleQueue()
    with readers(lambda *each: ended.put(each), workers=workers, deadline_s=deadline_s) as pool:
        yield pool, lambda: ended.get(timeout=TIMEOUT_S)


def _name(ended: Ended) -> str:
    return ended[0].candidate.uri


def outcome(item: Extracted | Outcome) -> Outcome:
    assert isinstance(item, Outcome), item
    return item


def test_a_page_comes_back_as_if_it_had_been_read_here():
    claimed = replace(page("tram").candidate, claimed=Claimed(title="Of trams"), guid="tag:1")
    given = [page("harbour"), replace(page("tram"), candidate=claimed)]
    with reading(workers=2) as (pool, take):
        for each in given:
            pool.read(each)
        found = [take(), take()]
    assert sorted(found, key=_name) == [(each, read(each)) for each in given]


def test_a_candidate_that_brings_its_content_gets_it_back():
    content = article("library").encode()
    given = Page(Candidate(uri="file:///l.txt", source_id="wire", content=content), read_at=AT)
    with reading() as (pool, take):
        pool.read(given)
        _, item = take()
    assert item == read(given)
    assert isinstance(item, Extracted)
    assert item.capture.content == item.capture.candidate.content == content


def test_a_file_is_read_there(tmp_path: Path):
    file = tmp_path / "bridge.txt"
    file.write_text(article("bridge"))
    given = Page(Candidate(uri=file.as_uri(), source_id="wire", path=str(file)), read_at=AT)
    with reading() as (pool, take):
        pool.read(given)
        _, item = take()
    assert item == read(given)
    assert isinstance(item, Extracted)
    assert item.capture.content == file.read_bytes()


def test_a_page_that_hangs_is_given_up_and_the_others_go_on():
    with reading(deadline_s=3) as (pool, take):
        for each in (page("a"), page("b", Hangs()), page("c")):
            pool.read(each)
        ended = {each.candidate.uri[-1]: item for each, item in (take(), take(), take())}
    assert isinstance(ended["a"], Extracted)
    assert isinstance(ended["c"], Extracted)
    late = outcome(ended["b"])
    assert (late.outcome, late.stage, late.reason) == ("failed", "extract", "extraction_timeout")
    assert "3 s" in (late.detail or "")
    assert late.signals == (SIGNAL,)
    assert (late.uri, late.source_id) == ("https://news.example.org/b", "wire")


def test_a_page_that_kills_its_worker_is_one_outcome_and_the_others_go_on():
    with reading() as (pool, take):
        for each in (page("a"), page("b", Kills()), page("c"), page("d", Kills()), page("e")):
            pool.read(each)
        ended = {each.candidate.uri[-1]: item for each, item in (take() for _ in range(5))}
    assert all(isinstance(ended[each], Extracted) for each in "ace")
    for name in "bd":
        died = outcome(ended[name])
        assert (died.outcome, died.stage, died.reason) == ("failed", "extract", "worker_died")
        assert died.signals == (SIGNAL,)


def test_a_mistake_is_an_outcome_that_says_so():
    given = replace(page("a"), place=_mistaken())
    with reading() as (pool, take):
        pool.read(given)
        pool.read(page("b"))
        ended = {each.candidate.uri[-1]: item for each, item in (take(), take())}
    assert isinstance(ended["b"], Extracted)
    broke = outcome(ended["a"])
    assert (broke.outcome, broke.stage, broke.reason) == ("failed", "extract", "crashed")
    assert "please report it" in (broke.detail or "")
    assert broke.signals == (SIGNAL,)


def _mistaken() -> Any:
    """A name, where a place belongs."""
    return "a.warc.gz"


def test_nothing_outlives_them_and_what_is_in_hand_is_dropped():
    """Even while a page hangs."""
    ended: list[Page] = []
    came = threading.Event()

    def done(each: Page, _: object) -> None:
        ended.append(each)
        came.set()

    with readers(done, workers=2) as pool:
        pool.read(page("a"))
        pool.read(page("b", Hangs()))
        pool.read(page("c", Hangs()))
        assert came.wait(TIMEOUT_S)
        workers = [each.pid for each in multiprocessing.active_children() if each.pid]
        assert workers
        descriptors = [os.pidfd_open(pid) for pid in workers]
    for each in descriptors:
        poller = select.poll()
        poller.register(each, select.POLLIN)
        assert poller.poll(TIMEOUT_S * 1000)  # readable once the process has ended
        os.close(each)
    assert [each.candidate.uri[-1] for each in ended] == ["a"]


def test_without_a_page_no_process_is_started():
    before = {each.pid for each in multiprocessing.active_children()}
    with readers(lambda *_: None) as pool:
        assert {each.pid for each in multiprocessing.active_children()} == before
        pool.close()
    pool.close()
