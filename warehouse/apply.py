"""Carries a decided batch out: delete and insert from Arrow, one transaction with the ledger's row."""

# ruff: noqa: S608 - the SQL is put together from this module's own column lists; values are parameters

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import duckdb

from records import OUTCOMES, Outcome
from warehouse import rows
from warehouse.model import Plan

_CONTENT_COLUMNS = """url, canonical_url, title, authors, published, published_date, published_at,
  published_precision, published_basis, published_zone_basis, modified, language, section, page_kind, text,
  image_url, text_sha256, extractor_version"""

_ARTICLE_COLUMNS = """article_id, source_id, words, version, versions, capture_id, article_key, version_id,
  first_seen_at, last_seen_at, captured_at, extracted_at"""

_HISTORY_COLUMNS = """article_id, source_id, words, version, duplicate_of, is_current, capture_id,
  article_key, version_id, last_seen_at, captured_at, extracted_at"""


def apply_plan(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    outcomes: Sequence[Outcome],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
) -> None:
    """Write everything that the batch changes, within the transaction that is open.

    Args:
        connection: to the store, in a transaction.
        plan: what was decided of the extracted items.
        outcomes: one an item of the batch, those that were not decided here included.
        run_id: the run.
        batch_id: the number of the batch.
        at: aware; when the batch was handed in.

    Raises:
        duckdb.Error: nothing of it is stored once the transaction is rolled back.
    """
    if plan.rows:
        _write_versions(connection, plan, batch_id)
    if plan.captures:
        _replace_captures(connection, plan, run_id=run_id, batch_id=batch_id)
    _insert(connection, "outcomes", rows.outcomes(outcomes, run_id=run_id, batch_id=batch_id, at=at))
    counts = Counter(outcome.outcome for outcome in outcomes)
    connection.execute(
        "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            batch_id,
            run_id,
            at,
            len(outcomes),
            *(counts[kind] for kind in OUTCOMES),
            plan.articles_added,
            plan.versions_added,
            plan.captures_added,
        ],
    )


def _write_versions(connection: duckdb.DuckDBPyConnection, plan: Plan, batch_id: int) -> None:
    written = [row.content for row in plan.rows if row.content is not None]
    connection.register("places", rows.places(plan.rows))
    connection.register("contents", rows.contents(written))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE moving AS
        SELECT p.*, {_CONTENT_COLUMNS} FROM places p JOIN contents c USING (version_id)
        UNION ALL
        SELECT p.*, {_CONTENT_COLUMNS}
        FROM (SELECT * FROM places WHERE NOT has_content) p
        JOIN (
          SELECT version_id, {_CONTENT_COLUMNS} FROM article_versions
          WHERE version_id IN (SELECT version_id FROM places WHERE NOT has_content)
        ) v USING (version_id)"""
    )
    for table in ("articles", "article_history"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM places)")
    for table, columns, which in (
        ("articles", _ARTICLE_COLUMNS, "shown"),
        ("article_history", _HISTORY_COLUMNS, "NOT shown"),
    ):
        connection.execute(
            f"""INSERT INTO {table} ({columns}, {_CONTENT_COLUMNS}, batch_id)
            SELECT {columns}, {_CONTENT_COLUMNS}, $batch FROM moving WHERE {which}
            ORDER BY article_key, version""",
            {"batch": batch_id},
        )
    connection.execute("DROP TABLE moving")
    for table, details in (
        ("version_cuts", rows.cuts(written)),
        ("version_date_claims", rows.claims(written)),
    ):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM contents)")
        _insert(connection, table, details)
    connection.unregister("places")
    connection.unregister("contents")


def _replace_captures(
    connection: duckdb.DuckDBPyConnection, plan: Plan, *, run_id: str, batch_id: int
) -> None:
    connection.register("arriving", rows.captures(plan.captures, run_id=run_id, batch_id=batch_id))
    # A capture is immutable but for what it was last read as: who first led to it and when stays.
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE replacing AS
        SELECT n.* REPLACE (
          coalesce(o.source_id, n.source_id) AS source_id,
          coalesce(o.captured_at, n.captured_at) AS captured_at,
          coalesce(o.archive_file, n.archive_file) AS archive_file,
          coalesce(o.archive_offset, n.archive_offset) AS archive_offset)
        FROM arriving n LEFT JOIN captures o USING (capture_id)"""
    )
    connection.execute("DELETE FROM captures WHERE capture_id IN (SELECT capture_id FROM replacing)")
    connection.execute("INSERT INTO captures BY NAME SELECT * FROM replacing")
    connection.execute("DROP TABLE replacing")
    connection.unregister("arriving")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: object) -> None:
    connection.register("arriving", values)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arriving")
    connection.unregister("arriving")
