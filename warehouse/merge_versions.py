"""Unites the versions of two databases' articles, as `warehouse.merge` asks: the decider numbers them."""

# ruff: noqa: S608 - put together from this module's own text and the catalog's names; values are parameters

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from records import Article, Candidate, Capture, Extracted
from warehouse import rows
from warehouse.decide import decide
from warehouse.ledger import Entry
from warehouse.merge_rows import OTHER
from warehouse.model import Plan, Reading
from warehouse.state import load_state
from warehouse.store import CATALOG, quoted

_CHUNK = 5_000
"""So many articles are decided on at once: only their ids, times and hashes are in memory."""

_Row = tuple[Any, ...]
_CAPTURED_AT, _LAST_SEEN_AT = 9, 10
"""Where these stand in a row of `_VERSIONS`."""

_PLACES = (
    "version",
    "is_current",
    "duplicate_of",
    "source_id",
    "first_seen_at",
    "last_seen_at",
    "extracted_at",
    "versions",
)
_BOOKKEEPING = {
    *_PLACES,
    *("article_id", "article_no", "article_key", "version_id", "version_no"),
    *("capture_id", "capture_no", "captured_at", "words", "text_sha256", "text_key", "batch_id"),
}
"""What of a version is decided or follows from its id; the rest is its content."""

_TO_DECIDE = f"""
SELECT DISTINCT t.article_id FROM {OTHER}.article_versions t ANTI JOIN article_versions o
ON o.version_no = t.version_no AND o.last_seen_at >= t.last_seen_at AND o.extracted_at >= t.extracted_at
  AND (o.captured_at, o.capture_id) <= (t.captured_at, t.capture_id)
WHERE t.article_id NOT IN (SELECT article_id FROM unwanted) ORDER BY ALL
"""

_VERSIONS = f"""
SELECT article_id, article_key, version_id, text_sha256, text_key, words, source_id, capture_id,
  extractor_version, captured_at, last_seen_at, extracted_at
FROM {OTHER}.article_versions WHERE article_id IN (SELECT unnest($ids::VARCHAR[]))
"""

# Where both have a version from the same capture, as two extractors made it.
_TIED = f"""
CREATE OR REPLACE TEMP TABLE tied AS
SELECT t.version_id FROM {OTHER}.article_versions t JOIN article_versions o USING (version_no)
WHERE (t.captured_at, t.capture_id) = (o.captured_at, o.capture_id)
  AND (t.extractor_version, t.url, t.canonical_url, t.title, t.text)
    > (o.extractor_version, o.url, o.canonical_url, o.title, o.text)
"""

# Where both have an article's first capture, led to it by two sources.
_FIRST_SOURCE = f"""
UPDATE article_versions SET source_id = t.source_id, batch_id = $batch
FROM (
  SELECT article_no, any_value(source_id) AS source_id, min((captured_at, capture_id)) AS earliest
  FROM {OTHER}.article_versions GROUP BY article_no
) t JOIN (
  SELECT article_no, any_value(source_id) AS source_id, min((captured_at, capture_id)) AS earliest
  FROM article_versions GROUP BY article_no
) o USING (article_no)
WHERE article_versions.article_no = t.article_no AND t.earliest = o.earliest AND t.source_id < o.source_id
"""


def unite_versions(made: Entry) -> None:
    """Bring in the versions of the other database that are unknown here or were seen at other times there.

    After its captures are in; within the transaction of the entry.
    """
    connection = made.connection
    connection.execute(_TIED)
    to_decide = [row[0] for row in connection.execute(_TO_DECIDE).fetchall()]
    for start in range(0, len(to_decide), _CHUNK):
        _decide_on(made, to_decide[start : start + _CHUNK])
    _take_their_content(made)
    connection.execute(_FIRST_SOURCE, {"batch": made.batch_id})
    for table in ("tied", "arriving"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _decide_on(made: Entry, ids: Sequence[str]) -> None:
    """Unite the versions of some articles and carry out what the decider makes of it."""
    readings = _readings(made.connection.execute(_VERSIONS, {"ids": list(ids)}).fetchall())
    state = replace(load_state(made.connection, readings), captures={}, latest={})
    _carry_out(made, decide(state, readings))


def _readings(versions: Sequence[_Row]) -> list[Reading]:
    """Each version as the decider would have met it: first seen at one time, last seen at another."""
    sightings = [
        (version, seen_at)
        for version in versions
        for seen_at in dict.fromkeys((version[_CAPTURED_AT], version[_LAST_SEEN_AT]))
    ]
    return [_reading(position, version, seen_at) for position, (version, seen_at) in enumerate(sightings)]


def _reading(position: int, version: _Row, seen_at: datetime) -> Reading:
    article_id, key, version_id, text_sha256, text_key, words, source_id, capture_id, extractor = version[:9]
    captured_at, _, extracted_at = version[9:]
    # A sighting is no capture of its own: its id only has to differ from that of the first one.
    sighting = capture_id if seen_at == captured_at else f"{capture_id}-seen-last"
    candidate = Candidate(uri=sighting, source_id=source_id, fetched_at=seen_at)
    return Reading(
        position=position,
        item=Extracted(
            capture=Capture(candidate, content=b"", content_sha256="", fetched_at=seen_at),
            article=Article(text=""),
            key=key,
            extractor_version=extractor,
        ),
        article_id=article_id,
        version_id=version_id,
        capture_id=sighting,
        text_sha256=text_sha256,
        text_key=text_key,
        captured_at=seen_at,
        extracted_at=extracted_at,
        words=words,
    )


def _carry_out(made: Entry, plan: Plan) -> None:
    connection = made.connection
    brought = [row for row in plan.rows if row.content is not None]
    moved = [row for row in plan.rows if row.content is None]
    _place(made, rows.places(moved))
    _lay_down(connection, rows.places(brought))
    ids = f"SELECT version_id FROM {OTHER}.article_versions SEMI JOIN arriving USING (version_no)"
    for table in ("version_cuts", "version_date_claims", "article_versions"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN ({ids})")
    placed = ", ".join(f"a.{column} AS {column}" for column in _PLACES)
    connection.execute(
        f"""INSERT INTO article_versions BY NAME
        SELECT t.* REPLACE ({placed}, $batch::BIGINT AS batch_id)
        FROM {OTHER}.article_versions t JOIN arriving a USING (version_no)
        ORDER BY t.article_key, a.version""",
        {"batch": made.batch_id},
    )
    for table in ("version_cuts", "version_date_claims"):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM {OTHER}.{table} WHERE version_id IN ({ids})"
        )


def _place(made: Entry, places: pa.Table) -> None:
    """Let versions that are here stand where the decider says."""
    _lay_down(made.connection, places)
    assignments = ", ".join(f"{column} = arriving.{column}" for column in _PLACES)
    made.connection.execute(
        f"""UPDATE article_versions SET {assignments}, batch_id = $batch FROM arriving
        WHERE article_versions.version_no = arriving.version_no""",
        {"batch": made.batch_id},
    )


def _lay_down(connection: duckdb.DuckDBPyConnection, places: pa.Table) -> None:
    """Make it the table `arriving`.

    Joined to Arrow itself, DuckDB can push a filter down to pyarrow, where an unsigned number beyond 2^63 is
    an OverflowError (seen with duckdb 1.5.5 and pyarrow 26).
    """
    connection.register("lent", places)
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE arriving AS SELECT * FROM lent")
    finally:
        connection.unregister("lent")


def _take_their_content(made: Entry) -> None:
    """Where two extractors made the same version of the same capture, what one of them made stays in both."""
    connection = made.connection
    columns = [
        name
        for (name,) in connection.execute(
            """SELECT column_name FROM duckdb_columns()
            WHERE database_name = ? AND table_name = 'article_versions'""",
            [CATALOG],
        ).fetchall()
        if name not in _BOOKKEEPING
    ]
    assignments = ", ".join(f"{quoted(name)} = t.{quoted(name)}" for name in columns)
    connection.execute(
        f"""UPDATE article_versions SET {assignments}, batch_id = $batch
        FROM {OTHER}.article_versions t SEMI JOIN tied USING (version_id)
        WHERE article_versions.version_no = t.version_no""",
        {"batch": made.batch_id},
    )
    for table in ("version_cuts", "version_date_claims"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM tied)")
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM {OTHER}.{table} SEMI JOIN tied USING (version_id)"
        )
