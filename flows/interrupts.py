"""Ctrl-C and the system's request to end, held back while something must be finished."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Turns SIGINT and SIGTERM into KeyboardInterrupt for as long as the `with` lasts.

    Only the main thread can take signals over; in any other this does nothing, and whoever started the
    thread answers for them.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._held = False
        self._came = False
        self._over = False

    def __enter__(self) -> Self:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            for each in _SIGNALS:
                self._before[each] = signal.signal(each, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give them back."""
        for each, handler in self._before.items():
            signal.signal(each, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the block finish; a signal that came meanwhile interrupts at its end.

        DuckDB would give up a statement, and so a commit, in which Python sees an interrupt.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._came and not self._over:
            self._came = False
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """From here on nothing is interrupted: what remains is the last thing to do."""
        self._over = True

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as signal calls it
        if self._over:
            return
        if not self._held:
            raise KeyboardInterrupt
        self._came = True
