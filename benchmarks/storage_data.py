"""Makes a store of any size, of made-up articles of 4.5 kB, as the writer would: ids, hashes, ledger.

`python benchmarks/storage_data.py DB ARTICLES` makes the store of DB. The texts are sentences drawn from 30,000
over 20,000 made-up words with a falling frequency; they pack about as well as news does.
"""

# ruff: noqa: E501 - SQL of long expressions reads best unbroken

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from warehouse.writer import open_writer

STARTED_AT = datetime(2025, 1, 1, tzinfo=UTC)
_CHUNK = 50_000

_WORDS = """
CREATE OR REPLACE TEMP TABLE words AS
SELECT list(word) AS words FROM (
  SELECT substr(translate(md5(i::VARCHAR), '0123456789', 'ghijklmnop'), 1, (2 + (hash(i) % 9))::INT) AS word
  FROM range(20000) t(i)
)"""

_SENTENCES = """
CREATE OR REPLACE TEMP TABLE sentences AS
SELECT list(sentence) AS sentences FROM (
  SELECT array_to_string(list_transform(range(20), lambda k: words[
    1 + ((hash(i * 31 + k) % 20000)::DOUBLE * (hash(i * 77 + k) % 20000) / 20000)::INT]), ' ') || '.' AS sentence
  FROM range(30000) t(i), words
)"""

_ARTICLES = """
CREATE OR REPLACE TEMP TABLE made AS
WITH said AS (
  SELECT i, 'https://example.org/news/' || i || '/' || (hash(i) % 1000000) || '.html' AS key,
    'Title number ' || i AS title,
    array_to_string(list_transform(range(32), lambda k:
      sentences[1 + (hash(i * 100 + k) % 30000)::INT] || CASE WHEN k % 5 = 4 THEN chr(10) || chr(10) ELSE ' ' END), '')
      || 'Number ' || i || '.' AS text
  FROM range({begin}, {end}) t(i), sentences
), hashed AS (
  SELECT *, substr(sha256('1' || chr(10) || key), 1, 16) AS article_id, sha256(text) AS content_sha256,
    replace(text, chr(10) || chr(10), ' ') AS folded,
    TIMESTAMPTZ '2025-01-01T00:00:00+00' + to_seconds(i) AS fetched_at
  FROM said
)
SELECT *, sha256(folded) AS text_sha256,
  substr(sha256('1' || chr(10) || article_id || chr(10) || '["' || folded || '","' || title || '",[],null,"en"]'), 1, 16)
    AS version_id,
  substr(sha256('1' || chr(10) || key || chr(10) || content_sha256 || chr(10)
    || strftime(fetched_at AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S+00:00')), 1, 16) AS capture_id
FROM hashed"""

_STORE = """
INSERT INTO article_versions BY NAME
SELECT article_id, 's' || (i % 200) AS source_id, key AS url, key AS canonical_url, title, []::VARCHAR[] AS authors,
  fetched_at AS first_seen_at, fetched_at AS last_seen_at, 'en' AS language, text,
  len(string_split(folded, ' '))::INT AS words, 1 AS version, 1 AS versions, text_sha256, capture_id,
  '1' AS extractor_version, key AS article_key, version_id, fetched_at AS captured_at,
  TIMESTAMPTZ '2025-01-01T00:00:00+00' AS extracted_at, {batch} AS batch_id, true AS is_current, 0 AS hints_snapshot,
  ('0x' || article_id)::UBIGINT AS article_no, ('0x' || version_id)::UBIGINT AS version_no,
  ('0x' || capture_id)::UBIGINT AS capture_no,
  ('0x' || substr(text_sha256, 1, 16))::UBIGINT AS text_key
FROM made;
INSERT INTO captures BY NAME
SELECT capture_id, article_id, version_id, 's' || (i % 200) AS source_id, key AS uri, key AS url, content_sha256,
  length(text) AS bytes, 'text/html' AS content_type, 'html' AS media, 'utf-8' AS encoding, 200 AS status, fetched_at,
  fetched_at AS captured_at, '1' AS extractor_version, $run_id AS run_id, {batch} AS batch_id,
  0 AS hints_snapshot, ('0x' || capture_id)::UBIGINT AS capture_no,
  ('0x' || substr(sha256(key), 1, 16))::UBIGINT AS uri_no
FROM made;
INSERT INTO outcomes BY NAME
SELECT $run_id AS run_id, {batch} AS batch_id, (i - {begin} + 1)::INT AS seq, fetched_at AS recorded_at, key AS uri,
  's' || (i % 200) AS source_id, 'stored' AS outcome, 'store' AS stage, article_id
FROM made;
INSERT INTO batches
SELECT {batch}, $run_id, max(fetched_at), count(*), count(*), 0, 0, 0, 0, 0, count(*), count(*), count(*) FROM made;
"""


def make(db: Path, articles: int) -> None:
    """Make the database `db` with so many articles, all of one run; it must not be there yet."""
    with open_writer(db) as writer:
        run_id = writer.start_run(
            command="storage_data", arguments={}, started_at=STARTED_AT, program_version="0"
        )
        connection = writer._store.connection  # noqa: SLF001 - a generator of stores, not a user of one
        connection.execute(_WORDS)
        connection.execute(_SENTENCES)
        for batch, begin in enumerate(range(0, articles, _CHUNK), start=1):
            bounds = {"begin": begin, "end": min(begin + _CHUNK, articles), "batch": batch}
            connection.execute(_ARTICLES.format(**bounds))
            for statement in _STORE.format(**bounds).split(";"):
                if "$run_id" in statement:
                    connection.execute(statement, {"run_id": run_id})
                elif statement.strip():
                    connection.execute(statement)
        connection.execute("DROP TABLE made; DROP TABLE sentences; DROP TABLE words")
        writer.finish_run(run_id, finished_at=STARTED_AT, status="completed", passed_over=0)
        connection.execute("CHECKPOINT")


if __name__ == "__main__":
    began = time.monotonic()
    make(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{sys.argv[2]} articles in {time.monotonic() - began:.0f} s")
