"""A page's tree and the blocks of its article; pages beside what they must give, in data_html/."""

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from trafilatura.utils import line_processing, trim

from extractors import metadata
from extractors.html import MAX_DEPTH, MAX_ELEMENTS, body_blocks, parse
from records import InputError

PAGES = sorted((Path(__file__).parent / "data_html").glob("*.html"))
PARAGRAPH = "Paragraph {} says that the council met on Tuesday evening and decided to mend the old bridge."


def blocks_of(markup: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in body_blocks(parse(markup))]


def article(*paragraphs: str) -> str:
    inner = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<html><body><article>{inner}</article></body></html>"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_gives_the_metadata_and_blocks_written_beside_it(page):
    expected = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    tree = parse(page.read_text(encoding="utf-8"))
    found = metadata.read(tree)
    assert {
        "title": found.title,
        "authors": list(found.authors),
        "organizations": list(found.organizations),
        "canonical_url": found.canonical_url,
        "language": found.language,
        "site_name": found.site_name,
    } == expected["metadata"]
    assert [[block.kind, block.text] for block in body_blocks(tree)] == expected["blocks"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_block_is_found_at_its_place_in_the_joined_text(page):
    blocks = body_blocks(parse(page.read_text(encoding="utf-8")))
    text = "\n\n".join(block.text for block in blocks)
    assert [text[block.start : block.end] for block in blocks] == [block.text for block in blocks]


def test_the_same_page_gives_the_same_blocks_however_often_and_whatever_came_between():
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    first = [body_blocks(parse(page)) for page in pages]
    for _ in range(5):
        assert [body_blocks(parse(page)) for page in pages] == first
    trees = [parse(page) for page in reversed(pages)]
    assert [body_blocks(tree) for tree in trees for _ in range(2)] == [
        one for one in first[::-1] for _ in range(2)
    ]


def test_reading_a_tree_leaves_it_as_it_is():
    for page in PAGES:
        tree = parse(page.read_text(encoding="utf-8"))
        before = etree.tostring(tree)
        body_blocks(tree)
        metadata.read(tree)
        assert etree.tostring(tree) == before


def test_nothing_of_a_page_stays_in_the_caches_of_what_reads_it():
    body_blocks(parse(article(*(PARAGRAPH.format(n) for n in range(20)))))
    assert trim.cache_info().currsize == 0
    assert line_processing.cache_info().currsize == 0


@pytest.mark.parametrize("markup", ["", "<!-- nothing -->", "<html></html>", "<html><body> </body></html>"])
def test_a_page_without_text_has_no_blocks(markup):
    assert blocks_of(markup) == []


def test_text_that_the_page_marks_up_within_a_line_stays_one_line():
    [(kind, text)] = blocks_of(
        article("The <b>old</b> bridge, <a href='/x'>built in 1911</a>,\n   is <em>shut</em>.")
    )
    assert (kind, text) == ("paragraph", "The old bridge, built in 1911, is shut.")


def test_a_brief_of_a_few_words_keeps_its_paragraphs_and_leaves_the_menu():
    menu = "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
    markup = (
        f"<html><body>{menu}<h1>Bridge shut</h1><p>The bridge is shut.</p>Buses run.<footer>Contact</footer>"
    )
    assert blocks_of(markup) == [
        ("heading", "Bridge shut"),
        ("paragraph", "The bridge is shut."),
        ("paragraph", "Buses run."),
    ]


def test_one_line_break_within_a_sentence_is_a_space_and_after_one_a_paragraph_ends():
    long = PARAGRAPH.format(1)
    assert blocks_of(
        article(f"{long}<br>{PARAGRAPH.format(2)}", "The bridge,<br>the old one,<br>is shut.")
    ) == [
        ("paragraph", long),
        ("paragraph", PARAGRAPH.format(2)),
        ("paragraph", "The bridge, the old one, is shut."),
    ]


def test_a_table_that_lays_out_a_page_gives_paragraphs_and_one_with_data_gives_rows():
    cells = "".join(f"<p>{PARAGRAPH.format(n)}</p>" for n in range(3))
    data = "<table><tr><td>Bridge</td><td></td><td>1911</td></tr><tr><td>Ferry only</td></tr></table>"
    found = blocks_of(f"<html><body><table><tr><td>{cells}{data}</td></tr></table></body></html>")
    assert found[:3] == [("paragraph", PARAGRAPH.format(n)) for n in range(3)]
    assert ("table_row", "Bridge | 1911") in found
    assert ("paragraph", "Ferry only") in found


def test_blocks_come_in_the_order_of_the_page():
    found = blocks_of(article(*(PARAGRAPH.format(n) for n in range(30))))
    assert [text for _, text in found] == [PARAGRAPH.format(n) for n in range(30)]


def test_control_characters_and_half_characters_do_not_stop_the_parser():
    [(_, text)] = blocks_of(article("The\x00 bridge\x0b is\ud800 shut, the council\ufffe says."))
    assert text == "The bridge is shut, the council says."


def test_an_encoding_declared_within_decoded_text_is_not_followed():
    declared = '<?xml version="1.0" encoding="koi8-r"?><html><head><meta charset="koi8-r"></head>'
    assert blocks_of(f"{declared}<body><p>Überfahrt gesperrt</p>") == [("paragraph", "Überfahrt gesperrt")]


def test_a_title_that_is_never_closed_does_not_swallow_the_page():
    tree = parse(f"<html><head><title>Bridge shut<meta name=x></head><body><p>{PARAGRAPH}</p></body></html>")
    assert tree.findtext(".//title") == "Bridge shut"
    assert [block.text for block in body_blocks(tree)] == [PARAGRAPH]


def test_deep_nesting_loses_neither_text_nor_its_order():
    depth = 1500
    markup = "".join(f"<div>before {n} " for n in range(depth)) + "".join(
        f"</div>after {n} " for n in range(depth)
    )
    tree = parse(f"<html><body>{markup}</body></html>")
    words = [f"before {n}" for n in range(depth)] + [f"after {n}" for n in range(depth)]
    assert " ".join(" ".join(tree.itertext()).split()) == " ".join(words)
    deepest = max(sum(1 for _ in element.iterancestors()) for element in tree.iter())
    assert deepest <= MAX_DEPTH + 1


def test_what_the_parser_would_drop_silently_is_refused():
    with pytest.raises(InputError, match="nested") as caught:
        parse("<html><body>" + "<div>" * 3000 + "the end")
    assert (caught.value.stage, caught.value.reason, caught.value.refused) == ("extract", "too_complex", True)


def test_a_page_of_too_many_elements_is_refused():
    with pytest.raises(InputError, match="elements"):
        parse("<html><body>" + "<p>x</p>" * (MAX_ELEMENTS + 1))


@pytest.mark.parametrize(
    "script",
    ['{"@type":["a",' * 60_000, '{"@type":"NewsArticle","headline":"x' + 'y"\\' * 300_000, "[" * 200_000],
    ids=["unclosed", "unquoted", "deep"],
)
def test_broken_json_ld_costs_the_body_nothing(script):
    plain = article(*(PARAGRAPH.format(n) for n in range(3)))
    broken = f'<script type="application/ld+json">{script}</script>'
    assert blocks_of(plain.replace("<body>", f"<head>{broken}</head><body>")) == blocks_of(plain)


def test_the_terminal_stays_quiet_about_pages_that_give_nothing(capfd):
    body_blocks(parse("<html><body><nav>x</nav></body></html>"))
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("trafilatura").handlers


TAGS = st.sampled_from(
    sorted(
        {"p", "div", "span", "b", "br", "h2", "ul", "li", "blockquote", "table", "tr", "td", "a", "article"}
        | {"section", "aside", "script", "figure", "q", "pre", "code", "del"}
    )
)
NODES = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(st.lists(NODES, max_size=6))
def test_any_markup_gives_folded_blocks_and_the_same_ones_twice(parts):
    markup = f"<html><body><article>{''.join(parts)}</article></body></html>"
    found = body_blocks(parse(markup))
    assert body_blocks(parse(markup)) == found
    assert all(block.text and block.text == " ".join(block.text.split()) for block in found)
    assert [block.start for block in found[1:]] == [block.end + 2 for block in found[:-1]]
