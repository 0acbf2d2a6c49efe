-- The first schema. Nothing here but tables, views, NOT NULL and comments: a lake (DuckLake) runs the same
-- statements. Uniqueness is kept by the one writer and checked by `dateline doctor`, never by an index.

CREATE TABLE articles (
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
  first_seen_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ NOT NULL,
  language VARCHAR,
  section VARCHAR,
  page_kind VARCHAR,
  text VARCHAR NOT NULL,
  words INTEGER NOT NULL,
  image_url VARCHAR,
  version INTEGER NOT NULL,
  versions INTEGER NOT NULL,
  text_sha256 VARCHAR NOT NULL,
  capture_id VARCHAR NOT NULL,
  extractor_version VARCHAR NOT NULL,
  article_key VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  captured_at TIMESTAMPTZ NOT NULL,
  extracted_at TIMESTAMPTZ NOT NULL,
  batch_id BIGINT NOT NULL
);
COMMENT ON TABLE articles IS 'One row an article: its current version. Articles that only repeat the words of another are not here but in duplicates.';
COMMENT ON COLUMN articles.article_id IS 'Stable id, the same in every database: first 16 hex digits of SHA-256 of "1", a line feed and article_key. Unique in this table.';
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

CREATE TABLE article_history (
  article_id VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  version INTEGER NOT NULL,
  duplicate_of VARCHAR,
  is_current BOOLEAN NOT NULL,
  article_key VARCHAR NOT NULL,
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
  language VARCHAR,
  section VARCHAR,
  page_kind VARCHAR,
  text VARCHAR NOT NULL,
  words INTEGER NOT NULL,
  image_url VARCHAR,
  text_sha256 VARCHAR NOT NULL,
  capture_id VARCHAR NOT NULL,
  extractor_version VARCHAR NOT NULL,
  captured_at TIMESTAMPTZ NOT NULL,
  last_seen_at TIMESTAMPTZ NOT NULL,
  extracted_at TIMESTAMPTZ NOT NULL,
  batch_id BIGINT NOT NULL
);
COMMENT ON TABLE article_history IS 'Storage of every version that articles does not show: earlier ones, and all versions of duplicates. Read it through article_versions and duplicates.';
COMMENT ON COLUMN article_history.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN article_history.version_id IS 'Stable id of the version, see articles. Unique over articles and this table together.';
COMMENT ON COLUMN article_history.version IS 'Number of the version within its article, from 1 in the order of capture.';
COMMENT ON COLUMN article_history.duplicate_of IS 'The article whose words this one repeats, which had every one of them first. NULL for an earlier version of an article that is in articles.';
COMMENT ON COLUMN article_history.is_current IS 'True for the version of a duplicate that would be shown if it were not one; false for earlier versions.';
COMMENT ON COLUMN article_history.article_key IS 'What the article is known by: its canonical URL, else the URI of its file.';
COMMENT ON COLUMN article_history.source_id IS 'The source that first led to the article.';
COMMENT ON COLUMN article_history.url IS 'Publisher''s address after redirects. NULL for a file that names none.';
COMMENT ON COLUMN article_history.canonical_url IS 'The address the page gives as its own, else the one it is known by. NULL where no address is known.';
COMMENT ON COLUMN article_history.title IS 'Headline. NULL where the input carries none.';
COMMENT ON COLUMN article_history.authors IS 'Names of persons in the order given; an empty list where none is named.';
COMMENT ON COLUMN article_history.published IS 'When it was published, ISO 8601 text at the known precision. NULL where the evidence does not carry a date.';
COMMENT ON COLUMN article_history.published_date IS 'The publisher''s calendar day. NULL where no day is known.';
COMMENT ON COLUMN article_history.published_at IS 'The instant of publication. NULL unless both a time and its zone are known.';
COMMENT ON COLUMN article_history.published_precision IS 'instant, minute, day, month or year. NULL without a date.';
COMMENT ON COLUMN article_history.published_basis IS 'Where the chosen date stood. NULL without a date.';
COMMENT ON COLUMN article_history.published_zone_basis IS 'How the time zone is known. NULL where it is not.';
COMMENT ON COLUMN article_history.modified IS 'When the publisher says it was last changed. NULL where it says nothing.';
COMMENT ON COLUMN article_history.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN article_history.section IS 'The publisher''s section or category. NULL where none is said.';
COMMENT ON COLUMN article_history.page_kind IS 'What kind of page it is. NULL where not determined.';
COMMENT ON COLUMN article_history.text IS 'The body of this version.';
COMMENT ON COLUMN article_history.words IS 'Number of words in text, counted as in articles.';
COMMENT ON COLUMN article_history.image_url IS 'Address of the lead image. NULL where none is given.';
COMMENT ON COLUMN article_history.text_sha256 IS 'SHA-256 of the text in NFC with runs of white space as one space, hexadecimal.';
COMMENT ON COLUMN article_history.capture_id IS 'The capture this version was made from, see captures.';
COMMENT ON COLUMN article_history.extractor_version IS 'The extractor, with its rules, that made this version.';
COMMENT ON COLUMN article_history.captured_at IS 'Time of the earliest capture that held this version.';
COMMENT ON COLUMN article_history.last_seen_at IS 'Time of the latest capture that held this version.';
COMMENT ON COLUMN article_history.extracted_at IS 'Start of the last run that made this version from a capture.';
COMMENT ON COLUMN article_history.batch_id IS 'The batch that last wrote this row, see batches.';

CREATE VIEW article_versions AS
  SELECT article_id, version_id, version, true AS is_current, NULL::VARCHAR AS duplicate_of, article_key, source_id, url,
    canonical_url, title, authors, published, published_date, published_at, published_precision, published_basis,
    published_zone_basis, modified, language, section, page_kind, text, words, image_url, text_sha256, capture_id,
    extractor_version, captured_at, last_seen_at, extracted_at, batch_id
  FROM articles
  UNION ALL
  SELECT article_id, version_id, version, is_current, duplicate_of, article_key, source_id, url,
    canonical_url, title, authors, published, published_date, published_at, published_precision, published_basis,
    published_zone_basis, modified, language, section, page_kind, text, words, image_url, text_sha256, capture_id,
    extractor_version, captured_at, last_seen_at, extracted_at, batch_id
  FROM article_history;
COMMENT ON VIEW article_versions IS 'One row a version of every article, duplicates included. A version is what an extractor made of a capture, kept once however often it was seen.';
COMMENT ON COLUMN article_versions.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN article_versions.version_id IS 'Stable id of the version; unique in this view.';
COMMENT ON COLUMN article_versions.version IS 'Number of the version within its article, from 1 in the order of capture.';
COMMENT ON COLUMN article_versions.is_current IS 'True for one version of each article: the one that articles shows or, of a duplicate, would show.';
COMMENT ON COLUMN article_versions.duplicate_of IS 'The article whose words this one repeats. NULL for versions of articles that stand in articles.';
COMMENT ON COLUMN article_versions.article_key IS 'What the article is known by: its canonical URL, else the URI of its file.';
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
COMMENT ON COLUMN article_versions.language IS 'ISO 639-1 code of the text. NULL when unsure.';
COMMENT ON COLUMN article_versions.section IS 'The publisher''s section or category. NULL where none is said.';
COMMENT ON COLUMN article_versions.page_kind IS 'What kind of page it is. NULL where not determined.';
COMMENT ON COLUMN article_versions.text IS 'The body of this version.';
COMMENT ON COLUMN article_versions.words IS 'Number of words in text, counted as in articles.';
COMMENT ON COLUMN article_versions.image_url IS 'Address of the lead image. NULL where none is given.';
COMMENT ON COLUMN article_versions.text_sha256 IS 'SHA-256 of the text in NFC with runs of white space as one space, hexadecimal.';
COMMENT ON COLUMN article_versions.capture_id IS 'The capture this version was made from, see captures.';
COMMENT ON COLUMN article_versions.extractor_version IS 'The extractor, with its rules, that made this version.';
COMMENT ON COLUMN article_versions.captured_at IS 'Time of the earliest capture that held this version.';
COMMENT ON COLUMN article_versions.last_seen_at IS 'Time of the latest capture that held this version.';
COMMENT ON COLUMN article_versions.extracted_at IS 'Start of the last run that made this version from a capture.';
COMMENT ON COLUMN article_versions.batch_id IS 'The batch that last wrote the row, see batches.';

CREATE VIEW duplicates AS
  SELECT article_id, duplicate_of, article_key, url, source_id, title, captured_at, last_seen_at, batch_id
  FROM article_history WHERE duplicate_of IS NOT NULL AND is_current;
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

CREATE TABLE version_cuts (
  article_id VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  seq INTEGER NOT NULL,
  role VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  text VARCHAR NOT NULL,
  start_offset BIGINT NOT NULL,
  end_offset BIGINT NOT NULL
);
COMMENT ON TABLE version_cuts IS 'Storage of what left the body, for every version. For the current version of each article read the view cuts.';
COMMENT ON COLUMN version_cuts.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN version_cuts.version_id IS 'The version it was cut from, see article_versions.';
COMMENT ON COLUMN version_cuts.seq IS 'Place among the cuts of the version, from 1 in the order of the input.';
COMMENT ON COLUMN version_cuts.role IS 'What it was: title, byline, date, dateline, caption, share, related, embed, prompt, footer, ...';
COMMENT ON COLUMN version_cuts.rule IS 'Id of the rule that cut it.';
COMMENT ON COLUMN version_cuts.text IS 'The words as they stood, white space folded.';
COMMENT ON COLUMN version_cuts.start_offset IS 'Offset in characters of its first character: into the decoded text of a plain-text input, into the blocks of the body joined by blank lines for HTML.';
COMMENT ON COLUMN version_cuts.end_offset IS 'Offset in characters after its last character, counted as start_offset is.';

CREATE VIEW cuts AS
  SELECT c.article_id, a.version, c.seq, c.role, c.rule, c.text, c.start_offset, c.end_offset
  FROM version_cuts c JOIN articles a ON a.article_id = c.article_id AND a.version_id = c.version_id;
COMMENT ON VIEW cuts IS 'What left the body of the current version of each article, with the rule that cut it. For other versions read version_cuts.';
COMMENT ON COLUMN cuts.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN cuts.version IS 'Number of the version, as in articles.';
COMMENT ON COLUMN cuts.seq IS 'Place among the cuts of the article, from 1 in the order of the input.';
COMMENT ON COLUMN cuts.role IS 'What it was: title, byline, date, dateline, caption, share, related, embed, prompt, footer, ...';
COMMENT ON COLUMN cuts.rule IS 'Id of the rule that cut it.';
COMMENT ON COLUMN cuts.text IS 'The words as they stood, white space folded.';
COMMENT ON COLUMN cuts.start_offset IS 'Offset in characters of its first character, see version_cuts.';
COMMENT ON COLUMN cuts.end_offset IS 'Offset in characters after its last character.';

CREATE TABLE version_date_claims (
  article_id VARCHAR NOT NULL,
  version_id VARCHAR NOT NULL,
  seq INTEGER NOT NULL,
  value VARCHAR,
  precision VARCHAR,
  basis VARCHAR NOT NULL,
  role VARCHAR NOT NULL,
  evidence VARCHAR NOT NULL,
  place VARCHAR NOT NULL,
  zone_basis VARCHAR,
  verdict VARCHAR NOT NULL,
  reason VARCHAR NOT NULL
);
COMMENT ON TABLE version_date_claims IS 'Storage of every date considered, for every version. For the current version of each article read the view date_claims.';
COMMENT ON COLUMN version_date_claims.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN version_date_claims.version_id IS 'The version it was considered for, see article_versions.';
COMMENT ON COLUMN version_date_claims.seq IS 'Place among the claims of the version, from 1 in the order they were found.';
COMMENT ON COLUMN version_date_claims.value IS 'ISO 8601 text at the precision it has; "--11-05" is a day whose year is not said. NULL where the words could not be read as a date.';
COMMENT ON COLUMN version_date_claims.precision IS 'instant, minute, day, month or year. NULL without a value.';
COMMENT ON COLUMN version_date_claims.basis IS 'Where it stood: dateline, text, jsonld, opengraph, meta, time, url, feed, given, ...';
COMMENT ON COLUMN version_date_claims.role IS 'What it says it is the date of: published, updated, captured, event or unknown.';
COMMENT ON COLUMN version_date_claims.evidence IS 'The words themselves, as they stood.';
COMMENT ON COLUMN version_date_claims.place IS 'Where in the input: an offset, a tag, a JSON path. Empty where not said.';
COMMENT ON COLUMN version_date_claims.zone_basis IS 'How its zone is known: offset, name or utc. NULL where it is not.';
COMMENT ON COLUMN version_date_claims.verdict IS 'What became of it: chosen, agrees, rejected, unused or open.';
COMMENT ON COLUMN version_date_claims.reason IS 'Why, in one sentence. Empty where nothing is to be said.';

CREATE VIEW date_claims AS
  SELECT d.article_id, a.version, d.seq, d.value, d.precision, d.basis, d.role, d.evidence, d.place, d.zone_basis,
    d.verdict, d.reason
  FROM version_date_claims d JOIN articles a ON a.article_id = d.article_id AND a.version_id = d.version_id;
COMMENT ON VIEW date_claims IS 'Every date considered for the current version of each article, with the verdict. For other versions read version_date_claims.';
COMMENT ON COLUMN date_claims.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN date_claims.version IS 'Number of the version, as in articles.';
COMMENT ON COLUMN date_claims.seq IS 'Place among the claims of the article, from 1 in the order they were found.';
COMMENT ON COLUMN date_claims.value IS 'ISO 8601 text at the precision it has; "--11-05" is a day whose year is not said. NULL where the words could not be read as a date.';
COMMENT ON COLUMN date_claims.precision IS 'instant, minute, day, month or year. NULL without a value.';
COMMENT ON COLUMN date_claims.basis IS 'Where it stood: dateline, text, jsonld, opengraph, meta, time, url, feed, given, ...';
COMMENT ON COLUMN date_claims.role IS 'What it says it is the date of: published, updated, captured, event or unknown.';
COMMENT ON COLUMN date_claims.evidence IS 'The words themselves, as they stood.';
COMMENT ON COLUMN date_claims.place IS 'Where in the input: an offset, a tag, a JSON path. Empty where not said.';
COMMENT ON COLUMN date_claims.zone_basis IS 'How its zone is known: offset, name or utc. NULL where it is not.';
COMMENT ON COLUMN date_claims.verdict IS 'What became of it: chosen, agrees, rejected, unused or open.';
COMMENT ON COLUMN date_claims.reason IS 'Why, in one sentence. Empty where nothing is to be said.';

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
  batch_id BIGINT NOT NULL
);
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

CREATE TABLE runs (
  run_id VARCHAR NOT NULL,
  command VARCHAR NOT NULL,
  arguments VARCHAR NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  finished_at TIMESTAMPTZ,
  status VARCHAR NOT NULL,
  passed_over BIGINT,
  program_version VARCHAR NOT NULL,
  host VARCHAR NOT NULL,
  pid BIGINT NOT NULL
);
COMMENT ON TABLE runs IS 'One row a run of the program that wrote here.';
COMMENT ON COLUMN runs.run_id IS 'Id of the run: its start in UTC and eight random hex digits, so that ids sort by time.';
COMMENT ON COLUMN runs.command IS 'The command or flow that ran.';
COMMENT ON COLUMN runs.arguments IS 'Its arguments as a JSON object.';
COMMENT ON COLUMN runs.started_at IS 'When it started.';
COMMENT ON COLUMN runs.finished_at IS 'When it ended. NULL while it runs, and where it was killed.';
COMMENT ON COLUMN runs.status IS 'running, completed, interrupted or failed; a run found running by the next writer was killed and becomes interrupted.';
COMMENT ON COLUMN runs.passed_over IS 'Number of files that were seen and are no candidates (hidden, of another type). NULL until the run ends.';
COMMENT ON COLUMN runs.program_version IS 'Version of Dateline that ran.';
COMMENT ON COLUMN runs.host IS 'Name of the machine.';
COMMENT ON COLUMN runs.pid IS 'Process id on that machine.';

CREATE TABLE batches (
  batch_id BIGINT NOT NULL,
  run_id VARCHAR NOT NULL,
  committed_at TIMESTAMPTZ NOT NULL,
  items INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  articles_added INTEGER NOT NULL,
  versions_added INTEGER NOT NULL,
  captures_added INTEGER NOT NULL
);
COMMENT ON TABLE batches IS 'The ledger: one row a transaction that wrote outcomes, committed with them or not at all.';
COMMENT ON COLUMN batches.batch_id IS 'Number of the batch, from 1 without gaps.';
COMMENT ON COLUMN batches.run_id IS 'The run it belongs to, see runs.';
COMMENT ON COLUMN batches.committed_at IS 'When it was handed to the warehouse.';
COMMENT ON COLUMN batches.items IS 'Number of candidates that ended in it: its rows in outcomes.';
COMMENT ON COLUMN batches.stored IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.updated IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.unchanged IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.duplicate IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.refused IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.failed IS 'Number of them with this outcome.';
COMMENT ON COLUMN batches.articles_added IS 'Rows that articles gained; negative where articles turned out to be duplicates. The sum over all batches is the number of rows in articles.';
COMMENT ON COLUMN batches.versions_added IS 'Rows that article_versions gained; the sum over all batches is their number.';
COMMENT ON COLUMN batches.captures_added IS 'Rows that captures gained; the sum over all batches is their number.';

CREATE TABLE outcomes (
  run_id VARCHAR NOT NULL,
  batch_id BIGINT NOT NULL,
  seq INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  uri VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  outcome VARCHAR NOT NULL,
  stage VARCHAR NOT NULL,
  reason VARCHAR,
  detail VARCHAR,
  article_id VARCHAR
);
COMMENT ON TABLE outcomes IS 'How each candidate of each run ended: exactly one row a candidate and run. Nothing is dropped without a row here.';
COMMENT ON COLUMN outcomes.run_id IS 'The run, see runs.';
COMMENT ON COLUMN outcomes.batch_id IS 'The batch, see batches.';
COMMENT ON COLUMN outcomes.seq IS 'Place in the batch, from 1.';
COMMENT ON COLUMN outcomes.recorded_at IS 'When it was handed to the warehouse.';
COMMENT ON COLUMN outcomes.uri IS 'The candidate: its URL, the URI of its file (a JSON line adds #line=N), or stdin:sha256=...';
COMMENT ON COLUMN outcomes.source_id IS 'The source that led to it.';
COMMENT ON COLUMN outcomes.outcome IS 'stored, updated, unchanged, duplicate, refused or failed.';
COMMENT ON COLUMN outcomes.stage IS 'How far it came: find, load, fetch, extract or store.';
COMMENT ON COLUMN outcomes.reason IS 'Stable lower-case code for refused and failed. NULL for the others.';
COMMENT ON COLUMN outcomes.detail IS 'The same in words, with the remedy. NULL where there is nothing to say.';
COMMENT ON COLUMN outcomes.article_id IS 'The article it became or was found to be; for a duplicate the article that had the words first. NULL for refused and failed.';

CREATE VIEW article_sources AS
  SELECT article_id, source_id, min(recorded_at) AS first_sighting_at, max(recorded_at) AS last_sighting_at, count(*) AS sightings
  FROM outcomes WHERE article_id IS NOT NULL GROUP BY article_id, source_id;
COMMENT ON VIEW article_sources IS 'One row an article and source that led to it, itself or through a duplicate.';
COMMENT ON COLUMN article_sources.article_id IS 'Stable id of the article, see articles.';
COMMENT ON COLUMN article_sources.source_id IS 'The source.';
COMMENT ON COLUMN article_sources.first_sighting_at IS 'When the source first led to it.';
COMMENT ON COLUMN article_sources.last_sighting_at IS 'When the source last led to it.';
COMMENT ON COLUMN article_sources.sightings IS 'How many times it did.';
