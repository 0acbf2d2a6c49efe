"""Unites what two databases hold beside versions: ledger, captures, outcomes, and what fetching keeps."""

# ruff: noqa: S608 - put together from this module's own text; values are parameters

from collections.abc import Mapping

import pyarrow as pa

from warehouse.fetch_rows import lent
from warehouse.ledger import Entry

OTHER = "merging"
"""The catalog of the database that is merged into the store."""

_UNWANTED = f"""
CREATE OR REPLACE TEMP TABLE unwanted AS
SELECT article_id FROM forgotten
UNION SELECT article_id FROM {OTHER}.captures
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
  FROM {OTHER}.batches
)
SELECT t.batch_id AS theirs, o.batch_id IS NULL AS is_new,
  coalesce(o.batch_id,
    $batch + row_number() OVER (PARTITION BY o.batch_id IS NULL ORDER BY t.batch_id)) AS ours
FROM theirs t LEFT JOIN ours o USING (run_id, nth)
"""

_LEDGER = (
    f"""INSERT INTO runs BY NAME
    SELECT * REPLACE (CASE status WHEN 'running' THEN 'interrupted' ELSE status END AS status)
    FROM {OTHER}.runs ANTI JOIN runs USING (run_id)""",
    f"""UPDATE runs SET finished_at = t.finished_at, status = t.status, passed_over = t.passed_over
    FROM {OTHER}.runs t
    WHERE runs.run_id = t.run_id AND runs.finished_at IS NULL AND t.finished_at IS NOT NULL""",
    f"""INSERT INTO batches BY NAME SELECT b.* REPLACE (m.ours AS batch_id)
    FROM {OTHER}.batches b JOIN batch_map m ON m.theirs = b.batch_id WHERE m.is_new""",
    f"""INSERT INTO removals BY NAME SELECT r.* REPLACE (m.ours AS batch_id)
    FROM {OTHER}.removals r JOIN batch_map m ON m.theirs = r.batch_id WHERE m.is_new""",
)

# Of a capture that both have: who first led to it, and what it was last read as.
_CAPTURES = (
    f"""UPDATE captures SET version_id = t.version_id, extractor_version = t.extractor_version,
      media = t.media, encoding = t.encoding, run_id = t.run_id, batch_id = m.ours
    FROM {OTHER}.captures t JOIN batch_map m ON m.theirs = t.batch_id
    WHERE captures.capture_no = t.capture_no AND t.run_id > captures.run_id""",
    f"""UPDATE captures SET source_id = t.source_id, captured_at = t.captured_at FROM {OTHER}.captures t
    WHERE captures.capture_no = t.capture_no
      AND (t.captured_at, t.source_id) < (captures.captured_at, captures.source_id)""",
    f"""UPDATE captures SET archive_file = a.ours, archive_offset = t.archive_offset
    FROM {OTHER}.captures t JOIN archive_map a ON a.theirs = t.archive_file
    WHERE captures.capture_no = t.capture_no AND captures.archive_file IS NULL AND a.ours IS NOT NULL""",
    f"""INSERT INTO captures BY NAME SELECT t.* REPLACE (m.ours AS batch_id, a.ours AS archive_file,
      CASE WHEN a.ours IS NULL THEN NULL ELSE t.archive_offset END AS archive_offset)
    FROM {OTHER}.captures t JOIN batch_map m ON m.theirs = t.batch_id
    LEFT JOIN archive_map a ON a.theirs = t.archive_file
    ANTI JOIN captures c ON c.capture_no = t.capture_no
    WHERE t.article_id NOT IN (SELECT article_id FROM unwanted)""",
)

# Those of captures that came although their batch was here, too: a rule may have removed them here.
_OUTCOMES = f"""
INSERT INTO outcomes BY NAME
SELECT o.* REPLACE (m.ours AS batch_id, CASE
  WHEN o.article_id IN (SELECT article_id FROM unwanted)
    AND o.article_id NOT IN (SELECT article_id FROM forgotten) THEN NULL ELSE o.article_id END AS article_id)
FROM {OTHER}.outcomes o JOIN batch_map m ON m.theirs = o.batch_id
ANTI JOIN outcomes h ON h.batch_id = m.ours AND h.seq = o.seq
ORDER BY m.ours, o.seq
"""

_SOURCES = (
    f"INSERT INTO sources BY NAME SELECT * FROM {OTHER}.sources ANTI JOIN sources USING (source_id)",
    f"""INSERT INTO source_state BY NAME
    SELECT * FROM {OTHER}.source_state ANTI JOIN source_state USING (source_id)""",
)

# Of a host that both know, the later rules, and the longer pause.
_HOSTS = (
    f"""DELETE FROM host_rules USING {OTHER}.host_rules t
    WHERE host_rules.origin = t.origin AND host_rules.good_until < t.good_until""",
    f"INSERT INTO host_rules BY NAME SELECT * FROM {OTHER}.host_rules ANTI JOIN host_rules USING (origin)",
    f"""DELETE FROM host_pauses USING {OTHER}.host_pauses t
    WHERE host_pauses.host = t.host AND host_pauses.paused_until < t.paused_until""",
    f"INSERT INTO host_pauses BY NAME SELECT * FROM {OTHER}.host_pauses ANTI JOIN host_pauses USING (host)",
)

_FORGOTTEN = "SELECT unnest(addresses) FROM forgotten"

# Of an address that a source listed in both, what was learned last, and when it was first seen in either.
_LEARNED = """(coalesce({0}.changed_at, {0}.first_found_at), {0}.changes, {0}.failures, {0}.found_as,
  coalesce({0}.stands_for, ''), coalesce({0}.claimed_updated, ''), coalesce({0}.claimed_published, ''))"""

_SIGHTINGS = (
    f"""CREATE OR REPLACE TEMP TABLE first_found AS
    SELECT s.source_id, s.uri_no, least(s.first_found_at, t.first_found_at) AS first_found_at
    FROM sightings s JOIN {OTHER}.sightings t ON t.source_id = s.source_id AND t.uri_no = s.uri_no""",
    f"""DELETE FROM sightings USING {OTHER}.sightings t
    WHERE sightings.source_id = t.source_id AND sightings.uri_no = t.uri_no
      AND {_LEARNED.format("sightings")} < {_LEARNED.format("t")}""",
    f"""INSERT INTO sightings BY NAME SELECT * FROM {OTHER}.sightings t
    ANTI JOIN sightings o ON o.source_id = t.source_id AND o.uri_no = t.uri_no
    WHERE t.uri NOT IN ({_FORGOTTEN})""",
    """UPDATE sightings SET first_found_at = f.first_found_at FROM first_found f
    WHERE sightings.source_id = f.source_id AND sightings.uri_no = f.uri_no
      AND sightings.first_found_at > f.first_found_at""",
    "DROP TABLE first_found",
)

# Of what waits, all that neither has done; of what waits in both, as it was found first.
_DONE = """found_as IN ('new', 'again') AND EXISTS (
  FROM outcomes o WHERE o.uri = {0}.uri AND o.recorded_at >= {0}.found_at)"""

_FOUND = "({0}.found_at, {0}.source_id)"

_BACKLOG = (
    f"""CREATE OR REPLACE TEMP TABLE coming AS
    SELECT t.uri_no FROM {OTHER}.candidates t LEFT JOIN candidates o ON o.uri_no = t.uri_no
    WHERE t.uri NOT IN ({_FORGOTTEN}) AND (t.url IS NULL OR t.url NOT IN ({_FORGOTTEN}))
      AND NOT (t.{_DONE.format("t")})
      AND (o.uri_no IS NULL OR {_FOUND.format("t")} < {_FOUND.format("o")} OR o.{_DONE.format("o")})""",
    f"DELETE FROM candidates WHERE {_DONE.format('candidates')}",
    "DELETE FROM candidates WHERE uri_no IN (SELECT uri_no FROM coming)",
    f"""INSERT INTO candidates BY NAME
    SELECT t.* FROM {OTHER}.candidates t SEMI JOIN coming c ON c.uri_no = t.uri_no""",
    "DROP TABLE coming",
    # A source whose find another one fetched, or will, has led to the article all the same: see the view
    # article_sources, which counts outcomes and what was known when it was listed.
    """UPDATE sightings SET found_as = 'known'
    WHERE found_as = 'new'
      AND NOT EXISTS (
        FROM candidates c WHERE c.uri_no = sightings.uri_no AND c.source_id = sightings.source_id)
      AND NOT EXISTS (
        FROM outcomes o WHERE o.uri = sightings.uri AND o.source_id = sightings.source_id
        AND o.article_id IS NOT NULL)
      AND (EXISTS (FROM captures c WHERE c.uri_no = sightings.uri_no)
        OR EXISTS (FROM article_versions v WHERE v.article_no = sightings.article_no)
        OR EXISTS (FROM candidates c WHERE c.uri_no = sightings.uri_no))""",
)

_SAID = (
    f"""INSERT INTO polls BY NAME SELECT * FROM {OTHER}.polls t
    ANTI JOIN polls o ON o.run_id = t.run_id AND o.source_id = t.source_id AND o.asked_at = t.asked_at""",
    f"""INSERT INTO verdicts BY NAME SELECT v.* REPLACE (m.ours AS batch_id)
    FROM {OTHER}.verdicts v JOIN batch_map m ON m.theirs = v.batch_id
    ANTI JOIN verdicts h ON h.batch_id = m.ours AND h.outcome_seq = v.outcome_seq AND h.seq = v.seq
    WHERE v.uri NOT IN ({_FORGOTTEN})
      AND (v.article_id IS NULL OR v.article_id NOT IN (SELECT article_id FROM unwanted))""",
)


def unite_history(made: Entry, *, archives: Mapping[str, str | None]) -> None:
    """Bring in runs, batches, captures and outcomes; within the transaction of the entry.

    It leaves the tables `unwanted` and `batch_map`, until `unite_fetching` has used them.

    Args:
        made: the entry.
        archives: what each archive file of the other database is called here; None where it cannot be had.
    """
    connection = made.connection
    connection.execute(_UNWANTED)
    connection.execute(_BATCHES, {"batch": made.batch_id})
    named = pa.table(
        {
            "theirs": pa.array(archives.keys(), pa.string()),
            "ours": pa.array(archives.values(), pa.string()),
        }
    )
    with lent(connection, "arriving", named):
        connection.execute("CREATE OR REPLACE TEMP TABLE archive_map AS FROM arriving")
    for statement in (*_LEDGER, *_CAPTURES, _OUTCOMES):
        connection.execute(statement)
    connection.execute("DROP TABLE archive_map")


def unite_fetching(made: Entry) -> None:
    """Bring in what fetching keeps, once all articles are in; within the transaction of the entry."""
    connection = made.connection
    for statement in (*_SOURCES, *_HOSTS, *_SIGHTINGS, *_BACKLOG, *_SAID):
        connection.execute(statement)
    for table in ("unwanted", "batch_map"):
        connection.execute(f"DROP TABLE {table}")
