"""JSON-LD as it stands on pages: in graphs, in several scripts, broken in every way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors import jsonld
from extractors.html import parse


def tree_of(*scripts: str) -> jsonld.Tree:
    inner = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return parse(f"<html><head>{inner}</head><body><p>x</p></body></html>")


def headline_of(*scripts: str, **known: Any) -> str | None:
    node = jsonld.main_article(jsonld.nodes(tree_of(*scripts)), **known)
    return node.item.get("headline") if node else None


def article(headline: str, **members: object) -> str:
    return json.dumps({"@type": "NewsArticle", "headline": headline, **members})


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Bridge shut"}',
        '[{"@type": "WebPage"}, {"@type": ["Thing", "NewsArticle"], "headline": "Bridge shut"}]',
        '{"@graph": [{"@type": "https://schema.org/NewsArticle", "headline": "Bridge shut"}]}',
        '{"@type": "WebPage", "mainEntity": {"@type": "schema:BlogPosting", "headline": "Bridge shut"}}',
        '{"@type": "LiveBlogPosting", "headline": "Bridge shut"}',
        '{"@type": "NewsArticle", "headline": "Bridge shut",}',
        '{"@type": "NewsArticle",\n// "image": "x",\n"headline": "Bridge shut"}',
        '{"@type": "NewsArticle", "headline": "Bridge shut"};',
        '{"@type": "WebPage"}\n{"@type": "NewsArticle", "headline": "Bridge shut"}',
        '<!-- {"@type": "NewsArticle", "headline": "Bridge shut"} -->',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Bridge shut"}\n//]]>',
        "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;Bridge shut&quot;}",
        '{"@type": "NewsArticle", "description": "line\nbreak\ttab", "headline": "Bridge shut"}',
        '{"@type": "NewsArticle", "headline": "Bridge shut", "articleBody": "she said "no" and',
        '{"@type": "NewsArticle", "headline": \'Bridge shut\', "x": 1}',
        '{"@type": "ImageObject", "url": "<img src="x">", "more": {"headline": "Bridge shut"',
    ],
)
def test_the_article_is_found_however_the_script_is_written(script):
    assert headline_of(script) == "Bridge shut"


def test_a_broken_script_costs_the_others_nothing():
    found = jsonld.nodes(
        tree_of("{broken", '{"@type": "WebSite", "name": "Courier"}', "", article("Bridge shut"))
    )
    assert [node.item.get("name") or node.item["headline"] for node in found] == ["Courier", "Bridge shut"]
    assert [node.path for node in found] == ["ld[1]", "ld[3]"]


def test_a_broken_script_still_tells_its_authors():
    broken = '{"headline": "Bridge shut", "author": {"@type": "Person", "name": "Jane \\u00d3 Doe"}, "x": "'
    node, *_ = jsonld.nodes(tree_of(broken))
    assert node.salvaged
    assert node.item["author"] == [{"@type": "Person", "name": "Jane Ó Doe"}]


@pytest.mark.parametrize("member", ["mentions", "hasPart", "citation", "comment", "isPartOf"])
def test_an_article_that_another_thing_points_to_is_not_the_page(member):
    script = json.dumps(
        {"@type": "WebPage", member: [{"@type": "NewsArticle", "headline": "Something else"}]}
    )
    assert headline_of(script) is None
    assert headline_of(script, article("Bridge shut")) == "Bridge shut"


def test_of_several_articles_the_one_at_the_pages_address_is_its_own():
    scripts = (
        article("Ferry runs", url="https://courier.example/ferry"),
        article("Bridge shut", mainEntityOfPage={"@id": "http://www.courier.example/bridge/"}),
    )
    assert headline_of(*scripts, addresses=frozenset({"https://courier.example/bridge"})) == "Bridge shut"


def test_of_several_articles_at_unknown_addresses_the_page_s_heading_tells_which_or_none_is_taken():
    scripts = (article("Ferry runs"), article("Bridge &amp; pier shut"))
    assert headline_of(*scripts, titles=["Bridge & Pier shut!"]) == "Bridge &amp; pier shut"
    assert headline_of(*scripts) is None
    assert headline_of(article("Ferry runs"), article("Ferry runs")) == "Ferry runs"


@pytest.mark.parametrize(
    "script",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"@type":["a",' * 100_000,
        '{"n": ' + "9" * 10_000 + "}",
        '"text"',
        "7",
        "null",
    ],
)
def test_what_is_no_description_of_anything_gives_nothing(script):
    assert jsonld.main_article(jsonld.nodes(tree_of(script))) is None


def test_a_list_of_thousands_ends_where_it_stops_telling_anything():
    assert len(jsonld.nodes(tree_of(json.dumps([{"@type": "Thing"}] * 20_000)))) == 5_000


def test_texts_are_strings_or_the_names_within():
    value = [
        "a",
        {"name": "b"},
        {"@value": "c", "@language": "en"},
        {"@id": "d"},
        {"name": ["e", {"name": "f"}]},
        7,
        None,
    ]
    assert list(jsonld.texts(value)) == ["a", "b", "c", "d", "e", "f"]
    assert list(jsonld.texts(None)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "headline", "author", "name", "@graph", "url"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.integers(0, 60))
def test_any_json_cut_off_anywhere_is_read_without_complaint(value, cut):
    text = json.dumps(value).replace("<", "")
    found = jsonld.nodes(tree_of(text, text[:cut]))
    jsonld.main_article(found)
    assert all(isinstance(node.item, dict) for node in found)
