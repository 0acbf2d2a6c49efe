-- A copy kept up by `changes` hears of takedowns too. Rows that retention takes out are earlier versions only; a
-- copy may keep them.

CREATE OR REPLACE VIEW changes AS
  SELECT batch_id,
    CASE WHEN NOT is_current THEN 'version' WHEN duplicate_of IS NULL THEN 'article' ELSE 'duplicate' END AS what,
    article_id, version_id, version, duplicate_of
  FROM article_versions
  UNION ALL
  SELECT r.batch_id, 'forgotten', f.article_id, NULL, NULL, NULL
  FROM forgotten f JOIN (SELECT DISTINCT run_id, batch_id FROM removals WHERE cause = 'forgotten') r ON r.run_id = f.run_id;
COMMENT ON VIEW changes IS 'A cursor for incremental loads: after loading up to batch N, the rows WHERE batch_id > N say what to load anew and what to delete. The next N is max(batch_id) of batches.';
COMMENT ON COLUMN changes.batch_id IS 'The batch that last wrote the row, see batches.';
COMMENT ON COLUMN changes.what IS 'article: load its row of articles and its edits anew; duplicate: it is not or no longer in articles, delete it there; version: an earlier version, load its row of article_versions anew (that of an article or duplicate too); forgotten: taken down, delete everything of it.';
COMMENT ON COLUMN changes.article_id IS 'Stable id of the article.';
COMMENT ON COLUMN changes.version_id IS 'Stable id of the version, unique in this view. NULL for what was forgotten.';
COMMENT ON COLUMN changes.version IS 'Number of the version within its article. NULL for what was forgotten.';
COMMENT ON COLUMN changes.duplicate_of IS 'The article whose words a duplicate repeats. NULL for versions of articles that stand in articles, and for what was forgotten.';
