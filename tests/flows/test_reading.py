"""Reading one page: walls, what the site says of its use, and what the extractor is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import extractors
from extractors import extractor_version
from flows import settle as settling
from flows.reading import Page, fetched_of, read
from records import Candidate, Claimed, Extracted, Hints, Outcome, Signal
from sources.archive import Place
from sources.fetched import Fetched
from sources.web import Answer
from tests.flows.conftest import article
from warehouse import Known

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://news.example.org/2026/harbour"
NOAI = Signal("noai", "noai", "the meta element", obeyed=False)
CANDIDATE = Candidate(uri=URL, source_id="wire", url=URL, claimed=Claimed(title="Of the harbour"))


def html(body: str) -> bytes:
    head = "<head><title>The harbour</title></head>"
    return f"<!doctype html><html>{head}<body>{body}</body></html>".encode()


_TOLD = "".join(f"<p>{each}</p>" for each in article("harbour").split("\n\n"))
ARTICLE = html(f"<article>{_TOLD}</article>")
CONSENT = html(
    "<h1>Before you continue</h1><p>We value your privacy. We and our partners use cookies. "
    "Accept all. Reject all. Manage options.</p>"
)
SCRIPT = html("<noscript>Please enable JavaScript to view this page.</noscript><div id=root></div>")
MISSING = html("<h1>Page not found</h1><p>The page you are looking for could not be found.</p>")


def page(content: bytes = ARTICLE, **given: Any) -> Page:
    fetched = Fetched(URL, 200, {"content-type": "text/html; charset=utf-8"}, content, AT)
    return Page(CANDIDATE, read_at=AT + timedelta(seconds=1), fetched=fetched, signals=(NOAI,), **given)


def extracted(item: Extracted | Outcome) -> Extracted:
    assert isinstance(item, Extracted), item
    return item


def outcome(item: Extracted | Outcome) -> Outcome:
    assert isinstance(item, Outcome), item
    return item


def test_an_article_keeps_what_the_site_said_and_where_its_bytes_are():
    item = extracted(read(page(place=Place("a.warc.gz", 37))))
    assert item.key == URL
    assert item.article.title == "Of the harbour"
    capture = item.capture
    assert (capture.archive_file, capture.archive_offset) == ("a.warc.gz", 37)
    assert capture.signals == (NOAI,)
    assert (capture.url, capture.status, capture.fetched_at) == (URL, 200, AT)


def test_what_is_not_archived_has_no_place():
    capture = extracted(read(page())).capture
    assert (capture.archive_file, capture.archive_offset) == (None, None)


def test_reading_is_pure():
    assert read(page()) == read(page())


@pytest.mark.parametrize(
    ("content", "reason"),
    [(CONSENT, "consent"), (SCRIPT, "javascript"), (MISSING, "soft_404")],
    ids=["consent", "javascript", "soft_404"],
)
def test_a_wall_is_refused_and_recorded(content: bytes, reason: str):
    item = outcome(read(page(content, place=Place("a.warc.gz", 37))))
    assert (item.outcome, item.stage, item.reason) == ("refused", "extract", reason)
    assert item.signals[0] == NOAI
    wall = item.signals[1]
    assert (wall.kind, wall.value, wall.obeyed) == ("wall", reason, True)
    assert wall.evidence in (item.detail or "")


def test_content_that_a_feed_held_is_no_wall():
    """It names consent, and nobody was sent anywhere."""
    given = replace(
        page(), fetched=None, candidate=replace(CANDIDATE, content=ARTICLE, content_type="text/html")
    )
    capture = extracted(read(given)).capture
    assert (capture.status, capture.content) == (None, ARTICLE)
    assert given.content == ARTICLE


@pytest.mark.parametrize(
    ("content", "given", "reason"),
    [
        (b"", {}, "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", {}, "pdf"),
        (ARTICLE, {"max_bytes": 100}, "too_large"),
    ],
)
def test_what_is_no_article_keeps_what_the_site_said(content: bytes, given: dict[str, Any], reason: str):
    item = outcome(read(page(content, **given)))
    assert item.reason == reason
    assert item.signals == (NOAI,)


def known(item: Extracted, **given: Any) -> Known:
    stored = Known("0123", item.capture.content_sha256, extractor_version(), None, AT)
    return replace(stored, **given)


def test_the_same_bytes_are_not_read_again(monkeypatch: pytest.MonkeyPatch):
    first = extracted(read(page()))
    monkeypatch.setattr(settling, "extract", None)  # whoever calls it fails
    item = outcome(read(page(known=known(first))))
    assert (item.outcome, item.article_id, item.signals) == ("unchanged", "0123", (NOAI,))
    item = outcome(read(page(known=known(first, duplicate_of="4567"))))
    assert (item.outcome, item.article_id) == ("duplicate", "4567")


def test_another_extractor_reads_them_again():
    first = extracted(read(page()))
    assert read(page(known=known(first, extractor_version="older"))) == first


def test_a_wall_where_an_article_was_is_a_wall():
    first = extracted(read(page()))
    assert outcome(read(page(CONSENT, known=known(first)))).reason == "consent"


def test_the_extractor_is_told_what_is_known(monkeypatch: pytest.MonkeyPatch):
    told: list[dict[str, Any]] = []

    def extract(content: bytes, **given: Any) -> Any:
        told.append(given)
        return extractors.extract(content, **given)

    monkeypatch.setattr(settling, "extract", extract)
    read(page(language="ga", country="IE"))
    assert told[0]["url"] == URL
    assert told[0]["fetched_at"] == AT
    assert told[0]["content_type"] == "text/html; charset=utf-8"
    assert told[0]["hints"] == Hints(not_after=AT, claimed=CANDIDATE.claimed, language="ga", country="IE")


def test_bytes_of_unknown_age_are_no_younger_than_now(monkeypatch: pytest.MonkeyPatch):
    told: list[Hints] = []

    def extract(content: bytes, *, hints: Hints, **given: Any) -> Any:
        told.append(hints)
        return extractors.extract(content, hints=hints, **given)

    monkeypatch.setattr(settling, "extract", extract)
    read(Page(replace(CANDIDATE, content=ARTICLE), read_at=AT))
    assert told[0].not_after == AT


def test_what_an_extractor_sees_of_an_answer():
    answer = Answer(URL, 200, {"etag": '"a"'}, ARTICLE, AT, AT, request_headers=((b"Authorization", b"x"),))
    assert fetched_of(answer) == Fetched(URL, 200, {"etag": '"a"'}, ARTICLE, AT)
