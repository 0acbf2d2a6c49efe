"""The byline that only the page itself shows, and names on a page that are not its author's."""

import pytest

from extractors.bylines import credits_on_page
from extractors.html import parse


def persons(body: str) -> list[str]:
    return list(
        credits_on_page(parse(f"<html><body><h1>Bridge shut</h1>{body}<p>Words.</p></body></html>")).persons
    )


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<p class='byline'>By Jane Doe</p>", ["Jane Doe"]),
        ("<div class='Article_byline__x7'>By Jane Doe and John Roe</div>", ["Jane Doe", "John Roe"]),
        ("<div class='articleAuthor'>Jane Doe</div>", ["Jane Doe"]),
        ("<span itemprop='author' itemscope><b itemprop='name'>Jane Doe</b> Editor</span>", ["Jane Doe"]),
        ("<meta itemprop='author' content='Jane Doe'>", ["Jane Doe"]),
        (
            "<a rel='author' href='/jane'>Jane Doe</a> and <a rel='author' href='/john'>John Roe</a>",
            ["Jane Doe", "John Roe"],
        ),
        (
            "<ul><li class='author'>Jane Doe</li><li class='author'>John Roe</li></ul>",
            ["Jane Doe", "John Roe"],
        ),
        (
            "<div class='byline'>By<a>Jane Doe</a><span>News Reporter</span><time>10:15</time></div>",
            ["Jane Doe"],
        ),
        ("<div class='author'>von <b>Jutta Krähwinkel</b><script>var x</script></div>", ["Jutta Krähwinkel"]),
        ("<footer><a rel='author' href='/jane'>Jane Doe</a></footer>", ["Jane Doe"]),
        ("<div class='with-sidebar'><p class='byline'>Jane Doe</p></div>", ["Jane Doe"]),
        ("<address class='author'>AFP</address><p class='byline'>By Jane Doe</p>", ["Jane Doe"]),
    ],
)
def test_a_byline_is_read_however_it_is_marked_up(body, names):
    assert persons(body) == names


@pytest.mark.parametrize(
    "body",
    [
        "<div class='comments'><span class='author'>Some Body</span></div>",
        "<div class='related-stories'><p class='byline'>By Some Body</p></div>",
        "<figure><figcaption class='author'>Some Body</figcaption></figure>",
        "<blockquote><p class='author'>Some Body</p></blockquote>",
        "<p class='authority'>Harbour Master</p>",
        "<p>By Jane Doe</p>",
        "<div class='byline'>10:15 | Updated</div>",
        "<div class='author'>" + "Many words on who wrote it. " * 20 + "</div>",
    ],
)
def test_somebody_else_is_not_the_author(body):
    assert persons(body) == []


def test_the_articles_own_byline_is_preferred_to_a_teasers():
    teaser = "<div class='card'><span class='author'>Some Body</span></div>"
    assert persons(teaser + "<p class='byline'>By Jane Doe</p>") == ["Jane Doe"]


def test_the_publication_is_not_its_own_author():
    tree = parse("<html><body><p class='byline'>Uferpost</p></body></html>")
    assert credits_on_page(tree, organizations=["Uferpost"]).persons == ()
