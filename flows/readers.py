"""Worker processes that read pages: a page that hangs or kills its worker costs one outcome, no more."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pebble import ProcessExpired, ProcessPool

from flows.reading import Page, read
from flows.settle import crashed, ended
from records import Extracted, InputError, Outcome

Done = Callable[[Page, Extracted | Outcome], None]

DEADLINE_S = 60.0
"""Seconds for one page: a thousand times what most take, so that a slow machine loses none."""

_PAGES_A_WORKER = 2_000  # then it is replaced: libraries in C keep what they once took


@dataclass(slots=True)
class Readers:
    """Reads pages in worker processes, which start with the first page. Made by `readers`.

    Attributes:
        done: called with each page and what it became, in a thread of its own.
        workers: processes.
        deadline_s: seconds for one page.
    """

    done: Done
    workers: int
    deadline_s: float
    _pools: list[ProcessPool] = field(default_factory=list)

    def read(self, page: Page) -> None:
        """Have a page read; returns at once."""
        if not self._pools:
            self._pools.append(_pool(self.workers))
        future = self._pools[0].schedule(_read_lean, args=(page,), timeout=self.deadline_s)
        future.add_done_callback(lambda result: self._ended(page, result))

    def close(self) -> None:
        """End the workers; what they have in hand is dropped."""
        while self._pools:
            pool = self._pools.pop()
            pool.stop()  # type: ignore[no-untyped-call]  # pebble has types for all but this
            pool.join()

    def _ended(self, page: Page, future: "Future[Extracted | Outcome]") -> None:
        if future.cancelled() or not self._pools:
            return  # what is ended by `close` is no fault of a page
        error = future.exception()
        self.done(page, _whole(page, future.result()) if error is None else self._lost(page, error))

    def _lost(self, page: Page, error: BaseException) -> Outcome:
        if isinstance(error, TimeoutError):
            fault = InputError(
                f"reading it took more than {self.deadline_s:g} s; please report it, with the page",
                stage="extract",
                reason="extraction_timeout",
            )
        elif isinstance(error, ProcessExpired):
            fault = InputError(
                "reading it ended its worker process, for want of memory or by a mistake in a library; "
                "please report it, with the page",
                stage="extract",
                reason="worker_died",
            )
        else:
            mistake = error if isinstance(error, Exception) else RuntimeError(repr(error))
            return replace(crashed(page.candidate, mistake, stage="extract"), signals=page.signals)
        return replace(ended(page.candidate, fault), signals=page.signals)


@contextmanager
def readers(done: Done, *, workers: int | None = None, deadline_s: float = DEADLINE_S) -> Iterator[Readers]:
    """Readers, for as long as the `with` lasts.

    Args:
        done: see `Readers`.
        workers: processes; one a processor that this one may use where None.
        deadline_s: seconds for one page.
    """
    made = Readers(done, workers or len(os.sched_getaffinity(0)), deadline_s)
    try:
        yield made
    finally:
        made.close()


def _pool(workers: int) -> ProcessPool:
    # Not fork: a forked worker would keep the lock of the database, and the threads' locks as they stood.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.preloaded"])
    return ProcessPool(
        max_workers=workers, max_tasks=_PAGES_A_WORKER, initializer=_deaf_to_signals, context=context
    )


def _deaf_to_signals() -> None:
    """Ctrl-C reaches every process of a terminal; who started the workers ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_lean(page: Page) -> Extracted | Outcome:
    """Read a page; bytes that the other side holds already are not sent back."""
    item = read(page)
    if isinstance(item, Outcome):
        return item
    capture = item.capture
    content = b"" if capture.content == page.content else capture.content
    candidate = replace(capture.candidate, content=None)
    return replace(item, capture=replace(capture, content=content, candidate=candidate))


def _whole(page: Page, item: Extracted | Outcome) -> Extracted | Outcome:
    if isinstance(item, Outcome):
        return item
    capture = item.capture
    return replace(
        item,
        capture=replace(capture, content=capture.content or page.content, candidate=page.candidate),
    )
