"""What a robots.txt and a reservation file say of an address; any bytes can be read."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.addresses import address_of
from sources.robots import (
    MAX_ROBOTS_BYTES,
    Reservation,
    product_of,
    read_reservations,
    read_robots,
    reservation_for,
)

SITE = "https://paper.example"
REAL = Path(__file__).resolve().parents[3] / "shared" / "inputs" / "robots" / "real"


def allows(rules: str, path: str, product: str = "dateline") -> bool:
    return read_robots(rules.encode(), product=product).allows(SITE + path)


# RFC 9309 by its sections; `|` stands for the end of a line.
@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        # 2.2.1: which group holds
        ("User-agent: dateline|Disallow: /a", "/a", False),
        ("User-Agent: DATELINE|disallow: /a", "/a", False),
        ("User-agent: dateline|Disallow: /a||User-agent: *|Disallow: /b", "/b", True),
        ("User-agent: *|Disallow: /b||User-agent: dateline|Disallow: /a", "/b", True),
        ("User-agent: other|Disallow: /", "/a", True),
        ("User-agent: other|User-agent: dateline|Disallow: /a", "/a", False),
        ("User-agent: dateline|Disallow: /a||User-agent: dateline|Disallow: /b", "/b", False),
        ("User-agent: dateline|Disallow: /a||User-agent: dateline|Disallow: /b", "/a", False),
        ("Disallow: /a", "/a", True),
        # 2.2.2: the longest rule that fits; of two equals the kinder
        ("User-agent: *|Disallow: /a|Allow: /a/b", "/a/b/c", True),
        ("User-agent: *|Allow: /a/b|Disallow: /a", "/a/c", False),
        ("User-agent: *|Allow: /a|Disallow: /a", "/a", True),
        ("User-agent: *|Disallow: /a|Allow: /a", "/a", True),
        ("User-agent: *|Disallow:", "/a", True),
        ("User-agent: *|Disallow: /", "/a", False),
        ("User-agent: *|Disallow: /", "/", False),
        ("User-agent: *|Disallow: /A", "/a", True),
        ("User-agent: *|Disallow: /a", "/abc", False),
        ("User-agent: *|Disallow: /a/", "/a", True),
        ("User-agent: *|Disallow: /a?x=", "/a?x=1", False),
        ("User-agent: *|Disallow: /ü", "/%C3%BC", False),
        ("User-agent: *|Disallow: /%C3%BC", "/ü", False),
        # 2.2.3: special characters
        ("User-agent: *|Disallow: /*.pdf", "/a/b.pdf?c", False),
        ("User-agent: *|Disallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *|Disallow: /*.pdf$", "/a/b.pdf?c", True),
        ("User-agent: *|Disallow: /a*b*c", "/a-c-b", True),
        ("User-agent: *|Disallow: /a # all of it", "/a", False),
        ("# nothing|User-agent: * # all|# but|Disallow: /a", "/a", False),
        # 2.2.4 and what is no rule at all
        ("User-agent: *|Crawl-delay: 5|Disallow: /a", "/a", False),
        ("User-agent: *|Sitemap: https://paper.example/s.xml|Disallow: /a", "/a", False),
        ("Hello.||User-agent: *|What is this|Disallow /a|Disallow: /b", "/b", False),
        ("<!doctype html><title>Not found</title><p>Disallow: /", "/a", True),
        ("", "/a", True),
    ],
)
def test_what_may_be_asked(rules, path, is_allowed):
    assert allows(rules.replace("|", "\n"), path) is is_allowed
    assert allows(rules.replace("|", "\r\n"), path) is is_allowed
    assert allows("\ufeff" + rules.replace("|", "\r"), path) is is_allowed


def test_what_lies_beyond_500_kibibytes_is_not_read_nor_the_line_that_is_cut_there():
    start = b"User-agent: *\nDisallow: /a\n"
    filler = b"#" * 98 + b"\n"
    filled = start + filler * ((MAX_ROBOTS_BYTES - len(start)) // len(filler))
    cut = filled + b"Disallow: /news" + b"x" * 400 + b"\nDisallow: /b\n"
    assert len(filled) < MAX_ROBOTS_BYTES < len(cut)
    robots = read_robots(cut, product="dateline")
    assert [robots.allows(SITE + path) for path in ("/a", "/b", "/news")] == [False, True, True]


@pytest.mark.parametrize(
    ("rules", "delay_s"),
    [
        ("User-agent: *\nCrawl-delay: 5", 5.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nCrawl-delay: soon", None),
        ("User-agent: *\nRequest-rate: 2/10", 5.0),
        ("User-agent: *\nRequest-rate: 1/1m", 60.0),
        ("User-agent: *\nRequest-rate: 0/10", None),
        ("User-agent: *\nCrawl-delay: 3\nRequest-rate: 1/10", 3.0),
        ("User-agent: other\nCrawl-delay: 5", None),
        ("User-agent: *\nCrawl-delay: 5\n\nUser-agent: dateline\nDisallow: /a", None),
    ],
)
def test_the_pause_it_asks_for(rules, delay_s):
    assert read_robots(rules.encode(), product="dateline").crawl_delay_s == delay_s


@pytest.mark.parametrize(
    ("user_agent", "product"),
    [
        ("Dateline/0.1 (+https://googlebot.example)", "dateline"),
        ("My-Paper_Reader", "my-paper_reader"),
        ("(nobody)", "*"),
        ("", "*"),
    ],
)
def test_the_name_that_robots_files_address(user_agent, product):
    assert product_of(user_agent) == product


@pytest.mark.skipif(not REAL.exists(), reason="the robots files of others are not on this machine")
def test_the_robots_files_of_large_sites_are_read():
    files = sorted(path for path in REAL.rglob("*") if path.is_file())
    assert len(files) == 212
    closed = []
    for file in files:
        robots = read_robots(file.read_bytes(), product="dateline")
        assert robots.crawl_delay_s is None or robots.crawl_delay_s >= 0
        assert robots.allows(f"{SITE}/robots.txt") in (True, False)
        if not robots.allows(f"{SITE}/"):
            closed.append(file.name)
    # Sites that let nobody in are few: a reader that took a page of HTML for a ban would find many.
    assert len(closed) < len(files) // 10


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"User-agent: *\nDisallow: ", b"\xff\xfe", b"Crawl-delay:"]),
)
@example(b"\x00", b"User-agent: *\nCrawl-delay: nan\n")
@example(b"\nRequest-rate: 1/0", b"User-agent: *")
@example(b"\nRequest-rate: 1/10 0000-9999", b"User-agent: *")
@example(b"\nCrawl-delay: -5", b"User-agent: *")
@example(b"\nCrawl-delay: nan", b"User-agent: *")
def test_any_bytes_are_a_robots_file(content, start):
    robots = read_robots(start + content, product="dateline")
    assert robots.allows(f"{SITE}/a?b=c") in (True, False)
    assert robots.crawl_delay_s is None or robots.crawl_delay_s >= 0


# The reservation file


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', (Reservation("/", True),)),
        (b'[{"location": "/", "tdm-reservation": "0"}]', (Reservation("/", False),)),
        (
            b'[{"location": "/a", "tdm-reservation": 1, "tdm-policy": "https://paper.example/p.json"}]',
            (Reservation("/a", True, "https://paper.example/p.json"),),
        ),
        (b'[{"location": "/", "tdm-reservation": 2}]', ()),
        (b'[{"location": 1, "tdm-reservation": 1}, 5, {"tdm-reservation": 1}, {"location": "/"}]', ()),
        (b'{"location": "/", "tdm-reservation": 1}', ()),
        (b"<!doctype html>", ()),
        (b"[" * 100_000, ()),
        (b"\xff\xfe", ()),
        (b"", ()),
    ],
)
def test_what_a_reservation_file_says(content, found):
    assert read_reservations(content) == found


@pytest.mark.parametrize(
    ("location", "target", "fits"),
    [
        ("/", "/a", True),
        ("/a", "/b", False),
        ("/a/", "/a", False),
        ("a", "/a", True),
        ("*", "/a/b", True),
        ("/*.html$", "/a/b.html", True),
        ("/*.html$", "/a/b.html?c", False),
        ("/a*b*c", "/a-c-b", False),
        ("/a*b*c", "/abbc", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a*a$", "/a", False),
        ("/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b$", "/" + "a" * 5000, False),
    ],
)
def test_which_addresses_an_entry_holds_for(location, target, fits):
    found = reservation_for(address_of(SITE + target), (Reservation(location, True),))
    assert (found is not None) is fits


def test_the_longest_entry_that_fits_holds():
    entries = (Reservation("/", True), Reservation("/free/", False), Reservation("/*", True))
    assert reservation_for(address_of(f"{SITE}/free/a"), entries) == entries[1]
    assert reservation_for(address_of(f"{SITE}/a"), entries) == entries[2]
