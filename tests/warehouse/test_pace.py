"""Publishing within a long run: at most a twentieth of the time, and the snapshot says as of when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Extracted, WarehouseError
from warehouse import pace, publish
from warehouse.read import query
from warehouse.writer import Writer

# Each test runs a writer until it is time to publish.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]
Run = Callable[..., str]


@given(st.floats(0, 90))
def test_publishing_takes_a_twentieth_of_the_time_at_most(cost_s: float):
    assert cost_s <= pace.SHARE * (cost_s + pace.wait_s(cost_s)) + 1e-9


@pytest.mark.parametrize(("cost_s", "wait_s"), [(0, 1), (0.2, 3.8), (10, 190), (3600, 1800)])
def test_seconds_for_small_databases_and_minutes_for_large_ones(cost_s: float, wait_s: float):
    assert pace.wait_s(cost_s) == pytest.approx(wait_s)


@pytest.mark.parametrize(
    ("costs_s", "counted_s"),
    [
        ((0.2,), 0.2),
        ((0.2, 0.2, 0.2, 1.2, 1.2), 0.2),  # two slow flushes
        ((0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 0.4), 0.4),  # a store that has grown
    ],
)
def test_the_median_of_the_last_costs_decides_so_that_a_slow_flush_puts_off_nothing(
    costs_s: tuple[float, ...], counted_s: float
):
    steady = pace.Pace(pace.SHARE)
    for cost_s in costs_s:
        steady.took(cost_s, ended_at=100.0)
    assert steady.due_at == pytest.approx(100.0 + counted_s * 19)


def test_edits_keep_a_slower_pace_and_are_complete_at_the_end(
    clock: list[float], writer: Writer, run: Run, db: Path, extracted: Make
):
    run_id = run()
    edits = "SELECT (SELECT count(*) FROM edits), (SELECT batch_id FROM derived_state)"
    for number, words in enumerate(("before", "after", "after that")):
        if number == 1:
            writer._deriving.due_at = clock[0] + 1000
        writer.write(run_id, [extracted("a", words, fetched_at=NOW + timedelta(hours=number))], at=NOW)
        clock[0] += 100
        writer.publish_when_due()
    assert list(query(db, "SELECT max(version) FROM article_versions").rows) == [(3,)]
    assert list(query(db, edits).rows) == [(0, 1)]
    writer.publish()
    assert list(query(db, edits).rows) == [(2, 3)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [1000.0]
    monkeypatch.setattr("warehouse.writer.time.monotonic", lambda: at[0])
    monkeypatch.setattr(pace, "effort_s", lambda: at[0])
    return at


@pytest.fixture
def costly(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing takes two seconds."""
    real = publish.publish

    def publishing(source: int, file: Path, folder: Path, *, state: str) -> tuple[str, ...]:
        clock[0] += 2.0
        return real(source, file, folder, state=state)

    monkeypatch.setattr(publish, "publish", publishing)


@pytest.mark.usefixtures("costly")
def test_it_is_published_when_its_time_has_come(
    clock: list[float], writer: Writer, run: Run, db: Path, extracted: Make
):
    run_id = run()
    writer._publishing.due_at = clock[0] + 5
    seen = []
    for number in range(100):
        writer.write(run_id, [extracted(str(number), str(number))], at=NOW)
        clock[0] += 1.0
        before = db.stat().st_ino if db.exists() else None
        writer.publish_when_due()
        if (db.stat().st_ino if db.exists() else None) != before:
            seen.append(number)
    assert seen == [4, 42, 80]


def test_one_that_fails_is_put_off_and_said_at_the_end(
    clock: list[float], writer: Writer, run: Run, extracted: Make, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> tuple[str, ...]:
        raise WarehouseError("no room")

    writer.write(run(), [extracted("a")], at=NOW)
    clock[0] += 100
    with monkeypatch.context() as patch:
        patch.setattr(publish, "publish", full)
        assert writer.publish_when_due() == ()
        with pytest.raises(WarehouseError, match="no room"):
            writer.publish()
    assert writer.publish() == ()


def test_a_published_file_says_what_it_is_a_snapshot_of(writer: Writer, run: Run, db: Path, extracted: Make):
    asked = (
        "SELECT run_id, batch_id, articles, versions, captures, outcomes, as_of > '2025-11-04' FROM snapshot"
    )
    writer.publish()
    assert list(query(db, asked).rows) == [(None, 0, 0, 0, 0, 0, True)]
    run_id = run()
    writer.write(run_id, [extracted("a"), extracted("a", "two"), extracted("b")], at=NOW)
    writer.publish()
    assert list(query(db, asked).rows) == [(run_id, 1, 1, 3, 3, 3, True)]
