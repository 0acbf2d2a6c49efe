"""What a site wants and forbids, what is sent to whom, and where redirects may lead."""

import pytest

from sources.polite import Polite
from sources.web import Ask, Refused, WebLimits
from tests.sources.fake_net import OTHER, SITE, USER_AGENT, FakeNet, Said, ending, run, served

# What a site does not want


def test_what_robots_txt_closes_is_refused_and_not_asked_for():
    net = served("/a", "/private/b")
    net.routes[f"{SITE}/robots.txt"] = Said(content=b"User-agent: Dateline\nDisallow: /private/")
    error = run(net, lambda polite: ending(polite, f"{SITE}/private/b"))
    assert isinstance(error, Refused)
    assert (error.reason, error.refused) == ("robots", True)
    assert [(each.kind, each.value, each.obeyed) for each in error.signals] == [("robots", "disallow", True)]
    assert net.pages() == []


def test_who_does_not_obey_gets_it_and_the_signal_is_recorded_all_the_same():
    net = served("/a")
    net.routes[f"{SITE}/robots.txt"] = Said(content=b"User-agent: *\nDisallow: /a")

    async def visit(polite: Polite) -> list[tuple[str, bool]]:
        answer = await polite.get(Ask(f"{SITE}/a", obey=False))
        return [(each.kind, each.obeyed) for each in answer.signals]

    assert run(net, visit) == [("robots", False)]


def test_the_rules_of_the_host_that_a_redirect_leads_to_count():
    net = FakeNet(
        {
            f"{SITE}/a": Said(302, {"Location": f"{OTHER}/hidden"}),
            f"{OTHER}/robots.txt": Said(content=b"User-agent: *\nDisallow: /hidden"),
            f"{OTHER}/hidden": Said(),
        }
    )
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert isinstance(error, Refused)
    assert f"{OTHER}/hidden" not in net.urls


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(headers={"TDM-Reservation": "1"}), "tdm"),
        (Said(headers={"X-Robots-Tag": "noai"}), "noai"),
        (Said(content=b'<meta name="robots" content="noai"><p>Text.'), "noai"),
        (Said(content=b'<meta name="tdm-reservation" content="1"><p>Text.'), "tdm"),
    ],
)
def test_a_page_that_reserves_its_rights_is_refused(said, reason):
    error = run(served(a=said), lambda polite: ending(polite, f"{SITE}/a"))
    assert isinstance(error, Refused)
    assert error.reason == reason
    assert error.signals[0].obeyed


def test_a_reservation_file_keeps_the_page_from_being_asked_for():
    net = served("/a")
    net.routes[f"{SITE}/.well-known/tdmrep.json"] = Said(content=b'[{"location": "/", "tdm-reservation": 1}]')
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert isinstance(error, Refused)
    assert (error.reason, net.pages()) == ("tdm", [])


@pytest.mark.parametrize("said", ["noarchive", "noimageai"])
def test_what_forbids_no_reading_is_recorded(said):
    async def visit(polite: Polite) -> list[tuple[str, bool]]:
        answer = await polite.get(Ask(f"{SITE}/a"))
        return [(each.value, each.obeyed) for each in answer.signals]

    assert run(served(a=Said(headers={"X-Robots-Tag": said})), visit) == [(said, False)]


def test_a_feed_is_no_page_its_own_words_reserve_nothing():
    net = served(feed=Said(headers={"X-Robots-Tag": "noai"}))
    assert run(net, lambda polite: ending(polite, f"{SITE}/feed", kind="feed")) is None


# What is sent


def test_it_says_who_asks_and_what_it_takes():
    net = served("/a")
    run(
        net,
        lambda polite: polite.get(
            Ask(f"{SITE}/a", etag='"v1"', last_modified="Mon, 04 May 2026 08:00:00 GMT")
        ),
    )
    robots, _, page = (each.headers for each in net.asked)
    assert page["user-agent"] == robots["user-agent"] == USER_AGENT
    assert (page["if-none-match"], page["if-modified-since"]) == ('"v1"', "Mon, 04 May 2026 08:00:00 GMT")
    assert "if-none-match" not in robots
    assert "gzip" in page["accept-encoding"]
    assert "cookie" not in page


def test_a_304_is_an_answer_to_who_asked_for_it():
    net = served(a=Said(304, content=b""))

    async def visit(polite: Polite) -> list[int | str]:
        answer = await polite.get(Ask(f"{SITE}/a", etag='"v1"'))
        error = await ending(polite, f"{SITE}/a")
        return [answer.status, error.reason if error else ""]

    assert run(net, visit) == [304, "http_304"]


def test_headers_of_a_source_go_to_its_own_origin_alone_and_are_masked():
    net = FakeNet(
        {
            f"{SITE}/a": Said(302, {"Location": "/b"}),
            f"{SITE}/b": Said(302, {"Location": f"{OTHER}/c"}),
            f"{OTHER}/c": Said(302, {"Location": f"{SITE}/d"}),
            f"{SITE}/d": Said(),
        }
    )

    async def visit(polite: Polite) -> dict[bytes, bytes]:
        return dict((await polite.get(Ask(f"{SITE}/a", headers={"Authorization": "secret"}))).request_headers)

    kept = run(net, visit)
    with_secret = [each.url for each in net.asked if "authorization" in each.headers]
    assert with_secret == [f"{SITE}/a", f"{SITE}/b", f"{SITE}/d"]
    assert kept[b"Authorization"] == b"***"


# Redirects and deadlines


def test_redirects_are_told_in_their_order():
    net = FakeNet({f"{SITE}/a": Said(301, {"Location": "b#x"}), f"{SITE}/b": Said()})

    async def visit(polite: Polite) -> list[tuple[str, int, str]]:
        answer = await polite.get(Ask(f"{SITE}/a"))
        assert answer.url == f"{SITE}/b"
        return [(hop.url, hop.status, hop.location) for hop in answer.hops]

    assert run(net, visit) == [(f"{SITE}/a", 301, f"{SITE}/b")]


def test_eight_redirects_are_followed_and_no_ninth():
    net = FakeNet({f"{SITE}/{n}": Said(302, {"Location": f"/{n + 1}"}) for n in range(9)})
    net.routes[f"{SITE}/9"] = Said()
    assert run(net, lambda polite: ending(polite, f"{SITE}/1")) is None
    error = run(net, lambda polite: ending(polite, f"{SITE}/0"))
    assert error is not None
    assert error.reason == "too_many_redirects"


@pytest.mark.parametrize(("kind", "left_s"), [("page", [20, 11, 2]), ("feed", [30, 21, 12, 3])])
def test_the_deadline_is_for_all_redirects_together_pauses_not_counted(kind, left_s):
    net = FakeNet({f"{SITE}/{n}": Said(302, {"Location": f"/{n + 1}"}, took_s=9.0) for n in range(9)})
    limits = WebLimits(deadline_s=30.0, page_deadline_s=20.0)
    error = run(net, lambda polite: ending(polite, f"{SITE}/0", kind=kind, delay_s=100.0), limits)
    assert error is not None
    assert error.reason == "timeout"
    asked = [each for each in net.asked if each.url.removeprefix(f"{SITE}/").isdecimal()]
    assert [round(each.request.deadline_s) for each in asked] == left_s


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://0x7f.1/", "javascript:alert(1)"])
def test_a_redirect_out_of_the_web_is_not_followed(location):
    net = served(a=Said(302, {"Location": location}))
    error = run(net, lambda polite: ending(polite, f"{SITE}/a"))
    assert error is not None
    assert error.refused
    assert len(net.pages()) == 1
