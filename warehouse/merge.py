"""Brings the history of another database into one: the same tables whichever is merged into which.

Ids are the same everywhere, so the histories are united: an article has the versions of both, each with the
earliest capture, the latest sighting and the last extraction of the two, and the decider then numbers them,
chooses the current one and tells duplicates from originals as it does for any batch.
"""

# ruff: noqa: S608 - put together from this module's own text and the catalog's names; values are parameters

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from records import Article, Candidate, Capture, Extracted, UsageError, WarehouseError
from warehouse import errors, ledger, rows
from warehouse.decide import decide
from warehouse.forget import forget_again
from warehouse.forgotten import Forgotten, read_forgotten
from warehouse.integrity import read_file
from warehouse.migrate import check_schema, migrations
from warehouse.model import Plan, Reading
from warehouse.places import must_exist
from warehouse.state import load_state
from warehouse.store import CATALOG, attach_published, quoted
from warehouse.writer import Writer, open_writer

_OTHER = "merging"
_CHUNK = 5_000
"""So many articles are decided on at once: only their ids, times and hashes are in memory."""

_APOSTROPHE = "'"

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

_UNWANTED = f"""
CREATE OR REPLACE TEMP TABLE unwanted AS
SELECT article_id FROM forgotten
UNION SELECT article_id FROM {_OTHER}.captures
WHERE content_sha256 IN (SELECT unnest(content_sha256) FROM forgotten)
"""

# A batch is known by its run and its place in it: a run goes on in one database only.
_BATCHES = f"""
CREATE OR REPLACE TEMP TABLE batch_map AS
WITH ours AS (
  SELECT run_id, batch_id, row_number() OVER (PARTITION BY run_id ORDER BY batch_id) AS nth
  FROM batches WHERE batch_id < $batch
),
theirs AS (
  SELECT run_id, batch_id, row_number() OVER (PARTITION BY run_id ORDER BY batch_id) AS nth
  FROM {_OTHER}.batches
)
SELECT t.batch_id AS theirs, o.batch_id IS NULL AS is_new,
  coalesce(o.batch_id,
    $batch + row_number() OVER (PARTITION BY o.batch_id IS NULL ORDER BY t.batch_id)) AS ours
FROM theirs t LEFT JOIN ours o USING (run_id, nth)
"""

_LEDGER = (
    f"""INSERT INTO runs BY NAME
    SELECT * REPLACE (CASE status WHEN 'running' THEN 'interrupted' ELSE status END AS status)
    FROM {_OTHER}.runs ANTI JOIN runs USING (run_id)""",
    f"""UPDATE runs SET finished_at = t.finished_at, status = t.status, passed_over = t.passed_over
    FROM {_OTHER}.runs t
    WHERE runs.run_id = t.run_id AND runs.finished_at IS NULL AND t.finished_at IS NOT NULL""",
    f"""INSERT INTO batches BY NAME SELECT b.* REPLACE (m.ours AS batch_id)
    FROM {_OTHER}.batches b JOIN batch_map m ON m.theirs = b.batch_id WHERE m.is_new""",
    f"""INSERT INTO removals BY NAME SELECT r.* REPLACE (m.ours AS batch_id)
    FROM {_OTHER}.removals r JOIN batch_map m ON m.theirs = r.batch_id WHERE m.is_new""",
)

# Of a capture that both have: who first led to it, and what it was last read as.
_CAPTURES = (
    f"""UPDATE captures SET version_id = t.version_id, extractor_version = t.extractor_version,
      media = t.media, encoding = t.encoding, run_id = t.run_id, batch_id = m.ours
    FROM {_OTHER}.captures t JOIN batch_map m ON m.theirs = t.batch_id
    WHERE captures.capture_no = t.capture_no AND t.run_id > captures.run_id""",
    f"""UPDATE captures SET source_id = t.source_id, captured_at = t.captured_at FROM {_OTHER}.captures t
    WHERE captures.capture_no = t.capture_no
      AND (t.captured_at, t.source_id) < (captures.captured_at, captures.source_id)""",
    f"""UPDATE captures SET archive_file = t.archive_file, archive_offset = t.archive_offset
    FROM {_OTHER}.captures t
    WHERE captures.capture_no = t.capture_no
      AND captures.archive_file IS NULL AND t.archive_file IS NOT NULL""",
    f"""INSERT INTO captures BY NAME SELECT t.* REPLACE (m.ours AS batch_id)
    FROM {_OTHER}.captures t JOIN batch_map m ON m.theirs = t.batch_id
    ANTI JOIN captures c ON c.capture_no = t.capture_no
    WHERE t.article_id NOT IN (SELECT article_id FROM unwanted)""",
)

# Those of captures that came although their batch was here, too: a rule may have removed them here.
_OUTCOMES = f"""
INSERT INTO outcomes BY NAME
SELECT o.* REPLACE (m.ours AS batch_id, CASE
  WHEN o.article_id IN (SELECT article_id FROM unwanted)
    AND o.article_id NOT IN (SELECT article_id FROM forgotten) THEN NULL ELSE o.article_id END AS article_id)
FROM {_OTHER}.outcomes o JOIN batch_map m ON m.theirs = o.batch_id
ANTI JOIN outcomes h ON h.batch_id = m.ours AND h.seq = o.seq
ORDER BY m.ours, o.seq
"""

_SOURCES = (
    f"INSERT INTO sources BY NAME SELECT * FROM {_OTHER}.sources ANTI JOIN sources USING (source_id)",
    f"""INSERT INTO source_state BY NAME
    SELECT * FROM {_OTHER}.source_state ANTI JOIN source_state USING (source_id)""",
)

# Of an address that a source listed in both, what was learned last; of what waits, all that neither has done.
_FETCHING = (
    f"""DELETE FROM sightings USING {_OTHER}.sightings t
    WHERE sightings.source_id = t.source_id AND sightings.uri_no = t.uri_no
      AND (coalesce(sightings.changed_at, sightings.first_found_at), sightings.changes, sightings.failures)
        < (coalesce(t.changed_at, t.first_found_at), t.changes, t.failures)""",
    f"""INSERT INTO sightings BY NAME SELECT * FROM {_OTHER}.sightings t
    ANTI JOIN sightings o ON o.source_id = t.source_id AND o.uri_no = t.uri_no
    WHERE t.uri NOT IN (SELECT unnest(addresses) FROM forgotten)""",
    f"""INSERT INTO candidates BY NAME SELECT * FROM {_OTHER}.candidates t
    ANTI JOIN candidates o ON o.uri_no = t.uri_no
    WHERE t.uri NOT IN (SELECT unnest(addresses) FROM forgotten)
      AND (t.url IS NULL OR t.url NOT IN (SELECT unnest(addresses) FROM forgotten))""",
    """DELETE FROM candidates USING outcomes o
    WHERE found_as = 'new' AND candidates.uri = o.uri AND o.recorded_at >= candidates.found_at""",
    f"""INSERT INTO polls BY NAME SELECT * FROM {_OTHER}.polls t
    ANTI JOIN polls o ON o.run_id = t.run_id AND o.source_id = t.source_id AND o.asked_at = t.asked_at""",
    f"""INSERT INTO verdicts BY NAME SELECT v.* REPLACE (m.ours AS batch_id)
    FROM {_OTHER}.verdicts v JOIN batch_map m ON m.theirs = v.batch_id
    ANTI JOIN verdicts h ON h.batch_id = m.ours AND h.outcome_seq = v.outcome_seq AND h.seq = v.seq
    WHERE v.article_id IS NULL OR v.article_id NOT IN (SELECT article_id FROM unwanted)""",
)

_TO_DECIDE = f"""
SELECT DISTINCT t.article_id FROM {_OTHER}.article_versions t ANTI JOIN article_versions o
ON o.version_no = t.version_no AND o.last_seen_at >= t.last_seen_at AND o.extracted_at >= t.extracted_at
  AND (o.captured_at, o.capture_id) <= (t.captured_at, t.capture_id)
WHERE t.article_id NOT IN (SELECT article_id FROM unwanted) ORDER BY ALL
"""

_VERSIONS = f"""
SELECT article_id, article_key, version_id, text_sha256, text_key, words, source_id, capture_id,
  extractor_version, captured_at, last_seen_at, extracted_at
FROM {_OTHER}.article_versions WHERE article_id IN (SELECT unnest($ids::VARCHAR[]))
"""

# Where both have a version from the same capture, as two extractors made it.
_TIED = f"""
CREATE OR REPLACE TEMP TABLE tied AS
SELECT t.version_id FROM {_OTHER}.article_versions t JOIN article_versions o USING (version_no)
WHERE (t.captured_at, t.capture_id) = (o.captured_at, o.capture_id)
  AND (t.extractor_version, t.url, t.canonical_url, t.title, t.text)
    > (o.extractor_version, o.url, o.canonical_url, o.title, o.text)
"""

# Where both have an article's first capture, led to it by two sources.
_FIRST_SOURCE = f"""
UPDATE article_versions SET source_id = t.source_id, batch_id = $batch
FROM (
  SELECT article_no, any_value(source_id) AS source_id, min((captured_at, capture_id)) AS earliest
  FROM {_OTHER}.article_versions GROUP BY article_no
) t JOIN (
  SELECT article_no, any_value(source_id) AS source_id, min((captured_at, capture_id)) AS earliest
  FROM article_versions GROUP BY article_no
) o USING (article_no)
WHERE article_versions.article_no = t.article_no AND t.earliest = o.earliest AND t.source_id < o.source_id
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging brought.

    Attributes:
        articles: rows that `articles` gained; negative where articles turned out to be duplicates.
        versions: versions that are new.
        captures: captures that are new.
        outcomes: outcomes that are new.
        forgotten: articles that had been taken down there, and now are here.
        notes: what a person should know, a sentence each.
    """

    articles: int
    versions: int
    captures: int
    outcomes: int
    forgotten: int
    notes: tuple[str, ...]


def merge(db: Path, other: Path, *, now: datetime, wait_s: float = 0.0, program_version: str = "") -> Merged:
    """Bring all that `other` holds into `db`, in one transaction, and publish; to repeat it is harmless.

    What was learned of sources stays each database's own.

    Args:
        db: the database that gains.
        other: any database of Dateline's of the same schema; only read.
        now: aware.
        wait_s: how long to wait for a writer to end.
        program_version: of Dateline.

    Raises:
        UsageError: the two are one.
        WarehouseError: either cannot be used, or `other` is damaged or of another schema.
    """
    must_exist(db)
    taken_down = _looked_at(db, other)
    with open_writer(db, wait_s=wait_s, program_version=program_version) as writer:
        forgotten = forget_again(writer, taken_down, now=now, program_version=program_version)
        connection = writer.store.connection
        with _attached(writer, other):
            before = ledger.counts(connection)
            with ledger.entry(
                writer,
                command="merge",
                arguments={"other": str(other)},
                now=now,
                program_version=program_version,
            ) as made:
                _unite(made)
            gained = ledger.counts(connection).less(before)
        notes = tuple(writer.publish())
    return Merged(gained.articles, gained.versions, gained.captures, gained.outcomes, forgotten, notes)


def _looked_at(db: Path, other: Path) -> tuple[Forgotten, ...]:
    """Read the other database to the end; returns what was taken down from it."""
    if other.exists() and db.exists() and other.samefile(db):
        raise UsageError(f"{other} is the database itself: name another one to merge into it")
    if not other.exists():
        raise UsageError(f"There is no database {other} to merge: check its name")
    connection = attach_published(other.resolve(), other)
    try:
        schema, newest = check_schema(connection, other), migrations()[-1].version
        if schema < newest:
            raise WarehouseError(
                f"{other} has schema {schema} of an older Dateline, this one has {newest}: bring it up to "
                f"date with `dateline maintain --db {other}` first"
            )
        taken_down = read_forgotten(connection)
    finally:
        connection.close()
    read_file(other.resolve(), other)
    return taken_down


@contextlib.contextmanager
def _attached(writer: Writer, other: Path) -> Iterator[None]:
    connection = writer.store.connection
    literal = quoted(str(other.resolve()), mark=_APOSTROPHE)
    try:
        connection.execute(f"ATTACH {literal} AS {_OTHER} (READ_ONLY)")
        try:
            yield
        finally:
            connection.execute(f"DETACH {_OTHER}")
    except duckdb.Error as error:
        raise errors.from_duckdb(error, writer.db) from error


def _unite(made: ledger.Entry) -> None:
    connection = made.connection
    connection.execute(_UNWANTED)
    connection.execute(_BATCHES, {"batch": made.batch_id})
    for statement in (*_LEDGER, *_CAPTURES, _OUTCOMES):
        connection.execute(statement)
    connection.execute(_TIED)
    to_decide = [row[0] for row in connection.execute(_TO_DECIDE).fetchall()]
    for start in range(0, len(to_decide), _CHUNK):
        _decide_on(made, to_decide[start : start + _CHUNK])
    _take_their_content(made)
    connection.execute(_FIRST_SOURCE, {"batch": made.batch_id})
    for statement in (*_SOURCES, *_FETCHING):
        connection.execute(statement)
    for table in ("unwanted", "batch_map", "tied", "arriving"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    # What a rule had removed here may have come back, and what it removed there may be here.
    outcomes = made.gained().outcomes
    if outcomes:
        connection.execute(
            "INSERT INTO removals VALUES (?, ?, ?, 'merged', '', 0, 0, ?)",
            [made.run_id, made.batch_id, made.at, -outcomes],
        )


def _decide_on(made: ledger.Entry, ids: Sequence[str]) -> None:
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


def _carry_out(made: ledger.Entry, plan: Plan) -> None:
    connection = made.connection
    brought = [row for row in plan.rows if row.content is not None]
    moved = [row for row in plan.rows if row.content is None]
    _place(made, rows.places(moved))
    _lay_down(connection, rows.places(brought))
    ids = f"SELECT version_id FROM {_OTHER}.article_versions SEMI JOIN arriving USING (version_no)"
    for table in ("version_cuts", "version_date_claims", "article_versions"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN ({ids})")
    placed = ", ".join(f"a.{column} AS {column}" for column in _PLACES)
    connection.execute(
        f"""INSERT INTO article_versions BY NAME
        SELECT t.* REPLACE ({placed}, $batch::BIGINT AS batch_id)
        FROM {_OTHER}.article_versions t JOIN arriving a USING (version_no)
        ORDER BY t.article_key, a.version""",
        {"batch": made.batch_id},
    )
    for table in ("version_cuts", "version_date_claims"):
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM {_OTHER}.{table} WHERE version_id IN ({ids})"
        )


def _place(made: ledger.Entry, places: pa.Table) -> None:
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


def _take_their_content(made: ledger.Entry) -> None:
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
        FROM {_OTHER}.article_versions t SEMI JOIN tied USING (version_id)
        WHERE article_versions.version_no = t.version_no""",
        {"batch": made.batch_id},
    )
    for table in ("version_cuts", "version_date_claims"):
        connection.execute(f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM tied)")
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM {_OTHER}.{table} SEMI JOIN tied USING (version_id)"
        )
