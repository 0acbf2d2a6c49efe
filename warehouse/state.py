"""Loads what deciding on a batch needs to know of the warehouse, by scans of narrow columns of numbers.

No index helps here (see docs/choices.md), so every look-up is a scan, and their number and width is what a
batch costs. Texts, keys and addresses are read only of the few rows that turn out to need them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from warehouse.identity import number, uri_number
from warehouse.model import Known, Reading, State, StoredArticle, StoredCapture, Version

_Row = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)

# Handed over as text: an Arrow table that is registered costs a millisecond more, and for a list DuckDB looks
# for a missing module again with every element.
_ASKED = "WITH asked AS (SELECT unnest(string_split($asked, ','))::UBIGINT AS number) "

_COLUMNS = """article_no, version_no, text_key, words, capture_no, version, is_current, duplicate_of,
  source_id,  epoch_us(captured_at), epoch_us(last_seen_at), epoch_us(extracted_at)"""

_ARTICLES = f"SELECT {_COLUMNS} FROM article_versions WHERE article_no IN (SELECT number FROM asked)"  # noqa: S608

_HOLDERS = "SELECT DISTINCT article_no FROM article_versions WHERE text_key IN (SELECT number FROM asked)"

_KEYS = """
SELECT DISTINCT article_no, article_key FROM article_versions
WHERE article_no IN (SELECT number FROM asked)
"""

_FOUND = """
SELECT capture_no FROM captures
WHERE capture_no IN (SELECT number FROM asked) AND captured_at BETWEEN $earliest AND $latest
"""

_CAPTURES = """
SELECT capture_id, version_id, extractor_version FROM captures
WHERE capture_no IN (SELECT number FROM asked)
"""

_LATEST = """
SELECT uri, arg_max(capture_id, (batch_id, captured_at, capture_id)) FROM captures
WHERE uri_no IN (SELECT number FROM asked) GROUP BY uri
"""

_KNOWN = """
SELECT uri, held.article_id, held.content_sha256, held.extractor_version, epoch_us(held.fetched_at)
FROM (
  SELECT uri, max_by({
      'article_id': article_id, 'content_sha256': content_sha256,
      'extractor_version': extractor_version, 'fetched_at': fetched_at
    }, (batch_id, captured_at, capture_id)) AS held
  FROM captures WHERE uri_no IN (SELECT number FROM asked) GROUP BY uri
)
"""

_DUPLICATES = """
SELECT article_id, duplicate_of FROM article_versions
WHERE article_no IN (SELECT number FROM asked) AND is_current AND duplicate_of IS NOT NULL
"""


def load_state(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading]) -> State:
    """Everything that `decide` asks for, for these readings."""
    keys = {number(reading.article_id): reading.item.key for reading in readings}
    texts = {reading.text_key for reading in readings}
    rows = _ask(connection, _ARTICLES, keys)
    texts |= {row[2] for row in rows}
    sharing = {article_no for (article_no,) in _ask(connection, _HOLDERS, texts)} - keys.keys()
    rows += _ask(connection, _ARTICLES, sharing)
    keys |= dict(_ask(connection, _KEYS, sharing))
    by_article: dict[int, list[_Row]] = {}
    for row in rows:
        by_article.setdefault(row[0], []).append(row)
    articles = [_article(keys[article_no], versions) for article_no, versions in by_article.items()]
    return State(
        articles={article.versions[0].article_id: article for article in articles},
        captures=_captures(connection, readings),
        latest=_latest(connection, readings),
    )


def load_known(connection: duckdb.DuckDBPyConnection, uris: Sequence[str]) -> Mapping[str, Known]:
    """What the last stored capture of each candidate held, by uri; unknown uris are left out."""
    asked = set(uris)
    rows = [row for row in _ask(connection, _KNOWN, map(uri_number, asked)) if row[0] in asked]
    originals: dict[str, str] = dict(_ask(connection, _DUPLICATES, (number(row[1]) for row in rows)))
    return {
        uri: Known(
            article_id=article_id,
            content_sha256=content_sha256,
            extractor_version=extractor_version,
            duplicate_of=originals.get(article_id),
            fetched_at=None if fetched_us is None else _moment(fetched_us),
        )
        for uri, article_id, content_sha256, extractor_version, fetched_us in rows
    }


def _captures(
    connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading]
) -> Mapping[str, StoredCapture]:
    """Those that are known: mostly none, so they are looked for first and read then."""
    # A capture that has a time is found at that time, so that most of a long history is passed over unread.
    timed = all(reading.item.capture.fetched_at for reading in readings)
    times = [reading.captured_at for reading in readings] if timed else []
    bounds = {"earliest": min(times, default=_FIRST), "latest": max(times, default=_LAST)}
    found = [
        capture_no
        for (capture_no,) in _ask(connection, _FOUND, (number(each.capture_id) for each in readings), bounds)
    ]
    return {row[0]: StoredCapture(*row) for row in _ask(connection, _CAPTURES, found)}


def _latest(connection: duckdb.DuckDBPyConnection, readings: Sequence[Reading]) -> Mapping[str, str]:
    """Only a capture without a time can have come back."""
    uris = {
        reading.item.capture.candidate.uri for reading in readings if reading.item.capture.fetched_at is None
    }
    return dict(_ask(connection, _LATEST, map(uri_number, uris)))


def _ask(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    numbers: Iterable[int],
    values: Mapping[str, object] | None = None,
) -> list[_Row]:
    """The rows that the query finds for the numbers, which it reads from `asked`; none for no numbers."""
    asked = ",".join(map(str, numbers))
    return connection.execute(_ASKED + sql, {"asked": asked, **(values or {})}).fetchall() if asked else []


def _article(key: str, rows: Sequence[_Row]) -> StoredArticle:
    versions = []
    numbers = {}
    current = ""
    for row in rows:
        article_no, version_no, text_key, words, capture_no, order, is_current, _, _, *times = row
        captured_at, last_seen_at, extracted_at = map(_moment, times)
        version_id = _hex(version_no)
        numbers[version_id] = order
        if is_current:
            current = version_id
        versions.append(
            Version(
                article_id=_hex(article_no),
                article_key=key,
                version_id=version_id,
                text_key=text_key,
                words=words,
                capture_id=_hex(capture_no),
                captured_at=captured_at,
                last_seen_at=last_seen_at,
                extracted_at=extracted_at,
            )
        )
    return StoredArticle(
        article_id=versions[0].article_id,
        source_id=rows[0][8],
        duplicate_of=rows[0][7],
        versions=tuple(versions),
        numbers=numbers,
        current=current,
    )


def _hex(of_number: int) -> str:
    """The id that a number stands for."""
    return f"{of_number:016x}"


def _moment(microseconds: int) -> datetime:
    """Made here, since DuckDB's own takes ten times as long for an aware time."""
    return _EPOCH + timedelta(microseconds=microseconds)
