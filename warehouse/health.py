"""How every source does: what `dateline source list` shows. Reads a store and a published file alike."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse import errors
from warehouse.migrate import check_schema
from warehouse.model import SourceHealth, SourceState
from warehouse.source_rows import states
from warehouse.store import attach_published

WINDOW = timedelta(days=7)
"""What rates are counted over: a week, since few papers write as much on a Sunday."""

_SCHEMA = 7
"""The first that keeps polls."""

_SHORTEST_DAYS = 1.0

# Articles that were there before the source was are no measure of how soon it brings them.
_HEALTH = """
WITH asked AS (
  SELECT source_id, count(*) AS polls, count_if(result = 'failed') AS failed
  FROM polls WHERE asked_at > $since AND asked_at <= $at GROUP BY source_id
),
ended AS (
  SELECT source_id, count(*) AS outcomes, count_if(outcome = 'failed') AS failed
  FROM outcomes WHERE recorded_at > $since AND recorded_at <= $at GROUP BY source_id
),
came AS (
  SELECT a.source_id, count(*) AS articles,
    median(date_diff('millisecond', a.published_at, a.first_seen_at) / 1000)
      FILTER (WHERE a.published_at >= s.added_at AND a.published_at <= a.first_seen_at) AS delay_s
  FROM articles a JOIN sources s USING (source_id)
  WHERE a.first_seen_at > $since AND a.first_seen_at <= $at GROUP BY a.source_id
),
waits AS (SELECT source_id, count(*) AS backlog FROM candidates GROUP BY source_id)
SELECT s.source_id, s.kind, s.name, s.url, s.enabled, coalesce(asked.polls, 0), coalesce(asked.failed, 0),
  coalesce(ended.outcomes, 0), coalesce(ended.failed, 0),
  coalesce(came.articles, 0)
    / least($days, greatest($shortest, date_diff('second', s.added_at, $at) / 86400)),
  came.delay_s, coalesce(waits.backlog, 0)
FROM sources s LEFT JOIN asked USING (source_id) LEFT JOIN ended USING (source_id)
  LEFT JOIN came USING (source_id) LEFT JOIN waits USING (source_id)
ORDER BY s.source_id
"""


def health(connection: duckdb.DuckDBPyConnection, *, at: datetime) -> tuple[SourceHealth, ...]:
    """How every source does, by its id.

    Args:
        connection: to a store or a published file.
        at: aware; now.
    """
    standing = states(connection)
    rows = connection.execute(
        _HEALTH,
        {"at": at, "since": at - WINDOW, "days": WINDOW / timedelta(days=1), "shortest": _SHORTEST_DAYS},
    ).fetchall()
    return tuple(
        SourceHealth(
            source_id=source_id,
            kind=kind,
            name=name,
            url=url,
            enabled=enabled,
            state=standing.get(source_id, SourceState(source_id)),
            polls=polls,
            polls_failed=polls_failed,
            outcomes=outcomes,
            failed=failed,
            articles_a_day=float(a_day),
            median_delay_s=delay_s,
            backlog=backlog,
        )
        for (
            source_id,
            kind,
            name,
            url,
            enabled,
            polls,
            polls_failed,
            outcomes,
            failed,
            a_day,
            delay_s,
            backlog,
        ) in rows
    )


def published_health(db: Path, *, at: datetime) -> tuple[SourceHealth, ...]:
    """How every source does, as of the last publishing. Needs no lock: it can be asked while fetching.

    Args:
        db: the published file.
        at: aware; now.

    Returns:
        Nothing where there is no database, or where it is of before sources were fetched.

    Raises:
        WarehouseError: it cannot be read.
    """
    if not db.exists():
        return ()
    connection = attach_published(db.resolve(), db)
    try:
        return health(connection, at=at) if check_schema(connection, db) >= _SCHEMA else ()
    except duckdb.Error as error:
        raise errors.from_duckdb(error, db) from error
    finally:
        connection.close()
