"""The local web itself: it serves what it says it does, and its log tells the polite from the impolite."""

import asyncio
import http.client
import json
import re
import socket
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
import zstandard

from extractors import extract
from records import Outcome
from sources.urls import canonical_url
from tests.web import server
from tests.web.big import big_web
from tests.web.log import Entry, Log, Manners
from tests.web.names import METADATA
from tests.web.pages import Dress, page, story
from tests.web.site import Place
from tests.web.world import LocalWeb

ROOT = Path(__file__).resolve().parents[2]
_SEED_OF_A_STORY = "any"


def get(
    web: LocalWeb, address: str, path: str, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, web.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def home(web: LocalWeb, name: str) -> str:
    return web.sites[name].place.address


def raw_bytes(web: LocalWeb, name: str, path: str, enough: int = 1 << 30) -> bytes:
    """What comes over the wire until it ends, or until it is enough."""
    with socket.create_connection((home(web, name), web.port), timeout=10) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        got = b""
        while len(got) < enough and (piece := wire.recv(1 << 16)):
            got += piece
        return got


def test_it_has_forty_sites_and_every_kind_of_source_that_lies_on_the_web(local_web: LocalWeb):
    assert len(local_web.sites) >= 40
    assert {source.kind for source in local_web.sources} == {"feed", "sitemap", "page", "urls"}
    ids = [source.id for source in local_web.sources]
    assert len(ids) == len(set(ids))


def test_every_good_article_is_served_and_is_one_to_the_extractor(local_web: LocalWeb):
    for good in local_web.good:
        host, path = re.fullmatch(r"http://([^:/]+):\d+(/.*)", good.url).groups()  # type: ignore[union-attr]
        number = re.search(r"\d+$", host.removesuffix(".example"))
        assert number
        for _ in range(2):  # some sites are not well at first
            headers = {"Host": f"{host}:{local_web.port}"}
            status, answered, body = get(local_web, f"127.0.1.{number[0]}", path, headers)
            if status == 103:  # http.client takes the hint for the answer
                body = raw_bytes(local_web, "odd_wire", path).split(b"\r\n\r\n", 2)[2]
                answered = {"content-type": "text/html; charset=utf-8"}
            if status not in (429, 503):
                break
        article = extract(body, url=good.url, content_type=answered["content-type"])
        assert article.title == good.title
        assert article.language == "en"
        assert len(re.findall(r"[.!?”](?: |$)", article.text, re.MULTILINE)) >= 5
        assert article.published
        assert canonical_url(good.url) == good.url


def test_titles_and_addresses_are_different(local_web: LocalWeb):
    assert len({good.title for good in local_web.good}) == len(local_web.good) > 80
    assert len({good.url for good in local_web.good}) == len(local_web.good)


def test_an_article_says_the_same_whatever_the_machine():
    assert story(_SEED_OF_A_STORY) == story(_SEED_OF_A_STORY)
    assert story("one").title != story("other").title
    assert 'rel="amphtml" href="/a?b&amp;c"' in page(story("one"), Dress(amp="/a?b&c"))


def test_no_address_is_meant_to_be_good_and_bad(local_web: LocalWeb):
    faults = {fault.url for fault in local_web.faults}
    assert faults & {url for good in local_web.good for url in (good.url, *good.also)} == set()


def test_sources_and_expectations_name_one_another(local_web: LocalWeb):
    ids = {source.id for source in local_web.sources}
    named = {name for good in local_web.good for name in good.source_ids}
    named |= {fault.source_id for fault in local_web.faults} | set(local_web.broken_sources)
    assert named == ids


@pytest.mark.parametrize(
    ("name", "path", "tag"),
    [("atom", "/atom.xml", '"feed-1"'), ("sitemap", "/sitemap.xml", '"m1"'), ("json", "/feed.json", '"j1"')],
)
def test_a_validator_gets_304_and_nothing_else(local_web: LocalWeb, name: str, path: str, tag: str):
    address = home(local_web, name)
    status, headers, body = get(local_web, address, path)
    assert (status, headers["etag"]) == (200, tag)
    assert body
    assert get(local_web, address, path, {"If-None-Match": tag})[::2] == (304, b"")
    assert get(local_web, address, path, {"If-None-Match": '"other"'})[0] == 200


def test_last_modified_is_a_validator_as_well(local_web: LocalWeb):
    address = home(local_web, "validators")
    modified = get(local_web, address, "/rss.xml")[1]["last-modified"]
    assert get(local_web, address, "/rss.xml", {"If-Modified-Since": modified})[0] == 304


def test_an_article_changes_when_told_and_its_feed_says_so(local_web: LocalWeb):
    site = local_web.sites["atom"]
    before = get(local_web, site.place.address, "/atom.xml")[2]
    assert site.edit
    changed = site.edit()
    path = changed.url.removeprefix(site.place.base)
    feed = get(local_web, site.place.address, "/atom.xml", {"If-None-Match": '"feed-1"'})
    assert feed[0] == 200
    assert feed[2].count(b"<entry>") == before.count(b"<entry>")
    assert feed[2] != before
    later = extract(get(local_web, site.place.address, path)[2], content_type="text/html")
    assert later.title == changed.title


@pytest.mark.parametrize(
    ("name", "coding", "unpack"),
    [
        ("rdf", "br", brotli.decompress),
        ("rss091", "zstd", zstandard.ZstdDecompressor().decompress),
        ("rss091", "deflate", zlib.decompress),
    ],
)
def test_bodies_are_packed_for_those_who_take_it(local_web: LocalWeb, name: str, coding: str, unpack):
    good = local_web.sites[name].good[0]
    path = good.url.removeprefix(local_web.sites[name].place.base)
    _, headers, body = get(local_web, home(local_web, name), path, {"Accept-Encoding": coding})
    assert headers["content-encoding"] == coding
    assert good.title.encode() in unpack(body)
    assert "content-encoding" not in get(local_web, home(local_web, name), path)[1]


def test_a_bomb_is_small_and_unpacks_to_a_gigabyte(local_web: LocalWeb):
    wire = raw_bytes(local_web, "bombs", "/bomb-gzip").partition(b"\r\n\r\n")[2]
    assert len(wire) < 3_000_000
    unpacker, size = zlib.decompressobj(31), 0
    unpacked = unpacker.decompress(wire, 50_000_000)
    size += len(unpacked)
    assert size == 50_000_000
    assert len(wire) - len(unpacker.unconsumed_tail) < len(wire) / 10


def test_a_drip_and_an_endless_body_never_end(local_web: LocalWeb):
    assert raw_bytes(local_web, "endless", "/bare", 5_000_000).count(b"And so it went on") > 50_000
    started = time.monotonic()
    assert raw_bytes(local_web, "drip", "/drip", 70).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started < 30
    assert raw_bytes(local_web, "slow_head", "/head", 40).count(b"X-") >= 1


@pytest.mark.parametrize("path", ["/at-once", "/in-body"])
def test_a_reset_is_one(local_web: LocalWeb, path: str):
    with pytest.raises(ConnectionResetError):
        raw_bytes(local_web, "resets", path)


def test_a_wrong_length_is_one(local_web: LocalWeb):
    with pytest.raises(http.client.IncompleteRead):
        get(local_web, home(local_web, "lengths"), "/too-long")


def test_headers_of_a_megabyte_are_sent(local_web: LocalWeb):
    assert len(raw_bytes(local_web, "huge_head", "/one")) > 1_000_000


def test_what_fails_at_first_is_well_afterwards(local_web: LocalWeb):
    path = local_web.sites["once_unavailable"].good[0].url.partition(str(local_web.port))[2]
    address = home(local_web, "once_unavailable")
    assert [get(local_web, address, path)[0] for _ in range(3)] == [503, 200, 200]


def test_redirects_go_where_no_client_should(local_web: LocalWeb):
    address = home(local_web, "redirects")
    leads = [get(local_web, address, path)[1]["location"] for path in ("/cloud", "/file", "/more/7")]
    assert leads == [f"http://{METADATA}/latest/meta-data/", "file:///etc/passwd", "/more/8"]


def test_a_server_with_a_name_knows_it(local_web: LocalWeb):
    site = local_web.sites["named"]
    path = site.good[0].url.removeprefix(site.place.named)
    assert get(local_web, site.place.address, path)[0] == 404
    assert get(local_web, site.place.address, path, {"Host": f"{site.place.name}:1"})[0] == 200


def test_names_have_addresses_and_one_changes(local_web: LocalWeb):
    turning = local_web.sites["rebinding"].place

    async def look_up(name: str) -> str:
        return (await local_web.names.resolve(name))[0]

    assert asyncio.run(look_up("site3.example")) == "127.0.1.3"
    assert [asyncio.run(look_up(turning.name)) for _ in range(3)] == [turning.address, METADATA, METADATA]
    with pytest.raises(OSError, match="not known"):
        asyncio.run(look_up("nosuch.example"))
    assert local_web.names.look_ups.count(turning.name) == 3


def test_a_secret_stands_in_no_file(local_web: LocalWeb):
    config = local_web.toml()
    assert config.count("[[source]]") == len(local_web.sources_by_number)
    assert "env:LOCAL_WEB_AUTHORIZATION" in config
    assert local_web.environment["LOCAL_WEB_AUTHORIZATION"] not in config


def test_the_log_knows_who_asked_for_what(local_web: LocalWeb):
    get(local_web, "127.0.1.1", "/robots.txt", {"User-Agent": "Somebody"})
    assert local_web.log.wait(lambda log: len(log.entries) == 1)
    (entry,) = local_web.log.entries
    assert (entry.address, entry.path, entry.status) == ("127.0.1.1", "/robots.txt", 404)
    assert entry.headers["user-agent"] == "Somebody"
    assert local_web.log.urls(local_web.port) == [f"{local_web.sites['rss2'].place.base}/robots.txt"]
    assert local_web.impolite() == []


def test_asking_before_robots_txt_is_seen(local_web: LocalWeb):
    get(local_web, "127.0.1.1", "/rss.xml")
    assert any("before robots.txt" in said for said in local_web.impolite())


def test_asking_for_what_is_disallowed_is_seen(local_web: LocalWeb):
    get(local_web, home(local_web, "slow_going"), "/robots.txt")
    get(local_web, home(local_web, "slow_going"), "/private/one.html")
    said = local_web.impolite()
    assert any("is disallowed" in each for each in said)
    assert any("wanted are 1 s" in each for each in said)


def test_telling_a_secret_to_another_host_is_seen(local_web: LocalWeb):
    for address in (home(local_web, "secret"), "127.0.1.1"):
        get(local_web, address, "/robots.txt", {"Authorization": "Bearer x"})
    assert [said for said in local_web.impolite() if "authorization" in said] == [
        f"{local_web.log.entries[1]} came with the authorization of {home(local_web, 'secret')}"
    ]


def test_asking_two_things_at_once_is_seen(local_web: LocalWeb):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: raw_bytes(local_web, "slow_head", path, 60), ["/head", "/head"]))
    assert any("was being answered" in said for said in local_web.log.at_once())


def test_asking_again_before_retry_after_is_seen(local_web: LocalWeb):
    for _ in range(2):
        get(local_web, home(local_web, "come_back_tomorrow"), "/later")
    assert any("wanted are 86400 s" in said for said in local_web.impolite())


def entry(began: float, ended: float | None, address: str = "a", path: str = "/robots.txt") -> Entry:
    return Entry(address, "", path, {}, 1, began, ended)


def test_one_after_the_other_on_a_host_and_many_hosts_at_once_is_polite():
    log = Log([entry(0, 1), entry(0.5, 2, "b"), entry(2, 3), entry(4, 5)])
    assert log.impolite({"a": Manners(delay_s=2)}) == []
    assert len(log.too_soon({"a": Manners(delay_s=2.5)})) == 2
    assert Log([entry(0, None), entry(9, 10)]).at_once() != []


def outcomes(web: LocalWeb) -> list[tuple[str, str, str | None]]:
    ends: list[tuple[str, str, str | None]] = [(good.url, "stored", None) for good in web.good]
    ends += [
        (fault.url, min(fault.outcomes), min(fault.reasons, default="any"))
        for fault in web.faults
        if fault.found
    ]
    return ends


def test_the_right_ends_are_right(local_web: LocalWeb):
    assert local_web.wrong_outcomes(outcomes(local_web)) == []
    assert local_web.wrong_articles([(good.url, good.title) for good in local_web.good]) == []


def test_what_is_lost_twice_there_or_made_up_is_wrong(local_web: LocalWeb):
    right = outcomes(local_web)
    assert len(local_web.wrong_outcomes(right[1:])) == 1
    assert len(local_web.wrong_outcomes([*right, right[0]])) == 2
    assert len(local_web.wrong_outcomes([*right, ("http://127.0.1.1/x", "stored", None)])) == 1
    changed = [(right[0][0], "failed", "timeout"), *right[1:]]
    assert len(local_web.wrong_outcomes(changed)) == 1
    stored = [(good.url, good.title) for good in local_web.good]
    assert len(local_web.wrong_articles(stored[1:])) == 1
    assert len(local_web.wrong_articles([*stored, ("http://127.0.1.1/x", "X")])) == 1
    assert len(local_web.wrong_articles([(stored[0][0], "X"), *stored[1:]])) == 1


def test_expected_outcomes_are_outcomes_of_the_records(local_web: LocalWeb):
    for fault in local_web.faults:
        for kind in fault.outcomes:
            assert Outcome(fault.url, fault.source_id, kind, "fetch").outcome == kind


def test_a_taken_port_is_not_given_out_twice():
    first, sockets = server.free_port(["127.0.0.1"])
    other, others = server.free_port(["127.0.0.1"])
    for each in (*sockets, *others):
        each.close()
    assert first != other
    with pytest.raises(server.Unavailable, match="no port is free"):
        server.free_port(["192.0.2.1"])


def test_the_big_web_has_as_many_pages_as_asked_for():
    web = big_web(sites=3, pages=10, page_bytes=8000)
    assert len(set(web.urls(80))) == 10
    answers = {web.page(site, number) for site in (1, 2, 3) for number in range(3)}
    assert len(answers) == 9
    for wire in answers:
        head, _, body = wire.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        assert 8000 < len(body) < 10_000
        assert extract(body, content_type="text/html; charset=utf-8").text
    assert web.page(2, 1) == big_web(sites=3, pages=10, page_bytes=8000).page(2, 1)


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--sites", "2", "--pages", "5"]])
def test_it_can_be_served_by_hand(tmp_path: Path, options: list[str]):
    listing = tmp_path / "listing"
    command = [sys.executable, "-m", "tests.web", *options, "--write", str(listing)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = json.loads(process.stdout.readline())["port"]
        connection = http.client.HTTPConnection(Place(1, port).address, port, timeout=10)
        connection.request("GET", "/news/1.html" if options else "/rss.xml")
        assert connection.getresponse().status == 200
        connection.close()
        assert f"{Place(1, port).base}/" in listing.read_text()
        process.terminate()
        assert process.wait(10) == 0
