"""Finds articles by their words: BM25 over the index, and over the text of what it does not cover yet."""

# ruff: noqa: S608 - the SQL is put together from this package's own expressions; values are parameters

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from records import UsageError
from warehouse import errors
from warehouse.migrate import check_schema
from warehouse.search_snippet import snippet
from warehouse.search_terms import HEAD_AND_BODY, TOKENIZER, folded, spaced
from warehouse.store import attach_published

_MOST_TERMS = 64

_CHECKED = 100
"""So many texts are read at a time to see whether terms stand together."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are asked for; what is not said holds for all.

    Attributes:
        sources: ids of sources; one that led to the article is enough.
        since: the first publisher's day. An article without a known day is left out by it, and by `until`.
        until: the last publisher's day.
        language: ISO 639-1 code.
    """

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that was found.

    Attributes:
        article_id: its id.
        published: ISO 8601 at the known precision; None where no date is known.
        source_id: the source that first led to it.
        title: None where it has none.
        snippet: its text around the first hit, on one line.
        url: None for a file that names none.
        score: BM25; greater is better.
        found_by: the index, or a scan of the text.
    """

    article_id: str
    published: str | None
    source_id: str
    title: str | None
    snippet: str
    url: str | None
    score: float
    found_by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, the best first, and how.

    Attributes:
        hits: at most as many as were asked for.
        indexed: number of articles in the index; None where there is none to use.
        scanned: number of articles whose text was read, since the index does not cover them.
    """

    hits: tuple[Hit, ...]
    indexed: int | None
    scanned: int


@dataclass(frozen=True, slots=True)
class _Index:
    batch_id: int
    documents: int
    mean_length: float


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: runs of terms that stand together, and the filters' condition on `a` with its values."""

    pieces: tuple[tuple[str, ...], ...]
    condition: str
    values: Mapping[str, object]

    @property
    def terms(self) -> tuple[str, ...]:
        """Each term once."""
        return tuple(dict.fromkeys(term for piece in self.pieces for term in piece))


def search(db: Path, words: str, *, filters: Filters | None = None, limit: int = 20) -> Answer:
    """The articles that hold all of the words, the best match first.

    A word matches whole words, whatever their case and accents. What is written without a space (`e-mail`, a
    name in Chinese) must stand together. Nothing in the words is an operator. Equal scores go by date, the
    newest first, then by id.

    Args:
        db: the published file.
        words: what to look for.
        filters: which articles.
        limit: so many at most.

    Raises:
        UsageError: no word is in `words`, or very many are.
        WarehouseError: the file is not there, cannot be read, or is not Dateline's.
    """
    connection = attach_published(db.resolve(), db)
    try:
        check_schema(connection, db)
        question = _question(_pieces(connection, words), filters or Filters())
        index = _index(connection)
        connection.execute(
            "CREATE TEMP TABLE ranked (article_id VARCHAR, published VARCHAR, score DOUBLE, found_by VARCHAR)"
        )
        if index is not None:
            _rank_indexed(connection, index, question)
        scanned = _rank_scanned(connection, index, question)
        hits = _hits(connection, question.pieces, limit)
    except duckdb.Error as error:
        raise errors.from_duckdb(error, db) from error
    finally:
        connection.close()
    return Answer(hits, index.documents if index else None, scanned)


def _pieces(connection: duckdb.DuckDBPyConnection, words: str) -> tuple[tuple[str, ...], ...]:
    """The terms of each piece between white space, each piece once."""
    wanted = words.encode("utf-8", "replace").decode().replace("\0", " ").split()
    if len(wanted) > _MOST_TERMS:
        raise UsageError(f"more than {_MOST_TERMS} words were given; give those that matter")
    found = [
        connection.execute(f"SELECT {spaced('$word')}", {"word": word}).fetchall()[0][0].split()
        for word in wanted
    ]
    pieces = tuple(dict.fromkeys(tuple(terms) for terms in found if terms))
    if not pieces:
        raise UsageError("there is no word to look for; give one or more, of letters or digits")
    if sum(map(len, pieces)) > _MOST_TERMS:
        raise UsageError(f"more than {_MOST_TERMS} terms were given; give those that matter")
    return pieces


def _index(connection: duckdb.DuckDBPyConnection) -> _Index | None:
    """The index, where the file has one that this program can use."""
    names = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    if "search_index" not in names:  # published by a Dateline that had none
        return None
    found = connection.execute(
        "SELECT batch_id, documents, mean_length FROM search_index WHERE tokenizer = ?", [TOKENIZER]
    ).fetchall()
    return _Index(*found[0]) if found else None


def _question(pieces: tuple[tuple[str, ...], ...], filters: Filters) -> _Question:
    conditions = ["true"]
    values: dict[str, object] = {}
    if filters.sources:
        conditions.append(
            """(a.source_id IN $sources OR a.article_id IN
            (SELECT article_id FROM article_sources WHERE source_id IN $sources))"""
        )
        values["sources"] = list(filters.sources)
    if filters.since is not None:
        conditions.append("a.published_date >= $since")
        values["since"] = filters.since
    if filters.until is not None:
        conditions.append("a.published_date <= $until")
        values["until"] = filters.until
    if filters.language is not None:
        conditions.append("a.language = $language")
        values["language"] = filters.language
    return _Question(pieces, " AND ".join(conditions), values)


def _term_weights(
    connection: duckdb.DuckDBPyConnection, terms: Sequence[str]
) -> dict[str, tuple[int, float]]:
    """Number and weight (the inverse document frequency of BM25) of those terms that the index holds."""
    found = connection.execute(
        """SELECT term, term_no, log10((i.documents - t.documents + 0.5) / (t.documents + 0.5) + 1)
        FROM search_terms t, search_index i WHERE term IN $terms""",
        {"terms": list(terms)},
    ).fetchall()
    return {term: (term_no, weight) for term, term_no, weight in found}


def _rank_indexed(connection: duckdb.DuckDBPyConnection, index: _Index, question: _Question) -> None:
    """Rank what the index knows and what still is as it was indexed."""
    weights = _term_weights(connection, question.terms)
    if len(weights) < len(question.terms):
        return
    # Constants, since the scan passes over row groups by them.
    numbers = ", ".join(str(term_no) for term_no, _ in weights.values())
    weighted = ", ".join(f"({term_no}, {weight!r}::DOUBLE)" for term_no, weight in weights.values())
    connection.execute(
        f"""INSERT INTO ranked
        WITH found AS (
          SELECT d.version_no, sum(t.weight * {_saturated("p.occurrences", "d.length", index)}) AS score
          FROM search_postings p JOIN (VALUES {weighted}) t(term_no, weight) USING (term_no)
            JOIN search_documents d USING (doc_no)
          WHERE p.term_no IN ({numbers}) GROUP BY d.version_no HAVING count(*) = {len(weights)}
        )
        SELECT a.article_id, a.published, found.score, 'index' FROM found
        JOIN article_versions a USING (version_no)
        WHERE a.is_current AND a.duplicate_of IS NULL AND {question.condition}""",
        dict(question.values),
    )


def _rank_scanned(connection: duckdb.DuckDBPyConnection, index: _Index | None, question: _Question) -> int:
    """Rank what the index does not cover, by reading its text; returns how many articles that were."""
    if index is None:
        weights = dict.fromkeys(question.terms, 1.0)
        index = _Index(0, 0, _scalar(connection, "SELECT coalesce(avg(words), 0) FROM articles"))
        condition = question.condition
    else:
        # A term that the index has never seen weighs as much as one can.
        rarest = _scalar(connection, "SELECT log10((documents + 0.5) / 0.5 + 1) FROM search_index")
        known = _term_weights(connection, question.terms)
        weights = {term: known[term][1] if term in known else rarest for term in question.terms}
        condition = f"""{question.condition} AND a.batch_id > {index.batch_id} AND a.version_id NOT IN (
          SELECT printf('%016x', version_no) FROM search_documents)"""
    values = dict(question.values)
    scanned: int = _scalar(connection, f"SELECT count(*) FROM articles a WHERE {condition}", values)
    if not scanned:
        return 0
    names = {term: f"term_{number}" for number, term in enumerate(question.terms)}
    runs = {f"run_{number}": f" {' '.join(piece)} " for number, piece in enumerate(question.pieces)}
    score = " + ".join(
        f"{weights[term]!r}::DOUBLE * "
        + _saturated(f"len(list_filter(terms, lambda each: each = ${name}))", "len(terms)", index)
        for term, name in names.items()
    )
    folded_text = folded(HEAD_AND_BODY)
    connection.execute(
        f"""INSERT INTO ranked
        WITH holding AS MATERIALIZED (
          SELECT a.article_id, a.published, {spaced(HEAD_AND_BODY)} AS said FROM articles a
          WHERE {condition} AND {" AND ".join(f"contains({folded_text}, ${name})" for name in names.values())}
        ), standing AS (
          SELECT article_id, published, string_split(trim(said), ' ') AS terms FROM holding
          WHERE {" AND ".join(f"contains(said, ${run})" for run in runs)}
        )
        SELECT article_id, published, {score}, 'scan' FROM standing""",
        values | {name: term for term, name in names.items()} | runs,
    )
    return scanned


def _saturated(occurrences: str, length: str, index: _Index) -> str:
    """The part of BM25 that counts occurrences, as SQL; k1 = 1.2 and b = 0.75 as in DuckDB's extension."""
    mean = max(float(index.mean_length), 1.0)
    return (
        f"(({occurrences}) * 2.2 / (({occurrences}) + 1.2 * (0.25 + 0.75 * ({length}) / {mean!r}::DOUBLE)))"
    )


def _hits(
    connection: duckdb.DuckDBPyConnection, pieces: Sequence[Sequence[str]], limit: int
) -> tuple[Hit, ...]:
    """The best, once the terms that must stand together are seen to do so in their text."""
    runs = [f" {' '.join(piece)} " for piece in pieces if len(piece) > 1]
    hits: list[Hit] = []
    for chosen in _best(connection, max(limit, _CHECKED) if runs else limit):
        # The index knows nothing of places.
        found = connection.execute(
            f"""SELECT a.article_id, a.published, a.source_id, a.title, a.text, a.url,
              {spaced(HEAD_AND_BODY) if runs else "''"} FROM articles a WHERE a.article_id IN $chosen""",
            {"chosen": list(chosen)},
        ).fetchall()
        rows = {row[0]: row for row in found}
        for article_id, (score, found_by) in chosen.items():
            _, published, source_id, title, text, url, said = rows[article_id]
            if all(run in said for run in runs):
                piece = snippet(text, pieces)
                hits.append(Hit(article_id, published, source_id, title, piece, url, score, found_by))
                if len(hits) == limit:
                    return tuple(hits)
    return tuple(hits)


def _best(connection: duckdb.DuckDBPyConnection, many: int) -> Iterator[dict[str, tuple[float, str]]]:
    """Score and origin of what was ranked, by id, the best first, so many at a time."""
    ranked = connection.execute(
        """SELECT article_id, round(score, 6) AS rounded, found_by FROM ranked
        ORDER BY rounded DESC, published DESC NULLS LAST, article_id"""
    ).fetchall()
    for first in range(0, len(ranked), many):
        yield {article_id: (score, found_by) for article_id, score, found_by in ranked[first : first + many]}


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object] | None = None) -> Any:
    [(found,)] = connection.execute(sql, values or {}).fetchall()
    return found
