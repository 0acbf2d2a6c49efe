"""Enters in the ledger what changes the tables without any candidate: retention, takedowns, merging."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse import errors
from warehouse.writer import Writer

_COUNTS = """
SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM article_versions),
  (SELECT count(*) FROM captures), (SELECT count(*) FROM outcomes)
"""

_ENTERED = """
SELECT coalesce(sum(articles_added), 0)::BIGINT, coalesce(sum(versions_added), 0)::BIGINT,
  coalesce(sum(captures_added), 0)::BIGINT,
  coalesce(sum(items), 0)::BIGINT - (SELECT coalesce(sum(outcomes), 0)::BIGINT FROM removals)
FROM batches
"""

_BATCH = """
INSERT INTO batches BY NAME
SELECT $batch_id AS batch_id, $run_id AS run_id, $at AS committed_at, 0 AS items, 0 AS stored, 0 AS updated,
  0 AS unchanged, 0 AS duplicate, 0 AS refused, 0 AS failed, $articles AS articles_added,
  $versions AS versions_added, $captures AS captures_added
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the tables that the ledger adds up."""

    articles: int
    versions: int
    captures: int
    outcomes: int

    def less(self, other: "Counts") -> "Counts":
        """How many more there are than in the other."""
        return Counts(
            self.articles - other.articles,
            self.versions - other.versions,
            self.captures - other.captures,
            self.outcomes - other.outcomes,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One change while it is made.

    Attributes:
        connection: to the store, in the transaction of the change.
        run_id: its run.
        batch_id: its row in the ledger.
        at: aware; when.
        before: the rows there were.
        entered: the rows that the ledger added up to.
    """

    connection: duckdb.DuckDBPyConnection
    run_id: str
    batch_id: int
    at: datetime
    before: Counts
    entered: Counts

    def gained(self) -> Counts:
        """How many more rows there are than before the change, beside what is in the ledger by now."""
        entered = entered_counts(self.connection).less(self.entered)
        return counts(self.connection).less(self.before).less(entered)


def counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    """Rows of the tables that the ledger adds up."""
    [row] = connection.execute(_COUNTS).fetchall()
    return Counts(*row)


def entered_counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    """Rows that the ledger adds up to."""
    [row] = connection.execute(_ENTERED).fetchall()
    return Counts(*row)


@contextlib.contextmanager
def entry(
    writer: Writer, *, command: str, arguments: Mapping[str, object], now: datetime, program_version: str
) -> Iterator[Entry]:
    """Make a change in one transaction with its row in the ledger, as a run of its own.

    Raises:
        WarehouseError: the database cannot be written; nothing was changed.
    """
    run_id = writer.start_run(
        command=command, arguments=arguments, started_at=now, program_version=program_version
    )
    connection = writer.store.connection
    try:
        connection.begin()
        try:
            [(batch_id,)] = connection.execute(
                "SELECT coalesce(max(batch_id), 0) + 1 FROM batches"
            ).fetchall()
            made = Entry(connection, run_id, batch_id, now, counts(connection), entered_counts(connection))
            yield made
            enter(made, made.gained())
            connection.commit()
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                connection.rollback()
            raise
    except duckdb.Error as error:
        raise errors.from_duckdb(error, writer.db) from error
    writer.finish_run(run_id, finished_at=now, status="completed", passed_over=0)


def enter(made: Entry, gained: Counts) -> None:
    """Write the batch of a change: no items, and what the tables gained or (negative) lost."""
    made.connection.execute(
        _BATCH,
        {
            "batch_id": made.batch_id,
            "run_id": made.run_id,
            "at": made.at,
            "articles": gained.articles,
            "versions": gained.versions,
            "captures": gained.captures,
        },
    )


def enter_removal(made: Entry, *, cause: str, rule: str) -> Counts:
    """Note what was removed on purpose; returns the rows that left, counted positive.

    To be called before the batch is entered, when all is removed.
    """
    gained = made.gained()
    lost = Counts(-gained.articles, -gained.versions, -gained.captures, -gained.outcomes)
    made.connection.execute(
        "INSERT INTO removals VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [made.run_id, made.batch_id, made.at, cause, rule, lost.versions, lost.captures, lost.outcomes],
    )
    return lost
