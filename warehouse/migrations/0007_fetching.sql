-- What fetching keeps: which source led to which address, every poll, what a site says of the use of its pages, and
-- in the backlog all that a candidate needs to be fetched after a restart. candidates is made anew: DuckDB refuses to
-- add two columns to a table with rows in one transaction. As elsewhere, what is looked up is a number.

ALTER TABLE candidates RENAME TO candidates_before;
CREATE TABLE candidates (
  uri VARCHAR NOT NULL,
  uri_no UBIGINT NOT NULL,
  source_id VARCHAR NOT NULL,
  url VARCHAR,
  path VARCHAR,
  host VARCHAR NOT NULL,
  guid VARCHAR,
  found_as VARCHAR NOT NULL,
  found_at TIMESTAMPTZ NOT NULL,
  dated_at TIMESTAMPTZ NOT NULL,
  claimed_title VARCHAR,
  claimed_authors VARCHAR[] NOT NULL,
  claimed_published VARCHAR,
  claimed_updated VARCHAR,
  content BLOB,
  content_type VARCHAR,
  fetched_at TIMESTAMPTZ,
  attempts INTEGER NOT NULL,
  attempted_at TIMESTAMPTZ,
  next_attempt_at TIMESTAMPTZ,
  problem VARCHAR
);
INSERT INTO candidates BY NAME
SELECT *, ('0x' || substr(sha256(uri), 1, 16))::UBIGINT AS uri_no,
  trim(lower(regexp_extract(coalesce(url, uri), '^https?://(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)', 1)), '[]') AS host,
  'new' AS found_as, found_at AS dated_at
FROM candidates_before;
DROP TABLE candidates_before;
COMMENT ON TABLE candidates IS 'The backlog: one row a candidate that was found and has no outcome yet. It leaves in the transaction that writes its outcome.';
COMMENT ON COLUMN candidates.uri IS 'The candidate, as in outcomes. Unique in this table.';
COMMENT ON COLUMN candidates.uri_no IS 'The first 64 bits of the SHA-256 of uri, as a number: what the writer looks rows up by.';
COMMENT ON COLUMN candidates.source_id IS 'The source that led to it, see sources.';
COMMENT ON COLUMN candidates.url IS 'Publisher''s address as it was found. NULL where it is the uri itself.';
COMMENT ON COLUMN candidates.path IS 'File that holds it. NULL unless it is one.';
COMMENT ON COLUMN candidates.host IS 'Host that is asked for it, in lower case. Empty where nothing has to be fetched.';
COMMENT ON COLUMN candidates.guid IS 'The feed''s own id of the item. NULL where it gave none.';
COMMENT ON COLUMN candidates.found_as IS 'Why it is here. new: nothing was known of it; changed: its source says that it changed; again: fetching it failed a while ago, and its source still lists it.';
COMMENT ON COLUMN candidates.found_at IS 'When it was found.';
COMMENT ON COLUMN candidates.dated_at IS 'How new its source says it is, else found_at: of one host the newest is fetched first. For that order only; it is never after found_at.';
COMMENT ON COLUMN candidates.claimed_title IS 'What the source said of its headline, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.claimed_authors IS 'What the source said of its authors; an empty list where it said nothing.';
COMMENT ON COLUMN candidates.claimed_published IS 'What the source said of its date of publication, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.claimed_updated IS 'What the source said of its last change, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN candidates.content IS 'The article itself, where its source held all of it. NULL where it is still to be fetched.';
COMMENT ON COLUMN candidates.content_type IS 'MIME type of content as it was declared. NULL where none was.';
COMMENT ON COLUMN candidates.fetched_at IS 'When content left the publisher''s server. NULL where it is still to be fetched.';
COMMENT ON COLUMN candidates.attempts IS 'Number of times that fetching it was tried.';
COMMENT ON COLUMN candidates.attempted_at IS 'When fetching it was last tried. NULL where it never was.';
COMMENT ON COLUMN candidates.next_attempt_at IS 'Not to be tried before. NULL where it may be tried at once.';
COMMENT ON COLUMN candidates.problem IS 'Why the last attempt failed, in words. NULL where none has.';

CREATE TABLE sightings (
  source_id VARCHAR NOT NULL,
  uri VARCHAR NOT NULL,
  uri_no UBIGINT NOT NULL,
  article_no UBIGINT NOT NULL,
  guid VARCHAR,
  guid_no UBIGINT,
  found_as VARCHAR NOT NULL,
  stands_for VARCHAR,
  first_found_at TIMESTAMPTZ NOT NULL,
  claimed_published VARCHAR,
  claimed_updated VARCHAR,
  changes INTEGER NOT NULL,
  changed_at TIMESTAMPTZ,
  failures INTEGER NOT NULL,
  failed_at TIMESTAMPTZ
);
INSERT INTO sightings BY NAME
SELECT source_id, uri, uri_no, ('0x' || substr(sha256('1' || chr(10) || uri), 1, 16))::UBIGINT AS article_no,
  'new' AS found_as, found_at AS first_found_at, claimed_published, claimed_updated, 0 AS changes, 0 AS failures
FROM candidates;
COMMENT ON TABLE sightings IS 'One row an address and source that listed it: by this Dateline knows what it has seen, before anything is fetched.';
COMMENT ON COLUMN sightings.source_id IS 'The source, see sources.';
COMMENT ON COLUMN sightings.uri IS 'The address in its canonical form, as in candidates and outcomes. Unique in this table together with source_id.';
COMMENT ON COLUMN sightings.uri_no IS 'The first 64 bits of the SHA-256 of uri, as a number, as in captures.';
COMMENT ON COLUMN sightings.article_no IS 'Number of the article that is known by this address, see article_versions, whether there is one or not.';
COMMENT ON COLUMN sightings.guid IS 'The feed''s own id of the item. NULL where it gave none.';
COMMENT ON COLUMN sightings.guid_no IS 'The first 64 bits of the SHA-256 of source_id, a line feed and guid, as a number. NULL where there is no guid, or one poll gave it to several addresses.';
COMMENT ON COLUMN sightings.found_as IS 'What it was to the source at first. new: it went into the backlog; known: another source had led to it, or it was stored; alias: it is another address of an item that the source had listed; forgotten: it was taken down, and refused.';
COMMENT ON COLUMN sightings.stands_for IS 'The address that an alias was first listed by. NULL for the rest.';
COMMENT ON COLUMN sightings.first_found_at IS 'When the source was first seen to list it.';
COMMENT ON COLUMN sightings.claimed_published IS 'What the source first said of its date of publication, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN sightings.claimed_updated IS 'What the source last said of its last change, verbatim. NULL where it said nothing.';
COMMENT ON COLUMN sightings.changes IS 'How often it went into the backlog again because the source said that it changed.';
COMMENT ON COLUMN sightings.changed_at IS 'When it last did. NULL where it never has.';
COMMENT ON COLUMN sightings.failures IS 'How often fetching it was given up.';
COMMENT ON COLUMN sightings.failed_at IS 'When it was last given up. NULL where it never was, and where it has had another outcome since.';

CREATE TABLE polls (
  run_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  asked_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ,
  result VARCHAR,
  status INTEGER,
  reason VARCHAR,
  problem VARCHAR,
  found BIGINT NOT NULL,
  new BIGINT NOT NULL,
  known BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  again BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  next_poll_at TIMESTAMPTZ
);
COMMENT ON TABLE polls IS 'One row a time that a source was asked what it has.';
COMMENT ON COLUMN polls.run_id IS 'The run, see runs.';
COMMENT ON COLUMN polls.source_id IS 'The source, see sources. A run asks a source once at a time.';
COMMENT ON COLUMN polls.asked_at IS 'When it was asked.';
COMMENT ON COLUMN polls.finished_at IS 'When all that it listed was in the warehouse. NULL where the run was cut off before; it is asked again then.';
COMMENT ON COLUMN polls.result IS 'answered; unchanged: it said that nothing has changed; failed; put_off: it asked to be left alone. NULL where the run was cut off before.';
COMMENT ON COLUMN polls.status IS 'HTTP status of its last answer. NULL where there was none.';
COMMENT ON COLUMN polls.reason IS 'Stable lower-case code of what went wrong, as in outcomes. NULL where nothing did.';
COMMENT ON COLUMN polls.problem IS 'The same in words. NULL where nothing went wrong.';
COMMENT ON COLUMN polls.found IS 'Number of addresses that it listed: the sum of the five that follow.';
COMMENT ON COLUMN polls.new IS 'Of these, nothing was known.';
COMMENT ON COLUMN polls.known IS 'Of these, nothing is to be fetched.';
COMMENT ON COLUMN polls.changed IS 'These it says have changed.';
COMMENT ON COLUMN polls.again IS 'These could not be fetched some time ago and are tried again.';
COMMENT ON COLUMN polls.refused IS 'These were taken down, and were refused.';
COMMENT ON COLUMN polls.next_poll_at IS 'When it is asked again, as was decided then. NULL where that was not decided.';

CREATE TABLE verdicts (
  run_id VARCHAR NOT NULL,
  batch_id BIGINT NOT NULL,
  outcome_seq INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  uri VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  article_id VARCHAR,
  kind VARCHAR NOT NULL,
  value VARCHAR NOT NULL,
  evidence VARCHAR NOT NULL,
  obeyed BOOLEAN NOT NULL
);
COMMENT ON TABLE verdicts IS 'What a site says of the use of a page, and what a page turned out to be instead of an article: one row a signal, with what became of it.';
COMMENT ON COLUMN verdicts.run_id IS 'The run, see runs.';
COMMENT ON COLUMN verdicts.batch_id IS 'The batch of the outcome, see outcomes.';
COMMENT ON COLUMN verdicts.outcome_seq IS 'seq of the outcome within its batch.';
COMMENT ON COLUMN verdicts.seq IS 'Place among the signals of the outcome, from 1.';
COMMENT ON COLUMN verdicts.recorded_at IS 'When it was handed to the warehouse.';
COMMENT ON COLUMN verdicts.uri IS 'The candidate, as in outcomes.';
COMMENT ON COLUMN verdicts.source_id IS 'The source that led to it.';
COMMENT ON COLUMN verdicts.article_id IS 'The article that the page became or was found to be. NULL where it did not.';
COMMENT ON COLUMN verdicts.kind IS 'robots, tdm (reservation of text and data mining), noai, noarchive, or wall (no article but a demand).';
COMMENT ON COLUMN verdicts.value IS 'What was said: disallow, 1, noai, consent, paywall, javascript, soft_404, ...';
COMMENT ON COLUMN verdicts.evidence IS 'The words, header or rule that said it, and where.';
COMMENT ON COLUMN verdicts.obeyed IS 'True where the page was left alone for it.';

COMMENT ON COLUMN removals.cause IS 'retention, forgotten, or merged: rows that a rule had removed came back from another database, or that were missing there came without their batch.';
COMMENT ON COLUMN captures.archive_file IS 'Archive (WARC) file that holds the bytes, relative to FILE.store/archive. NULL where they were not archived.';
COMMENT ON COLUMN captures.archive_offset IS 'Where its record begins in archive_file, in bytes. NULL where they were not archived.';
COMMENT ON COLUMN lineage.archive_file IS 'Archive (WARC) file that holds the bytes, relative to FILE.store/archive. NULL where they were not archived.';
COMMENT ON COLUMN lineage.archive_offset IS 'Where its record begins in archive_file, in bytes. NULL where they were not archived.';

-- A source that lists a known article leads to it too, though nothing was fetched for it.
CREATE OR REPLACE VIEW article_sources AS
  WITH listed AS (
    SELECT s.source_id, s.uri_no, s.article_no, s.first_found_at FROM sightings s WHERE s.found_as = 'known'
  ),
  led AS (
    SELECT article_id, source_id, recorded_at FROM outcomes WHERE article_id IS NOT NULL
    UNION ALL
    SELECT article_id, source_id, first_found_at FROM (
      SELECT c.article_id, l.source_id, l.uri_no, l.first_found_at FROM captures c JOIN listed l ON l.uri_no = c.uri_no
      UNION
      SELECT v.article_id, l.source_id, l.uri_no, l.first_found_at
      FROM article_versions v JOIN listed l ON l.article_no = v.article_no
    )
  )
  SELECT coalesce(d.duplicate_of, l.article_id) AS article_id, l.source_id, min(l.recorded_at) AS first_sighting_at,
    max(l.recorded_at) AS last_sighting_at, count(*) AS sightings
  FROM led l LEFT JOIN duplicates d ON d.article_id = l.article_id
  GROUP BY ALL;
COMMENT ON VIEW article_sources IS 'One row an article and source that led to it, itself or through a duplicate, whether it was fetched for that source or known already.';
COMMENT ON COLUMN article_sources.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN article_sources.source_id IS 'The source.';
COMMENT ON COLUMN article_sources.first_sighting_at IS 'When the source first led to it.';
COMMENT ON COLUMN article_sources.last_sighting_at IS 'When the source last led to it; that it still lists what is known is not counted.';
COMMENT ON COLUMN article_sources.sightings IS 'How many times it did: outcomes, and one where it listed what another source had led to.';

CREATE OR REPLACE VIEW timeline AS
  SELECT published_date AS day, source_id, article_id, published, published_precision, first_seen_at, title, url,
    language, words, true AS is_first_source
  FROM articles
  UNION ALL
  SELECT a.published_date AS day, s.source_id, s.article_id, a.published, a.published_precision, a.first_seen_at,
    a.title, a.url, a.language, a.words, false AS is_first_source
  FROM article_sources s JOIN articles a ON a.article_id = s.article_id AND a.source_id <> s.source_id;
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

COMMENT ON TABLE derived_state IS 'How far edits and sources are worked out: one row; empty before the first time. Complete once a run has ended; while one goes on, edits may lag behind the articles.';
