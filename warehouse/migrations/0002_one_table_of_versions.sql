-- All versions in one table, so that no stored text is ever read again to be written elsewhere: texts are packed
-- 2,048 to a piece, and fetching a hundred of a million took more than a second. A version that is superseded is
-- now told so by a flag; articles is a view. Beside each key that the writer looks rows up by stands a number,
-- since a scan over numbers takes a third of the time of one over texts. The tables are made anew: DuckDB refuses
-- to add two columns to a table with rows in one transaction.

DROP VIEW article_versions;
DROP VIEW duplicates;

CREATE TABLE article_versions (
  article_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  url VARCHAR,
  canonical_url VARCHAR,
  title VARCHAR,
  authors VARCHAR[] NOT NULL,
  published VARCHAR,
  published_date DATE,
  published_at TIMESTAMPTZ,
  published_precision VARCHAR,
  published_basis VARCHAR,
  published_zone_basis VARCHAR,
  modified VARCHAR,
  first_seen_at TIMESTAMPTZ,
  last_seen_at TIMESTAMPTZ NOT NULL,
  language VARCHAR,
  section VARCHAR,
  page_kind VARCHAR,
  text VARCHAR NOT NULL,
  words INTEGER NOT NULL,
  image_url VARCHAR,
  version INTEGER NOT NULL,
  versions INTEGER,
  text_sha256 VARCHAR NOT NULL,
  capture_id VARCHAR NOT NULL,
  extractor_version VARCHAR NOT NULL,
  article_key VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  captured_at TIMESTAMPTZ NOT NULL,
  extracted_at TIMESTAMPTZ NOT NULL,
  batch_id BIGINT NOT NULL,
  is_current BOOLEAN NOT NULL,
  duplicate_of VARCHAR,
  hints_snapshot BIGINT NOT NULL,
  article_no UBIGINT NOT NULL,
  version_no UBIGINT NOT NULL,
  text_key UBIGINT NOT NULL,
  capture_no UBIGINT NOT NULL
);
-- The class of white space is that of Python's str.split, by which the writer folds titles.
INSERT INTO article_versions BY NAME
SELECT *, 0 AS hints_snapshot,
  ('0x' || article_id)::UBIGINT AS article_no,
  ('0x' || version_id)::UBIGINT AS version_no,
  ('0x' || capture_id)::UBIGINT AS capture_no,
  ('0x' || substr(CASE WHEN words >= 25 THEN text_sha256 ELSE sha256(text_sha256 || chr(10) || trim(regexp_replace(
    nfc_normalize(coalesce(title, '')),
    '[\s\x{1c}-\x{1f}\x{0b}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+', ' ', 'g'))) END, 1, 16))::UBIGINT AS text_key
FROM (
  SELECT *, true AS is_current, NULL::VARCHAR AS duplicate_of FROM articles
  UNION ALL BY NAME
  SELECT * FROM article_history
);
DROP TABLE articles;
DROP TABLE article_history;

COMMENT ON TABLE article_versions IS 'One row a version of every article, duplicates included. A version is what an extractor made of a capture, kept once however often it was seen. Of these rows articles shows one an article.';
COMMENT ON COLUMN article_versions.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN article_versions.source_id IS 'The source that first led to the article.';
COMMENT ON COLUMN article_versions.url IS 'Publisher''s address after redirects. NULL for a file that names none.';
COMMENT ON COLUMN article_versions.canonical_url IS 'The address the page gives as its own, else the one it is known by. NULL where no address is known.';
COMMENT ON COLUMN article_versions.title IS 'Headline. NULL where the input carries none.';
COMMENT ON COLUMN article_versions.authors IS 'Names of persons in the order given; an empty list where none is named.';
COMMENT ON COLUMN article_versions.published IS 'When it was published, ISO 8601 text at the known precision. NULL where the evidence does not carry a date.';
COMMENT ON COLUMN article_versions.published_date IS 'The publisher''s calendar day. NULL where no day is known.';
COMMENT ON COLUMN article_versions.published_at IS 'The instant of publication. NULL unless both a time and its zone are known.';
COMMENT ON COLUMN article_versions.published_precision IS 'instant, minute, day, month or year. NULL without a date.';
COMMENT ON COLUMN article_versions.published_basis IS 'Where the chosen date stood. NULL without a date.';
COMMENT ON COLUMN article_versions.published_zone_basis IS 'How the time zone is known. NULL where it is not.';
COMMENT ON COLUMN article_versions.modified IS 'When the publisher says it was last changed. NULL where it says nothing.';
COMMENT ON COLUMN article_versions.first_seen_at IS 'Time of the earliest capture of its article. NULL for versions that articles does not show.';
COMMENT ON COLUMN article_versions.last_seen_at IS 'Time of the latest capture that held this version.';
COMMENT ON COLUMN article_versions.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN article_versions.section IS 'The publisher''s section or category. NULL where none is said.';
COMMENT ON COLUMN article_versions.page_kind IS 'What kind of page it is. NULL where not determined.';
COMMENT ON COLUMN article_versions.text IS 'The body of this version.';
COMMENT ON COLUMN article_versions.words IS 'Number of words in text, counted as in articles.';
COMMENT ON COLUMN article_versions.image_url IS 'Address of the lead image. NULL where none is given.';
COMMENT ON COLUMN article_versions.version IS 'Number of the version within its article, from 1 in the order of capture.';
COMMENT ON COLUMN article_versions.versions IS 'Number of versions of its article. NULL for versions that articles does not show.';
COMMENT ON COLUMN article_versions.text_sha256 IS 'SHA-256 of the text in NFC with runs of white space as one space, hexadecimal.';
COMMENT ON COLUMN article_versions.capture_id IS 'The capture this version was made from, see captures.';
COMMENT ON COLUMN article_versions.extractor_version IS 'The extractor, with its rules, that made this version.';
COMMENT ON COLUMN article_versions.article_key IS 'What the article is known by: its canonical URL, else the URI of its file.';
COMMENT ON COLUMN article_versions.version_id IS 'Stable id of the version; unique in this view.';
COMMENT ON COLUMN article_versions.captured_at IS 'Time of the earliest capture that held this version.';
COMMENT ON COLUMN article_versions.extracted_at IS 'Start of the last run that made this version from a capture.';
COMMENT ON COLUMN article_versions.batch_id IS 'The batch that last wrote the row, see batches.';
COMMENT ON COLUMN article_versions.is_current IS 'True for one version of each article: the one that articles shows or, of a duplicate, would show.';
COMMENT ON COLUMN article_versions.duplicate_of IS 'The article whose words this one repeats. NULL for versions of articles that stand in articles.';
COMMENT ON COLUMN article_versions.hints_snapshot IS 'Number of the snapshot of what was learned of its source that it was extracted with; 0 where nothing was learned.';
COMMENT ON COLUMN article_versions.article_no IS 'article_id as a number: what the writer looks rows up by.';
COMMENT ON COLUMN article_versions.version_no IS 'version_id as a number.';
COMMENT ON COLUMN article_versions.capture_no IS 'capture_id as a number.';
COMMENT ON COLUMN article_versions.text_key IS 'Equal where two texts count as the same: the first 64 bits of text_sha256 or, for texts of fewer than 25 words, of the SHA-256 of text_sha256, a line feed and the title with its white space folded.';

CREATE VIEW articles AS
  SELECT
    article_id, source_id, url, canonical_url, title, authors, published, published_date, published_at,
    published_precision, published_basis, published_zone_basis, modified, first_seen_at, last_seen_at, language,
    section, page_kind, text, words, image_url, version, versions, text_sha256, capture_id, extractor_version,
    article_key, version_id, captured_at, extracted_at, batch_id
  FROM article_versions WHERE is_current AND duplicate_of IS NULL;
COMMENT ON VIEW articles IS 'One row an article: its current version. Articles that only repeat the words of another are not here but in duplicates.';
COMMENT ON COLUMN articles.article_id IS 'Stable id, the same in every database: first 16 hex digits of SHA-256 of "1", a line feed and article_key. Unique in this view.';
COMMENT ON COLUMN articles.source_id IS 'The source that first led to the article; all of them are in article_sources.';
COMMENT ON COLUMN articles.url IS 'Publisher''s address of the current version after redirects. NULL for a file that names none.';
COMMENT ON COLUMN articles.canonical_url IS 'The address the page gives as its own, else the one it is known by. NULL where no address is known.';
COMMENT ON COLUMN articles.title IS 'Headline. NULL where the input carries none.';
COMMENT ON COLUMN articles.authors IS 'Names of persons in the order given; an empty list where none is named, never NULL.';
COMMENT ON COLUMN articles.published IS 'When it was published, as ISO 8601 text at the precision that is known; instants are in UTC, so values sort. NULL where the evidence does not carry a date.';
COMMENT ON COLUMN articles.published_date IS 'The publisher''s calendar day, for grouping and filtering. NULL where no day is known (a month or a year is not a day).';
COMMENT ON COLUMN articles.published_at IS 'The instant of publication. NULL unless both a time and its zone are known: a day never turns into midnight.';
COMMENT ON COLUMN articles.published_precision IS 'instant, minute, day, month or year. NULL without a date.';
COMMENT ON COLUMN articles.published_basis IS 'Where the chosen date stood (dateline, jsonld, meta, url, ...); see date_claims. NULL without a date.';
COMMENT ON COLUMN articles.published_zone_basis IS 'How the time zone is known: offset, name or utc. NULL where it is not.';
COMMENT ON COLUMN articles.modified IS 'When the publisher says it was last changed, ISO 8601 text as in published. NULL where it says nothing.';
COMMENT ON COLUMN articles.first_seen_at IS 'Time of its earliest capture: when its bytes left the publisher''s server or, where nobody knows that, when the run that read them began.';
COMMENT ON COLUMN articles.last_seen_at IS 'Time of its latest capture, known as first_seen_at is. Reading the same bytes of the same file again is no new capture; each sighting is in outcomes.';
COMMENT ON COLUMN articles.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN articles.section IS 'The publisher''s section or category. NULL where none is said.';
COMMENT ON COLUMN articles.page_kind IS 'What kind of page it is (article, live blog, gallery, ...). NULL where not determined.';
COMMENT ON COLUMN articles.text IS 'The body: paragraphs, list items and quotes, a blank line between them.';
COMMENT ON COLUMN articles.words IS 'Number of words in text: pieces between white space that hold a letter or a digit; each Han or kana character counts as one.';
COMMENT ON COLUMN articles.image_url IS 'Address of the lead image. NULL where none is given.';
COMMENT ON COLUMN articles.version IS 'Number of the version shown here, from 1 in the order of capture. Smaller than versions where the publisher went back to earlier words.';
COMMENT ON COLUMN articles.versions IS 'Number of distinct versions that are kept, this one included; see article_versions.';
COMMENT ON COLUMN articles.text_sha256 IS 'SHA-256 of the text in NFC with runs of white space as one space, hexadecimal: equal where the words are equal.';
COMMENT ON COLUMN articles.capture_id IS 'The capture this version was made from, see captures.';
COMMENT ON COLUMN articles.extractor_version IS 'The extractor, with its rules, that made this version.';
COMMENT ON COLUMN articles.article_key IS 'What the article is known by: its canonical URL, else the URI of its file.';
COMMENT ON COLUMN articles.version_id IS 'Stable id of this version: a hash of article_id and of its words, title, authors, date and language.';
COMMENT ON COLUMN articles.captured_at IS 'Time of the earliest capture that held this version.';
COMMENT ON COLUMN articles.extracted_at IS 'Start of the last run that made this version from a capture.';
COMMENT ON COLUMN articles.batch_id IS 'The batch that last wrote this row, see batches.';

CREATE VIEW duplicates AS
  SELECT article_id, duplicate_of, article_key, url, source_id, title, captured_at, last_seen_at, batch_id
  FROM article_versions WHERE duplicate_of IS NOT NULL AND is_current;
COMMENT ON VIEW duplicates IS 'One row an article that only repeats the words of another: the same text under another name. It becomes an article as soon as it says something of its own.';
COMMENT ON COLUMN duplicates.article_id IS 'Stable id of the duplicate; not in articles.';
COMMENT ON COLUMN duplicates.duplicate_of IS 'article_id of the article that had all of its words first; always in articles.';
COMMENT ON COLUMN duplicates.article_key IS 'What the duplicate is known by: its canonical URL, else the URI of its file.';
COMMENT ON COLUMN duplicates.url IS 'Publisher''s address of the duplicate. NULL for a file that names none.';
COMMENT ON COLUMN duplicates.source_id IS 'The source that first led to the duplicate.';
COMMENT ON COLUMN duplicates.title IS 'Headline of the duplicate, which can differ from that of the article. NULL where it carries none.';
COMMENT ON COLUMN duplicates.captured_at IS 'Time of the earliest capture of its latest version.';
COMMENT ON COLUMN duplicates.last_seen_at IS 'Time of the latest capture of its latest version.';
COMMENT ON COLUMN duplicates.batch_id IS 'The batch that last wrote the row, see batches.';

ALTER TABLE captures RENAME TO captures_before;
CREATE TABLE captures (
  capture_id VARCHAR NOT NULL,
  article_id VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  uri VARCHAR NOT NULL,
  url VARCHAR,
  content_sha256 VARCHAR NOT NULL,
  bytes BIGINT NOT NULL,
  content_type VARCHAR,
  media VARCHAR NOT NULL,
  encoding VARCHAR,
  status INTEGER,
  fetched_at TIMESTAMPTZ,
  captured_at TIMESTAMPTZ NOT NULL,
  extractor_version VARCHAR NOT NULL,
  archive_file VARCHAR,
  archive_offset BIGINT,
  run_id VARCHAR NOT NULL,
  batch_id BIGINT NOT NULL,
  hints_snapshot BIGINT NOT NULL,
  capture_no UBIGINT NOT NULL,
  uri_no UBIGINT NOT NULL
);
INSERT INTO captures BY NAME
SELECT *, 0 AS hints_snapshot,
  ('0x' || capture_id)::UBIGINT AS capture_no,
  ('0x' || substr(sha256(uri), 1, 16))::UBIGINT AS uri_no
FROM captures_before;
DROP TABLE captures_before;
COMMENT ON TABLE captures IS 'One row for the bytes of one candidate as they were at one time, with what they were last read as.';
COMMENT ON COLUMN captures.capture_id IS 'Stable id: first 16 hex digits of SHA-256 of "1", uri, content_sha256 and fetched_at (ISO 8601 in UTC, or empty), a line feed between them. Unique in this table.';
COMMENT ON COLUMN captures.article_id IS 'The article it was read as, which can be a duplicate.';
COMMENT ON COLUMN captures.version_id IS 'The version it was last read as, see article_versions.';
COMMENT ON COLUMN captures.source_id IS 'The source that first led to it.';
COMMENT ON COLUMN captures.uri IS 'The candidate: its URL, the URI of its file (a JSON line adds #line=N), or stdin:sha256=...';
COMMENT ON COLUMN captures.url IS 'Publisher''s address after redirects. NULL for a file that names none.';
COMMENT ON COLUMN captures.content_sha256 IS 'SHA-256, hexadecimal, of the bytes and of what was claimed beside them.';
COMMENT ON COLUMN captures.bytes IS 'Size of the content in bytes, after any transfer or gzip coding is undone.';
COMMENT ON COLUMN captures.content_type IS 'MIME type as it was declared. NULL where none was.';
COMMENT ON COLUMN captures.media IS 'What the bytes were read as: html or text.';
COMMENT ON COLUMN captures.encoding IS 'Character encoding they were decoded with. NULL where the extractor did not say.';
COMMENT ON COLUMN captures.status IS 'HTTP status. NULL for files.';
COMMENT ON COLUMN captures.fetched_at IS 'When the bytes left the publisher''s server. NULL where nobody knows.';
COMMENT ON COLUMN captures.captured_at IS 'fetched_at, else the start of the run that first read the bytes. Versions are numbered by it.';
COMMENT ON COLUMN captures.extractor_version IS 'The extractor, with its rules, that last read it.';
COMMENT ON COLUMN captures.archive_file IS 'Archive (WARC) file that holds the bytes. NULL where they were not archived.';
COMMENT ON COLUMN captures.archive_offset IS 'Offset of the record in archive_file, in bytes. NULL where they were not archived.';
COMMENT ON COLUMN captures.run_id IS 'The run that last read it, see runs.';
COMMENT ON COLUMN captures.batch_id IS 'The batch that last wrote the row, see batches.';
COMMENT ON COLUMN captures.hints_snapshot IS 'Number of the snapshot of what was learned of its source that it was last extracted with; 0 where nothing was learned.';
COMMENT ON COLUMN captures.capture_no IS 'capture_id as a number: what the writer looks rows up by.';
COMMENT ON COLUMN captures.uri_no IS 'The first 64 bits of the SHA-256 of uri, as a number.';

CREATE TABLE snapshot (
  as_of TIMESTAMPTZ NOT NULL,
  schema_version INTEGER NOT NULL,
  program_version VARCHAR NOT NULL,
  run_id VARCHAR,
  batch_id BIGINT NOT NULL,
  articles BIGINT NOT NULL,
  versions BIGINT NOT NULL,
  captures BIGINT NOT NULL,
  outcomes BIGINT NOT NULL
);
COMMENT ON TABLE snapshot IS 'What this file is a snapshot of: one row, written when it was published. Empty before the first time.';
COMMENT ON COLUMN snapshot.as_of IS 'When it was published: everything that was stored before then is here, and nothing after.';
COMMENT ON COLUMN snapshot.schema_version IS 'Version of the schema, as in schema_migrations.';
COMMENT ON COLUMN snapshot.program_version IS 'Version of Dateline that published it.';
COMMENT ON COLUMN snapshot.run_id IS 'The run that last began, see runs. NULL before the first.';
COMMENT ON COLUMN snapshot.batch_id IS 'The last batch that is here, see batches; 0 before the first.';
COMMENT ON COLUMN snapshot.articles IS 'Number of rows in articles.';
COMMENT ON COLUMN snapshot.versions IS 'Number of rows in article_versions.';
COMMENT ON COLUMN snapshot.captures IS 'Number of rows in captures.';
COMMENT ON COLUMN snapshot.outcomes IS 'Number of rows in outcomes.';
