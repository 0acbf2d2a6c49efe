"""Makes the search index of a store anew: postings in plain tables, written in parts of bounded size."""

# ruff: noqa: S608 - the SQL is put together from this package's own expressions

import duckdb

from warehouse.search_terms import HEAD_AND_BODY, TOKENIZER, terms

PART_ROWS = 50_000
"""Rows of article_versions whose terms are sorted together: some 2 GB of memory at 4.5 kB each. A part costs
a question one row group a term."""

_MOST = 65535

_LISTED = """
CREATE OR REPLACE TEMP TABLE listed AS
SELECT rowid AS row_no, row_number() OVER (ORDER BY rowid)::INTEGER AS doc_no, article_id, version_no
FROM article_versions WHERE is_current AND duplicate_of IS NULL
"""

_COUNTED = f"""
CREATE OR REPLACE TEMP TABLE counted AS
SELECT term, doc_no, count(*) AS many
FROM (
  SELECT doc_no, unnest({terms(HEAD_AND_BODY)}) AS term
  FROM article_versions JOIN listed ON row_no = article_versions.rowid
  WHERE article_versions.rowid BETWEEN $first AND $last
) WHERE term <> '' GROUP BY term, doc_no
"""

_NEW_TERMS = """
INSERT INTO numbered
SELECT term, (SELECT count(*) FROM numbered) + row_number() OVER (ORDER BY term)
FROM (SELECT DISTINCT term FROM counted ANTI JOIN numbered USING (term))
"""

_POSTINGS = f"""
INSERT INTO search_postings
SELECT term_no, doc_no, least(many, {_MOST})::USMALLINT
FROM counted JOIN numbered USING (term) ORDER BY term_no, doc_no
"""

_LENGTHS = """
INSERT INTO lengths SELECT doc_no, sum(many)::INTEGER FROM counted GROUP BY doc_no
"""

_FINISH = f"""
INSERT INTO search_documents
SELECT doc_no, article_id, version_no, coalesce(length, 0) FROM listed LEFT JOIN lengths USING (doc_no)
ORDER BY doc_no;
INSERT INTO search_terms
SELECT term, term_no, documents
FROM numbered JOIN (SELECT term_no, count(*)::INTEGER AS documents FROM search_postings GROUP BY term_no)
  USING (term_no)
ORDER BY term;
INSERT INTO search_index
SELECT (SELECT coalesce(max(batch_id), 0) FROM batches), count(*), coalesce(avg(length), 0), {TOKENIZER}
FROM search_documents
"""

_EMPTY = """
DELETE FROM search_index; DELETE FROM search_documents; DELETE FROM search_terms; DELETE FROM search_postings;
CREATE OR REPLACE TEMP TABLE numbered (term VARCHAR, term_no INTEGER);
CREATE OR REPLACE TEMP TABLE lengths (doc_no INTEGER, length INTEGER);
"""

_SCRATCH = ("listed", "counted", "numbered", "lengths")


def is_current(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the store in use has an index of this program's making that covers its last batch."""
    found = connection.execute(
        """SELECT 1 FROM search_index
        WHERE tokenizer = ? AND batch_id = (SELECT coalesce(max(batch_id), 0) FROM batches)""",
        [TOKENIZER],
    ).fetchall()
    return bool(found)


def build_index(connection: duckdb.DuckDBPyConnection, *, part_rows: int = PART_ROWS) -> None:
    """Make the index of all current articles anew in the store that is in use; nothing of the old one stays.

    One transaction: whoever stops it has the old index. Words are taken as they stand, in any language: no
    stemming, no stop words.

    Args:
        connection: to the store, outside a transaction.
        part_rows: how many rows of article_versions are sorted together.

    Raises:
        duckdb.Error: it could not be made; the old one stays.
    """
    connection.begin()
    try:
        connection.execute(_EMPTY)
        connection.execute(_LISTED)
        [(last_row,)] = connection.execute("SELECT coalesce(max(row_no), -1) FROM listed").fetchall()
        for first in range(0, last_row + 1, part_rows):
            connection.execute(_COUNTED, {"first": first, "last": first + part_rows - 1})
            for statement in (_NEW_TERMS, _POSTINGS, _LENGTHS):
                connection.execute(statement)
        connection.execute(_FINISH)
        for table in _SCRATCH:
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
