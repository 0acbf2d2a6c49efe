"""Fills a store with any number of made-up articles as the writer would have: ids, hashes, ledger, edits.

Through the same tables in bulk, since a million articles through the writer take ten minutes. One article in
twenty has an earlier version, one candidate in fifty was refused.
"""

# ruff: noqa: E501, S608 - SQL of long expressions reads best unbroken; what goes into it is our own

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from benchmarks.prose import Language, texts
from warehouse.writer import Writer

STARTED_AT = datetime(2025, 12, 1, tzinfo=UTC)
CHUNK = 20_000

KNOWN_URL = "https://harbour-times.example.org/news/second-quay"
"""The address of article 7, which the cookbook asks for."""

_HASHED = f"""
CREATE OR REPLACE TEMP TABLE made AS
WITH said AS (
  SELECT i, text, CASE i % 200 WHEN 7 THEN 'harbour-times' WHEN 8 THEN 'coast-wire' ELSE 'source-' || (i % 200) END AS source_id,
    CASE i WHEN 7 THEN '{KNOWN_URL}' ELSE 'https://example.org/' || (i % 200) || '/news/' || i || '/' || (hash(i) % 1000000) || '.html' END AS key,
    upper(text[1]) || replace(substr(text, 2, 40 + (hash(i) % 40)::INT), chr(10), ' ') || i AS title,
    'Ada Writer ' || (hash(i + 1) % 3000) AS author,
    TIMESTAMPTZ '2023-01-01T00:00:00+00' + to_seconds((hash(i * 7) % 92000000)::BIGINT) AS published_at
  FROM drawn
), read AS (
  SELECT i, 2 AS version, text, source_id, key, title, author, published_at FROM said
  UNION ALL
  SELECT i, 1, text[: -80], source_id, key, 'First ' || title, author, published_at FROM said WHERE i % 20 = 0
), folded AS (
  SELECT * REPLACE (CASE WHEN i % 20 = 0 THEN version ELSE 1 END AS version, trim(text) AS text, trim(regexp_replace(title, '\\s+', ' ', 'g')) AS title),
    i % 20 <> 0 OR version = 2 AS is_current, CASE WHEN i % 20 = 0 THEN 2 ELSE 1 END AS versions,
    regexp_replace(trim(text), '\\s+', ' ', 'g') AS folded,
    strftime(published_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS published,
    published_at + INTERVAL 1 HOUR * CASE WHEN i % 20 = 0 THEN version ELSE 1 END AS fetched_at
  FROM read
), hashed AS (
  SELECT *, substr(sha256('1' || chr(10) || key), 1, 16) AS article_id, sha256(text) AS content_sha256,
    sha256(folded) AS text_sha256
  FROM folded
)
SELECT *,
  substr(sha256('1' || chr(10) || article_id || chr(10) || '["' || folded || '","' || title || '",["' || author || '"],"' || published || '","en"]'), 1, 16) AS version_id,
  substr(sha256('1' || chr(10) || key || chr(10) || content_sha256 || chr(10)
    || strftime(fetched_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S+00:00')), 1, 16) AS capture_id
FROM hashed"""

_STORED = (
    """INSERT INTO article_versions BY NAME
    SELECT article_id, source_id, key AS url, key AS canonical_url, title, [author] AS authors, published,
      (published_at AT TIME ZONE 'UTC')::DATE AS published_date, published_at, 'instant' AS published_precision,
      'jsonld' AS published_basis, 'offset' AS published_zone_basis,
      CASE WHEN is_current THEN published_at + INTERVAL 1 HOUR END AS first_seen_at, fetched_at AS last_seen_at,
      'en' AS language, text, len(string_split(folded, ' '))::INT AS words, version,
      CASE WHEN is_current THEN versions END AS versions, text_sha256, capture_id, '1' AS extractor_version,
      key AS article_key, version_id, fetched_at AS captured_at, $started AS extracted_at, $batch AS batch_id,
      is_current, 0 AS hints_snapshot, ('0x' || article_id)::UBIGINT AS article_no,
      ('0x' || version_id)::UBIGINT AS version_no, ('0x' || capture_id)::UBIGINT AS capture_no,
      ('0x' || substr(text_sha256, 1, 16))::UBIGINT AS text_key
    FROM made ORDER BY i""",
    """INSERT INTO captures BY NAME
    SELECT capture_id, article_id, version_id, source_id, key AS uri, key AS url, content_sha256,
      length(text) AS bytes, 'text/html' AS content_type, 'html' AS media, 'utf-8' AS encoding, 200 AS status,
      fetched_at, fetched_at AS captured_at, '1' AS extractor_version, $run_id AS run_id, $batch AS batch_id,
      0 AS hints_snapshot, ('0x' || capture_id)::UBIGINT AS capture_no,
      ('0x' || substr(sha256(key), 1, 16))::UBIGINT AS uri_no
    FROM made ORDER BY i""",
    """INSERT INTO outcomes BY NAME
    SELECT $run_id AS run_id, $batch AS batch_id, (row_number() OVER (ORDER BY i, version))::INT AS seq,
      fetched_at AS recorded_at, key AS uri, source_id, CASE WHEN version = 1 THEN 'stored' ELSE 'updated' END AS outcome,
      'store' AS stage, article_id
    FROM made""",
    """INSERT INTO outcomes BY NAME
    SELECT $run_id AS run_id, $batch AS batch_id, (SELECT count(*) FROM made) + (row_number() OVER (ORDER BY i))::INT AS seq,
      fetched_at AS recorded_at, key || '/gallery' AS uri, source_id, 'refused' AS outcome, 'extract' AS stage,
      'no_text' AS reason, 'no running text was found in it, only titles, dates or furniture' AS detail
    FROM made WHERE i % 50 = 1""",
    """INSERT INTO version_cuts BY NAME
    SELECT version_id, article_id, seq, role, rule, what || ' ' || author AS text, seq * 70 AS start_offset, seq * 70 + 20 AS end_offset
    FROM made, (VALUES (1, 'byline', 'byline.by', 'By'), (2, 'share', 'share.buttons', 'Share this story by')) c(seq, role, rule, what)""",
    """INSERT INTO version_date_claims BY NAME
    SELECT version_id, article_id, seq, published AS value, 'instant' AS precision, basis, role, published AS evidence,
      place, 'offset' AS zone_basis, verdict, reason
    FROM made, (VALUES
      (1, 'jsonld', 'published', '$.datePublished', 'chosen', 'It is the best evidence.'),
      (2, 'meta', 'published', 'article:published_time', 'agrees', 'It says the same.')) c(seq, basis, role, place, verdict, reason)""",
    """INSERT INTO edits BY NAME
    SELECT b.article_id, 1 AS seq, 1 AS from_version, 2 AS to_version, a.version_id AS from_version_id,
      b.version_id AS to_version_id, a.fetched_at AS seen_before_at, b.fetched_at AS seen_after_at,
      CASE WHEN b.i % 1000 = 0 THEN 'correction' ELSE 'update' END AS kind, true AS title_changed,
      a.title AS title_before, b.title AS title_after, false AS date_changed, false AS authors_changed,
      12 AS words_added, 0 AS words_removed, 0.02 AS added_share, 0.0 AS removed_share,
      CASE WHEN b.i % 1000 = 0 THEN 'Correction: An earlier version gave another number.' END AS correction_notice,
      false AS extractor_changed, $batch AS batch_id
    FROM made a JOIN made b ON a.i = b.i AND a.version = 1 AND b.version = 2""",
    """INSERT INTO batches BY NAME
    SELECT $batch AS batch_id, $run_id AS run_id, $started AS committed_at, count(*) + count(*) FILTER (i % 50 = 1) AS items,
      count(*) FILTER (version = 1) AS stored, count(*) FILTER (version = 2) AS updated, 0 AS unchanged,
      0 AS duplicate, count(*) FILTER (i % 50 = 1) AS refused, 0 AS failed, count(*) FILTER (is_current) AS articles_added,
      count(*) AS versions_added, count(*) AS captures_added
    FROM made""",
    "DELETE FROM derived_state",
    "INSERT INTO derived_state VALUES ($batch)",
)


def fill(writer: Writer, spoken: Language, *, articles: int) -> None:
    """Put so many articles into an empty store, all of one run.

    Raises:
        duckdb.Error: the schema has moved on from what stands here.
    """
    connection = writer.store.connection
    run_id = writer.start_run(command="bulk", arguments={}, started_at=STARTED_AT, program_version="0")
    for batch, first in enumerate(range(0, articles, CHUNK), start=1):
        count = min(CHUNK, articles - first)
        drawn = pa.table(
            {
                "i": pa.array(range(first, first + count), pa.int64()),
                "text": texts(spoken, seed=batch, articles=count),
            }
        )
        connection.register("drawn", drawn)
        connection.execute(_HASHED)
        connection.unregister("drawn")
        connection.begin()
        for statement in _STORED:
            _execute(connection, statement, {"batch": batch, "run_id": run_id, "started": STARTED_AT})
        connection.commit()
    connection.execute("DROP TABLE temp.made")
    writer.finish_run(run_id, finished_at=STARTED_AT, status="completed", passed_over=0)
    connection.execute("CHECKPOINT")


def text_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    """The UTF-8 text of all versions, in bytes."""
    [(found,)] = connection.execute("SELECT sum(strlen(text))::BIGINT FROM article_versions").fetchall()
    return int(found or 0)


def sampled(
    connection: duckdb.DuckDBPyConnection, many: int, *, turn: int = 0
) -> Sequence[tuple[str, str, str, str, datetime, str, str]]:
    """Address, title, text, author, publication and source of so many articles, spread over all.

    Args:
        connection: to the store.
        many: about so many; all, where there are fewer.
        turn: others with another number.
    """
    [(articles,)] = connection.execute("SELECT count(*) FROM articles").fetchall()
    step = max(1, articles // many)
    return connection.execute(
        """SELECT article_key, title, text, authors[1], published_at, published, source_id
        FROM article_versions WHERE is_current AND duplicate_of IS NULL AND article_no % $step = $turn
        ORDER BY hash(article_no)""",
        {"step": step, "turn": turn % step},
    ).fetchall()


def _execute(connection: duckdb.DuckDBPyConnection, statement: str, values: dict[str, object]) -> None:
    connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
