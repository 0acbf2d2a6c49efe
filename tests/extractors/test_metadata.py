"""What a page says of itself, and which of its sources is believed."""

import json

import pytest

from extractors.html import parse
from extractors.metadata import Metadata, read

BODY = "<p>The council met on Tuesday evening and decided to mend the old bridge.</p>"


def of(head: str = "", body: str = BODY, lang: str = "") -> Metadata:
    return read(parse(f"<html{lang}><head>{head}</head><body>{body}</body></html>"))


def ld(**members: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **members})}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def test_a_page_that_says_nothing_says_nothing():
    assert of() == Metadata()


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (ld(headline="Bridge shut"), "<h1>Old bridge is shut for good</h1>", "Bridge shut"),
        (meta("og:title", "Bridge shut"), "<h1>Bridge shut</h1><h1>Courier</h1>", "Bridge shut"),
        ("<title>Bridge shut</title>", "<h1>Bridge shut</h1>", "Bridge shut"),
        ("<title>Bridge shut</title>", "", "Bridge shut"),
        (meta("twitter:title", "Bridge shut"), "", "Bridge shut"),
        ("", "<h1>Bridge <em>shut</em></h1>", "Bridge shut"),
        ("", "<h1> </h1><h2>Bridge shut</h2>", None),
        ('<meta property="og:title" value="Bridge shut">', "", "Bridge shut"),
        (ld(headline="Bridge &amp;amp; pier <i>shut</i>"), "", "Bridge & pier shut"),
        (
            ld(headline="The old bridge is sh…"),
            "<h1>The old bridge is shut for good</h1>",
            "The old bridge is shut for good",
        ),
    ],
)
def test_the_title_is_the_headline(head, body, title):
    assert of(head, body).title == title


@pytest.mark.parametrize(
    "whole",
    [
        "Bridge shut | The Courier",
        "Bridge shut - The Courier",
        "Bridge shut – The Courier",
        "Bridge shut :: the courier",
        "Bridge shut｜The Courier",
        "The Courier: Bridge shut",
        "The Courier | Bridge shut",
        "Bridge shut | Local | The Courier",
        "Bridge shut - Courier Online",
    ],
)
def test_the_sites_name_is_no_part_of_the_title(whole):
    site = (
        meta("og:site_name", "The Courier")
        + '<link rel="canonical" href="https://www.courier.example/bridge">'
    )
    heading = "<h1>Bridge shut</h1>" if "Local" in whole else ""
    assert of(f"{site}<title>{whole}</title>", heading).title == "Bridge shut"


@pytest.mark.parametrize(
    "title",
    [
        "Bridge shut - and nobody knows for how long",
        "Analysis: The bridge nobody wanted",
        "Read-only: why the archive is closed",
        "Courier jailed for a year | Court report from the old town hall",
        "What the courier saw",
    ],
)
def test_a_title_keeps_its_own_dashes_and_colons(title):
    assert of(meta("og:site_name", "The Courier") + meta("og:title", title)).title == title


def test_a_title_that_is_only_the_sites_name_is_none():
    assert of(meta("og:site_name", "The Courier") + "<title>The Courier</title>").title is None


def test_the_first_source_with_a_person_names_the_authors():
    by_meta, by_page = '<meta name="author" content="Ann Poe">', '<p class="byline">By John Roe</p>'
    assert of(ld(headline="x", author={"name": "Jane Doe"}) + by_meta, by_page).authors == ("Jane Doe",)
    assert of(by_meta, by_page).authors == ("Ann Poe",)
    assert of("", by_page).authors == ("John Roe",)


@pytest.mark.parametrize(
    ("author", "persons", "organizations"),
    [
        ("Jane Doe", ("Jane Doe",), ()),
        (["Jane Doe", {"name": "John Roe"}], ("Jane Doe", "John Roe"), ()),
        ({"@type": "Person", "name": ["Jane Doe", "John Roe"]}, ("Jane Doe", "John Roe"), ()),
        ({"@type": "Person", "givenName": "Jane", "familyName": "Doe"}, ("Jane Doe",), ()),
        ({"@type": "Person", "name": "By Jane Doe, Editor"}, ("Jane Doe",), ()),
        ({"@type": "Organization", "name": "Jane and John"}, (), ("Jane and John",)),
        ({"@type": "NewsMediaOrganization", "name": "The Courier"}, (), ("The Courier",)),
        ({"@type": "Person", "name": "AFP"}, (), ("AFP",)),
        ({"@type": "Person", "name": "The Courier"}, (), ("The Courier",)),
        ({"@type": "Person", "name": "https://courier.example/jane"}, (), ()),
        ({"@type": "Person"}, (), ()),
        (7, (), ()),
    ],
)
def test_a_person_and_an_organisation_are_told_apart(author, persons, organizations):
    found = of(meta("og:site_name", "The Courier") + ld(headline="x", author=author))
    assert (found.authors, found.organizations) == (persons, organizations)


def test_an_author_given_by_reference_is_looked_up():
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "x", "author": {"@id": "#1"}},
            {"@id": "#1", "@type": "Person", "name": "Jane Doe"},
        ]
    }
    assert of(f'<script type="application/ld+json">{json.dumps(graph)}</script>').authors == ("Jane Doe",)


def test_an_alias_counts_where_nothing_better_is_said():
    alias = '<meta name="author" content="jdoe">'
    assert of(alias).authors == ("jdoe",)
    assert of(alias + '<meta name="dc.creator" content="Jane Doe">').authors == ("Jane Doe",)


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="https://courier.example/bridge">', "https://courier.example/bridge"),
        ('<link rel="canonical" href="//courier.example/bridge#top">', "https://courier.example/bridge"),
        (
            '<base href="https://courier.example/a/"><link rel="canonical" href="../bridge">',
            "https://courier.example/bridge",
        ),
        (meta("og:url", "https://courier.example/bridge?id=7"), "https://courier.example/bridge?id=7"),
        (
            ld(headline="x", mainEntityOfPage="https://courier.example/bridge"),
            "https://courier.example/bridge",
        ),
        (
            '<link rel="canonical" href="https://courier.example/">'
            + meta("og:url", "https://courier.example/bridge"),
            "https://courier.example/bridge",
        ),
        ('<link rel="canonical" href="https://courier.example/">', None),
        ('<link rel="canonical" href="/bridge">', None),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ('<link rel="canonical" href="http://[broken">', None),
        ('<link rel="canonical" href="">', None),
        ('<link rel="alternate" href="https://courier.example/bridge">', None),
    ],
)
def test_the_address_is_absolute_and_no_front_page(head, url):
    assert of(head).canonical_url == url


@pytest.mark.parametrize(
    ("lang", "head", "language"),
    [
        (' lang="en"', "", "en"),
        (' lang="EN-gb"', "", "en"),
        (' lang="pt_BR"', "", "pt"),
        (' xml:lang="de"', "", "de"),
        (' lang=""', meta("og:locale", "fr_FR"), "fr"),
        ("", '<meta http-equiv="content-language" content="sv">', "sv"),
        ("", ld(headline="x", inLanguage={"@type": "Language", "name": "da"}), "da"),
        (' lang="english"', "", None),
        (' lang="{{lang}}"', "", None),
    ],
)
def test_the_language_is_a_two_letter_code(lang, head, language):
    assert of(head, lang=lang).language == language


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (meta("og:site_name", "The Courier") + '<meta name="application-name" content="App">', "The Courier"),
        (ld(headline="x", publisher={"@type": "Organization", "name": "The Courier"}), "The Courier"),
        (
            '<script type="application/ld+json">{"@type": "WebSite", "name": "The Courier"}</script>',
            "The Courier",
        ),
        ('<meta name="application-name" content="The Courier">', "The Courier"),
        (meta("og:site_name", "https://courier.example"), None),
        (meta("og:site_name", "x" * 300), None),
    ],
)
def test_the_site_is_called_what_it_calls_itself(head, name):
    assert of(head).site_name == name
