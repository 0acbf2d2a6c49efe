"""Which links of a section page lead to articles: judged by address, text and place, on made-up pages."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.pages import Link, article_links

URL = "https://www.example.org/news/"

SECTION = """<!doctype html><html><head><title>News</title></head><body>
<nav class="main-nav"><a href="/">Home</a> <a href="/news/">News</a>
  <a href="/news/economy-and-money-matters">Economy and money matters today</a>
  <a href="/about-us-and-our-long-history">About us and our long history</a></nav>
<main>
  <article><h2><a href="/news/2025/11/04/bridge-opens-after-a-year#top">Bridge opens after a year</a></h2>
    <a href="/news/2025/11/04/bridge-opens-after-a-year#comments">12 comments</a>
    <a href="/author/jane-q-smith-jones">Jane Q. Smith-Jones, our correspondent in the valley</a></article>
  <article><a href="/a/ferry-12345678.html?utm_source=front"><img src="f.jpg" alt=""></a>
    <h3><a href="/a/ferry-12345678.html?utm_source=front"><span>Ferry</span> returns to the harbour</a></h3>
  </article>
  <div class="teaser"><a href="article.php?id=4711"><h3>Council votes to keep the night bus</h3></a></div>
  <div><h3><a href="https://sport.example.org/cup-final/">Late goal decides the cup final</a></h3>
  </div>
  <a href="/tag/night-bus-and-trams">All on the night bus and on trams</a>
  <a href="/news/2025/11/04/bridge-opens-after-a-year.jpg">Picture of the bridge that opened</a>
  <a href="/economy/">More of the news of the economy</a>
  <a href="/news/page/2">Older news of this week</a>
  <a href="https://other.example/2025/11/04/another-paper-has-this">Another paper has this story too</a>
  <a rel="sponsored" href="/ads/buy-this-new-car-now-12345678">Buy this new car now, it is cheap</a>
  <a href="mailto:desk@example.org">Write to the desk of this paper</a>
  <a href="#top">Back to the top of the page</a>
  <a>No address at all in this one</a>
  <a href="http://[">An address that is broken here</a>
</main>
<footer><a href="/privacy-and-cookies-policy">How we use your data and cookies</a>
  <a href="/2025/11/03/harbour-wall-is-repaired">Harbour wall is repaired</a></footer>
</body></html>"""


def test_a_section_page():
    assert article_links(SECTION.encode(), url=URL) == (
        Link(
            "https://www.example.org/news/2025/11/04/bridge-opens-after-a-year", "Bridge opens after a year"
        ),
        Link(
            "https://www.example.org/a/ferry-12345678.html?utm_source=front", "Ferry returns to the harbour"
        ),
        Link("https://www.example.org/news/article.php?id=4711", "Council votes to keep the night bus"),
        Link("https://sport.example.org/cup-final/", "Late goal decides the cup final"),
        Link("https://www.example.org/2025/11/03/harbour-wall-is-repaired", "Harbour wall is repaired"),
    )


def links(body: str | bytes, url: str = URL, content_type: str | None = None) -> list[str]:
    content = body if isinstance(body, bytes) else body.encode()
    return [link.url for link in article_links(content, url=url, content_type=content_type)]


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/2025/11/04/bridge-opens", "Bridge"),
        ("/20251104/bridge-opens-today", "Bridge"),
        ("/news/bridge-opens-after-a-year-1234567", ""),
        ("/news/archives/2025/11/04/2003825372", "The bridge is open, says the mayor"),
        ("/story/1e3b9f6c-0000-4000-8000-123456789abc", "The bridge is open, says the mayor"),
        ("/politik/bruecke-nach-einem-jahr-wieder-offen.html", "Brücke wieder offen"),
        ("/article/大桥一年后重新开放通车", "大桥一年后重新开放通车"),
        ("/content/123456", "大桥一年后重新开放"),
        ("/?p=4711", "The bridge is open, says the mayor at last"),
    ],
)
def test_an_address_and_a_text_that_are_an_articles(address, text):
    body = f"<h2><a href='{address}'>{text}</a></h2>"
    assert len(links(body)) == 1


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/", "The news of the day, every day, for the valley"),
        ("/economy", "The news of the economy, every day, for the valley"),
        ("/news/world/asia", "The news of Asia, every day, for the valley"),
        ("/category/politics-of-the-whole-valley", "Politics of the whole valley and beyond"),
        ("/author/12345678", "Our correspondent in the valley, Jane Smith"),
        ("/user/login?id=12345", "Log in to read the whole article"),
        ("/files/report-of-the-whole-council-2025.pdf", "Report of the whole council of the valley"),
        ("/news/", "The very page that this is"),
        ("https://10.0.0.1/2025/11/04/bridge-opens-after-a-year", "The bridge is open, says the mayor"),
    ],
)
def test_an_address_that_is_none_whatever_the_text(address, text):
    assert links(f"<h2><a href='{address}'>{text}</a></h2>") == []


def test_a_base_moves_relative_links():
    body = "<base href='/archive/'><h2><a href='bridge-opens-after-a-year-123456'>Bridge opens again</a></h2>"
    assert links(body) == ["https://www.example.org/archive/bridge-opens-after-a-year-123456"]


@pytest.mark.parametrize(
    ("url", "address", "same"),
    [
        ("https://www.example.co.uk/", "https://news.example.co.uk", True),
        ("https://www.example.co.uk/", "https://www.other.co.uk", False),
        ("https://example.de/", "https://m.example.de", True),
        ("http://127.0.1.7:8000/", "http://127.0.1.7:8000", True),
        ("http://127.0.1.7:8000/", "http://127.0.1.8:8000", False),
        ("http://[::1]/", "http://[::1]", True),
    ],
)
def test_a_site_is_what_was_registered(url, address, same):
    body = f"<h2><a href='{address}/2025/11/04/bridge-opens-after-a-year'>Bridge opens after a year</a></h2>"
    assert bool(links(body, url=url)) is same


@pytest.mark.parametrize(
    ("encoding", "content_type", "meta"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("cp1251", "text/html; charset=windows-1251", ""),
        ("cp1251", "text/html; charset=nonsense", "<meta charset=windows-1251>"),
        ("cp1251", None, "<meta charset=windows-1251>"),
        ("utf-16", None, ""),
    ],
)
def test_texts_are_read_in_the_encoding_of_the_page(encoding, content_type, meta):
    body = f"<html><head>{meta}</head><h2><a href='/2025/11/04/bridge-open'>Мост снова открыт</a></h2></html>"
    (link,) = article_links(body.encode(encoding), url=URL, content_type=content_type)
    assert link.text == "Мост снова открыт"


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b" \n\0", "empty")])
def test_what_is_no_page_is_named(content, reason):
    with pytest.raises(InputError) as caught:
        article_links(content, url=URL)
    assert (caught.value.reason, caught.value.stage) == (reason, "find")


@given(st.binary(max_size=80), st.sampled_from([b"", b"<a href='/2025/11/04/", b"<h2><a href=//"]))
def test_any_bytes_are_links_or_an_error_of_ours(content, start):
    with contextlib.suppress(InputError):
        assert len(article_links(start + content, url=URL)) <= 2
