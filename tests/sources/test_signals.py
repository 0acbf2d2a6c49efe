"""What headers and meta elements say of the use of a page, and to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Signal
from sources.exchange import lower_case
from sources.signals import forbids, may_archive, signals_of

URL = "https://paper.example/a"


def said(
    headers: dict[str, str] | None = None, content: str | bytes = b"", **given: str
) -> list[tuple[str, str]]:
    body = content.encode() if isinstance(content, str) else content
    return [(each.kind, each.value) for each in signals_of(headers or {}, body, URL, **given)]


NOAI, NOIMAGE, NOARCHIVE = ("noai", "noai"), ("noai", "noimageai"), ("noarchive", "noarchive")


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("noai", [NOAI]),
        ("NoAI", [NOAI]),
        ("noai, noimageai", [NOAI, NOIMAGE]),
        ("index, follow,noarchive", [NOARCHIVE]),
        ("noai,noai", [NOAI]),
        ("dateline: noai", [NOAI]),
        ("*: noai", [NOAI]),
        ("otherbot: noai", []),
        ("otherbot: nofollow, noai", []),
        ("otherbot: noai, dateline: noarchive", [NOARCHIVE]),
        ("otherbot: noai\nnoarchive", [NOARCHIVE]),
        ("otherbot: noai\ndateline: noai", [NOAI]),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noai", [NOAI]),
        ("max-snippet: 20, max-image-preview: large, noarchive", [NOARCHIVE]),
        ("noaiplease", []),
        ("noindex, nofollow, nosnippet, none, all", []),
        ("", []),
        (":", []),
        (",,:,", []),
    ],
)
def test_what_x_robots_tag_says(tag, found):
    assert said({"x-robots-tag": tag}) == found


def test_what_one_header_says_of_another_robot_does_not_reach_into_the_next():
    raw = ((b"X-Robots-Tag", b"otherbot: nofollow"), (b"x-robots-tag", b"noai"))
    assert said(lower_case(raw)) == [NOAI]


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<meta name="robots" content="noai">', [NOAI]),
        ("<META NAME=ROBOTS CONTENT=NOAI>", [NOAI]),
        ("<meta content='noai, noimageai' name='robots'/>", [NOAI, NOIMAGE]),
        ('<meta property="robots" content="noarchive" />', [NOARCHIVE]),
        ('<meta name=" Robots " content=" noai ">', [NOAI]),
        ('<meta\nname="robots"\ncontent="noai"\n>', [NOAI]),
        ('<meta name="robots" content="no&#97;i, noarchive">', [NOAI, NOARCHIVE]),
        ('<meta name="dateline" content="noai">', [NOAI]),
        ('<meta name="otherbot" content="noai">', []),
        ('<meta name="description" content="noai, noarchive">', []),
        ('<!-- <meta name="robots" content="noai"> -->', []),
        ('<meta name="robots" content="index"><p>noai</p>', []),
        ("<p>The tag is written noai.", []),
        ('<metadata name="robots" content="noai">', []),
        ('<meta name="tdm-reservation" content="1">', [("tdm", "1")]),
        ('<meta name="tdm-reservation" content="0">', [("tdm", "0")]),
        ('<meta name="tdm-reservation" content="yes">', []),
        ('<meta name="tdm-policy" content="https://paper.example/p">', []),
        ("<p>" + "x" * 140_000 + '<meta name="robots" content="noai">', []),
    ],
)
def test_what_the_page_says(markup, found):
    assert said(content=markup) == found


def test_wide_characters_say_the_same():
    assert said(content='<meta name="robots" content="noai">'.encode("utf-16")) == [NOAI]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"tdm-reservation": "1"}, [("tdm", "1")]),
        ({"tdm-reservation": " 0 "}, [("tdm", "0")]),
        ({"tdm-reservation": "true"}, []),
        ({"tdm-policy": "https://paper.example/p"}, []),
    ],
)
def test_what_the_reservation_header_says(headers, found):
    assert said(headers) == found


def test_the_page_s_own_word_goes_before_the_server_s():
    markup = '<meta name="tdm-reservation" content="0">'
    assert said({"tdm-reservation": "1"}, markup) == [("tdm", "0")]
    assert said({"x-robots-tag": "noai"}, '<meta name="robots" content="noarchive">') == [NOARCHIVE, NOAI]


def test_the_evidence_says_where_it_stood_and_nothing_is_obeyed_yet():
    header, page = (
        signals_of({"tdm-reservation": "1", "tdm-policy": "https://paper.example/p"}, b"", URL),
        signals_of({}, b'<meta name="robots" content="noai">', URL),
    )
    assert header[0].evidence == f"header TDM-Reservation: 1 of {URL}; policy https://paper.example/p"
    assert page[0].evidence == '<meta name="robots" content="noai">'
    assert not header[0].obeyed
    assert not page[0].obeyed


def test_another_client_reads_what_is_said_to_it():
    assert said({"x-robots-tag": "reader: noai"}, product="reader") == [NOAI]
    assert said({"x-robots-tag": "dateline: noai"}, product="reader") == []


@pytest.mark.parametrize(
    ("kind", "value", "is_forbidden", "is_archived"),
    [
        ("robots", "disallow", True, True),
        ("tdm", "1", True, True),
        ("tdm", "0", False, True),
        ("noai", "noai", True, True),
        ("noai", "noimageai", False, True),
        ("noarchive", "noarchive", False, False),
        ("wall", "consent", False, True),
    ],
)
def test_what_a_signal_means(kind, value, is_forbidden, is_archived):
    signal = Signal(kind, value, "", obeyed=False)
    assert (forbids(signal), may_archive((signal,))) == (is_forbidden, is_archived)


@given(
    st.text(max_size=200),
    st.binary(max_size=300),
    st.sampled_from([b"", b"<meta noai ", b"\xff\xfe", b"<!--"]),
)
def test_any_header_and_any_page_can_be_read(tag, content, start):
    for signal in signals_of({"x-robots-tag": tag, "tdm-reservation": tag}, start + content, URL):
        assert signal.kind in ("noai", "noarchive", "tdm")
        assert not signal.obeyed
