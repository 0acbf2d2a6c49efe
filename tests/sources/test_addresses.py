"""What is asked is a public web page: no way of writing an address, and no name, leads into a network."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import InputError
from sources.addresses import address_of, check_addresses, check_name, follow, ground_of, literal_of
from sources.http import web
from sources.web import Ask

SSRF = Path(__file__).resolve().parents[3] / "shared/inputs/hostile/ssrf_urls.txt"
PORTS = frozenset({80, 443})


def refusal(url: str) -> str:
    """The reason for which a public source may not ask for an address; empty where it may."""
    try:
        address = address_of(url)
        check_name(address, private_allowed=False)
        literal = literal_of(address.host)
        if literal:
            check_addresses(address, [literal], private_allowed=False, public_ports=PORTS)
    except InputError as error:
        return error.reason if ";" in str(error) else "no remedy is named"
    return ""


def test_an_address_is_taken_apart_as_browsers_do():
    address = address_of(" https://User:pw@EXAMPLE.org:8443/a/../b c?q=é#part")
    assert address.url == "https://example.org:8443/b%20c?q=%C3%A9"
    assert (address.host, address.port, address.target) == ("example.org", 8443, "/b%20c?q=%C3%A9")
    assert (address.origin, address.authority) == ("https://example.org:8443", "example.org:8443")


def test_a_port_that_the_scheme_means_anyway_is_not_sent():
    assert address_of("http://example.org:80/").authority == "example.org"


def test_another_path_of_the_same_origin():
    assert (
        address_of("http://example.org:8080/a?b").at("/robots.txt").url
        == "http://example.org:8080/robots.txt"
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http:///",
        "http://a b/",
        "javascript:1",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://[::1",
        "data:,x",
        "http://\udc80/",
    ],
)
def test_what_is_no_web_address(url):
    assert refusal(url) == "bad_url"


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "134744072",
        "%31%32%37.0.0.1",
    ],
)
def test_an_ip_address_in_disguise_is_refused_even_where_it_is_public(host):
    assert refusal(f"http://{host}/") == "odd_address"


@pytest.mark.parametrize(
    ("address", "ground"),
    [
        ("8.8.8.8", "public"),
        ("2606:4700::1111", "public"),
        ("127.0.0.1", "private"),
        ("127.255.255.254", "private"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.32.0.1", "public"),
        ("192.168.1.1", "private"),
        ("::1", "private"),
        ("fd12::1", "private"),
        ("169.254.169.254", "never"),
        ("169.254.170.2", "never"),
        ("100.100.100.200", "never"),
        ("100.64.0.1", "never"),
        ("168.63.129.16", "never"),
        ("fd00:ec2::254", "never"),
        ("0.0.0.0", "never"),
        ("224.0.0.1", "never"),
        ("255.255.255.255", "never"),
        ("192.0.2.1", "never"),
        ("198.18.0.1", "never"),
        ("::", "never"),
        ("::ffff:8.8.8.8", "never"),
        ("::ffff:127.0.0.1", "never"),
        ("::127.0.0.1", "never"),
        ("fe80::1", "never"),
        ("fe80::1%eth0", "never"),
        ("ff02::1", "never"),
        ("2002:7f00:1::", "never"),
        ("2001:db8::1", "never"),
        ("64:ff9b::7f00:1", "never"),
        ("64:ff9b::a9fe:a9fe", "never"),
        ("64:ff9b::808:808", "public"),
        ("nonsense", "never"),
    ],
)
def test_what_an_ip_address_belongs_to(address, ground):
    assert ground_of(address) == ground


@pytest.mark.parametrize(
    "host", ["localhost", "a.localhost", "printer.local", "metadata", "x.internal", "box.lan"]
)
def test_names_of_local_networks_are_not_even_looked_up(host):
    assert refusal(f"http://{host}/") == "private_address"


def test_one_bad_address_among_those_of_a_name_is_enough():
    address = address_of("http://example.org/")
    with pytest.raises(InputError) as caught:
        check_addresses(address, ["8.8.8.8", "10.0.0.1"], private_allowed=False, public_ports=PORTS)
    assert caught.value.reason == "private_address"


def test_a_local_network_can_be_opened_but_the_metadata_service_cannot():
    address = address_of("http://intranet:9000/")
    check_name(address, private_allowed=True)
    assert check_addresses(address, ["10.0.0.1"], private_allowed=True, public_ports=PORTS) == "private"
    for never in ("169.254.169.254", "::ffff:7f00:1", "0.0.0.0"):
        with pytest.raises(InputError, match="never asked"):
            check_addresses(address, [never], private_allowed=True, public_ports=PORTS)


def test_other_ports_of_public_hosts_are_not_asked():
    with pytest.raises(InputError) as caught:
        check_addresses(
            address_of("http://example.org:22/"), ["8.8.8.8"], private_allowed=True, public_ports=PORTS
        )
    assert (caught.value.reason, caught.value.refused) == ("port", True)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.org/b"),
        ("b?c#d", "https://example.org/x/b?c"),
        ("//other.example/", "https://other.example/"),
        ("http://other.example", "http://other.example/"),
        ("\\\\other.example\\a", "https://other.example/a"),
        ("", "https://example.org/x/a"),
    ],
)
def test_a_redirect_is_read_from_where_it_stands(location, url):
    assert follow(address_of("https://example.org/x/a"), location).url == url


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "data:,x", "http://a:99999/"]
)
def test_a_redirect_leads_to_web_pages_alone(location):
    with pytest.raises(InputError) as caught:
        follow(address_of("https://example.org/"), location)
    assert (caught.value.reason, caught.value.refused) == ("bad_redirect", True)


@pytest.mark.parametrize("location", ["http://0x7f.1/", "//2130706433/", "http:\\\\127.1"])
def test_a_redirect_to_an_address_in_disguise(location):
    with pytest.raises(InputError) as caught:
        follow(address_of("http://example.org/"), location)
    assert caught.value.reason == "odd_address"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://127.", "//", "http:"]))
def test_any_text_is_an_address_or_is_refused(text, start):
    try:
        address = address_of(start + text)
    except InputError:
        return
    assert address.scheme in ("http", "https")
    assert address_of(address.url) == address  # what is asked reads the same again


@pytest.mark.skipif(not SSRF.exists(), reason="the hostile addresses are not here")
def test_no_hostile_address_reaches_a_socket(monkeypatch):
    connected: list[object] = []

    async def no_connection(*given: object, **_: object):
        connected.append(given)
        raise ConnectionRefusedError

    looked_up: list[str] = []

    async def names(host: str):
        """A name service that knows every name, and knows it to be the metadata service."""
        looked_up.append(host)
        return ("169.254.169.254",)

    async def ask_all() -> list[str]:
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", no_connection)
        monkeypatch.setattr(socket.socket, "connect", no_connection)
        reasons = []
        async with web(user_agent="t/1", now=lambda: datetime.now(UTC), resolver=names) as get:
            for line in SSRF.read_text(encoding="utf-8").splitlines():
                with pytest.raises(InputError) as caught:
                    await get(Ask(line))
                assert caught.value.stage == "fetch"
                reasons.append(caught.value.reason)
        return reasons

    reasons = asyncio.run(ask_all())
    assert connected == []
    assert set(reasons) <= {"bad_url", "odd_address", "private_address"}
    assert all("." in host for host in looked_up)  # the public names alone
