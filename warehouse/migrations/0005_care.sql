-- What was taken out on purpose, so that the ledger still adds up and a takedown stays one.

CREATE TABLE forgotten (
  article_id VARCHAR NOT NULL,
  article_key VARCHAR NOT NULL,
  addresses VARCHAR[] NOT NULL,
  content_sha256 VARCHAR[] NOT NULL,
  reason VARCHAR NOT NULL,
  forgotten_at TIMESTAMPTZ NOT NULL,
  run_id VARCHAR NOT NULL
);
COMMENT ON TABLE forgotten IS 'One row an article that was taken down with `dateline forget`: nothing of its words is kept, and it is not ingested again.';
COMMENT ON COLUMN forgotten.article_id IS 'Stable id (a hash of article_key) that the article had, see articles. Unique in this table.';
COMMENT ON COLUMN forgotten.article_key IS 'What the article was known by: its canonical URL, else the URI of its file.';
COMMENT ON COLUMN forgotten.addresses IS 'Every address and file URI that led to it, article_key among them; none of them is fetched or read again.';
COMMENT ON COLUMN forgotten.content_sha256 IS 'SHA-256, hexadecimal, of the bytes of each of its captures, so that the same bytes are refused under any name.';
COMMENT ON COLUMN forgotten.reason IS 'Why, as it was given. Empty where no reason was given.';
COMMENT ON COLUMN forgotten.forgotten_at IS 'When it was taken down.';
COMMENT ON COLUMN forgotten.run_id IS 'The run that took it down, see runs.';

CREATE TABLE removals (
  run_id VARCHAR NOT NULL,
  batch_id BIGINT NOT NULL,
  removed_at TIMESTAMPTZ NOT NULL,
  cause VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  versions BIGINT NOT NULL,
  captures BIGINT NOT NULL,
  outcomes BIGINT NOT NULL
);
COMMENT ON TABLE removals IS 'One row a time that rows were taken out on purpose: by a rule of `dateline maintain --keep`, or by `dateline forget`.';
COMMENT ON COLUMN removals.run_id IS 'The run that did it, see runs.';
COMMENT ON COLUMN removals.batch_id IS 'Its row in the ledger, where the rows that left count as negative, see batches.';
COMMENT ON COLUMN removals.removed_at IS 'When.';
COMMENT ON COLUMN removals.cause IS 'retention or forgotten.';
COMMENT ON COLUMN removals.rule IS 'The rules of retention as they were given. Empty for an article that was forgotten.';
COMMENT ON COLUMN removals.versions IS 'Rows that left article_versions.';
COMMENT ON COLUMN removals.captures IS 'Rows that left captures.';
COMMENT ON COLUMN removals.outcomes IS 'Rows that left outcomes. The sum of items over all batches is the rows of outcomes and this, summed.';
