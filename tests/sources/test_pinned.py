"""The connection goes to the very address that was checked, under the host's own name; real servers."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from records import InputError
from sources.http import web
from sources.web import Answer, Ask, Resolver, WebLimits
from tests.webserver import Web

NAME = "paper.example"
PUBLIC = "198.51.45.7"  # of no special registry; nothing is ever sent there
LIMITS = WebLimits(attempts=1, delay_s=0.0)


@pytest.fixture(autouse=True)
def guarded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every connection that is opened; one that would leave this machine is refused."""
    opened: list[tuple[str, int]] = []
    original = asyncio.BaseEventLoop.create_connection

    async def create_connection(loop, factory, host, port, **given):
        opened.append((host, port))
        if not ip_address(host).is_loopback:
            raise ConnectionRefusedError
        return await original(loop, factory, host, port, **given)

    def no_lookup(*_: object, **__: object) -> None:
        raise AssertionError("somebody looked a name up behind the resolver's back")

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", create_connection)
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", no_lookup)
    return opened


@dataclass(slots=True)
class Turning:
    """A name service that gives another answer each time; the last one from then on."""

    answers: Sequence[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def got(url: str, resolver: Resolver, *, allow_private: bool = False, **given: object) -> Answer:
    async def get() -> Answer:
        async with web(
            user_agent="dateline/9",
            now=lambda: datetime.now(UTC),
            limits=LIMITS,
            resolver=resolver,
            allow_private=allow_private,
        ) as ask:
            return await ask(Ask(url, kind="feed", **given))  # type: ignore[arg-type]  # as Ask has them

    return asyncio.run(get())


def refusal(url: str, resolver: Resolver, **given: object) -> InputError:
    with pytest.raises(InputError) as caught:
        got(url, resolver, **given)  # type: ignore[arg-type]  # as `got` has them
    return caught.value


# Rebinding: the answer of the name service changes between the check and the connection


def test_a_name_is_looked_up_once_for_a_connection_which_goes_where_the_check_was(guarded):
    turning = Turning([[PUBLIC], ["127.0.0.1"]])
    assert refusal(f"http://{NAME}/", turning.resolve).reason == "connection_refused"
    assert guarded == [(PUBLIC, 80)]
    assert turning.asked == [NAME]


def test_a_name_that_turns_private_for_the_next_connection_is_refused_then(guarded, web: Web):
    port = web.url.rpartition(":")[2]
    web.serve("/robots.txt", "", status=404, headers={"Connection": "close"})
    web.serve("/a", "Text.")
    turning = Turning([["127.0.0.1"], ["169.254.169.254"]])
    error = refusal(f"http://{NAME}:{port}/a", turning.resolve, allow_private=True)
    assert (error.reason, error.refused) == ("private_address", True)
    assert guarded == [("127.0.0.1", int(port))]
    assert [path for path, _ in web.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    "found", [[PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "::ffff:7f00:1"]]
)
def test_one_private_address_among_those_of_a_name_is_enough(guarded, found):
    assert refusal(f"http://{NAME}/", Turning([found]).resolve).reason == "private_address"
    assert guarded == []


def test_a_redirect_to_a_name_is_checked_as_well(guarded, web: Web):
    web.redirect("/a", "http://inside.example/secret")
    port = int(web.url.rpartition(":")[2])

    async def names(host: str) -> Sequence[str]:
        return ["127.0.0.1"] if host == NAME else ["fd00:ec2::254"]

    error = refusal(f"http://{NAME}:{port}/a", names, allow_private=True)
    assert error.reason == "private_address"
    assert set(guarded) == {("127.0.0.1", port)}


def test_the_next_address_of_a_name_is_tried_where_nobody_answers(guarded, web: Web):
    port = int(web.url.rpartition(":")[2])
    web.serve("/a", "Text.")
    answer = got(
        f"http://{NAME}:{port}/a", Turning([["127.0.0.99", "127.0.0.1"]]).resolve, allow_private=True
    )
    assert (answer.content, answer.address) == (b"Text.", "127.0.0.1")
    assert guarded[:2] == [("127.0.0.99", port), ("127.0.0.1", port)]


def test_the_host_header_is_the_name_that_was_asked_for(web: Web):
    port = web.url.rpartition(":")[2]
    web.serve("/a", "Text.")
    got(f"http://{NAME}:{port}/a", Turning([["127.0.0.1"]]).resolve, allow_private=True)
    assert {headers["host"] for _, headers in web.asked} == {f"{NAME}:{port}"}


def test_a_name_without_an_address(guarded):
    assert refusal(f"http://{NAME}/", Turning([[]]).resolve).reason == "dns"

    async def unknown(_: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert refusal(f"http://{NAME}/", unknown).reason == "dns"
    assert guarded == []


@pytest.mark.parametrize("host", ["localhost", "printer.local", "metadata.google.internal", "intranet"])
def test_names_of_local_networks_are_not_looked_up(guarded, host):
    turning = Turning([[PUBLIC]])
    assert refusal(f"http://{host}/", turning.resolve).reason == "private_address"
    assert (turning.asked, guarded) == ([], [])


# Encryption


@dataclass(slots=True)
class Secure:
    """A server with a certificate: its port, the names that clients called it by, their Host headers."""

    port: int
    names: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)


Certified = Callable[..., Secure]


class Authority:
    """Issues certificates; whoever trusts `path` trusts them."""

    def __init__(self, folder: Path, name: str = "A made-up authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._signed(self._name, self._key, authority=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, *names: str, ended: bool = False) -> ssl.SSLContext:
        """What a server of these names, or IP addresses, is set up with."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._signed(subject, key, names=names, ended=ended)
        path = self._folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        names: Sequence[str] = (),
        authority: bool = False,
        ended: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        until = now - timedelta(hours=1) if ended else now + timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if names:
            general = [
                x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
                for name in names
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority that this machine trusts, alone."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


@pytest.fixture
def certified() -> Iterator[Certified]:
    """Starts servers with a context."""
    running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(context: ssl.SSLContext) -> Secure:
        secure = Secure(0)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                secure.hosts.append(self.headers["Host"])
                self.send_response(404 if self.path == "/robots.txt" else 200)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"Text.")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up on a wrong certificate

        def named(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
            secure.names.append(name)

        context.sni_callback = named
        server = Server(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        secure.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return secure

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def secured(secure: Secure, host: str = NAME) -> Answer:
    return got(f"https://{host}:{secure.port}/a", Turning([["127.0.0.1"]]).resolve, allow_private=True)


def test_the_certificate_is_the_names_though_an_address_is_connected_to(guarded, authority, certified):
    secure = certified(authority.context(NAME))
    answer = secured(secure)
    assert (answer.content, answer.address) == (b"Text.", "127.0.0.1")
    assert set(guarded) == {("127.0.0.1", secure.port)}
    assert set(secure.names) == {NAME}
    assert set(secure.hosts) == {f"{NAME}:{secure.port}"}


def test_a_host_that_is_an_address_needs_a_certificate_for_it(authority, certified):
    secure = certified(authority.context("127.0.0.1"))
    assert secured(secure, "127.0.0.1").content == b"Text."
    assert set(secure.names) <= {None}  # an address is no name to ask for


@pytest.mark.parametrize(
    "names", [("other.example",), ("127.0.0.1",), (f"www.{NAME}",), ("*.example.org",)], ids=",".join
)
def test_the_certificate_of_another_name_is_refused(authority, certified, names):
    secure = certified(authority.context(*names))
    with pytest.raises(InputError) as caught:
        secured(secure)
    assert caught.value.reason == "tls"
    assert secure.hosts == []  # nothing was asked


def test_a_certificate_that_has_ended_is_refused(authority, certified):
    secure = certified(authority.context(NAME, ended=True))
    with pytest.raises(InputError) as caught:
        secured(secure)
    assert (caught.value.reason, secure.hosts) == ("tls", [])


def test_a_certificate_that_nobody_vouches_for_is_refused(authority, certified, tmp_path):
    secure = certified(Authority(tmp_path, "Another authority").context(NAME))
    with pytest.raises(InputError) as caught:
        secured(secure)
    assert (caught.value.reason, secure.hosts) == ("tls", [])
