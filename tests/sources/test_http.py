"""A page is fetched whole and in time, or the reason is named; against a real server."""

import gzip
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from records import InputError
from sources.fetched import Fetch
from sources.http import MAX_REDIRECTS, client
from tests.webserver import Web

AT = datetime(2025, 11, 4, 10, tzinfo=UTC)


@pytest.fixture
def fetch() -> Iterator[Fetch]:
    with client(user_agent="dateline/9", now=lambda: AT, deadline_s=20, max_bytes=10_000) as get:
        yield get


@pytest.fixture
def impatient() -> Iterator[Fetch]:
    with client(user_agent="dateline/9", now=lambda: AT, deadline_s=0.2, max_bytes=10_000) as get:
        yield get


def failure(get: Fetch, url: str) -> tuple[str, str, bool]:
    with pytest.raises(InputError) as caught:
        get(url)
    assert caught.value.stage == "fetch"
    assert ";" in str(caught.value)  # what to do
    return caught.value.reason, str(caught.value), caught.value.refused


def test_a_page_comes_with_its_headers_and_the_time(web: Web, fetch: Fetch):
    got = fetch(web.serve("/a", "Text: é", headers={"X-Thing": "1"}))
    assert (got.url, got.status, got.content, got.fetched_at) == (f"{web.url}/a", 200, "Text: é".encode(), AT)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert got.headers["x-thing"] == "1"


def test_it_says_who_it_is(web: Web, fetch: Fetch):
    fetch(web.serve("/a", "x"))
    ((path, headers),) = web.asked
    assert (path, headers["user-agent"], headers["accept-encoding"]) == ("/a", "dateline/9", "gzip")


def test_gzip_is_undone(web: Web, fetch: Fetch):
    url = web.serve("/a", gzip.compress(b"Text."), headers={"Content-Encoding": "gzip"})
    assert fetch(url).content == b"Text."


def test_redirects_are_followed_to_the_final_address(web: Web, fetch: Fetch):
    web.serve("/end", "Text.")
    web.redirect("/middle", "/end", 301)
    assert fetch(web.redirect("/a", f"{web.url}/middle")).url == f"{web.url}/end"


def test_no_cookies_go_from_one_page_to_the_next(web: Web, fetch: Fetch):
    fetch(web.serve("/a", "x", headers={"Set-Cookie": "who=me"}))
    fetch(web.serve("/b", "x"))
    assert "cookie" not in web.asked[-1][1]


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_an_error_of_the_server_is_its_number(web: Web, fetch: Fetch, status):
    reason, said, refused = failure(fetch, web.serve("/a", "no", status=status))
    assert (reason, refused) == (f"http_{status}", False)
    assert str(status) in said


def test_redirects_have_an_end(web: Web, fetch: Fetch):
    assert failure(fetch, web.redirect("/round", "/round"))[0] == "too_many_redirects"
    assert len(web.asked) == MAX_REDIRECTS + 1


def test_exactly_as_many_redirects_as_allowed(web: Web, fetch: Fetch):
    web.serve(f"/{MAX_REDIRECTS}", "Text.")
    for number in range(MAX_REDIRECTS):
        web.redirect(f"/{number}", f"/{number + 1}")
    assert fetch(f"{web.url}/0").content == b"Text."


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "javascript:alert(1)",
        "data:,x",
        "http://127.0.0.1:99999/",
    ],
)
def test_redirects_lead_to_the_web_alone(web: Web, fetch: Fetch, location):
    reason, said, refused = failure(fetch, web.redirect("/a", location))
    assert (reason, refused) == ("bad_redirect", True)
    assert "no web page" in said


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("image/png", "image"),
        ("video/mp4", "video"),
        ("application/pdf", "pdf"),
        ("application/zip", "archive"),
        ("application/json; charset=utf-8", "content_type"),
        ("text/css", "content_type"),
    ],
)
def test_what_is_no_text_is_refused_by_its_type(web: Web, fetch: Fetch, content_type, reason):
    url = web.serve("/a", "x", headers={"Content-Type": content_type})
    assert failure(fetch, url)[::2] == (reason, True)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xhtml+xml", "application/octet-stream", ""]
)
def test_what_may_be_text_is_taken(web: Web, fetch: Fetch, content_type):
    assert fetch(web.serve("/a", "x", headers={"Content-Type": content_type})).content == b"x"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"a" * 10_001, {}),
        (b"a" * 10_001, {"Content-Length": "10001"}),
        (gzip.compress(b"a" * 10_001, mtime=0), {"Content-Encoding": "gzip"}),
    ],
)
def test_more_than_the_limit_is_refused(web: Web, fetch: Fetch, body, headers):
    reason, said, refused = failure(fetch, web.serve("/a", body, headers=headers))
    assert (reason, refused) == ("too_large", True)
    assert "10,000 bytes" in said


def test_an_endless_body_is_too_large_or_too_late(web: Web, impatient: Fetch):
    assert failure(impatient, web.serve("/a", "x", drip=True))[0] == "timeout"


def test_a_coding_that_was_not_asked_for_is_refused(web: Web, fetch: Fetch):
    url = web.serve("/a", "x", headers={"Content-Encoding": "gzip, br"})
    assert failure(fetch, url)[0] == "content_encoding"


def test_broken_gzip_is_named(web: Web, fetch: Fetch):
    url = web.serve("/a", gzip.compress(b"Text.")[:-4], headers={"Content-Encoding": "gzip"})
    assert failure(fetch, url)[0] == "bad_gzip"


def test_a_server_that_does_not_answer_in_time(web: Web, impatient: Fetch):
    reason, said, _ = failure(impatient, web.hold("/a"))
    assert reason == "timeout"
    assert "0.2 s" in said


def test_a_header_that_drips_does_not_outlive_the_deadline(web: Web, impatient: Fetch):
    web.serve("/a", raw=b"HTTP/1.1 200 OK\r\nX-Slow: ")
    assert failure(impatient, web.serve("/b", b"", drip=True))[0] == "timeout"
    assert failure(impatient, f"{web.url}/a")[0] == "network"


def test_a_body_that_stops_short_is_a_failure(web: Web, fetch: Fetch):
    url = web.serve("/a", "short", headers={"Content-Length": "100"})
    assert failure(fetch, url)[0] == "network"


@pytest.mark.parametrize("raw", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nx"])
def test_an_answer_that_is_no_http_is_a_failure(web: Web, fetch: Fetch, raw):
    assert failure(fetch, web.serve("/a", raw=raw))[0] == "network"


def test_nobody_at_the_port(fetch: Fetch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, so that nobody else takes it; not listening
        assert failure(fetch, f"http://127.0.0.1:{taken.getsockname()[1]}/")[0] == "connection_refused"


def test_a_host_that_is_not_known(fetch: Fetch, monkeypatch):
    def unknown(*_: object, **__: object):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure(fetch, "http://host.invalid/")[0] == "dns"


def test_a_server_without_encryption_where_it_was_asked_for(web: Web, fetch: Fetch):
    assert failure(fetch, web.url.replace("http:", "https:") + "/a")[0] == "tls"


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "file:///etc/passwd", "http://127.0.0.1:99999/", "http://\0/"]
)
def test_an_address_that_cannot_be_asked(fetch: Fetch, url):
    assert failure(fetch, url)[0] == "bad_url"


def test_one_failure_leaves_the_client_as_good_as_before(web: Web, impatient: Fetch):
    assert failure(impatient, web.hold("/a"))[0] == "timeout"
    assert impatient(web.serve("/b", "Text.")).content == b"Text."
