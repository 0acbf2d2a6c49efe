-- What `make run` shows: the articles, and how many lines were cut from each.
SELECT
    CASE WHEN length(a.title) > 60 THEN left(a.title, 59) || '…'
         ELSE coalesce(a.title, '(none) ' || left(a.text, 52) || '…') END AS title,
    a.published,
    a.source_id AS source,
    a.words,
    (SELECT count(*) FROM cuts AS c WHERE c.article_id = a.article_id) AS lines_cut
FROM articles AS a
ORDER BY a.published NULLS LAST, title
