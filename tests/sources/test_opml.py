"""Lists of feeds as feed readers exchange them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.opml import Outline, read, write

LISTS = Path("../shared/inputs/feeds/opml")

NESTED = b"""<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title></head><body>
  <outline text="World">
    <outline text="Asia">
      <outline type="rss" text="One &amp; only" xmlUrl="https://one.example/feed" htmlUrl="https://one.example/"/>
    </outline>
    <outline type="rss" title="Two" text="ignored" xmlUrl=" https://two.example/rss "/>
  </outline>
  <outline type="rss" text="Three" xmlurl="feed://three.example/" category="/News/Local,/Other"/>
  <outline type="rss" text="Four" url="feed:https://four.example/feed"/>
</body></opml>"""


def test_feeds_are_read_in_order_with_the_folders_they_stand_in():
    assert read(NESTED) == (
        Outline("One & only", "https://one.example/feed", "https://one.example/", "World/Asia"),
        Outline("Two", "https://two.example/rss", None, "World"),
        Outline("Three", "http://three.example/", None, "News/Local"),
        Outline("Four", "https://four.example/feed"),
    )


def test_a_feed_listed_twice_is_read_once():
    twice = b'<opml><body><outline xmlUrl="http://a.example/"/><outline xmlUrl="http://a.example/"/></body></opml>'
    assert len(read(twice)) == 1


@pytest.mark.parametrize(
    "address", ["", "javascript:alert(1)", "file:///etc/passwd", "feed", "ftp://a.example/"]
)
def test_what_is_no_web_address_is_no_feed(address):
    assert read(f'<opml><body><outline text="x" xmlUrl="{address}"/></body></opml>'.encode()) == ()


def test_a_bare_ampersand_does_not_spoil_a_list():
    listed = b'<opml><body><outline text="This & that" xmlUrl="http://a.example/?a=1&b=2"/></body></opml>'
    assert read(listed) == (Outline("This & that", "http://a.example/?a=1&b=2"),)


def test_markup_within_a_description_does_not_spoil_a_list():
    listed = (
        b'<opml><body><outline about="At <a href="http://b.example/">B</a>, daily." xmlUrl="http://a.example/"/>'
        b'<outline xmlUrl="http://c.example/"/></body></opml>'
    )
    assert [each.url for each in read(listed)] == ["http://a.example/", "http://c.example/"]


def test_quotation_marks_within_a_title_do_not_spoil_a_list():
    listed = (
        b'<opml><body><outline text="The "Daily" News" about=""So" it says." xmlUrl="http://a.example/"/>'
        b"</body></opml>"
    )
    assert read(listed) == (Outline('The "Daily" News', "http://a.example/"),)


@pytest.mark.parametrize(
    ("content", "reason", "refused"),
    [
        (b"", "empty", False),
        (b"<rss><channel/></rss>", "not_opml", False),
        (b"<html><body>Sign in</body></html>", "html", False),
        (b"neither this nor that", "not_xml", False),
        (b"<a:b><outline xmlUrl='http://a.example/'/></a:b>", "not_opml", False),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body>&a;</body></opml>', "xml_entities", True),
    ],
)
def test_what_is_no_list_is_an_error_with_its_reason(content, reason, refused):
    with pytest.raises(InputError) as caught:
        read(content)
    assert (caught.value.stage, caught.value.reason, caught.value.refused) == ("find", reason, refused)


NEAR = st.sampled_from(
    [
        *("<opml>", "<body>", "<outline ", "/>", ">", "</outline>", "</body>", "<a:b ", "<a:b>", "&", "<"),
        *('xmlUrl="', 'text="', '"', "http://a.example/1", " ", "x", "\x00", "é", "<!--", "<![CDATA[", "="),
    ]
)


@given(st.lists(NEAR, max_size=25).map("".join))
def test_no_near_list_makes_it_fail_otherwise(text):
    for made in (text, f"<opml><body><outline {text}"):
        try:
            outlines = read(made.encode())
        except InputError:
            continue
        assert all(each.url.startswith("http") for each in outlines)


# Each would be looked through once for each of its beginnings by a pattern that spans a whole tag.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["<outline ", "<outline> x ", '<outline a="b ', 'a="b', '" ', "<outline >>>>>", "a = ", '"a="']
)
def test_a_hostile_list_costs_no_more_than_its_size(unit):
    listed = "<opml><body><outline " + unit * (500_000 // len(unit)) + "</body></opml>&"
    assert read(listed.encode()) == ()


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda name: name.isprintable())
NAMES = NAMES.map(lambda name: " ".join(name.replace("/", "").split())).filter(bool)


@given(
    st.lists(
        st.builds(
            Outline,
            title=NAMES,
            url=st.integers(0, 99).map("http://a.example/{}?b=c&d".format),
            site_url=st.none() | st.just("http://a.example/"),
            category=st.none() | st.lists(NAMES, min_size=1, max_size=3).map("/".join),
        ),
        unique_by=lambda outline: outline.url,
    )
)
def test_what_is_written_is_read_again(outlines):
    again = read(write(outlines))
    assert sorted(again, key=lambda each: each.url) == sorted(outlines, key=lambda each: each.url)


def test_within_a_folder_feeds_keep_their_order():
    listed = [Outline(f"Feed {n}", f"http://a.example/{n}", None, "AB"[n % 2]) for n in range(6)]
    assert [each.url[-1] for each in read(write(listed))] == ["0", "2", "4", "1", "3", "5"]


@pytest.mark.skipif(not LISTS.exists(), reason="the lists are not on this machine")
def test_every_list_that_others_published_can_be_imported():
    files = sorted(LISTS.rglob("*.opml"))
    addresses = set()
    for file in files:
        content = file.read_bytes()
        outlines = read(content)
        # One `xmlUrl` names each feed; a list may name one twice.
        assert len(outlines) <= content.count(b"xmlUrl=")
        assert len(outlines) >= 1, file
        addresses |= {each.url for each in outlines}
    assert len(files) == 118
    assert len(addresses) >= 781
