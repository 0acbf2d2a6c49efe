"""Deciding: what a batch changes, and that neither order nor batches leave a trace."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Article, Candidate, Capture, Extracted, Outcome
from warehouse import identity
from warehouse.decide import decide, order_of_currency, order_of_versions, reading_of
from warehouse.model import Reading, State, StoredArticle, StoredCapture, Version, VersionRow

START = datetime(2025, 11, 4, 10, 0, tzinfo=UTC)
Make = Callable[..., Extracted]


@dataclass
class Tables:
    """A warehouse in dictionaries: carries plans out as the store does."""

    rows: dict[str, VersionRow] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    captures: dict[str, StoredCapture] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    added: list[int] = field(default_factory=lambda: [0, 0, 0])

    def write(self, items: Sequence[Extracted], *, started: datetime = START) -> list[Outcome]:
        readings = [reading_of(n, item, run_started_at=started) for n, item in enumerate(items)]
        plan = decide(self.state(), readings)
        for row in plan.rows:
            self.rows[row.version.version_id] = row
            if row.content is not None:
                self.held[row.version.version_id] = row.content.capture_id
        for reading in plan.captures:
            item = reading.item
            self.captures[reading.capture_id] = StoredCapture(
                reading.capture_id, reading.version_id, item.extractor_version
            )
            self.latest[item.capture.candidate.uri] = reading.capture_id
        gains = (plan.articles_added, plan.versions_added, plan.captures_added)
        self.added = [sum(pair) for pair in zip(self.added, gains, strict=True)]
        return list(plan.outcomes)

    def state(self) -> State:
        articles: dict[str, list[VersionRow]] = {}
        for row in self.rows.values():
            articles.setdefault(row.version.article_id, []).append(row)
        return State(
            articles={
                article_id: StoredArticle(
                    article_id=article_id,
                    source_id=rows[0].source_id,
                    duplicate_of=rows[0].duplicate_of,
                    versions=tuple(row.version for row in rows),
                    numbers={row.version.version_id: row.number for row in rows},
                    current=next(row.version.version_id for row in rows if row.current),
                )
                for article_id, rows in articles.items()
            },
            captures=self.captures,
            latest=self.latest,
        )

    def shown(self) -> dict[str, VersionRow]:
        return {row.version.article_key: row for row in self.rows.values() if row.shown}

    def facts(self) -> dict[str, Any]:
        return {
            version_id: (
                row.version,
                row.number,
                row.current,
                row.shown,
                row.duplicate_of,
                row.source_id,
                row.first_seen_at,
                row.versions,
                self.held[version_id],
            )
            for version_id, row in self.rows.items()
        }


def kinds(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.outcome for outcome in outcomes]


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_a_new_article_is_stored_and_the_same_words_again_are_unchanged(extracted: Make):
    tables = Tables()
    assert kinds(tables.write([extracted("a")])) == ["stored"]
    before = tables.facts()
    assert kinds(tables.write([extracted("a")], started=later(1))) == ["unchanged"]
    assert tables.facts() == before


@pytest.mark.parametrize(
    "change",
    [
        {"text": "two"},
        {"title": "Another title"},
        {"published": "2025-11-05"},
        {"authors": ("B. Writer",)},
        {"language": "fr"},
    ],
    ids=str,
)
def test_changed_words_title_date_authors_or_language_make_a_version(extracted: Make, change: dict[str, Any]):
    tables = Tables()
    tables.write([extracted("a")])
    assert kinds(tables.write([extracted("a", **{"uri": "a2", **change})], started=later(1))) == ["updated"]
    row = tables.shown()["a"]
    assert (row.number, row.versions) == (2, 2)


@pytest.mark.parametrize("change", [{"cuts": ()}, {"date_claims": ()}, {"title": " A  title"}], ids=str)
def test_white_space_cuts_and_claims_make_none(extracted: Make, change: dict[str, Any]):
    tables = Tables()
    tables.write([extracted("a")])
    assert kinds(tables.write([extracted("a", **change)], started=later(1))) == ["unchanged"]
    assert tables.shown()["a"].versions == 1


def test_the_same_text_under_another_key_is_a_duplicate_of_the_first(extracted: Make):
    tables = Tables()
    tables.write([extracted("z")])
    [outcome] = tables.write([extracted("a")], started=later(1))
    assert (outcome.outcome, outcome.article_id) == ("duplicate", identity.article_id("z"))
    assert outcome.detail == "the same text as z"
    assert list(tables.shown()) == ["z"]
    assert kinds(tables.write([extracted("a")], started=later(2))) == ["duplicate"]


def test_within_a_batch_the_first_by_time_then_key_is_stored(extracted: Make):
    tables = Tables()
    outcomes = tables.write([extracted("b"), extracted("a"), extracted("c", fetched_at=later(-5))])
    assert kinds(outcomes) == ["duplicate", "duplicate", "stored"]
    assert {outcome.article_id for outcome in outcomes} == {identity.article_id("c")}


def test_one_article_twice_in_a_batch_is_stored_once(extracted: Make):
    tables = Tables()
    assert kinds(tables.write([extracted("a", uri="x"), extracted("a", uri="y")])) == ["stored", "unchanged"]


def test_a_capture_of_earlier_date_that_comes_later_takes_the_articles_place(extracted: Make):
    tables = Tables()
    tables.write([extracted("z", fetched_at=later(5))])
    [outcome] = tables.write([extracted("a", fetched_at=later(0))])
    assert (outcome.outcome, outcome.article_id) == ("duplicate", identity.article_id("a"))
    assert list(tables.shown()) == ["a"]
    assert tables.added[0] == 1


def test_a_duplicate_that_says_something_of_its_own_becomes_an_article(extracted: Make):
    tables = Tables()
    tables.write([extracted("a"), extracted("b")])
    assert kinds(tables.write([extracted("b", "two")], started=later(1))) == ["stored"]
    assert sorted(tables.shown()) == ["a", "b"]
    assert tables.shown()["b"].number == 2


def test_a_copy_that_follows_each_change_of_the_first_stays_a_duplicate(extracted: Make):
    tables = Tables()
    tables.write([extracted("a"), extracted("b")])
    tables.write([extracted("a", "two")], started=later(1))
    assert kinds(tables.write([extracted("b", "two")], started=later(2))) == ["duplicate"]
    assert list(tables.shown()) == ["a"]


def test_two_articles_that_end_as_the_same_notice_both_stay(extracted: Make):
    tables = Tables()
    tables.write([extracted("a", "one"), extracted("b", "two")])
    gone = [extracted("a", "gone"), extracted("b", "gone")]
    assert kinds(tables.write(gone, started=later(1))) == ["updated", "updated"]
    assert sorted(tables.shown()) == ["a", "b"]


def test_a_few_words_are_the_same_article_only_under_the_same_title(extracted: Make):
    tables = Tables()
    short = "Watch the video above."
    items = [
        _with_text(extracted(key, title=title), short) for key, title in (("a", "A"), ("b", "B"), ("c", "A"))
    ]
    assert kinds(tables.write(items)) == ["stored", "stored", "duplicate"]


def test_words_that_come_back_are_current_again_under_their_old_number(extracted: Make):
    tables = Tables()
    for minute, text in enumerate(["one", "two", "one"]):
        tables.write([extracted("a", text)], started=later(minute))
    row = tables.shown()["a"]
    assert (row.number, row.versions, row.version.last_seen_at) == (1, 2, later(2))


def test_versions_are_numbered_by_capture_time_not_by_arrival(extracted: Make):
    tables = Tables()
    tables.write([extracted("a", "three", fetched_at=later(3))])
    assert kinds(tables.write([extracted("a", "one", fetched_at=later(1))])) == ["updated"]
    tables.write([extracted("a", "two", fetched_at=later(2))])
    assert sorted((row.number, row.version.captured_at, row.shown) for row in tables.rows.values()) == [
        (1, later(1), False),
        (2, later(2), False),
        (3, later(3), True),
    ]


def test_another_extractor_on_the_same_capture_adds_a_version_only_where_it_reads_otherwise(extracted: Make):
    tables = Tables()
    tables.write([extracted("a", fetched_at=START)])
    same = extracted("a", fetched_at=START, extractor_version="2")
    assert kinds(tables.write([same], started=later(1))) == ["unchanged"]
    assert tables.captures[next(iter(tables.captures))].extractor_version == "2"
    shorter = _with_text(extracted("a", fetched_at=START, extractor_version="3"), "Shorter. " * 30)
    assert kinds(tables.write([shorter], started=later(2))) == ["updated"]
    assert tables.shown()["a"].number == 2


def _with_text(item: Extracted, text: str) -> Extracted:
    article = Article(text=text, title=item.article.title)
    return Extracted(item.capture, article, item.key, item.extractor_version)


# --- properties -------------------------------------------------------------------------------------------


def _item(key: str, text: str, title: str, uri: str, minute: int | None) -> Extracted:
    fetched_at = None if minute is None else later(minute)
    body = f"{text} " * 30
    candidate = Candidate(uri=uri, source_id=f"source of {uri}")
    capture = Capture(candidate, b"", content_sha256=f"{key}{text}{title}", fetched_at=fetched_at)
    return Extracted(capture, Article(text=body, title=title), key, "1")


items_of_one_run = st.lists(
    st.builds(
        _item,
        key=st.sampled_from("abcd"),
        text=st.sampled_from(["one", "two", "three"]),
        title=st.sampled_from("TU"),
        uri=st.sampled_from("uvw"),
        minute=st.one_of(st.none(), st.integers(-2, 2)),
    ),
    max_size=9,
)


def cut_up(items: list[Extracted], cuts: list[int]) -> list[list[Extracted]]:
    edges = sorted({0, len(items), *(cut % (len(items) + 1) for cut in cuts)})
    return [items[start:end] for start, end in itertools.pairwise(edges)]


@settings(max_examples=400, deadline=None)
@given(items_of_one_run, st.randoms(use_true_random=False), st.lists(st.integers(0, 9), max_size=4))
def test_order_and_batches_leave_no_trace(items, random, cuts):
    once, other = Tables(), Tables()
    once.write(items)
    shuffled = list(items)
    random.shuffle(shuffled)
    for batch in cut_up(shuffled, cuts):
        other.write(batch)
    assert other.facts() == once.facts()
    assert other.added == once.added


@settings(max_examples=200, deadline=None)
@given(items_of_one_run, st.lists(st.integers(0, 9), max_size=4))
def test_a_retry_changes_nothing(items, cuts):
    tables = Tables()
    for batch in cut_up(items, cuts):
        tables.write(batch)
        before = tables.facts()
        tables.write(batch)
        assert tables.facts() == before


@settings(max_examples=200, deadline=None)
@given(items_of_one_run, st.lists(st.integers(0, 9), max_size=4))
def test_every_item_has_its_outcome_and_the_ledger_says_what_was_gained(items, cuts):
    tables = Tables()
    outcomes = [outcome for batch in cut_up(items, cuts) for outcome in tables.write(batch)]
    assert [outcome.uri for outcome in outcomes] == [item.capture.candidate.uri for item in items]
    assert [len(tables.shown()), len(tables.rows), len(tables.captures)] == tables.added


@settings(max_examples=200, deadline=None)
@given(items_of_one_run)
def test_captured_one_after_the_other_as_many_are_stored_as_there_are_articles(items):
    tables = Tables()
    in_time = [
        _item(
            item.key,
            item.article.text.split()[0],
            str(item.article.title),
            item.capture.candidate.uri,
            minute,
        )
        for minute, item in enumerate(items)
    ]
    outcomes = [outcome for item in in_time for outcome in tables.write([item])]
    assert kinds(outcomes).count("stored") == len(tables.shown())


@given(st.permutations("abcdef"), st.lists(st.integers(0, 9), max_size=4))
def test_of_copies_of_one_text_exactly_one_is_stored(keys, cuts):
    tables = Tables()
    batches = cut_up([_item(key, "one", "T", key, None) for key in keys], cuts)
    outcomes = [outcome for batch in batches for outcome in tables.write(batch)]
    assert sorted(kinds(outcomes)) == ["duplicate"] * 5 + ["stored"]
    assert list(tables.shown()) == ["a"]


@settings(max_examples=300, deadline=None)
@given(items_of_one_run)
def test_the_tables_are_what_the_rules_say_of_the_input_as_a_whole(items):
    tables = Tables()
    for item in items:
        tables.write([item])
    assert {key: value[:7] for key, value in tables.facts().items()} == _by_the_rules(items)


def _by_the_rules(items: Sequence[Extracted]) -> dict[str, Any]:
    """The same tables from the definitions, without any state."""
    readings = [reading_of(n, item, run_started_at=START) for n, item in enumerate(items)]
    versions = {
        version_id: _version([reading for reading in readings if reading.version_id == version_id])
        for version_id in {reading.version_id for reading in readings}
    }
    of_article: dict[str, list[Version]] = {}
    for version in versions.values():
        of_article.setdefault(version.article_id, []).append(version)
    had = {
        article_id: {
            text: min(version.captured_at for version in kept if version.text_key == text)
            for text in {version.text_key for version in kept}
        }
        for article_id, kept in of_article.items()
    }

    def rank(article_id: str, text: int) -> tuple[datetime, str]:
        return had[article_id][text], of_article[article_id][0].article_key

    def had_all_before(one: str, other: str) -> bool:
        return all(text in had[one] and rank(one, text) < rank(other, text) for text in had[other])

    facts: dict[str, Any] = {}
    for article_id, kept in of_article.items():
        first_text = min((at, text) for text, at in had[article_id].items())[1]
        before = [other for other in of_article if had_all_before(other, article_id)]
        original = min(((rank(other, first_text), other) for other in before), default=(None, None))[1]
        current = max(kept, key=order_of_currency)
        first = min(
            (reading for reading in readings if reading.article_id == article_id),
            key=lambda reading: (reading.captured_at, reading.capture_id),
        )
        for number, version in enumerate(sorted(kept, key=order_of_versions), start=1):
            shown = version == current and original is None
            facts[version.version_id] = (
                version,
                number,
                version == current,
                shown,
                original,
                first.item.capture.candidate.source_id,
                first.captured_at if shown else None,
            )
    return facts


def _version(readings: Sequence[Reading]) -> Version:
    first = min(readings, key=lambda reading: (reading.captured_at, reading.capture_id))
    return Version(
        article_id=first.article_id,
        article_key=first.item.key,
        version_id=first.version_id,
        text_key=first.text_key,
        words=first.words,
        capture_id=first.capture_id,
        captured_at=first.captured_at,
        last_seen_at=max(reading.captured_at for reading in readings),
        extracted_at=START,
    )
