"""A second pass when everything is due again: sources alone are asked, and what changed is a version."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from flows.running import Summary
from sources.urls import canonical_url
from tests.flows.fetched_web import Pass, fetch_web, rows
from tests.web.log import Entry
from warehouse.writer import open_writer

pytestmark = pytest.mark.slow

RULES = ("/robots.txt", "/robots-new.txt", "/.well-known/tdmrep.json")
"""What the hosts themselves are asked; the last two by redirect, and for pages."""


@dataclass(frozen=True, slots=True)
class Again:
    """The second pass, over a copy of the first one's database.

    Attributes:
        first: the pass before.
        db: the copy.
        before: all rows of each table as they were.
        summary: of the run.
        log: what was asked.
    """

    first: Pass
    db: Path
    before: dict[str, list[tuple[Any, ...]]]
    summary: Summary
    log: tuple[Entry, ...]

    @property
    def asked(self) -> list[Entry]:
        """What was asked but the rules of hosts."""
        return [entry for entry in self.log if entry.path not in RULES]


TABLES = ("articles", "article_versions", "captures", "duplicates", "cuts", "date_claims", "verdicts")


def everything(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: rows(db, f"FROM {table} ORDER BY ALL") for table in TABLES}


def make_due(db: Path) -> None:
    """As if every source had been silent long enough, and no page that waits."""
    with open_writer(db, program_version="0") as writer:
        connection = writer.store.connection
        connection.execute("UPDATE source_state SET next_poll_at = NULL")
        connection.execute("UPDATE candidates SET next_attempt_at = next_attempt_at + INTERVAL 1 DAY")


@pytest.fixture(scope="module")
def again(first_pass: Pass, tmp_path_factory: pytest.TempPathFactory) -> Again:
    db = first_pass.copy(tmp_path_factory.mktemp("again"))
    make_due(db)
    before = everything(db)
    first_pass.web.log.clear()
    summary, _ = fetch_web(first_pass.web, db)
    return Again(first_pass, db, before, summary, tuple(first_pass.web.log.entries))


@pytest.fixture(scope="module")
def listed(first_pass: Pass) -> set[tuple[str, str]]:
    """Address and path of everything that the first pass asked for as a source or part of one."""
    return {(entry.address, entry.path) for entry in first_pass.log} - _pages(first_pass)


def _pages(done: Pass) -> set[tuple[str, str]]:
    """Address and path of every article and fault."""
    found = set()
    for site in done.web.sites.values():
        urls = [
            *(url for good in site.good for url in (good.url, *good.also)),
            *(fault.url for fault in site.faults),
        ]
        for url in urls:
            path = url.removeprefix(site.place.base).removeprefix(site.place.named)
            found.add((site.place.address, path))
    return found


def test_no_page_is_fetched_again(again: Again):
    pages = _pages(again.first)
    assert [entry for entry in again.asked if (entry.address, entry.path) in pages] == []


def test_only_sources_and_what_they_are_made_of_are_asked(again: Again, listed: set[tuple[str, str]]):
    trap = again.first.web.sites["trap"].place.address
    strange = [
        entry for entry in again.asked if (entry.address, entry.path) not in listed and entry.address != trap
    ]
    assert strange == []


def test_each_source_was_asked_again_unless_its_host_wants_to_be_left_alone(again: Again):
    """What a host asked for in the first run is remembered in the second."""
    left_alone = {host for (host,) in rows(again.first.db, "SELECT host FROM candidates")}
    put_off = "SELECT source_id FROM polls WHERE result = 'put_off'"
    not_now = {source_id for (source_id,) in rows(again.first.db, put_off)} | {
        source.id for source in again.first.web.sources if urlsplit(source.url or "").hostname in left_alone
    }
    polls = dict(rows(again.db, "SELECT source_id, count(*) FROM polls GROUP BY ALL"))
    sources = {source.id for source in again.first.web.sources}
    assert {each for each in sources if polls[each] == 1} <= not_now
    assert {polls[each] for each in sources - not_now} == {2}
    assert len(not_now) < 5


def test_what_had_a_validator_is_asked_on_condition(again: Again):
    """And is answered with 304, unless something is different."""
    states = rows(
        again.first.db,
        """SELECT source_id, etag, last_modified FROM source_state
        WHERE (etag IS NOT NULL OR last_modified IS NOT NULL)""",
    )
    assert len(states) > 8
    urls = {source.id: source.url or "" for source in again.first.web.sources}
    last = """SELECT source_id, result FROM polls
    QUALIFY asked_at = max(asked_at) OVER (PARTITION BY source_id)"""
    answered = dict(rows(again.db, last))
    for source_id, etag, last_modified in states:
        path = "/" + urls[source_id].split("/", 3)[3]
        address = next(
            site.place.address
            for site in again.first.web.sites.values()
            if source_id in {source.id for source in site.sources}
        )
        entries = [each for each in again.asked if (each.address, each.path) == (address, path)]
        assert entries, source_id
        assert entries[0].headers.get("if-none-match") == etag
        assert entries[0].headers.get("if-modified-since") == last_modified
        assert entries[0].status == 304
        assert answered[source_id] == "unchanged"


def test_what_had_none_is_asked_without(again: Again):
    conditional = Counter(
        entry.status for entry in again.asked if {"if-none-match", "if-modified-since"} & set(entry.headers)
    )
    assert set(conditional) == {304}


def test_nothing_has_changed_is_no_work(again: Again):
    """No capture, no version, no claim is written; outcomes are of what lists are wrong about alone."""
    assert everything(again.db) == again.before
    assert {kind for kind, number in again.summary.counts.items() if number} <= {"failed"}
    uris = rows(
        again.db,
        "SELECT uri FROM outcomes WHERE run_id = (SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 1)",
    )
    urls = tuple(source.url or "-" for source in again.first.web.sources)
    assert all(uri.startswith(urls) for (uri,) in uris)


def test_the_second_pass_is_polite(again: Again):
    web = again.first.web
    now, web.log.entries = web.log.entries, list(again.log)
    try:
        assert web.impolite() == []
    finally:
        web.log.entries = now


def test_what_waits_goes_on_waiting(again: Again):
    query = "SELECT uri, attempts, problem FROM candidates ORDER BY uri"
    assert rows(again.db, query) == rows(again.first.db, query)


def test_both_sources_of_an_article_stay_its_sources(again: Again):
    query = "SELECT article_id, source_id FROM article_sources ORDER BY ALL"
    assert rows(again.db, query) == rows(again.first.db, query)


def test_an_article_that_its_feed_says_has_changed_becomes_a_second_version(again: Again, tmp_path: Path):
    done = Pass(again.first.web, again.db, again.summary, again.log, again.first.heard)
    db = done.copy(tmp_path / "edited")
    make_due(db)
    web = again.first.web
    site = web.sites["atom"]
    assert site.edit
    changed = site.edit()
    web.log.clear()
    summary, _ = fetch_web(web, db, sources=site.sources)
    assert {kind: number for kind, number in summary.counts.items() if number} == {"updated": 1}
    path = changed.url.removeprefix(site.place.base)
    asked = [entry.path for entry in web.log.entries if entry.path not in RULES]
    assert asked == ["/atom.xml", path]
    versions = rows(
        db,
        f"""SELECT version, is_current, title FROM article_versions
        WHERE article_key = '{canonical_url(changed.url)}' ORDER BY version""",
    )
    assert versions == [(1, False, changed.title), (2, True, changed.title)]
    others = f"FROM article_versions WHERE article_key <> '{canonical_url(changed.url)}' ORDER BY ALL"
    assert rows(db, others) == rows(again.db, others)
    # A third time there is nothing to do.
    make_due(db)
    web.log.clear()
    summary, _ = fetch_web(web, db, sources=site.sources)
    assert not sum(summary.counts.values())
    assert [(entry.path, entry.status) for entry in web.log.entries if entry.path not in RULES] == [
        ("/atom.xml", 304)
    ]


def test_without_anything_due_nobody_is_asked(again: Again, tmp_path: Path):
    done = Pass(again.first.web, again.db, again.summary, again.log, again.first.heard)
    db = done.copy(tmp_path / "at-once")
    again.first.web.log.clear()
    summary, _ = fetch_web(again.first.web, db)
    assert again.first.web.log.entries == []
    assert not sum(summary.counts.values())
    assert summary.all_well
