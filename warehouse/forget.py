"""Takes an article down: out of every table, out of the free blocks of the file, and out for good."""

# ruff: noqa: S608 - the names of tables come from the catalog, quoted; values are parameters

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from records import UsageError
from warehouse import errors, ledger, search_index
from warehouse.archive_takedown import Removed, note_pages, remove_noted
from warehouse.backup import backups_of
from warehouse.compact import compact, is_due, make_due
from warehouse.forgotten import Forgotten, read_forgotten
from warehouse.identity import article_id
from warehouse.places import ARCHIVE, STORE, archive_of, folder_of, must_exist
from warehouse.store import CATALOG, quoted
from warehouse.writer import Writer, open_writer

_FIND = """
SELECT DISTINCT article_id FROM article_versions
WHERE article_key IN $names OR url IN $names OR canonical_url IN $names OR article_id IN $names
  OR article_id IN (SELECT article_id FROM captures WHERE uri IN $names OR url IN $names
    OR uri IN (SELECT stands_for FROM sightings WHERE uri IN $names))
"""

# What waits, was listed, or ended otherwise than as an article: the archive may hold it all the same.
_FIND_UNSTORED = """
SELECT uri, list(DISTINCT address ORDER BY address) FROM (
  SELECT uri, unnest([uri, url]) AS address FROM candidates WHERE uri IN $names OR url IN $names
  UNION ALL SELECT coalesce(stands_for, uri), unnest([uri, stands_for]) FROM sightings WHERE uri IN $names
  UNION ALL SELECT uri, uri FROM outcomes WHERE uri IN $names
) WHERE address IS NOT NULL GROUP BY uri ORDER BY uri
"""

_REPEATING = "SELECT DISTINCT article_id FROM duplicates WHERE duplicate_of IN $ids"

_SAME_WORDS = """
SELECT DISTINCT article_key FROM article_versions
WHERE article_id NOT IN $ids AND words >= 25
  AND text_sha256 IN (SELECT text_sha256 FROM article_versions WHERE article_id IN $ids)
ORDER BY article_key
"""

_RECORDS = """
WITH said AS (
  SELECT article_id, article_key AS address FROM article_versions WHERE article_id IN $ids
  UNION SELECT article_id, url FROM article_versions WHERE article_id IN $ids
  UNION SELECT article_id, canonical_url FROM article_versions WHERE article_id IN $ids
  UNION SELECT article_id, uri FROM captures WHERE article_id IN $ids
  UNION SELECT article_id, url FROM captures WHERE article_id IN $ids
  UNION SELECT c.article_id, s.uri FROM captures c JOIN sightings s ON s.stands_for = c.uri
  WHERE c.article_id IN $ids
)
SELECT v.article_id, any_value(v.article_key),
  (SELECT list(DISTINCT address ORDER BY address) FROM said s
   WHERE s.article_id = v.article_id AND address IS NOT NULL),
  (SELECT list(DISTINCT content_sha256 ORDER BY content_sha256) FROM captures c
   WHERE c.article_id = v.article_id)
FROM article_versions v WHERE v.article_id IN $ids GROUP BY v.article_id ORDER BY v.article_id
"""

_ARCHIVED = """
SELECT DISTINCT archive_file, archive_offset FROM captures
WHERE article_id IN $ids AND archive_file IS NOT NULL AND archive_offset IS NOT NULL
"""

_HOLDING = """
SELECT c.schema_name, c.table_name FROM duckdb_columns() c
JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
WHERE c.database_name = ? AND c.column_name = 'article_id' AND c.table_name NOT IN ('outcomes', 'forgotten')
ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What a takedown did.

    Attributes:
        articles: what was taken down now, stored or not; empty where it had been before.
        before: what was found taken down already.
        versions: rows that left `article_versions`.
        captures: rows that left `captures`.
        same_words: keys of articles that stay and hold some of the same words.
        copies: files that may still hold the words: backups with their archives, and what was set aside.
        archived: what was taken out of the archive.
        notes: what else a person should know, a sentence each.
    """

    articles: tuple[Forgotten, ...]
    before: tuple[Forgotten, ...]
    versions: int
    captures: int
    same_words: tuple[str, ...]
    copies: tuple[Path, ...]
    archived: Removed
    notes: tuple[str, ...]


def forget(
    db: Path,
    names: Sequence[str],
    *,
    reason: str,
    now: datetime,
    wait_s: float = 0.0,
    program_version: str = "",
) -> TakenDown:
    """Remove an article and those that only repeat its words, so that no byte of them stays in the database.

    An address that only waits, or that never became an article, leaves in the same way.

    The rows leave every table; the search index is made anew; the store is copied into a new file, since free
    blocks keep what was in them; its pages in the archive are overwritten; the result is published. A row of
    `forgotten` remains, and what it names is refused when it comes again. A kill on the way is made good by
    the next `forget` or `maintain`.

    Args:
        db: the database.
        names: the address in every form that it may be stored in, or the article's id.
        reason: why; kept.
        now: aware.
        wait_s: how long to wait for a writer to end.
        program_version: of Dateline.

    Raises:
        UsageError: nothing here has that address.
        WarehouseError: the database cannot be used.
    """
    must_exist(db)
    with open_writer(db, wait_s=wait_s, program_version=program_version) as writer:
        connection = writer.store.connection
        ids = _ids(connection, names)
        before = tuple(
            each
            for each in read_forgotten(connection)
            if {each.article_id, each.article_key, *each.addresses} & set(names)
        )
        unstored = () if ids or before else _unstored(writer, names, reason, now=now)
        if not (ids or before or unstored):
            raise UsageError(
                f"Nothing here is known by {names[0]}: find its address with "
                '`dateline sql "SELECT article_id, url, title FROM articles"`'
            )
        same_words = _column(connection, _SAME_WORDS, ids)
        taken = _records(writer, ids, reason, now=now) or unstored
        unread = _note_pages(writer, (*taken, *before), ids)
        lost = _take_down(writer, taken, reason, now=now, program_version=program_version)
        removed = _leave_no_byte(writer, now=now)
        notes = tuple(writer.publish())
    kept = tuple(sorted({*removed.kept, *unread}))
    return TakenDown(
        taken,
        before,
        lost.versions,
        lost.captures,
        same_words,
        _copies(db),
        replace(removed, kept=kept),
        notes,
    )


def forget_again(
    writer: Writer, taken_down: Iterable[Forgotten], *, now: datetime, program_version: str
) -> int:
    """Take down what was taken down elsewhere, as after a restore; publishes nothing.

    Returns:
        How many were not known to be taken down here.
    """
    connection = writer.store.connection
    here = {each.article_id for each in read_forgotten(connection)}
    missing = [each for each in taken_down if each.article_id not in here]
    if not missing:
        return 0
    _note_pages(writer, missing, [each.article_id for each in missing])
    make_due(writer.store)
    with ledger.entry(
        writer,
        command="forget",
        arguments={"again": [each.article_key for each in missing]},
        now=now,
        program_version=program_version,
    ) as made:
        _remove(made, missing)
    _leave_no_byte(writer, now=now)
    return len(missing)


def clean_archive(writer: Writer, *, now: datetime) -> None:
    """Overwrite what was noted of archive files that came in from elsewhere."""
    with _reported(writer):
        remove_noted(writer.store, at=now)


def _records(writer: Writer, ids: list[str], reason: str, *, now: datetime) -> tuple[Forgotten, ...]:
    """The articles as they are to be remembered."""
    if not ids:
        return ()
    with _reported(writer):
        rows = writer.store.connection.execute(_RECORDS, {"ids": ids}).fetchall()
    return tuple(Forgotten(row[0], row[1], tuple(row[2]), tuple(row[3] or ()), reason, now) for row in rows)


def _unstored(writer: Writer, names: Sequence[str], reason: str, *, now: datetime) -> tuple[Forgotten, ...]:
    """Addresses that are known here though no article is stored under them, as they are to be remembered."""
    with _reported(writer):
        rows = writer.store.connection.execute(_FIND_UNSTORED, {"names": list(names)}).fetchall()
    return tuple(
        Forgotten(article_id(uri), uri, tuple(addresses), (), reason, now) for uri, addresses in rows
    )


def _note_pages(writer: Writer, taken_down: Sequence[Forgotten], ids: list[str]) -> tuple[Path, ...]:
    with _reported(writer):
        places = writer.store.connection.execute(_ARCHIVED, {"ids": ids}).fetchall() if ids else []
    return note_pages(writer.store, taken_down, set(places))


def _take_down(
    writer: Writer, taken: Sequence[Forgotten], reason: str, *, now: datetime, program_version: str
) -> ledger.Counts:
    if not taken:
        return ledger.Counts(0, 0, 0, 0)
    # Noted first: a kill after the rows are gone leaves their bytes in free blocks and in what is published.
    make_due(writer.store)
    with ledger.entry(
        writer,
        command="forget",
        arguments={"articles": [each.article_id for each in taken], "reason": reason},
        now=now,
        program_version=program_version,
    ) as made:
        return _remove(made, taken)


def _remove(made: ledger.Entry, taken: Sequence[Forgotten]) -> ledger.Counts:
    """Delete the rows of what is taken down and enter it; within the transaction of the entry."""
    connection = made.connection
    ids = [each.article_id for each in taken]
    for schema, table in connection.execute(_HOLDING, [CATALOG]).fetchall():
        connection.execute(
            f"DELETE FROM {quoted(schema)}.{quoted(table)} WHERE article_id IN $ids", {"ids": ids}
        )
    addresses = [address for each in taken for address in each.addresses]
    # What a source lists of them is new when it comes again, and is refused then.
    for table, column in (
        *(("candidates", "uri"), ("candidates", "url")),
        *(("sightings", "uri"), ("sightings", "stands_for")),
        ("verdicts", "uri"),
    ):
        connection.execute(f"DELETE FROM {table} WHERE {column} IN $names", {"names": addresses})
    for each in taken:
        connection.execute(
            "INSERT INTO forgotten VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                each.article_id,
                each.article_key,
                list(each.addresses),
                list(each.content_sha256),
                each.reason,
                each.forgotten_at,
                made.run_id,
            ],
        )
    return ledger.enter_removal(made, cause="forgotten", rule="")


def _leave_no_byte(writer: Writer, *, now: datetime) -> Removed:
    store = writer.store
    with _reported(writer):
        removed = remove_noted(store, at=now)
        if is_due(store):
            search_index.renew(store)
    if is_due(store):
        compact(store)
    return removed


def _ids(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """The articles of that name, and the duplicates that only repeat one of them."""
    ids = [row[0] for row in connection.execute(_FIND, {"names": list(names)}).fetchall()]
    if ids:
        ids += [row[0] for row in connection.execute(_REPEATING, {"ids": ids}).fetchall()]
    return sorted(set(ids))


def _column(connection: duckdb.DuckDBPyConnection, sql: str, ids: list[str]) -> tuple[str, ...]:
    return tuple(row[0] for row in connection.execute(sql, {"ids": ids}).fetchall()) if ids else ()


def _copies(db: Path) -> tuple[Path, ...]:
    """Files that may hold what was forgotten and are not Dateline's to change."""
    file, folder = db.resolve(), folder_of(db)
    beside = sorted(file.parent.glob(f"{file.name}.set-aside-*"))
    store = folder / STORE
    within = sorted(set(folder.glob("*.duckdb")) | set(folder.glob(f"{STORE}.set-aside-*")))
    archives = sorted((folder / ARCHIVE).glob("*.set-aside-*"))
    made = [each for file in backups_of(db) for each in (file, archive_of(file)) if each.exists()]
    return (*made, *beside, *(each for each in within if each != store), *archives)


@contextlib.contextmanager
def _reported(writer: Writer) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise errors.from_duckdb(error, writer.db) from error
