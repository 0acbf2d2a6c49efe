"""Loads what deciding on a batch needs to know of the warehouse, by scans of narrow columns."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.identity import text_key
from warehouse.model import Known, Reading, State, StoredArticle, StoredCapture, Version

_Row = tuple[Any, ...]

_SHARING = """
WITH texts AS (
  SELECT text_sha256 FROM asked
  UNION
  SELECT text_sha256 FROM article_versions WHERE article_id IN (SELECT article_id FROM asked)
),
ids AS (
  SELECT article_id FROM asked
  UNION
  SELECT article_id FROM article_versions WHERE text_sha256 IN (SELECT text_sha256 FROM texts)
)
SELECT article_id, source_id, duplicate_of, is_current, version, article_key, version_id, text_sha256, words,
  title, capture_id, captured_at, last_seen_at, extracted_at
FROM article_versions
WHERE article_id IN (SELECT article_id FROM ids)
"""

_CAPTURES = """
SELECT capture_id, version_id, extractor_version FROM captures
WHERE capture_id IN (SELECT capture_id FROM asked)
"""

_LATEST = """
SELECT uri, arg_max(capture_id, (batch_id, captured_at, capture_id)) FROM captures
WHERE uri IN (SELECT uri FROM asked) GROUP BY uri
"""

_KNOWN = """
WITH latest AS (
  SELECT uri, arg_max(capture_id, (batch_id, captured_at, capture_id)) AS capture_id FROM captures
  WHERE uri IN (SELECT uri FROM asked) GROUP BY uri
)
SELECT c.uri, c.article_id, c.content_sha256, c.extractor_version, d.duplicate_of, c.fetched_at
FROM latest JOIN captures c ON c.capture_id = latest.capture_id
LEFT JOIN duplicates d ON d.article_id = c.article_id
"""


def load_state(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading]) -> State:
    """Everything that `decide` asks for, for these readings."""
    columns = {
        "article_id": [reading.article_id for reading in readings],
        "text_sha256": [reading.text_sha256 for reading in readings],
        "capture_id": [reading.capture_id for reading in readings],
        "uri": [reading.item.capture.candidate.uri for reading in readings],
    }
    with _asking(connection, columns):
        rows = connection.execute(_SHARING).fetchall()
        captures = connection.execute(_CAPTURES).fetchall()
        latest = connection.execute(_LATEST).fetchall()
    by_article: dict[str, list[_Row]] = {}
    for row in rows:
        by_article.setdefault(row[0], []).append(row)
    return State(
        articles={article_id: _article(versions) for article_id, versions in by_article.items()},
        captures={row[0]: StoredCapture(*row) for row in captures},
        latest=dict(latest),
    )


def load_known(connection: duckdb.DuckDBPyConnection, uris: Sequence[str]) -> Mapping[str, Known]:
    """What the last stored capture of each candidate held, by uri; unknown uris are left out."""
    with _asking(connection, {"uri": list(uris)}):
        rows = connection.execute(_KNOWN).fetchall()
    return {uri: Known(*known) for uri, *known in rows}


@contextlib.contextmanager
def _asking(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, list[str]]) -> Iterator[None]:
    """Lend the columns to the connection as the table `asked`.

    As Arrow, since DuckDB looks for a missing module again with every element of a list that is a parameter.
    """
    schema = pa.schema([(name, pa.string()) for name in columns])
    connection.register("asked", pa.table(dict(columns), schema=schema))
    try:
        yield
    finally:
        connection.unregister("asked")


def _article(rows: Sequence[_Row]) -> StoredArticle:
    article_id, source_id, duplicate_of = rows[0][:3]
    versions = []
    numbers = {}
    current = ""
    for row in rows:
        is_current, number, key, version_id, text_sha256, words, title, capture_id, *times = row[3:]
        captured_at, last_seen_at, extracted_at = times
        numbers[version_id] = number
        if is_current:
            current = version_id
        versions.append(
            Version(
                article_id=article_id,
                article_key=key,
                version_id=version_id,
                text_key=text_key(text_sha256, words, title),
                words=words,
                capture_id=capture_id,
                captured_at=captured_at,
                last_seen_at=last_seen_at,
                extracted_at=extracted_at,
            )
        )
    return StoredArticle(article_id, source_id, duplicate_of, tuple(versions), numbers, current)
