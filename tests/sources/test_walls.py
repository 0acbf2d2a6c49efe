"""What stands in an article's place is told from articles that look like it: the pages of walls.toml."""

import re
import tomllib
from itertools import cycle, islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.walls import LONG_WORDS, wall_of

PAGES = tomllib.loads((Path(__file__).parent / "walls.toml").read_text(encoding="utf-8"))["page"]
PROSE = (
    "The harbour will take ships again from next month, the mayor told reporters on the quay. Work on "
    "the new pier took a year and cost less than was planned. A small feast is held on the first day; "
    "children from both schools of the town will sing. The night ferry follows in autumn, when the "
    "last of the lamps has come. Fishermen had feared for their berths, but every boat that left in "
    "spring has been given one."
)
URL = "https://paper.example/news/harbour"
CONSENT = next(page for page in PAGES if page.get("wall") == "consent")["html"]


def prose(html: str) -> str:
    return re.sub(r"\[prose (\d+)\]", lambda size: " ".join(islice(cycle(PROSE.split()), int(size[1]))), html)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["name"])
def test_a_wall_is_told_from_what_looks_like_one(page):
    found = wall_of(
        prose(page["html"]),
        url=page.get("url", URL),
        status=200,
        title=page.get("title"),
        words=page.get("words"),
    )
    assert (found.value if found else None) == page.get("wall"), found
    assert found is None or (found.kind == "wall" and found.obeyed and found.evidence)


def test_every_kind_of_wall_is_tried():
    kinds = {page.get("wall") for page in PAGES}
    assert kinds == {None, "consent", "paywall", "javascript", "soft_404", "bot_check"}


@pytest.mark.parametrize("status", [404, 410, 403, 500, 304])
def test_a_page_with_an_error_s_status_is_not_judged(status):
    assert wall_of(CONSENT, url=URL, status=status) is None


@pytest.mark.parametrize(("words", "is_wall"), [(None, True), (LONG_WORDS - 1, True), (LONG_WORDS, False)])
def test_a_text_of_some_length_is_an_article(words, is_wall):
    assert (wall_of(CONSENT, url=URL, words=words) is not None) is is_wall


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_bytes_are_read_as_well(encoding):
    found = wall_of(CONSENT.encode(encoding), url=URL)
    assert found is not None
    assert found.value == "consent"


@given(st.text(max_size=300), st.none() | st.text(max_size=40), st.none() | st.integers(0, 400))
@example("<h1>page not found", "http://[", 5)
@example("<", "", None)
def test_any_page_under_any_address_can_be_judged(html, url, words):
    found = wall_of(html, url=url, words=words)
    assert found is None or found.kind == "wall"


@given(st.binary(max_size=300))
def test_any_bytes_can_be_judged(content):
    found = wall_of(content)
    assert found is None or found.kind == "wall"
