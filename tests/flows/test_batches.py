"""When a batch is stored: at once the first time, then by number, by bytes or by the clock."""

from collections.abc import Sequence

import pytest

from flows import batches
from flows.batches import Batches, BatchLimits, Item
from flows.interrupts import Interrupts
from records import Article, Candidate, Capture, Extracted, Outcome


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(batches, "time", clock)
    return clock


@pytest.fixture
def written() -> list[list[str]]:
    return []


@pytest.fixture
def made(clock: Clock, written: list[list[str]]) -> Batches:
    """Batches of three items, a thousand bytes or two seconds, the first of which is stored."""

    def write(items: Sequence[Item]) -> None:
        written.append([_name(each) for each in items])

    made = Batches(write, Interrupts(), BatchLimits(items=3, size_bytes=1000, age_s=2.0))
    made.add(refused("first"))
    assert written.pop() == ["first"]
    return made


def _name(item: Item) -> str:
    return item.uri if isinstance(item, Outcome) else item.capture.candidate.uri


def refused(name: str) -> Outcome:
    return Outcome(name, "wire", "refused", "fetch", "robots")


def article(name: str, size: int) -> Extracted:
    capture = Capture(Candidate(name, "wire"), bytes(size), "0" * 64)
    return Extracted(capture, Article("text"), name, "0")


def test_nothing_in_hand_is_not_stored(made: Batches, clock: Clock, written: list[list[str]]):
    clock.at += 1000
    made.tick()
    made.flush()
    assert written == []


def test_by_number(made: Batches, written: list[list[str]]):
    for name in "abcd":
        made.add(refused(name))
    assert written == [["a", "b", "c"]]
    assert made.uris() == {"d"}
    assert made.stored == 4


def test_by_bytes(made: Batches, written: list[list[str]]):
    made.add(article("a", 600))
    assert written == []
    made.add(article("b", 600))
    assert written == [["a", "b"]]
    made.add(article("c", 600))
    assert made.uris() == {"c"}


def test_by_the_clock_though_nothing_more_comes(made: Batches, clock: Clock, written: list[list[str]]):
    made.add(refused("a"))
    clock.at += 1.9
    made.tick()
    assert written == []
    clock.at += 0.1
    made.tick()
    assert written == [["a"]]
    made.tick()
    assert written == [["a"]]


def test_the_clock_begins_with_the_first_item(made: Batches, clock: Clock, written: list[list[str]]):
    clock.at += 50
    made.add(refused("a"))
    clock.at += 1.5
    made.add(refused("b"))
    assert written == []
    clock.at += 0.5
    made.tick()
    assert written == [["a", "b"]]
    clock.at += 1.9
    made.add(refused("c"))
    made.tick()
    assert made.uris() == {"c"}


def test_a_batch_that_cannot_be_written_is_not_counted(clock: Clock):
    def write(_: Sequence[Item]) -> None:
        raise OSError(28, "No space left on device")

    made = Batches(write, Interrupts(), BatchLimits())
    with pytest.raises(OSError, match="No space"):
        made.add(refused("a"))
    assert made.stored == 0
    assert made.uris() == set()
