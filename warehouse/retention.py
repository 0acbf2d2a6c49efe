"""Removes what a rule says need not be kept; nothing is removed without one.

Whatever the rule: every article stays, with its first version, its current one and all that a later run needs
to know what it has seen. So these stay too: a version whose words another article has (it says which of the
two is the duplicate), the last capture of each candidate, the capture that a version was made from, the
outcome of each capture that stays, and for each article and source the first and the last outcome. With old
outcomes leave what sites said then of the use of their pages, and old polls.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records import UsageError
from warehouse.ledger import Entry

_PART = re.compile(
    r"(?:(?P<what>captures|outcomes)=(?P<days>[1-9]\d{0,5})d|versions=(?P<versions>[1-9]\d{0,5}))"
)

_RULES = """
CREATE OR REPLACE TEMP TABLE keeping AS
SELECT unnest($sources::VARCHAR[]) AS source_id, unnest($captures::TIMESTAMPTZ[]) AS captures_since,
  unnest($outcomes::TIMESTAMPTZ[]) AS outcomes_since, unnest($versions::INTEGER[]) AS versions_kept
"""

_SOURCES = """
SELECT source_id FROM article_versions UNION SELECT source_id FROM captures
UNION SELECT source_id FROM outcomes UNION SELECT source_id FROM polls ORDER BY ALL
"""

_LATEST = "SELECT arg_max(capture_id, (batch_id, captured_at, capture_id)) FROM captures GROUP BY uri_no"

_VERSIONS = f"""
CREATE OR REPLACE TEMP TABLE leaving AS
SELECT article_id, version_id FROM (
  SELECT v.*, k.versions_kept,
    row_number() OVER (
      PARTITION BY article_id
      ORDER BY last_seen_at DESC, extracted_at DESC, words DESC, version_id DESC) AS place
  FROM (SELECT * EXCLUDE (text) FROM article_versions WHERE duplicate_of IS NULL) v
  JOIN keeping k USING (source_id)
)
WHERE place > versions_kept AND version > 1 AND NOT is_current
  AND text_key NOT IN (
    SELECT text_key FROM article_versions GROUP BY text_key HAVING count(DISTINCT article_no) > 1)
  AND version_id NOT IN (SELECT version_id FROM captures WHERE capture_id IN ({_LATEST}))
  AND version_id NOT IN (
    SELECT c.version_id FROM captures c
    JOIN article_versions v ON v.capture_no = c.capture_no AND v.version_id <> c.version_id)
"""  # noqa: S608 - put together from this module's own text

_NUMBER = """
UPDATE article_versions SET version = fresh.number,
  versions = CASE WHEN article_versions.versions IS NULL THEN NULL ELSE fresh.total END, batch_id = $batch
FROM (
  SELECT version_no, count(*) OVER (PARTITION BY article_id) AS total,
    row_number() OVER (
      PARTITION BY article_id ORDER BY captured_at, extracted_at, words, version_id) AS number
  FROM article_versions WHERE article_id IN (SELECT article_id FROM leaving)
) fresh
WHERE article_versions.version_no = fresh.version_no
"""

_CAPTURES = f"""
DELETE FROM captures WHERE capture_id IN (
  SELECT capture_id FROM captures JOIN keeping USING (source_id) WHERE captured_at < captures_since
) AND capture_no NOT IN (SELECT capture_no FROM article_versions) AND capture_id NOT IN ({_LATEST})
"""  # noqa: S608 - put together from this module's own text

_OUTCOMES = """
DELETE FROM outcomes WHERE (batch_id, seq) IN (
  SELECT (batch_id, seq) FROM (
    SELECT o.batch_id, o.seq, o.article_id, o.uri,
      row_number() OVER (PARTITION BY article_id, source_id ORDER BY recorded_at, batch_id, seq) AS nth,
      count(*) OVER (PARTITION BY article_id, source_id) AS sightings,
      o.recorded_at < k.outcomes_since AS is_old
    FROM outcomes o JOIN keeping k USING (source_id)
  )
  WHERE is_old AND (article_id IS NULL OR nth NOT IN (1, sightings))
    AND (batch_id, uri) NOT IN (SELECT (batch_id, uri) FROM captures)
)
"""

_VERDICTS = """
DELETE FROM verdicts WHERE (batch_id, outcome_seq) NOT IN (SELECT (batch_id, seq) FROM outcomes)
"""

_POLLS = """
DELETE FROM polls USING keeping
WHERE polls.source_id = keeping.source_id AND polls.asked_at < keeping.outcomes_since
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept of one source, or of every source that has no rule of its own.

    Attributes:
        source_id: None for every source.
        captures_days: captures older than this many days may leave; None keeps all.
        outcomes_days: outcomes and polls older than this many days may leave; None keeps all.
        versions: of each article the first version stays and so many of the latest; None keeps all.
    """

    source_id: str | None = None
    captures_days: int | None = None
    outcomes_days: int | None = None
    versions: int | None = None

    def __str__(self) -> str:
        """As `parse` reads it."""
        parts = (
            f"captures={self.captures_days}d" if self.captures_days else "",
            f"outcomes={self.outcomes_days}d" if self.outcomes_days else "",
            f"versions={self.versions}" if self.versions else "",
        )
        return (f"{self.source_id}:" if self.source_id else "") + ",".join(part for part in parts if part)


def parse(text: str) -> Rule:
    """Read a rule like `captures=90d,outcomes=30d,versions=5`, or `SOURCE:versions=5` for one source.

    Raises:
        UsageError: it is none.
    """
    source_id, _, parts = text.rpartition(":")
    found: dict[str, int] = {}
    for part in parts.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise UsageError(
                f"{text!r} is no rule: write captures=90d, outcomes=90d, versions=5, or several with commas "
                "between, and SOURCE: before it for one source"
            )
        if match["versions"]:
            found["versions"] = int(match["versions"])
        else:
            found[f"{match['what']}_days"] = int(match["days"])
    return Rule(source_id or None, **found)


def remove(made: Entry, rules: Sequence[Rule]) -> None:
    """Delete what the rules let go, and number the versions that stay anew; within the entry's transaction.

    Raises:
        duckdb.Error: nothing was removed once the transaction is rolled back.
    """
    connection = made.connection
    sources = [row[0] for row in connection.execute(_SOURCES).fetchall()]
    of_source = [_rule_of(source_id, rules) for source_id in sources]
    connection.execute(
        _RULES,
        {
            "sources": sources,
            "captures": [_since(made.at, rule.captures_days) for rule in of_source],
            "outcomes": [_since(made.at, rule.outcomes_days) for rule in of_source],
            "versions": [rule.versions for rule in of_source],
        },
    )
    connection.execute(_VERSIONS)
    for table in ("version_cuts", "version_date_claims", "captures", "article_versions"):
        connection.execute(
            f"DELETE FROM {table} WHERE version_id IN (SELECT version_id FROM leaving)"  # noqa: S608 - as listed
        )
    connection.execute(_NUMBER, {"batch": made.batch_id})
    # They bear the numbers of versions; publishing works them out anew.
    connection.execute("DELETE FROM edits WHERE article_id IN (SELECT article_id FROM leaving)")
    connection.execute(_CAPTURES)
    for statement in (_OUTCOMES, _VERDICTS, _POLLS):
        connection.execute(statement)
    for table in ("leaving", "keeping"):
        connection.execute(f"DROP TABLE {table}")


def _rule_of(source_id: str, rules: Sequence[Rule]) -> Rule:
    """What holds for a source: its own rules before those for all, later ones before earlier ones."""
    found = Rule(source_id)
    for rule in (
        *(rule for rule in rules if rule.source_id is None),
        *(rule for rule in rules if rule.source_id == source_id),
    ):
        found = Rule(
            source_id,
            captures_days=rule.captures_days or found.captures_days,
            outcomes_days=rule.outcomes_days or found.outcomes_days,
            versions=rule.versions or found.versions,
        )
    return found


def _since(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)
