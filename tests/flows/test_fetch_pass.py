"""One pass over a web of good, odd, broken and hostile sites: the good is stored, and nobody is harmed."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows.reextract import reextract
from sources.archive import Place, read
from sources.urls import canonical_url
from tests.flows.conftest import Dateline
from tests.flows.fetched_web import Pass, rows
from tests.web import faults, lists, sites, walls, wire_faults
from tests.web.server import Unavailable
from tests.web.world import LocalWeb, local_web
from warehouse.places import archive_of
from warehouse.writer import open_writer

pytestmark = pytest.mark.slow

MEMORY_MB = 400
"""Of the process that fetches and stores."""

READERS_MB = 300
"""Of its readers together, what they share counted once: parsers, tables and the model of languages."""

OVERHEAD_S = 30.0
"""How much longer than the slowest polite visitor of one host a pass may take."""

LONGEST_WAIT_S = 10.0
"""A longer Retry-After is for a later run."""

OUTCOMES = "SELECT uri, outcome, reason FROM outcomes"
ARTICLES = "SELECT coalesce(canonical_url, url), title FROM articles"


def test_every_good_article_is_stored_once_and_nothing_that_is_none(first_pass: Pass):
    assert first_pass.web.wrong_articles(rows(first_pass.db, ARTICLES)) == []


def test_every_page_ends_as_it_has_to(first_pass: Pass):
    assert first_pass.web.wrong_outcomes(rows(first_pass.db, OUTCOMES)) == []


def test_nothing_impolite_was_asked(first_pass: Pass):
    """No host saw two requests at once or inside its delay, and nothing disallowed."""
    log = first_pass.web.log
    entries, log.entries = log.entries, list(first_pass.log)
    try:
        assert first_pass.web.impolite() == []
    finally:
        log.entries = entries


def test_what_waits_is_only_what_may(first_pass: Pass):
    waiting = {uri for (uri,) in rows(first_pass.db, "SELECT uri FROM candidates")}
    assert waiting <= {canonical_url(fault.url) for fault in first_pass.web.faults if fault.waits}
    ended = {uri for (uri,) in rows(first_pass.db, "SELECT uri FROM outcomes")}
    assert waiting & ended == set()
    told = "SELECT uri FROM candidates WHERE next_attempt_at IS NULL OR problem IS NULL OR attempts = 0"
    assert rows(first_pass.db, told) == []


def test_the_broken_sources_are_unread_and_no_others(first_pass: Pass):
    broken = set(first_pass.web.broken_sources)
    unread = set(first_pass.summary.unread)
    failed = {name for (name,) in rows(first_pass.db, "SELECT source_id FROM polls WHERE result = 'failed'")}
    assert unread == failed
    assert unread <= broken
    # The rest of the broken ones asked to be left alone, named something before they broke off, or nothing.
    silent = "SELECT source_id FROM polls WHERE result = 'answered' AND found = 0"
    trap = {source.id for source in first_pass.web.sites["trap"].sources}
    assert {name for (name,) in rows(first_pass.db, silent)} <= trap
    left_alone = "SELECT source_id FROM polls WHERE result = 'put_off'"
    robots_500 = {source.id for source in first_pass.web.sites["robots_500"].sources}
    assert {name for (name,) in rows(first_pass.db, left_alone)} == robots_500
    for each in unread:
        assert any(line.startswith(f"source {each} could not be read: ") for line in first_pass.heard.said)


def test_every_source_was_asked_once_and_knows_when_it_is_asked_again(first_pass: Pass):
    asked = dict(rows(first_pass.db, "SELECT source_id, count(*) FROM polls GROUP BY ALL"))
    assert asked == dict.fromkeys((source.id for source in first_pass.web.sources), 1)
    early = """SELECT source_id FROM polls
    WHERE next_poll_at IS NULL OR next_poll_at < asked_at + INTERVAL 4 MINUTES"""
    assert rows(first_pass.db, early) == []


def test_the_run_is_told_as_it_was(first_pass: Pass):
    counted = dict(rows(first_pass.db, "SELECT outcome, count(*) FROM outcomes GROUP BY ALL"))
    assert {kind: number for kind, number in first_pass.summary.counts.items() if number} == counted
    assert Counter(each.outcome for each in first_pass.heard.outcomes) == counted
    assert first_pass.summary.status == "completed"
    assert not first_pass.summary.all_well  # something was refused
    assert rows(first_pass.db, "SELECT command, status FROM runs") == [("fetch", "completed")]


def test_each_source_was_told_of_what_is_due_and_fetched(first_pass: Pass):
    due, fetched = (
        Counter(
            {
                source_id: sum(each[2] for each in first_pass.heard.progress if each[:2] == (source_id, name))
                for source_id in {each[0] for each in first_pass.heard.progress}
            }
        )
        for name in ("due", "fetched")
    )
    assert all(fetched[name] <= due[name] for name in due)
    waiting = rows(first_pass.db, "SELECT count(*) FROM candidates")[0][0]
    listed = "SELECT count(*) FROM outcomes WHERE stage <> 'find'"
    # What waits was due as well, some of it more than once.
    assert (
        rows(first_pass.db, listed)[0][0]
        <= due.total()
        <= rows(first_pass.db, listed)[0][0] + 5 * waiting + 5
    )


def test_it_took_no_longer_than_its_slowest_host_and_half_a_minute(first_pass: Pass):
    """The slowest host's time: its answers and the pauses it asks for, one after the other."""
    manners = first_pass.web.manners
    hosts: Counter[str] = Counter()
    needed: dict[str, float] = {}
    for entry in first_pass.log:
        assert entry.ended is not None
        delay_s = manners[entry.address].delay_s
        taken = max(entry.ended - entry.began, delay_s, entry.wait_s if entry.wait_s <= LONGEST_WAIT_S else 0)
        needed[entry.address] = needed.get(entry.address, 0.0) + taken
        hosts[entry.address] += 1
    assert first_pass.summary.seconds <= max(needed.values()) + OVERHEAD_S


def test_an_article_that_two_sources_lead_to_names_both(first_pass: Pass):
    found: dict[str, set[str]] = {}
    query = """SELECT coalesce(canonical_url, url), s.source_id
    FROM article_sources s JOIN articles USING (article_id)"""
    for url, source_id in rows(first_pass.db, query):
        found.setdefault(url, set()).add(source_id)
    shared = [good for good in first_pass.web.good if len(good.source_ids) > 1]
    assert shared
    assert {good.url: found[canonical_url(good.url)] for good in shared} == {
        good.url: set(good.source_ids) for good in shared
    }


def test_no_good_article_was_fetched_more_than_once(first_pass: Pass):
    """But for those of which the site first says: not now."""
    again = {first_pass.web.sites[name].place.address for name in ("once_unavailable", "too_many")}
    asked = Counter(
        (entry.address, entry.path)
        for entry in first_pass.log
        if entry.status == 200 and entry.address not in again
    )
    pages = {
        (site.place.address, good.url.removeprefix(site.place.base).removeprefix(site.place.named))
        for site in first_pass.web.sites.values()
        for good in site.good
    }
    assert {page: asked[page] for page in pages if asked[page] > 1} == {}


# The archive.


def test_every_article_has_its_bytes_in_the_archive(first_pass: Pass):
    query = "SELECT url, fetched_at, bytes, archive_file, archive_offset FROM captures"
    captures = rows(first_pass.db, query)
    unkept = {urlsplit(each[0]).path for each in captures if each[3] is None}
    assert unkept == {"/noarchive"}
    folder = archive_of(first_pass.db)
    good = {canonical_url(each.url): each.title for each in first_pass.web.good}
    for url, fetched_at, size, file, offset in captures:
        if file is None:
            continue
        kept = read(folder, Place(file, offset))
        assert (kept.url, kept.fetched_at, len(kept.content)) == (url, fetched_at, size)
        if url in good:
            assert good[url] in kept.content.decode("utf-8", "replace") or kept.status is None


def test_nothing_is_left_to_settle(first_pass: Pass):
    assert list(archive_of(first_pass.db).glob("*.unsettled")) == []


def test_warcio_accepts_the_archive(first_pass: Pass):
    """By its own check, which recomputes every digest."""
    files = sorted(archive_of(first_pass.db).glob("*.warc.gz"))
    assert files
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "no digest" not in checked.stdout


TABLES = {
    "articles": "* EXCLUDE (batch_id, extracted_at)",
    "article_versions": "* EXCLUDE (batch_id, extracted_at)",
    "captures": "* EXCLUDE (run_id, batch_id)",
    "cuts": "*",
    "date_claims": "*",
    "article_sources": "article_id, source_id, first_sighting_at",
    "duplicates": "* EXCLUDE (batch_id)",
    "verdicts": "*",
    "candidates": "*",
}


def test_extracting_the_pass_anew_gives_the_same_rows(first_pass: Pass, tmp_path: Path):
    db = first_pass.copy(tmp_path / "copy")
    summary = reextract(db)
    kept = rows(db, "SELECT count(DISTINCT uri) FROM captures WHERE archive_file IS NOT NULL")[0][0]
    assert kept > 90
    counts = summary.counts
    assert counts["unchanged"] + counts["duplicate"] == sum(counts.values()) == kept
    for table, columns in TABLES.items():
        query = f"SELECT {columns} FROM {table} ORDER BY ALL"
        assert rows(db, query) == rows(first_pass.db, query), table


def test_rows_are_the_same_though_all_are_written_anew(first_pass: Pass, tmp_path: Path):
    """Where every page is read, no row can look the same for not having been touched."""
    db = first_pass.copy(tmp_path / "copy")
    _as_if_read_by_another(db)
    summary = reextract(db)
    assert summary.counts["failed"] == summary.counts["refused"] == 0
    assert summary.counts["updated"] == 0
    for table, columns in TABLES.items():
        query = f"SELECT {columns} FROM {table} ORDER BY ALL"
        assert rows(db, query) == rows(first_pass.db, query), table


def _as_if_read_by_another(db: Path) -> None:
    with open_writer(db, program_version="0") as writer:
        writer.store.connection.execute(
            "UPDATE captures SET extractor_version = 'another' WHERE archive_file IS NOT NULL"
        )
        writer.publish()


# The installed command.

SLOW = {wire_faults.drip, wire_faults.slow_head}
"""They cost the command, whose deadline is half a minute, that long; in process they are looked at above."""

BY_NUMBER = tuple(
    build
    for build in (
        *(*lists.BUILDERS, *sites.BUILDERS, *walls.BUILDERS),
        *(*wire_faults.BUILDERS, *faults.BUILDERS),
    )
    if build not in SLOW
)


@dataclass(frozen=True, slots=True)
class Commanded:
    """A pass of the installed command."""

    web: LocalWeb
    dateline: Dateline
    code: int
    out: str
    err: str
    memory_mb: float
    readers_mb: float


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Commanded]:
    """The command over all sites that need no name service, its memory looked at all the while."""
    folder = tmp_path_factory.mktemp("commanded")
    try:
        with local_web(BY_NUMBER) as web:
            dateline = Dateline(folder, environment | dict(web.environment))
            (folder / "sources.toml").write_text(f'contact = "desk@example.org"\n\n{web.toml()}')
            with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
                process = dateline.start("fetch", "--json", stdout=out, stderr=err)
                own = readers = 0.0
                while process.poll() is None:
                    shares = _memory_mb(process.pid)
                    own = max(own, shares[0])
                    readers = max(readers, sum(shares[1:]))
                    try:
                        process.wait(0.1)
                    except subprocess.TimeoutExpired:
                        continue
            yield Commanded(
                web,
                dateline,
                process.returncode,
                (folder / "out").read_text(),
                (folder / "err").read_text(),
                own,
                readers,
            )
    except Unavailable as error:
        pytest.skip(str(error))


def _memory_mb(pid: int) -> list[float]:
    """Of a process, and of each that it started; what several share is divided among them."""
    parents: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "stat").read_text()
        except OSError:
            continue
        parents.setdefault(int(status.rpartition(")")[2].split()[1]), []).append(int(process.name))
    found, pending = [], [pid]
    while pending:
        one = pending.pop()
        pending += parents.get(one, [])
        try:
            shares = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes = [int(line.split()[1]) for line in shares.splitlines() if line.startswith("Pss:")]
        found.append(sum(kilobytes) / 1024)
    return found or [0.0]


def test_the_command_stores_the_same(commanded: Commanded):
    sources = {source.id for source in commanded.web.sources_by_number}
    wanted = {each.title for each in commanded.web.good if each.source_ids <= sources}
    titles = Counter(title for (title,) in commanded.dateline.rows("SELECT title FROM articles"))
    assert {title: titles[title] for title in wanted} == dict.fromkeys(wanted, 1)
    assert commanded.code == 1  # something was refused
    assert "Traceback" not in commanded.out + commanded.err


def test_the_command_was_polite(commanded: Commanded):
    assert commanded.web.impolite() == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_command_and_its_workers_stay_small(commanded: Commanded):
    assert 50 < commanded.memory_mb < MEMORY_MB
    assert commanded.readers_mb < READERS_MB


def test_no_secret_is_in_any_output_or_file(commanded: Commanded):
    secrets = [secret.encode() for secret in commanded.web.environment.values()]
    assert secrets
    asked = [entry for entry in commanded.web.log.entries if "authorization" in entry.headers]
    assert asked  # it was sent, to where it belongs
    for path in commanded.dateline.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret in content for secret in secrets), path
