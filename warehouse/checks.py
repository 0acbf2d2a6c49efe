"""What holds in every sound database: each invariant with the SQL that finds what breaks it.

A query answers one row for each thing that is wrong, whose first column names it. All of them run on the
store and on a published file alike.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant.

    Attributes:
        says: what holds, in words.
        sql: finds what breaks it; its first column names the offender.
        needs: the tables it looks into that an older schema does not have.
        remedy: what to do where something breaks it; empty where only a backup helps.
    """

    says: str
    sql: str
    needs: tuple[str, ...] = ()
    remedy: str = ""


_FETCH_AGAIN = "it is fetched once more than it need be and then in order: run `dateline fetch`"
_SAY_IT_AGAIN = "have it fetched with `dateline ingest URL`, and please report it"
_SAY_SOURCES_AGAIN = "run `dateline fetch`, which writes down what sources.toml says"

CHECKS = (
    Check(
        "each version stands once",
        "SELECT version_id FROM article_versions GROUP BY version_id HAVING count(*) > 1",
    ),
    Check(
        "each article has exactly one current version",
        """SELECT article_id FROM article_versions
        GROUP BY article_id HAVING count(*) FILTER (WHERE is_current) <> 1""",
    ),
    Check(
        "the versions of an article are numbered 1 to n",
        """SELECT article_id FROM article_versions GROUP BY article_id
        HAVING min(version) <> 1 OR max(version) <> count(*) OR count(DISTINCT version) <> count(*)""",
    ),
    Check(
        "versions are numbered in the order of their capture",
        """SELECT article_id FROM (
          SELECT article_id,
            captured_at < lag(captured_at) OVER (PARTITION BY article_id ORDER BY version) AS early
          FROM article_versions
        ) WHERE early""",
    ),
    Check(
        "each article is in articles once, or in duplicates",
        """SELECT article_id FROM (
          SELECT article_id FROM articles UNION ALL SELECT article_id FROM duplicates
        ) GROUP BY article_id HAVING count(*) > 1
        UNION ALL
        SELECT article_id FROM article_versions
        WHERE article_id NOT IN (SELECT article_id FROM articles)
          AND article_id NOT IN (SELECT article_id FROM duplicates)""",
    ),
    Check(
        "the number of versions in articles is right",
        """SELECT article_id FROM articles a
        JOIN (SELECT article_id, count(*) AS n FROM article_versions GROUP BY article_id) USING (article_id)
        WHERE versions <> n""",
    ),
    Check(
        "an article was first seen with its earliest version",
        """SELECT article_id FROM articles a
        JOIN (SELECT article_id, min(captured_at) AS earliest FROM article_versions GROUP BY article_id)
        USING (article_id) WHERE first_seen_at <> earliest""",
    ),
    Check(
        "no version was last seen before it was captured",
        "SELECT version_id FROM article_versions WHERE last_seen_at < captured_at",
    ),
    Check(
        "a duplicate points to an article",
        """SELECT article_id FROM duplicates
        WHERE duplicate_of NOT IN (SELECT article_id FROM articles)""",
    ),
    Check(
        "an article's id is the hash of its key",
        """SELECT article_id FROM article_versions
        WHERE article_id <> substr(sha256('1' || chr(10) || article_key), 1, 16)""",
    ),
    Check(
        "each capture stands once",
        "SELECT capture_id FROM captures GROUP BY capture_id HAVING count(*) > 1",
    ),
    Check(
        "each capture belongs to a version of its article",
        """SELECT capture_id FROM captures c ANTI JOIN article_versions v
        ON v.version_id = c.version_id AND v.article_id = c.article_id""",
    ),
    Check(
        "each version was made from a capture that is there",
        "SELECT version_id FROM article_versions ANTI JOIN captures USING (capture_id)",
    ),
    Check(
        "each capture has an outcome",
        "SELECT capture_id FROM captures ANTI JOIN outcomes USING (batch_id, uri)",
    ),
    Check(
        "each cut belongs to a version",
        """SELECT version_id || ' ' || seq
        FROM version_cuts ANTI JOIN article_versions USING (version_id, article_id)""",
    ),
    Check(
        "each date claim belongs to a version",
        """SELECT version_id || ' ' || seq
        FROM version_date_claims ANTI JOIN article_versions USING (version_id, article_id)""",
    ),
    Check(
        "at most one date claim of a version is chosen",
        """SELECT version_id FROM version_date_claims WHERE verdict = 'chosen'
        GROUP BY version_id HAVING count(*) > 1""",
    ),
    Check(
        "each edit leads from one version to another",
        """SELECT article_id || ' ' || seq FROM edits
        WHERE from_version_id NOT IN (SELECT version_id FROM article_versions)
          OR to_version_id NOT IN (SELECT version_id FROM article_versions)""",
        ("edits",),
    ),
    Check(
        "an outcome's article is there, or was forgotten",
        """SELECT article_id FROM outcomes WHERE article_id IS NOT NULL
          AND article_id NOT IN (SELECT article_id FROM article_versions)
          AND article_id NOT IN (SELECT article_id FROM forgotten)""",
        ("forgotten",),
    ),
    Check(
        "nothing of a forgotten article is kept",
        """SELECT article_id FROM forgotten WHERE article_id IN (SELECT article_id FROM article_versions)
          OR article_id IN (SELECT article_id FROM captures)""",
        ("forgotten",),
    ),
    Check(
        "nothing waits twice",
        "SELECT uri FROM candidates GROUP BY uri HAVING count(*) > 1",
        ("sightings",),
    ),
    Check(
        "what waits was listed by a source",
        "SELECT uri FROM candidates ANTI JOIN sightings USING (uri_no)",
        ("sightings",),
    ),
    Check(
        "nothing waits as new that has an outcome since it was found",
        """SELECT uri FROM candidates c WHERE found_as = 'new'
          AND EXISTS (FROM outcomes o WHERE o.uri = c.uri AND o.recorded_at > c.found_at)""",
        ("sightings",),
        _FETCH_AGAIN,
    ),
    # Outcomes that a rule removed are no longer there to be asked for.
    Check(
        "what a source led to first waits, or has an outcome",
        """SELECT s.uri FROM sightings s ANTI JOIN candidates c ON c.uri_no = s.uri_no
        WHERE s.found_as = 'new' AND s.uri NOT IN (SELECT uri FROM outcomes)
          AND s.first_found_at > coalesce(
            (SELECT max(removed_at) FROM removals WHERE cause = 'retention'), TIMESTAMPTZ '-infinity')""",
        ("sightings", "removals"),
        _SAY_IT_AGAIN,
    ),
    Check(
        "another address of an item stands for one that its source listed",
        """SELECT a.uri FROM sightings a ANTI JOIN sightings s
        ON s.source_id = a.source_id AND s.uri = a.stands_for WHERE a.found_as = 'alias'
        UNION ALL SELECT uri FROM sightings WHERE (found_as = 'alias') <> (stands_for IS NOT NULL)""",
        ("sightings",),
    ),
    Check(
        "nothing waits that was forgotten",
        """SELECT uri FROM candidates WHERE uri IN (SELECT unnest(addresses) FROM forgotten)
          OR url IN (SELECT unnest(addresses) FROM forgotten)""",
        ("sightings", "forgotten"),
    ),
    Check(
        "each source lists an address once",
        "SELECT uri FROM sightings GROUP BY source_id, uri HAVING count(*) > 1",
        ("sightings",),
    ),
    Check(
        "the number of an address is its hash",
        """SELECT uri FROM (SELECT uri, uri_no FROM sightings UNION ALL SELECT uri, uri_no FROM candidates)
        WHERE uri_no <> ('0x' || substr(sha256(uri), 1, 16))::UBIGINT""",
        ("sightings",),
    ),
    Check(
        "each verdict belongs to an outcome",
        """SELECT v.uri FROM verdicts v ANTI JOIN outcomes o
        ON o.batch_id = v.batch_id AND o.seq = v.outcome_seq AND o.uri = v.uri
          AND o.article_id IS NOT DISTINCT FROM v.article_id""",
        ("verdicts",),
    ),
    Check(
        "the verdicts of an outcome are numbered 1 to n",
        """SELECT any_value(uri) FROM verdicts GROUP BY batch_id, outcome_seq
        HAVING min(seq) <> 1 OR max(seq) <> count(*) OR count(DISTINCT seq) <> count(*)""",
        ("verdicts",),
    ),
    Check(
        "each poll belongs to a run, and its addresses add up",
        """SELECT source_id || ' ' || asked_at FROM polls
        WHERE found <> new + known + changed + again + refused OR run_id NOT IN (SELECT run_id FROM runs)""",
        ("polls",),
    ),
    Check(
        "a poll stands once, and one that ended says how",
        """SELECT any_value(source_id) FROM polls GROUP BY run_id, source_id, asked_at HAVING count(*) > 1
        UNION ALL SELECT source_id FROM polls WHERE (finished_at IS NULL) <> (result IS NULL)""",
        ("polls",),
    ),
    Check(
        "the state of a source stands once",
        "SELECT source_id FROM source_state GROUP BY source_id HAVING count(*) > 1",
    ),
    Check(
        "a source stands once",
        "SELECT source_id FROM sources GROUP BY source_id HAVING count(*) > 1",
    ),
    Check(
        "the rules and the pause of a host stand once",
        """SELECT origin FROM host_rules GROUP BY origin HAVING count(*) > 1
        UNION ALL SELECT host FROM host_pauses GROUP BY host HAVING count(*) > 1""",
        ("host_rules", "host_pauses"),
    ),
    Check(
        "every source that led to an article is in sources",
        "SELECT DISTINCT source_id FROM article_sources ANTI JOIN sources USING (source_id)",
        remedy=_SAY_SOURCES_AGAIN,
    ),
    Check(
        "batches are numbered 1 to n",
        """SELECT 'batch ' || max(batch_id) FROM batches
        HAVING max(batch_id) <> count(*) OR count(DISTINCT batch_id) <> count(*) OR min(batch_id) <> 1""",
    ),
    Check(
        "each batch belongs to a run",
        "SELECT 'batch ' || batch_id FROM batches ANTI JOIN runs USING (run_id)",
    ),
    Check(
        "each outcome belongs to a batch of its run",
        "SELECT 'batch ' || batch_id || ' ' || seq FROM outcomes ANTI JOIN batches USING (batch_id, run_id)",
    ),
    Check(
        "a batch's items are the sum of its outcomes",
        """SELECT 'batch ' || batch_id FROM batches
        WHERE items <> stored + updated + unchanged + duplicate + refused + failed""",
    ),
    Check(
        "the outcomes of a batch are those that the ledger counts",
        """SELECT 'batch ' || batch_id FROM batches b LEFT JOIN (
          SELECT batch_id, count(*) AS n, count_if(outcome = 'stored') AS s,
            count_if(outcome = 'updated') AS p, count_if(outcome = 'unchanged') AS u,
            count_if(outcome = 'duplicate') AS d, count_if(outcome = 'refused') AS r,
            count_if(outcome = 'failed') AS f
          FROM outcomes GROUP BY batch_id
        ) o USING (batch_id)
        WHERE coalesce(n, 0) > items OR s > stored OR p > updated OR u > unchanged OR d > duplicate
          OR r > refused OR f > failed""",
    ),
    Check(
        "all items of the ledger are in outcomes, or were removed by a rule",
        """SELECT 'the ledger has ' || items || ' items, outcomes ' || rows || ' rows' FROM (
          SELECT coalesce((SELECT sum(items) FROM batches), 0) AS items,
            (SELECT count(*) FROM outcomes) AS rows,
            coalesce((SELECT sum(outcomes) FROM removals), 0) AS removed
        ) WHERE items <> rows + removed""",
        ("removals",),
    ),
    Check(
        "the ledger adds up to the articles",
        """SELECT 'the ledger has ' || added || ', articles ' || rows FROM (
          SELECT coalesce((SELECT sum(articles_added) FROM batches), 0) AS added, count(*) AS rows
          FROM articles
        ) WHERE added <> rows""",
    ),
    Check(
        "the ledger adds up to the versions",
        """SELECT 'the ledger has ' || added || ', article_versions ' || rows FROM (
          SELECT coalesce((SELECT sum(versions_added) FROM batches), 0) AS added, count(*) AS rows
          FROM article_versions
        ) WHERE added <> rows""",
    ),
    Check(
        "the ledger adds up to the captures",
        """SELECT 'the ledger has ' || added || ', captures ' || rows FROM (
          SELECT coalesce((SELECT sum(captures_added) FROM batches), 0) AS added, count(*) AS rows
          FROM captures
        ) WHERE added <> rows""",
    ),
)
