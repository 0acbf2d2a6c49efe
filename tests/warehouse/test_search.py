"""Searching: what is found, in which order, and how; with an index, without one, and between the two."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from records import Article, Candidate, Capture, Extracted, UsageError, WarehouseError
from warehouse.search import Answer, Filters, search
from warehouse.search_build import build_index
from warehouse.writer import Writer, open_writer

NOW = datetime(2025, 11, 5, tzinfo=UTC)


def made(name: str, text: str, *, title: str | None = None, source_id: str = "paper", **article) -> Extracted:
    """An article whose id nobody cares about; its key is its name."""
    return Extracted(
        capture=Capture(
            candidate=Candidate(uri=name, source_id=source_id),
            content=f"{name} {text}".encode(),
            content_sha256=f"{hash((name, text)) & 0xFFFFFFFF:064x}",
        ),
        article=Article(text=text, title=title or name, **article),
        key=name,
        extractor_version="1",
    )


def day(text: str) -> dict[str, Any]:
    return {"published": text, "published_date": date.fromisoformat(text), "published_precision": "day"}


FLOOD = made(
    "flood",
    "The river broke its banks.\n\nA flood in the valley, the worst flood in years.",
    **day("2025-11-04"),
)
BRIEF = made(
    "brief", "A flood was expected; none came to the town after all.", **day("2025-11-01"), language="en"
)
PARTY = made("party", "The flooded party met. Arts are not art's party.")
FRENCH = made(
    "french",
    "L'élection présidentielle à Besançon, où l'été finit.",
    language="fr",
    source_id="journal",
    **day("2025-10-01"),
)
CHINESE = made("chinese", "今天東京有大雨。京東公司在市中心。", language="zh")
SWAPPED = made("swapped", "京東公司在今天。東方有雨。", language="zh")
MAIL = made("mail", "She sent an e-mail to the mayor. The mayor's mail, e for electronic.")
APART = made("apart", "The mail came late; vitamin e was in it.")
ALL = (FLOOD, BRIEF, PARTY, FRENCH, CHINESE, SWAPPED, MAIL, APART)


def write(writer: Writer, *items: Extracted, at: datetime = NOW) -> None:
    run_id = writer.start_run(command="ingest", arguments={}, started_at=at, program_version="0")
    writer.write(run_id, items, at=at)
    writer.finish_run(run_id, finished_at=at, status="completed", passed_over=0)


@pytest.fixture(scope="module", params=["index", "no index", "half an index"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every article, three ways: all of them indexed, none of them, and some newer than the index."""
    db = tmp_path_factory.mktemp("written") / "news.duckdb"
    with open_writer(db) as writer:
        if request.param == "half an index":
            write(writer, *ALL[::2])
            build_index(writer.store.connection)
            write(writer, *ALL[1::2])
        else:
            write(writer, *ALL)
        if request.param == "index":
            build_index(writer.store.connection, part_rows=3)
        writer.publish()
    return db


@pytest.fixture
def stored(written: Path, db: Path) -> Path:
    """The same, for one test alone: writing it takes much longer than a copy."""
    shutil.copytree(written.parent, db.parent, dirs_exist_ok=True)
    return db


def names(answer: Answer) -> list[str | None]:
    return [hit.title for hit in answer.hits]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("flood", {"flood", "brief"}),
        ("FLOOD", {"flood", "brief"}),
        ("flood valley", {"flood"}),
        ("flood nowhere", set()),
        ("flo", set()),
        ("art", {"party"}),
        ("election", {"french"}),
        ("ÉLECTION BESANCON", {"french"}),
        ("l'élection", {"french"}),
        ("e\u0301te\u0301", {"french"}),
        ("東京", {"chinese"}),
        ("京東", {"chinese", "swapped"}),
        ("今天 東京", {"chinese"}),
        ("mail", {"mail", "apart"}),
        ("e-mail", {"mail"}),
        ("e mail", {"mail", "apart"}),
        ('"flood" valley!', {"flood"}),
        ("flood OR election", set()),
        ("flood' OR 1=1 --", set()),
        ("'; DROP TABLE article_versions; --", set()),
        ("flood% _lood", set()),
        ("\udcff flood", {"flood", "brief"}),
        ("flood\0", {"flood", "brief"}),
    ],
)
def test_articles_are_found_by_all_of_the_words(stored: Path, words: str, found: set[str]):
    assert set(names(search(stored, words))) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {"flood", "brief"}),
        (Filters(since=date(2025, 11, 2)), {"flood"}),
        (Filters(since=date(2025, 11, 1), until=date(2025, 11, 1)), {"brief"}),
        (Filters(language="en"), {"brief"}),
        (Filters(sources=("paper", "x'y")), {"flood", "brief"}),
        (Filters(sources=("journal",)), set()),
    ],
)
def test_filters_narrow_what_is_found(stored: Path, filters: Filters, found: set[str]):
    assert set(names(search(stored, "flood", filters=filters))) == found


def test_an_article_without_a_day_is_found_unless_days_are_asked_for(stored: Path):
    assert names(search(stored, "mayor")) == ["mail"]
    assert names(search(stored, "mayor", filters=Filters(until=date(2030, 1, 1)))) == []


def test_more_of_the_word_in_fewer_words_comes_first(stored: Path):
    hits = search(stored, "flood").hits
    assert [hit.title for hit in hits] == ["flood", "brief"]
    assert hits[0].score > hits[1].score > 0
    assert names(search(stored, "flood", limit=1)) == ["flood"]


def test_any_source_that_led_to_an_article_finds_it(db: Path):
    with open_writer(db) as writer:
        write(writer, FLOOD)
        write(writer, made("flood", FLOOD.article.text, source_id="agency", **day("2025-11-04")))
        writer.publish()
    assert [hit.source_id for hit in search(db, "flood", filters=Filters(sources=("agency",))).hits] == [
        "paper"
    ]


def test_how_it_was_found_is_said(db: Path):
    with open_writer(db) as writer:
        write(writer, FLOOD, PARTY)
        writer.publish()
        answer = search(db, "flood")
        assert (answer.indexed, answer.scanned, answer.hits[0].found_by) == (None, 2, "scan")
        build_index(writer.store.connection)
        write(writer, BRIEF, at=NOW + timedelta(hours=1))
        writer.publish()
    answer = search(db, "flood")
    assert (answer.indexed, answer.scanned) == (2, 1)
    assert {hit.title: hit.found_by for hit in answer.hits} == {"flood": "index", "brief": "scan"}


def test_an_index_that_is_new_is_published_although_nothing_was_stored(db: Path):
    with open_writer(db) as writer:
        write(writer, FLOOD)
        writer.publish()
        build_index(writer.store.connection)
        writer.publish()
    assert search(db, "flood").indexed == 1


def test_what_changed_since_the_index_was_made_is_found_as_it_is_now(db: Path):
    with open_writer(db) as writer:
        write(writer, FLOOD, BRIEF)
        build_index(writer.store.connection)
        write(writer, made("flood", "Nothing but a drought."), at=NOW + timedelta(hours=1))
        writer.publish()
    assert set(names(search(db, "flood"))) == {"brief", "flood"}  # the latter by its title alone
    assert names(search(db, "flood banks")) == []
    assert [hit.found_by for hit in search(db, "drought").hits] == ["scan"]


def test_an_index_made_again_holds_nothing_of_the_old_one(db: Path):
    with open_writer(db) as writer:
        connection = writer.store.connection
        write(writer, FLOOD)
        build_index(connection)
        write(writer, made("flood", "Nothing but a drought.", title="Dry"), at=NOW + timedelta(hours=1))
        build_index(connection)
        assert connection.execute("SELECT term FROM search_terms ORDER BY ALL").fetchall() == [
            ("a",),
            ("but",),
            ("drought",),
            ("dry",),
            ("nothing",),
        ]
        assert connection.execute("SELECT documents, mean_length FROM search_index").fetchall() == [(1, 5.0)]


def test_an_index_that_cannot_be_made_leaves_the_old_one(db: Path):
    with open_writer(db) as writer:
        connection = writer.store.connection
        write(writer, FLOOD)
        build_index(connection)
        before = connection.execute("FROM search_postings ORDER BY ALL").fetchall()
        connection.execute("ALTER TABLE search_documents ADD COLUMN more INTEGER")
        with pytest.raises(duckdb.Error):
            build_index(connection)
        assert connection.execute("FROM search_postings ORDER BY ALL").fetchall() == before


def test_an_empty_database_has_an_index_and_no_hits(db: Path):
    with open_writer(db) as writer:
        build_index(writer.store.connection)
        writer.publish()
    answer = search(db, "flood")
    assert (answer.hits, answer.indexed, answer.scanned) == ((), 0, 0)


def test_scores_are_those_of_duckdbs_own_extension(db: Path):
    package = pytest.importorskip("duckdb_extension_fts", reason="the fts extension is not installed")
    extension = next(Path(package.__path__[0]).rglob(f"v{duckdb.__version__}/fts.duckdb_extension"), None)
    if extension is None:
        pytest.skip("there is no fts extension for this DuckDB")
    with open_writer(db) as writer:
        connection = writer.store.connection
        write(writer, *(item for item in ALL if item.article.language != "zh"))
        build_index(connection)
        connection.execute(f"LOAD '{extension}'")
        connection.execute(
            r"""PRAGMA create_fts_index('article_versions', 'article_id', 'title', 'text', stemmer = 'none',
            stopwords = 'none', ignore = '[^\p{L}\p{N}\p{M}]+')"""
        )
        for words in ("flood", "the", "e mail", "the flood"):
            theirs = connection.execute(
                """SELECT article_id, fts_main_article_versions.match_bm25(article_id, ?, conjunctive := 1)
                AS score FROM articles WHERE score IS NOT NULL ORDER BY ALL""",
                [words],
            ).fetchall()
            ours = connection.execute(
                """SELECT article_id, sum(score) FROM search_scores WHERE term IN $terms GROUP BY ALL
                HAVING count(*) = len($terms) ORDER BY ALL""",
                {"terms": words.split()},
            ).fetchall()
            assert theirs
            assert [row[0] for row in ours] == [row[0] for row in theirs]
            assert [row[1] for row in ours] == pytest.approx([row[1] for row in theirs])


@pytest.mark.parametrize("words", ["", "  ", "!?", "\0", "-- '"])
def test_words_without_a_word_are_refused(stored: Path, words: str):
    with pytest.raises(UsageError, match="no word to look for"):
        search(stored, words)


def test_very_many_words_are_refused(stored: Path):
    with pytest.raises(UsageError, match="more than 64"):
        search(stored, " ".join(map(str, range(65))))
    with pytest.raises(UsageError, match="more than 64"):
        search(stored, "-".join(map(str, range(65))))


def test_a_database_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(WarehouseError, match="no database"):
        search(tmp_path / "absent.duckdb", "flood")


def test_a_file_of_the_first_schema_is_searched_by_its_text(db: Path):
    first = Path("warehouse/migrations/0001_initial.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(db)) as connection:
        connection.execute(
            "CREATE TABLE schema_migrations (version INTEGER, name VARCHAR, program_version VARCHAR)"
        )
        connection.execute("INSERT INTO schema_migrations VALUES (1, 'initial', '0')")
        connection.execute(first)
        connection.execute(
            """INSERT INTO articles BY NAME SELECT 'a' AS article_id, 'p' AS source_id, 'A flood.' AS text,
            []::VARCHAR[] AS authors, now() AS first_seen_at, now() AS last_seen_at, 2 AS words, 1 AS version,
            1 AS versions, '' AS text_sha256, '' AS capture_id, '' AS extractor_version, '' AS article_key,
            '' AS version_id, now() AS captured_at, now() AS extracted_at, 1 AS batch_id"""
        )
    answer = search(db, "flood")
    assert (names(answer), answer.indexed, answer.scanned) == ([None], None, 1)


def test_a_published_file_with_an_index_is_read_without_any_extension(stored: Path):
    with duckdb.connect(str(stored), read_only=True) as connection:
        for (name,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall():
            connection.execute(f'SELECT * FROM "{name}"').fetchall()
        connection.execute("FROM search_scores").fetchall()
        extensions = "SELECT extension_name FROM duckdb_extensions() WHERE loaded AND extension_name = 'fts'"
        assert connection.execute(extensions).fetchall() == []
