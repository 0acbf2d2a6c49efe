"""The date claims of a page: each basis reads its own, and none takes another article's date."""

import tomllib
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from extractors.dates.page import claims_of_page
from extractors.dates.resolve import resolve
from extractors.dates.url import claims_of_url

PAGES = tomllib.loads(Path(__file__).with_name("pages.toml").read_text(encoding="utf-8"))["page"]


def parsed(html: str) -> Any:
    return lxml.html.document_fromstring(html if "<html" in html else f"<html><body>{html}</body></html>")


@pytest.mark.parametrize("page", PAGES, ids=[page["name"] for page in PAGES])
def test_a_page_claims_and_is_dated_as_the_case_says(page):
    claims = claims_of_page(parsed(page["html"]), page.get("url"))
    assert [f"{c.basis} {c.role} {c.value or ''}" for c in claims] == page["claims"]
    published, _ = resolve(claims)
    assert (published.text or "") == page["published"]


@pytest.mark.parametrize("page", PAGES, ids=[page["name"] for page in PAGES])
def test_reading_leaves_the_tree_as_it_is(page):
    tree = parsed(page["html"])
    before = lxml.html.tostring(tree)
    assert claims_of_page(tree, page.get("url")) == claims_of_page(tree, page.get("url"))
    assert lxml.html.tostring(tree) == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/2024/03/07/slug", "2024-03-07"),
        ("/2024/3/7/slug", "2024-03-07"),
        ("/2024/mar/07/slug", "2024-03-07"),
        ("/2024-03-07/slug", "2024-03-07"),
        ("/news/slug-2024-03-07.html", "2024-03-07"),
        ("/20240307/slug", "2024-03-07"),
        ("/news_20240307.html", "2024-03-07"),
        ("/2024/03/slug", "2024-03"),
        ("/2024/13/40/slug", None),
        ("/1824/03/07/slug", None),
        ("/2024/slug", None),
        ("/article/20240307123456", None),
        ("/2024/03/07/what-happened-2024-01-01", None),
        ("/slug?date=2024-03-07", None),
    ],
)
def test_reads_a_day_or_a_month_out_of_a_path(path, value):
    claims = claims_of_url(f"https://news.example{path}")
    assert [claim.value for claim in claims] == ([value] if value else [])


def test_a_url_that_is_none_has_no_date():
    assert claims_of_url("http://[broken/2024/03/07/") == ()


def test_a_page_with_thousands_of_dates_makes_a_bounded_number_of_claims():
    listing = "<h1>A list of everything</h1>" + "".join(
        f'<p><time datetime="2024-03-{day:02d}">x</time></p><p>{day} March 2024</p>'
        f'<i itemprop="datePublished" content="2024-03-{day:02d}"></i>'
        for day in list(range(1, 29)) * 70
    )
    assert len(claims_of_page(parsed(listing), None)) < 200
