"""The same input in another order and other batches gives the same tables, in a real database."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import Cut, Extracted
from warehouse.writer import open_writer

# Each test makes databases and compares them whole.
pytestmark = pytest.mark.slow

NOW = datetime(2025, 11, 4, 12, 0, tzinfo=UTC)
Make = Callable[..., Extracted]


def tables_after(db: Path, items: Sequence[Extracted], *, batch: int) -> dict[str, list[tuple[Any, ...]]]:
    with open_writer(db) as writer:
        run_id = writer.start_run(command="ingest", arguments={}, started_at=NOW, program_version="0")
        for start in range(0, len(items), batch):
            writer.write(run_id, items[start : start + batch], at=NOW)
        execute = writer._store.connection.execute
        return {
            table: execute(f"SELECT * EXCLUDE ({without}) FROM {table} ORDER BY ALL").fetchall()
            for table, without in {
                "articles": "batch_id",
                "article_versions": "batch_id",
                "captures": "batch_id, run_id",
            }.items()
        } | {
            table: execute(f"FROM {table} ORDER BY ALL").fetchall()
            for table in ("version_cuts", "version_date_claims", "cuts")
        }


@pytest.mark.parametrize("seed", range(2))
def test_order_and_batch_size_leave_no_trace(tmp_path: Path, extracted: Make, seed: int):
    chance = random.Random(seed)
    items = []
    for number in range(60):
        key, text, uri = (
            chance.choice("abcdefgh"),
            chance.choice(["one", "two", "three", "four"]),
            f"u{number}",
        )
        minute = chance.choice([None, -2, -1, 0, 1, 2])
        fetched_at = None if minute is None else NOW + timedelta(minutes=minute)
        cuts = tuple(Cut("share", "share.row", f"Shared {number} times", n, n) for n in range(number % 3))
        items.append(extracted(key, text, uri=uri, source_id=f"s{uri}", fetched_at=fetched_at, cuts=cuts))
    once = tables_after(tmp_path / "once.duckdb", items, batch=len(items))
    assert 1 < len(once["articles"]) < 8
    assert len(once["article_versions"]) > len(once["articles"])
    for batch in (3, 17):
        chance.shuffle(items)
        assert tables_after(tmp_path / f"by-{batch}.duckdb", items, batch=batch) == once
