"""Items gathered until it is time to store them: by their number, their bytes, or the clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flows.interrupts import Interrupts
from records import Extracted, Outcome

Item = Extracted | Outcome


def uri_of(item: Item) -> str:
    """The candidate that an item is the end of."""
    return item.uri if isinstance(item, Outcome) else item.capture.candidate.uri


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a batch is stored: as soon as one of these is reached, and the first of a run at its first item.

    Attributes:
        items: number of items.
        size_bytes: bytes of content.
        age_s: seconds since its first item.
    """

    items: int = 200
    size_bytes: int = 32_000_000
    age_s: float = 2.0


@dataclass(slots=True)
class Batches:
    """The batch in hand, and how many items were stored before it.

    Attributes:
        write: stores a batch, all or nothing.
        interrupts: held back while it does.
        limits: when it is called.
        stored: items that were stored.
    """

    write: Callable[[Sequence[Item]], None]
    interrupts: Interrupts
    limits: BatchLimits
    stored: int = 0
    _items: list[Item] = field(default_factory=list)
    _size_bytes: int = 0
    _since: float = 0.0

    def uris(self) -> set[str]:
        """The candidates in hand."""
        return {uri_of(each) for each in self._items}

    def add(self, item: Item) -> None:
        """Take an item in hand, and store the batch if it is time."""
        if not self._items:
            self._since = time.monotonic()
        self._items.append(item)
        if isinstance(item, Extracted):
            self._size_bytes += len(item.capture.content)
        if (
            not self.stored
            or len(self._items) >= self.limits.items
            or self._size_bytes >= self.limits.size_bytes
        ):
            self.flush()
        else:
            self.tick()

    def tick(self) -> None:
        """Store the batch if it has waited long enough."""
        if self._items and time.monotonic() - self._since >= self.limits.age_s:
            self.flush()

    def flush(self) -> None:
        """Store what is in hand."""
        with self.interrupts.held():
            items, self._items, self._size_bytes = self._items, [], 0
            if items:
                self.write(items)
                self.stored += len(items)
