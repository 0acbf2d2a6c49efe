"""The examples of docs/search.md, run on the cookbook's articles."""

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from flows.pipeline import ingest
from warehouse.maintain import maintain
from warehouse.search import search

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = re.findall(r"```sql\n(.*?)\n```", (DOCS / "search.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("search") / "news.duckdb"
    ingest(
        [str(DOCS / "cookbook.jsonl")],
        db=db,
        source_id="cookbook",
        on_outcome=lambda _: None,
        now=lambda: datetime(2025, 11, 10, tzinfo=UTC),
    )
    maintain(db, now=datetime(2025, 11, 11, tzinfo=UTC))
    return db


def test_there_are_examples():
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("sql", EXAMPLES)
def test_an_example_answers(indexed: Path, sql: str):
    with duckdb.connect(str(indexed), read_only=True) as connection:
        assert connection.execute(sql).fetchall()


def test_the_first_example_finds_what_the_command_finds(indexed: Path):
    with duckdb.connect(str(indexed), read_only=True) as connection:
        by_sql = [row[1] for row in connection.execute(EXAMPLES[0]).fetchall()]
        newer = connection.execute(EXAMPLES[2]).fetchall()
    by_command = [hit.title for hit in search(indexed, "harbour plan", limit=3).hits]
    assert by_sql
    assert by_command == by_sql
    assert newer == [(0,)]
