"""No text of strangers costs more than its size: what begins again and again and never ends, by reader."""

from collections.abc import Callable

import pytest

from records import InputError
from sources import discover, feeds, pages, signals, sitemaps, walls

URL = "https://paper.example/"
SIZE = 25_000

READERS: dict[str, Callable[[bytes], object]] = {
    "walls": lambda content: walls.wall_of(content, url=URL),
    "signals": lambda content: signals.signals_of({"x-robots-tag": content.decode()}, content, URL),
    "feeds": lambda content: feeds.read(content, url=URL),
    "sitemaps": lambda content: sitemaps.read(content, url=URL),
    "pages": lambda content: pages.article_links(content, url=URL),
    "discover": lambda content: discover.feeds_in(content, url=URL),
}
BEGINNINGS = ("", "<html>noai", "<rss><channel><item><title>", "<urlset>&", "<!DOCTYPE rss [", '{"items":["')
UNITS = (
    *("<", "<a ", "</", "</ ", "<!--", "<![CDATA[", "<?", "<!ENTITY ", "<!DOCTYPE x [", "]", "&", "&#"),
    *("<script>", "<style ", "<head>", "<svg", "<h1>", "<title>", "<noscript>", "<meta ", "<meta a='"),
    *('"isAccessibleForFree"', 'a="', "a = ", " ", "\n", "a", "noai,", "a:", "[", '{"items":['),
    *("<url>", "<item><title>", "<item><author>a@b (", "<item><author>a <", "<a:b ", "&lt;!--", "The post "),
)


# Looking through the rest of the text once for each beginning would take minutes to hours.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("reader", READERS)
def test_a_hostile_text_costs_no_more_than_its_size(reader):
    for beginning in BEGINNINGS:
        for unit in UNITS:
            content = (beginning + unit * (SIZE // len(unit))).encode()
            try:
                READERS[reader](content)
            except InputError:
                continue


@pytest.mark.timeout(60)
@pytest.mark.parametrize("reader", ["pages", "discover"])
@pytest.mark.parametrize("unit", ["/feed", "/rss/", "a-", "%", "1", ".", "/2025/11/04"])
def test_so_does_a_hostile_address(reader, unit):
    address = unit * (300_000 // len(unit))
    READERS[reader](f'<h2><a href="/{address}!">The council met on Tuesday</a></h2>'.encode())


@pytest.mark.timeout(60)
def test_so_do_the_names_around_many_links():
    links = "".join(f"<a href=/news/{number}>News</a>" for number in range(4000))
    READERS["pages"](f"<div class='{'nav' * 300_000}'>{links}</div>".encode())
