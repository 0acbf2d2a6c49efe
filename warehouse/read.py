"""Reads the published file: any SQL, and one article with everything that was decided about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from records import Cut, DateClaim, UsageError
from warehouse import errors
from warehouse.migrate import check_schema
from warehouse.store import attach_live, attach_published

_FETCH_ROWS = 1000
_ID_PREFIX = re.compile(r"[0-9a-f]{4,16}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a query answers: the names of its columns, and its rows as they are asked for.

    The database stays open until the rows are used up or `close` is called.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]
    _connection: duckdb.DuckDBPyConnection

    def close(self) -> None:
        """Give the database free; rows that were not read are lost."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class ShownArticle:
    """A row of `articles`; its comments in the database say what each column means."""

    article_id: str
    source_id: str
    url: str | None
    canonical_url: str | None
    title: str | None
    authors: tuple[str, ...]
    published: str | None
    published_date: date | None
    published_at: datetime | None
    published_precision: str | None
    published_basis: str | None
    published_zone_basis: str | None
    modified: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    language: str | None
    section: str | None
    page_kind: str | None
    text: str
    words: int
    image_url: str | None
    version: int
    versions: int
    text_sha256: str
    capture_id: str
    extractor_version: str
    article_key: str
    version_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One article, with what was cut from it and every date that was considered.

    `found_as` is the key of the duplicate that led here, None where the article itself was asked for.
    """

    article: ShownArticle
    cuts: tuple[Cut, ...]
    date_claims: tuple[DateClaim, ...]
    found_as: str | None = None


def query(db: Path, sql: str, *, live: bool = False) -> Result:
    """Run SQL on the published file, read-only. Times come in UTC.

    Args:
        db: the published file.
        sql: one statement, or several of which the last answers.
        live: read the writer's store instead, which nobody can while a writer is at work.

    Raises:
        UsageError: what DuckDB says against the SQL, on one line; also while the rows are read.
        BusyError: live, and a writer was at work for two seconds.
        WarehouseError: the file is not there or cannot be read.
    """
    connection = (attach_live if live else attach_published)(db.resolve(), db)
    try:
        connection.execute(sql)
        columns = tuple(column[0] for column in connection.description or ())
    except duckdb.Error as error:
        connection.close()
        raise UsageError(errors.first_paragraph(error)) from error
    except BaseException:
        connection.close()
        raise
    return Result(columns, _rows(connection), connection)


def show(db: Path, id_or_url: str) -> Shown | None:
    """The article with this id or unique beginning of one, URL, canonical URL, file URI or path; else None.

    Raises:
        UsageError: the beginning of an id fits several.
        WarehouseError: the file is not there, cannot be read, or is not Dateline's.
    """
    file = db.resolve()
    connection = attach_published(file, db)
    try:
        check_schema(connection, db)
        found = _find(connection, id_or_url.strip())
        if found is None:
            return None
        article_id, key, original = found
        return _shown(connection, original or article_id, found_as=key if original else None)
    except duckdb.Error as error:
        raise errors.from_duckdb(error, db) from error
    finally:
        connection.close()


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := connection.fetchmany(_FETCH_ROWS):
            yield from rows
    except duckdb.Error as error:
        raise UsageError(errors.first_paragraph(error)) from error
    finally:
        connection.close()


def _find(connection: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str, str | None] | None:
    """(id, key, article that it is a duplicate of) of what is meant."""
    if _ID_PREFIX.fullmatch(wanted):
        matches = connection.execute(
            """SELECT DISTINCT article_id, article_key, duplicate_of FROM article_versions
            WHERE starts_with(article_id, ?) AND is_current ORDER BY article_id LIMIT 2""",
            [wanted],
        ).fetchall()
        if len(matches) > 1:
            raise UsageError(f"{wanted} is the beginning of several ids: give more digits")
        if matches:
            return matches[0]
    found = connection.execute(
        """SELECT article_id, article_key, duplicate_of FROM article_versions
        WHERE is_current AND (article_key IN $names OR url IN $names OR canonical_url IN $names
          OR article_id IN (SELECT article_id FROM captures WHERE uri IN $names))
        ORDER BY article_key IN $names DESC, duplicate_of NULLS FIRST, last_seen_at DESC, article_id
        LIMIT 1""",
        {"names": _names(wanted)},
    ).fetchone()
    return (found[0], found[1], found[2]) if found else None


def _names(wanted: str) -> list[str]:
    """What may be stored for what was typed: itself, or the URI of a file."""
    if "://" in wanted:
        return [wanted]
    try:
        return [wanted, Path(wanted).expanduser().resolve().as_uri()]
    except (OSError, ValueError, RuntimeError):
        return [wanted]


def _shown(connection: duckdb.DuckDBPyConnection, article_id: str, *, found_as: str | None) -> Shown | None:
    names = tuple(ShownArticle.__dataclass_fields__)
    row = connection.execute(
        f"SELECT {', '.join(names)} FROM articles WHERE article_id = ?",  # noqa: S608 - our own field names
        [article_id],
    ).fetchone()
    if row is None:
        return None
    values = dict(zip(names, row, strict=True))
    cuts = connection.execute(
        "SELECT role, rule, text, start_offset, end_offset FROM cuts WHERE article_id = ? ORDER BY seq",
        [article_id],
    ).fetchall()
    claims = connection.execute(
        """SELECT value, precision, basis, role, evidence, place, zone_basis, verdict, reason FROM date_claims
        WHERE article_id = ? ORDER BY seq""",
        [article_id],
    ).fetchall()
    return Shown(
        article=ShownArticle(**{**values, "authors": tuple(values["authors"])}),
        cuts=tuple(Cut(*cut) for cut in cuts),
        date_claims=tuple(DateClaim(*claim) for claim in claims),
        found_as=found_as,
    )
