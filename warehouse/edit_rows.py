"""Brings the table `edits` up to date with the batches that were written.

Not in the transaction of the batch: it takes the words of the version before, and to fetch a hundred texts of
a million costs more than a second, to fetch ten thousand hardly more. What is published always holds every
edit of what it holds; the store itself can lag behind until then.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.edits import Edit, Said, Sighting, Transition, edit_of, transitions

_CHUNK = 10_000
"""So many articles at once: their texts are in memory together."""

# An article with one version has no edits, and had none.
_CHANGED = """
CREATE OR REPLACE TEMP TABLE changed_articles AS
SELECT article_id FROM article_versions WHERE version > 1 GROUP BY article_id
INTERSECT
(SELECT article_id FROM captures WHERE batch_id > $done
 UNION ALL SELECT article_id FROM article_versions WHERE batch_id > $done)
ORDER BY article_id
"""

_SIGHTINGS = """
WITH mine AS (
  SELECT c.article_id, c.captured_at AS at, c.version_id,
    c.extractor_version || ' ' || c.hints_snapshot AS extractor
  FROM captures c WHERE c.article_id IN (SELECT article_id FROM asked)
),
known AS (
  SELECT v.article_id, v.version_id, v.version, v.last_seen_at
  FROM article_versions v WHERE v.article_id IN (SELECT article_id FROM asked)
)
SELECT k.article_id, m.at, k.version, k.version_id, m.extractor
FROM mine m JOIN known k ON k.version_id = m.version_id
UNION ALL
SELECT k.article_id, k.last_seen_at, k.version, k.version_id, arg_max(m.extractor, m.at)
FROM mine m JOIN known k ON k.version_id = m.version_id GROUP BY ALL
ORDER BY ALL
"""

_TEXTS = """
SELECT version_id, text, title, authors, published FROM article_versions
WHERE version_id IN (SELECT version_id FROM asked)
"""

_TIME = pa.timestamp("us", tz="UTC")

_EDITS = pa.schema(
    [
        ("article_id", pa.string()),
        ("seq", pa.int32()),
        ("from_version", pa.int32()),
        ("to_version", pa.int32()),
        ("from_version_id", pa.string()),
        ("to_version_id", pa.string()),
        ("seen_before_at", _TIME),
        ("seen_after_at", _TIME),
        ("kind", pa.string()),
        ("title_changed", pa.bool_()),
        ("title_before", pa.string()),
        ("title_after", pa.string()),
        ("date_changed", pa.bool_()),
        ("published_before", pa.string()),
        ("published_after", pa.string()),
        ("authors_changed", pa.bool_()),
        ("words_added", pa.int32()),
        ("words_removed", pa.int32()),
        ("added_share", pa.float64()),
        ("removed_share", pa.float64()),
        ("correction_notice", pa.string()),
        ("extractor_changed", pa.bool_()),
    ]
)

_MEASURED = _EDITS.names[8:-1]
"""What depends on the two versions alone, so that it is worked out once."""

_Row = dict[str, Any]
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Change:
    """The edits of one article, as they are stored and as they are to be."""

    article_id: str
    stored: Sequence[_Row]
    transitions: Sequence[Transition]


def update_edits(connection: duckdb.DuckDBPyConnection, *, after_batch: int, batch_id: int) -> int:
    """Work out the edits of every article that the batches after `after_batch` have touched.

    The result depends on what is stored alone, not on when this was called before.

    Args:
        connection: to the store, in a transaction.
        after_batch: the last batch that was taken into account before.
        batch_id: the last batch there is; the rows that are written bear its number.

    Returns:
        The number of articles whose edits are other than before.

    Raises:
        duckdb.Error: nothing of it is stored once the transaction is rolled back.
    """
    connection.execute(_CHANGED, {"done": after_batch})
    changed = [row[0] for row in connection.execute("SELECT article_id FROM changed_articles").fetchall()]
    connection.execute("DROP TABLE changed_articles")
    return sum(
        _write(connection, _changes(connection, changed[start : start + _CHUNK]), batch_id=batch_id)
        for start in range(0, len(changed), _CHUNK)
    )


def _changes(connection: duckdb.DuckDBPyConnection, article_ids: Sequence[str]) -> list[_Change]:
    with _asking(connection, "article_id", article_ids):
        sightings = connection.execute(_SIGHTINGS).fetchall()
        stored = _rows(
            connection.execute(
                """SELECT * EXCLUDE (batch_id) FROM edits WHERE article_id IN (SELECT article_id FROM asked)
                ORDER BY article_id, seq"""
            )
        )
    of_article = {key: list(rows) for key, rows in groupby(stored, key=lambda row: row["article_id"])}
    return [
        _Change(key, of_article.get(key, []), transitions([Sighting(*row[1:]) for row in rows]))
        for key, rows in groupby(sightings, key=lambda row: row[0])
    ]


def _write(connection: duckdb.DuckDBPyConnection, changes: Sequence[_Change], *, batch_id: int) -> int:
    measured: dict[_Pair, _Row | None] = {
        _pair_of(row): {name: row[name] for name in _MEASURED} for change in changes for row in change.stored
    }
    asked = {
        (transition.before.version_id, transition.after.version_id)
        for change in changes
        for transition in change.transitions
    }
    measured |= _measure(connection, sorted(asked - measured.keys()))
    written: list[_Row] = []
    rewritten: list[str] = []
    for change in changes:
        rows = _laid_out(change, measured)
        if rows != list(change.stored):
            rewritten.append(change.article_id)
            written.extend(rows)
    if rewritten:
        with _asking(connection, "article_id", rewritten):
            connection.execute("DELETE FROM edits WHERE article_id IN (SELECT article_id FROM asked)")
        connection.register("arriving", pa.Table.from_pylist(written, schema=_EDITS))
        connection.execute(
            "INSERT INTO edits BY NAME SELECT *, $batch AS batch_id FROM arriving ORDER BY article_id, seq",
            {"batch": batch_id},
        )
        connection.unregister("arriving")
    return len(rewritten)


def _measure(connection: duckdb.DuckDBPyConnection, pairs: Sequence[_Pair]) -> Mapping[_Pair, _Row | None]:
    with _asking(connection, "version_id", sorted({version_id for pair in pairs for version_id in pair})):
        said = {
            version_id: Said(text, title, tuple(authors), published)
            for version_id, text, title, authors, published in connection.execute(_TEXTS).fetchall()
        }
    return {(old, new): _measures(said[old], said[new], edit_of(said[old], said[new])) for old, new in pairs}


def _measures(before: Said, after: Said, edit: Edit | None) -> _Row | None:
    if edit is None:
        return None
    titles_and_dates = {
        "title_before": before.title,
        "title_after": after.title,
        "published_before": before.published,
        "published_after": after.published,
    }
    return {
        name: titles_and_dates[name] if name in titles_and_dates else getattr(edit, name)
        for name in _MEASURED
    }


def _laid_out(change: _Change, measured: Mapping[_Pair, _Row | None]) -> list[_Row]:
    rows: list[_Row] = []
    for transition in change.transitions:
        before, after = transition.before, transition.after
        measures = measured[before.version_id, after.version_id]
        if measures is not None:
            rows.append(
                {
                    "article_id": change.article_id,
                    "seq": len(rows) + 1,
                    "from_version": before.version,
                    "to_version": after.version,
                    "from_version_id": before.version_id,
                    "to_version_id": after.version_id,
                    "seen_before_at": before.at,
                    "seen_after_at": after.at,
                    **measures,
                    "extractor_changed": before.extractor_version != after.extractor_version,
                }
            )
    return rows


def _pair_of(row: _Row) -> _Pair:
    return row["from_version_id"], row["to_version_id"]


def _rows(answer: duckdb.DuckDBPyConnection) -> list[_Row]:
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@contextlib.contextmanager
def _asking(connection: duckdb.DuckDBPyConnection, column: str, values: Sequence[str]) -> Iterator[None]:
    """Lend the values to the connection as the table `asked` (as Arrow: a list as a parameter is slow)."""
    connection.register("asked", pa.table({column: pa.array(values, pa.string())}))
    try:
        yield
    finally:
        connection.unregister("asked")
