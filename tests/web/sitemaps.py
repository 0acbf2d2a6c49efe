"""Sitemaps of the local web: plain, with the news extension, and indexes of them."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from tests.web.pages import Story

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
)


def urlset(entries: Sequence[tuple[str, Story]], *, news: bool = False) -> str:
    """A list of pages."""
    rows = "\n".join(
        f"<url><loc>{escape(url)}</loc><lastmod>{(told.updated or told.published).isoformat()}</lastmod>"
        f"{_news(told) if news else ''}</url>"
        for url, told in entries
    )
    return f"{_OPENING.format('urlset')}\n{rows}\n</urlset>\n"


def index(children: Sequence[tuple[str, datetime]]) -> str:
    """A list of sitemaps."""
    rows = "\n".join(
        f"<sitemap><loc>{escape(url)}</loc><lastmod>{at.isoformat()}</lastmod></sitemap>"
        for url, at in children
    )
    return f"{_OPENING.format('sitemapindex')}\n{rows}\n</sitemapindex>\n"


def _news(told: Story) -> str:
    return (
        "<news:news><news:publication><news:name>The Local Web</news:name><news:language>en</news:language>"
        f"</news:publication><news:publication_date>{told.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(told.title, quote=False)}</news:title></news:news>"
    )
