-- The index of `dateline search`: plain tables, which any DuckDB reads without an extension. They stand empty
-- until `dateline maintain` has filled them. Each part of search_postings was written in the order of its terms,
-- so that looking up a term reads a few row groups and numbers pack to a few bits.

CREATE TABLE search_index (
  batch_id BIGINT NOT NULL,
  documents BIGINT NOT NULL,
  mean_length DOUBLE NOT NULL,
  tokenizer INTEGER NOT NULL
);
COMMENT ON TABLE search_index IS 'What the search index covers: one row, or none while there is no index.';
COMMENT ON COLUMN search_index.batch_id IS 'The last batch whose articles are in the index, see batches. Later ones are searched by reading their text.';
COMMENT ON COLUMN search_index.documents IS 'Number of articles in the index.';
COMMENT ON COLUMN search_index.mean_length IS 'Mean of search_documents.length, in terms.';
COMMENT ON COLUMN search_index.tokenizer IS 'Version of the rule that cut texts into terms (docs/search.md); an index of another rule is not used.';

CREATE TABLE search_documents (
  doc_no INTEGER NOT NULL,
  article_id VARCHAR NOT NULL,
  version_no UBIGINT NOT NULL,
  length INTEGER NOT NULL
);
COMMENT ON TABLE search_documents IS 'One row an article in the search index.';
COMMENT ON COLUMN search_documents.doc_no IS 'Its number in this index, from 1. Unique in this table; another after each renewal.';
COMMENT ON COLUMN search_documents.article_id IS 'The article, see articles.';
COMMENT ON COLUMN search_documents.version_no IS 'The version that was indexed, as article_versions.version_no: where the article has another by now, it is searched by reading its text.';
COMMENT ON COLUMN search_documents.length IS 'Number of terms in title and text.';

CREATE TABLE search_terms (
  term VARCHAR NOT NULL,
  term_no INTEGER NOT NULL,
  documents INTEGER NOT NULL
);
COMMENT ON TABLE search_terms IS 'One row a term: a word in lower case without accents, or one character of a script that writes no spaces.';
COMMENT ON COLUMN search_terms.term IS 'The term. Unique in this table.';
COMMENT ON COLUMN search_terms.term_no IS 'Its number in this index, from 1. Unique in this table; another after each renewal.';
COMMENT ON COLUMN search_terms.documents IS 'Number of articles in the index that hold it.';

CREATE TABLE search_postings (
  term_no INTEGER NOT NULL,
  doc_no INTEGER NOT NULL,
  occurrences USMALLINT NOT NULL
);
COMMENT ON TABLE search_postings IS 'One row a term and article that holds it.';
COMMENT ON COLUMN search_postings.term_no IS 'The term, see search_terms.';
COMMENT ON COLUMN search_postings.doc_no IS 'The article, see search_documents.';
COMMENT ON COLUMN search_postings.occurrences IS 'How often it stands in title and text; 65535 where more often.';

CREATE VIEW search_scores AS
  SELECT t.term, d.article_id,
    log10((i.documents - t.documents + 0.5) / (t.documents + 0.5) + 1)
      * (p.occurrences * 2.2) / (p.occurrences + 1.2 * (0.25 + 0.75 * d.length / i.mean_length)) AS score
  FROM search_terms t JOIN search_postings p ON p.term_no = t.term_no
    JOIN search_documents d ON d.doc_no = p.doc_no CROSS JOIN search_index i;
COMMENT ON VIEW search_scores IS 'BM25 for SQL: one row a term and article that holds it; sum the scores of your terms by article. Covers what the index covers, see search_index.';
COMMENT ON COLUMN search_scores.term IS 'The term, in lower case without accents, as in search_terms.';
COMMENT ON COLUMN search_scores.article_id IS 'The article; join articles, which leaves out what is no longer one.';
COMMENT ON COLUMN search_scores.score IS 'BM25 of this term in this article, k1 = 1.2 and b = 0.75, logarithm to base 10: what DuckDB''s fts extension gives.';
