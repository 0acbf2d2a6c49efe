-- What changed from version to version, what belongs to a source, and the views for daily use. Days are cut
-- out of instants by arithmetic, in UTC, so that they are the same in every session's time zone.

CREATE TABLE edits (
  article_id VARCHAR NOT NULL,
  seq INTEGER NOT NULL,
  from_version INTEGER NOT NULL,
  to_version INTEGER NOT NULL,
  from_version_id VARCHAR NOT NULL,
  to_version_id VARCHAR NOT NULL,
  seen_before_at TIMESTAMPTZ NOT NULL,
  seen_after_at TIMESTAMPTZ NOT NULL,
  kind VARCHAR NOT NULL,
  title_changed BOOLEAN NOT NULL,
  title_before VARCHAR,
  title_after VARCHAR,
  date_changed BOOLEAN NOT NULL,
  published_before VARCHAR,
  published_after VARCHAR,
  authors_changed BOOLEAN NOT NULL,
  words_added INTEGER NOT NULL,
  words_removed INTEGER NOT NULL,
  added_share DOUBLE NOT NULL,
  removed_share DOUBLE NOT NULL,
  correction_notice VARCHAR,
  extractor_changed BOOLEAN NOT NULL,
  batch_id BIGINT NOT NULL
);
COMMENT ON TABLE edits IS 'One row a change that a publisher made to an article, between two sightings that follow one another. White space, share counts and what another extractor makes of the same capture are no edits.';
COMMENT ON COLUMN edits.article_id IS 'Stable id of the article, see article_versions.';
COMMENT ON COLUMN edits.seq IS 'Place among the edits of the article, from 1 in the order of time.';
COMMENT ON COLUMN edits.from_version IS 'Number of the version before. It can be the greater one: a publisher can go back to earlier words.';
COMMENT ON COLUMN edits.to_version IS 'Number of the version after.';
COMMENT ON COLUMN edits.from_version_id IS 'Stable id of the version before, see article_versions.';
COMMENT ON COLUMN edits.to_version_id IS 'Stable id of the version after, see article_versions.';
COMMENT ON COLUMN edits.seen_before_at IS 'When the words before were last seen. The edit was made between this and seen_after_at.';
COMMENT ON COLUMN edits.seen_after_at IS 'When the words after were first seen.';
COMMENT ON COLUMN edits.kind IS 'correction: the text gained a correction notice; rewrite: more than half of the words before are gone; typo: nothing but spelling, punctuation or capitals; update: anything else. The first that fits.';
COMMENT ON COLUMN edits.title_changed IS 'Whether the headline changed.';
COMMENT ON COLUMN edits.title_before IS 'Headline before. NULL where there was none.';
COMMENT ON COLUMN edits.title_after IS 'Headline after. NULL where there is none.';
COMMENT ON COLUMN edits.date_changed IS 'Whether the date of publication changed.';
COMMENT ON COLUMN edits.published_before IS 'Date of publication before, ISO 8601 as in articles. NULL where none was known.';
COMMENT ON COLUMN edits.published_after IS 'Date of publication after, ISO 8601 as in articles. NULL where none is known.';
COMMENT ON COLUMN edits.authors_changed IS 'Whether the list of authors changed.';
COMMENT ON COLUMN edits.words_added IS 'Number of words of the text after that were not there before; a word that was replaced counts here and in words_removed.';
COMMENT ON COLUMN edits.words_removed IS 'Number of words of the text before that are gone.';
COMMENT ON COLUMN edits.added_share IS 'words_added as a share of the words after, from 0 to 1; 0 where there are none.';
COMMENT ON COLUMN edits.removed_share IS 'words_removed as a share of the words before, from 0 to 1; 0 where there were none.';
COMMENT ON COLUMN edits.correction_notice IS 'The paragraph (its first 500 characters) or headline that says the article was corrected. NULL where the edit brought none.';
COMMENT ON COLUMN edits.extractor_changed IS 'True where the two captures were read by different extractors, so that a part of the difference may be theirs; read the captures anew to be sure.';
COMMENT ON COLUMN edits.batch_id IS 'The batch that last wrote the row, see batches. All rows of an article are written anew when one changes.';

CREATE TABLE derived_state (
  batch_id BIGINT NOT NULL
);
COMMENT ON TABLE derived_state IS 'How far edits and sources are worked out: one row; empty before the first time. In a published file they are complete.';
COMMENT ON COLUMN derived_state.batch_id IS 'The last batch that was taken into account, see batches.';

CREATE TABLE sources (
  source_id VARCHAR NOT NULL,
  kind VARCHAR,
  name VARCHAR,
  url VARCHAR,
  country VARCHAR,
  language VARCHAR,
  poll_interval_s INTEGER,
  enabled BOOLEAN NOT NULL,
  added_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE sources IS 'One row a source: every one that ever led to an outcome.';
COMMENT ON COLUMN sources.source_id IS 'Name of the source, as in the other tables. Unique in this table.';
COMMENT ON COLUMN sources.kind IS 'feed, sitemap, page, urls, files or warc. NULL where the source was only named, on the command line or in the data.';
COMMENT ON COLUMN sources.name IS 'Name for people. NULL where none was given.';
COMMENT ON COLUMN sources.url IS 'Address of the feed, sitemap, page or list. NULL for files and where none was given.';
COMMENT ON COLUMN sources.country IS 'ISO 3166-1 alpha-2 code of the publisher''s country. NULL where none was given.';
COMMENT ON COLUMN sources.language IS 'ISO 639-1 code that the source is said to write in. NULL where none was given.';
COMMENT ON COLUMN sources.poll_interval_s IS 'Seconds between polls as the user set them. NULL where the source''s own rhythm decides, and where it is not polled.';
COMMENT ON COLUMN sources.enabled IS 'False where the user switched the source off.';
COMMENT ON COLUMN sources.added_at IS 'When the warehouse first heard of it.';

CREATE TABLE source_state (
  source_id VARCHAR NOT NULL,
  polled_at TIMESTAMPTZ,
  succeeded_at TIMESTAMPTZ,
  next_poll_at TIMESTAMPTZ,
  failures INTEGER NOT NULL,
  problem VARCHAR,
  etag VARCHAR,
  last_modified VARCHAR,
  moved_to VARCHAR
);
COMMENT ON TABLE source_state IS 'One row a source that is polled: where its polling stands. Sources that are only named have none.';
COMMENT ON COLUMN source_state.source_id IS 'The source, see sources. Unique in this table.';
COMMENT ON COLUMN source_state.polled_at IS 'When it was last asked. NULL before the first time.';
COMMENT ON COLUMN source_state.succeeded_at IS 'When it last answered well. NULL where it never did.';
COMMENT ON COLUMN source_state.next_poll_at IS 'When it is due. NULL where it is due at once.';
COMMENT ON COLUMN source_state.failures IS 'Number of failures in a row; 0 after a success.';
COMMENT ON COLUMN source_state.problem IS 'The last failure in words. NULL after a success.';
COMMENT ON COLUMN source_state.etag IS 'ETag of its last answer, for conditional requests. NULL where it gave none.';
COMMENT ON COLUMN source_state.last_modified IS 'Last-Modified of its last answer, verbatim, for conditional requests. NULL where it gave none.';
COMMENT ON COLUMN source_state.moved_to IS 'The address it permanently redirects to, as a proposal. NULL where it does not.';

CREATE TABLE candidates (
  uri VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  url VARCHAR,
  found_at TIMESTAMPTZ NOT NULL,
  claimed_title VARCHAR,
  claimed_authors VARCHAR[] NOT NULL,
  claimed_published VARCHAR,
  claimed_updated VARCHAR,
  attempts INTEGER NOT NULL,
  next_attempt_at TIMESTAMPTZ,
  problem VARCHAR
);
COMMENT ON TABLE candidates IS 'The backlog: one row a candidate that was found and has no outcome yet. It leaves when its outcome is written.';
COMMENT ON COLUMN candidates.uri IS 'The candidate, as in outcomes. Unique in this table.';
COMMENT ON COLUMN candidates.source_id IS 'The source that led to it, see sources.';
COMMENT ON COLUMN candidates.url IS 'Publisher''s address. NULL where it is the uri itself.';
COMMENT ON COLUMN candidates.found_at IS 'When it was found.';
COMMENT ON COLUMN candidates.claimed_title IS 'What the source said of its headline, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.claimed_authors IS 'What the source said of its authors; an empty list where it said nothing.';
COMMENT ON COLUMN candidates.claimed_published IS 'What the source said of its date of publication, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.claimed_updated IS 'What the source said of its last change, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.attempts IS 'Number of times that fetching it was tried.';
COMMENT ON COLUMN candidates.next_attempt_at IS 'Not to be tried before. NULL where it may be tried at once.';
COMMENT ON COLUMN candidates.problem IS 'Why the last attempt failed, in words. NULL where none has.';

CREATE TABLE boilerplate (
  hints_snapshot INTEGER NOT NULL,
  source_id VARCHAR NOT NULL,
  text_sha256 VARCHAR NOT NULL,
  text VARCHAR NOT NULL,
  role VARCHAR,
  pages INTEGER NOT NULL,
  pages_looked_at INTEGER NOT NULL
);
COMMENT ON TABLE boilerplate IS 'What was learned of each source''s furniture: blocks that stand on many of its pages, frozen into numbered snapshots so that every result can be had again.';
COMMENT ON COLUMN boilerplate.hints_snapshot IS 'Number of the snapshot; the greatest is in use.';
COMMENT ON COLUMN boilerplate.source_id IS 'The source, see sources.';
COMMENT ON COLUMN boilerplate.text_sha256 IS 'SHA-256 of the block, hexadecimal, computed as articles.text_sha256 is.';
COMMENT ON COLUMN boilerplate.text IS 'The block''s words.';
COMMENT ON COLUMN boilerplate.role IS 'What it is: prompt, footer, related, ... NULL where only its repetition is known.';
COMMENT ON COLUMN boilerplate.pages IS 'Number of articles it stood on.';
COMMENT ON COLUMN boilerplate.pages_looked_at IS 'Number of articles that were looked at.';

-- Outcomes stay what was true when they were written; an article that has since turned out to be a duplicate
-- stands here under the article whose words it repeats.
CREATE OR REPLACE VIEW article_sources AS
  SELECT coalesce(d.duplicate_of, o.article_id) AS article_id, o.source_id, min(o.recorded_at) AS first_sighting_at,
    max(o.recorded_at) AS last_sighting_at, count(*) AS sightings
  FROM outcomes o LEFT JOIN duplicates d ON d.article_id = o.article_id
  WHERE o.article_id IS NOT NULL GROUP BY ALL;
COMMENT ON VIEW article_sources IS 'One row an article and source that led to it, itself or through a duplicate.';
COMMENT ON COLUMN article_sources.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN article_sources.source_id IS 'The source.';
COMMENT ON COLUMN article_sources.first_sighting_at IS 'When the source first led to it.';
COMMENT ON COLUMN article_sources.last_sighting_at IS 'When the source last led to it.';
COMMENT ON COLUMN article_sources.sightings IS 'How many times it did.';

CREATE VIEW timeline AS
  SELECT published_date AS day, source_id, article_id, published, published_precision, first_seen_at, title, url,
    language, words, true AS is_first_source
  FROM articles
  UNION ALL
  SELECT a.published_date AS day, s.source_id, s.article_id, a.published, a.published_precision, a.first_seen_at,
    a.title, a.url, a.language, a.words, false AS is_first_source
  FROM (
    SELECT DISTINCT n.article_id, o.source_id
    FROM outcomes o LEFT JOIN duplicates d ON d.article_id = o.article_id
    JOIN articles n ON n.article_id = coalesce(d.duplicate_of, o.article_id) AND n.source_id <> o.source_id
  ) s
  JOIN articles a ON a.article_id = s.article_id;
COMMENT ON VIEW timeline IS 'One row an article and source that led to it, with the day of publication: for counting by day and source. To count each article once, add WHERE is_first_source.';
COMMENT ON COLUMN timeline.day IS 'The publisher''s calendar day. NULL where no day is known.';
COMMENT ON COLUMN timeline.source_id IS 'A source that led to the article, itself or through a duplicate.';
COMMENT ON COLUMN timeline.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN timeline.published IS 'When it was published, ISO 8601 at the known precision. NULL where the evidence does not carry a date.';
COMMENT ON COLUMN timeline.published_precision IS 'instant, minute, day, month or year. NULL without a date.';
COMMENT ON COLUMN timeline.first_seen_at IS 'Time of its earliest capture.';
COMMENT ON COLUMN timeline.title IS 'Headline. NULL where the input carries none.';
COMMENT ON COLUMN timeline.url IS 'Publisher''s address. NULL for a file that names none.';
COMMENT ON COLUMN timeline.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN timeline.words IS 'Number of words of the text.';
COMMENT ON COLUMN timeline.is_first_source IS 'True in exactly one row of each article: that of the source that led to it first.';

CREATE VIEW latest AS
  SELECT article_id, source_id, first_seen_at, last_seen_at, published, title, url, language, words, versions
  FROM articles ORDER BY first_seen_at DESC, article_id;
COMMENT ON VIEW latest IS 'The articles without their text, the one seen first most recently on top. Take the first rows with LIMIT.';
COMMENT ON COLUMN latest.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN latest.source_id IS 'The source that first led to it.';
COMMENT ON COLUMN latest.first_seen_at IS 'Time of its earliest capture.';
COMMENT ON COLUMN latest.last_seen_at IS 'Time of its latest capture.';
COMMENT ON COLUMN latest.published IS 'When it was published, ISO 8601 at the known precision. NULL where the evidence does not carry a date.';
COMMENT ON COLUMN latest.title IS 'Headline. NULL where the input carries none.';
COMMENT ON COLUMN latest.url IS 'Publisher''s address. NULL for a file that names none.';
COMMENT ON COLUMN latest.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN latest.words IS 'Number of words of the text.';
COMMENT ON COLUMN latest.versions IS 'Number of distinct versions that are kept.';

CREATE VIEW coverage AS
  WITH counted AS (
    SELECT source_id, day, 1 AS published, words, 0 AS collected, 0 AS lost FROM timeline WHERE day IS NOT NULL
    UNION ALL
    SELECT source_id, DATE '1970-01-01' + (epoch_ms(first_seen_at) // 86400000)::INTEGER, 0, 0, 1, 0 FROM timeline
    UNION ALL
    SELECT source_id, DATE '1970-01-01' + (epoch_ms(recorded_at) // 86400000)::INTEGER, 0, 0, 0, 1
    FROM outcomes WHERE outcome IN ('refused', 'failed')
  ),
  summed AS (
    SELECT source_id, day, sum(published)::BIGINT AS published, sum(words)::BIGINT AS words,
      sum(collected)::BIGINT AS collected, sum(lost)::BIGINT AS lost
    FROM counted GROUP BY source_id, day
  ),
  last AS (
    SELECT greatest(
      (SELECT max(published_date) FROM articles),
      (SELECT DATE '1970-01-01' + (max(epoch_ms(first_seen_at)) // 86400000)::INTEGER FROM articles),
      (SELECT DATE '1970-01-01' + (max(epoch_ms(recorded_at)) // 86400000)::INTEGER FROM outcomes
       WHERE outcome IN ('refused', 'failed'))) AS day
  ),
  gaps AS (
    SELECT source_id, unnest(range(day + 1, following, INTERVAL 1 DAY))::DATE AS day
    FROM (
      SELECT source_id, day,
        coalesce(lead(day) OVER (PARTITION BY source_id ORDER BY day), (SELECT day + 1 FROM last)) AS following
      FROM summed
    )
    WHERE following > day + 1
  )
  SELECT source_id, day, published, words, collected, lost FROM summed
  UNION ALL
  SELECT source_id, day, 0, 0, 0, 0 FROM gaps;
COMMENT ON VIEW coverage IS 'One row a source and day, from the first day the source is known for to the last day of the whole database: a day without anything is a row of zeros.';
COMMENT ON COLUMN coverage.source_id IS 'The source; an article that several led to counts for each.';
COMMENT ON COLUMN coverage.day IS 'The calendar day: the publisher''s for published and words, in UTC for collected and lost.';
COMMENT ON COLUMN coverage.published IS 'Number of articles that were published on the day; articles without a known day are in none.';
COMMENT ON COLUMN coverage.words IS 'Number of their words.';
COMMENT ON COLUMN coverage.collected IS 'Number of articles whose earliest capture is of the day.';
COMMENT ON COLUMN coverage.lost IS 'Number of candidates that were refused or failed on the day, see losses.';

CREATE VIEW losses AS
  SELECT recorded_at, source_id, uri, outcome, stage, reason, coalesce(detail, replace(reason, '_', ' '), 'no reason was given') AS why,
    run_id, batch_id
  FROM outcomes WHERE outcome IN ('refused', 'failed');
COMMENT ON VIEW losses IS 'What did not become an article, with the reason: one row a candidate and run that refused it or failed on it. A later run may have stored it.';
COMMENT ON COLUMN losses.recorded_at IS 'When it was handed to the warehouse.';
COMMENT ON COLUMN losses.source_id IS 'The source that led to it.';
COMMENT ON COLUMN losses.uri IS 'The candidate, as in outcomes.';
COMMENT ON COLUMN losses.outcome IS 'refused: Dateline decided not to take it; failed: it could not.';
COMMENT ON COLUMN losses.stage IS 'How far it came: find, load, fetch, extract or store.';
COMMENT ON COLUMN losses.reason IS 'Stable lower-case code, for counting. NULL where none was given.';
COMMENT ON COLUMN losses.why IS 'The reason in words, with the remedy.';
COMMENT ON COLUMN losses.run_id IS 'The run, see runs.';
COMMENT ON COLUMN losses.batch_id IS 'The batch, see batches.';

CREATE VIEW changes AS
  SELECT batch_id,
    CASE WHEN NOT is_current THEN 'version' WHEN duplicate_of IS NULL THEN 'article' ELSE 'duplicate' END AS what,
    article_id, version_id, version, duplicate_of
  FROM article_versions;
COMMENT ON VIEW changes IS 'A cursor for incremental loads: after loading up to batch N, the rows WHERE batch_id > N say what to load anew and what to delete. The next N is max(batch_id) of batches.';
COMMENT ON COLUMN changes.batch_id IS 'The batch that last wrote the row, see batches.';
COMMENT ON COLUMN changes.what IS 'article: load its row of articles and its edits anew; duplicate: it is not or no longer in articles, delete it there; version: an earlier version, load its row of article_versions anew (that of an article or duplicate too).';
COMMENT ON COLUMN changes.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN changes.version_id IS 'Stable id of the version, unique in this view.';
COMMENT ON COLUMN changes.version IS 'Number of the version within its article.';
COMMENT ON COLUMN changes.duplicate_of IS 'The article whose words a duplicate repeats. NULL for versions of articles that stand in articles.';

CREATE VIEW lineage AS
  SELECT c.article_id, v.version, v.is_current, v.duplicate_of, c.capture_id, c.source_id, c.uri, c.url, c.fetched_at,
    c.captured_at, c.content_sha256, c.bytes, c.archive_file, c.archive_offset, c.extractor_version, c.run_id,
    r.program_version, c.version_id
  FROM captures c JOIN article_versions v ON v.version_id = c.version_id LEFT JOIN runs r ON r.run_id = c.run_id;
COMMENT ON VIEW lineage IS 'Where every version comes from: one row a capture, with the article and version it was last read as, the bytes, their place in the archive and the extractor.';
COMMENT ON COLUMN lineage.article_id IS 'Stable id of the article; for a duplicate its own.';
COMMENT ON COLUMN lineage.version IS 'Number of the version that the capture was last read as.';
COMMENT ON COLUMN lineage.is_current IS 'True where that is the version that is shown or, of a duplicate, would be.';
COMMENT ON COLUMN lineage.duplicate_of IS 'The article whose words this one repeats. NULL where it stands in articles.';
COMMENT ON COLUMN lineage.capture_id IS 'Stable id of the capture, unique in this view.';
COMMENT ON COLUMN lineage.source_id IS 'The source that first led to the capture.';
COMMENT ON COLUMN lineage.uri IS 'The candidate: its URL, the URI of its file (a JSON line adds #line=N), or stdin:sha256=...';
COMMENT ON COLUMN lineage.url IS 'Publisher''s address after redirects. NULL for a file that names none.';
COMMENT ON COLUMN lineage.fetched_at IS 'When the bytes left the publisher''s server. NULL where nobody knows.';
COMMENT ON COLUMN lineage.captured_at IS 'fetched_at, else the start of the run that first read the bytes.';
COMMENT ON COLUMN lineage.content_sha256 IS 'SHA-256, hexadecimal, of the bytes and of what was claimed beside them.';
COMMENT ON COLUMN lineage.bytes IS 'Size of the content in bytes.';
COMMENT ON COLUMN lineage.archive_file IS 'Archive (WARC) file that holds the bytes. NULL where they were not archived.';
COMMENT ON COLUMN lineage.archive_offset IS 'Offset of the record in archive_file, in bytes. NULL where they were not archived.';
COMMENT ON COLUMN lineage.extractor_version IS 'The extractor, with its rules, that last read the capture.';
COMMENT ON COLUMN lineage.run_id IS 'The run that last read it, see runs.';
COMMENT ON COLUMN lineage.program_version IS 'Version of Dateline of that run.';
COMMENT ON COLUMN lineage.version_id IS 'Stable id of the version, see article_versions.';
