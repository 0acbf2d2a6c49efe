"""How often a long run publishes: as often as the cost stays a small share of the time."""

import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

SHARE = 0.05
"""Of the time that publishing may take."""

DERIVING_SHARE = 0.01
"""Of the time that working out edits may take while a run goes on."""

SHORTEST_S = 1.0
LONGEST_S = 1800.0

_BYTES_PER_S = 200_000_000
"""For a first guess: copying took 2 s for 634 MB and 7 to 18 s for 5.3 GB (issue 4)."""

_REMEMBERED = 5
"""One slow disk flush is not to put off the next publishing; a store that has grown is."""

_SCHEDSTAT = Path("/proc/thread-self/schedstat")


@dataclass(slots=True)
class Pace:
    """When a thing that recurs is due again, so that it takes no more than its share of the time.

    Attributes:
        share: of the time.
        due_at: on the monotonic clock.
    """

    share: float
    due_at: float = 0.0
    _costs_s: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def took(self, cost_s: float, *, ended_at: float) -> None:
        """Put the next time off, as the median of the last few costs demands."""
        self._costs_s.append(cost_s)
        self.due_at = ended_at + wait_s(median(self._costs_s), share=self.share)


def wait_s(cost_s: float, *, share: float = SHARE) -> float:
    """Seconds between the end of one publishing, which took `cost_s`, and the next."""
    return min(max(SHORTEST_S, cost_s * (1 - share) / share), LONGEST_S)


def guess_s(size_bytes: int) -> float:
    """Seconds that publishing a store of this size may take, before one was measured."""
    return 0.05 + size_bytes / _BYTES_PER_S


def effort_s() -> float:
    """The monotonic clock less the time for which this thread was kept waiting for a processor.

    On a busy machine everything takes longer, publishing no more than the rest: what others keep from a run
    is no cost of publishing. Only Linux tells (proc(5), schedstat); elsewhere it is the monotonic clock.
    """
    waited_ns = 0
    with suppress(OSError, ValueError, IndexError):
        waited_ns = int(_SCHEDSTAT.read_text(encoding="ascii").split()[1])
    return time.monotonic() - waited_ns / 1e9
