"""Which web addresses may be asked: read as browsers read them, and no way into a private network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

import ada_url

from records import InputError
from sources.names import printable

Ground = Literal["public", "private", "never"]
"""What an IP address belongs to: the open net; loopback and intranets; nothing that is ever asked."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADA_IPV4 = 1
_AUTHORITY = re.compile(r"(?:[^:/?#\\]*:)?[/\\]{2,}([^/?#\\]*)")

# Names that no public name service knows (RFC 6761, 6762, 8375, ICANN's reservation of .internal).
_LOCAL_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet", ".corp", ".home")

# The registries of special-purpose addresses at IANA (RFC 6890 and its updates). `private` opens with
# `network = "local"`, all else here stays shut. The cloud providers' metadata services come first.
_SPECIAL: tuple[tuple[Ground, tuple[str, ...]], ...] = (
    ("never", ("169.254.0.0/16", "192.0.0.192/32", "100.100.100.200/32", "168.63.129.16/32")),
    ("never", ("fd00:ec2::254/128", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128")),
    ("private", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")),
    ("never", ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24")),
    ("never", ("192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15")),
    ("never", ("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")),
    ("private", ("::1/128", "fc00::/7")),
)
_V6_PUBLIC = IPv6Network("2000::/3")  # all that IANA has given out for the open net
_V6_NEVER = ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is meant

_RULES: tuple[tuple[IPv4Network | IPv6Network, Ground], ...] = tuple(
    (ip_network(network), ground) for ground, networks in _SPECIAL for network in networks
)
_V6_SPECIAL = tuple(IPv6Network(network) for network in _V6_NEVER)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address, taken apart once (URL Standard); what is asked is made of these parts alone.

    Attributes:
        url: as the standard writes it, without user name, password and fragment.
        scheme: http or https.
        host: lower-case, ASCII; an IPv6 address in brackets.
        port: the scheme's own where none is given.
        target: path and query, as they are sent.
    """

    url: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt holds for."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own: the Host header."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    def at(self, target: str) -> "Address":
        """Another path of the same origin."""
        return Address(self.origin + target, self.scheme, self.host, self.port, target)


def address_of(url: str) -> Address:
    """Take an address apart.

    Raises:
        InputError: it is no http or https address (`bad_url`), or its host is an IP address in disguise
            (`odd_address`: `0x7f.1`, `2130706433`, full-width digits).
    """
    return _address(url, None, "bad_url")


def follow(base: Address, location: str) -> Address:
    """The address that a redirect leads to.

    Raises:
        InputError: that is no web page (`bad_redirect`), or an IP address in disguise (`odd_address`).
    """
    return _address(location, base, "bad_redirect")


def _address(url: str, base: Address | None, reason: str) -> Address:
    try:
        parsed = ada_url.URL(url, base.url) if base else ada_url.URL(url)
        scheme = parsed.protocol[:-1]
    except (ValueError, UnicodeError):  # ada raises these alone
        raise _unaskable(url, reason) from None
    host = parsed.hostname
    port = _DEFAULT_PORTS.get(scheme)
    if port is None or not host or parsed.port == "0":
        raise _unaskable(url, reason)
    if parsed.host_type == _ADA_IPV4 and _is_disguised(url, host):
        raise InputError(
            f"'{printable(url[:200])}' writes the IP address {host} in an odd form; write it plainly, "
            "or better the host's name",
            stage="fetch",
            reason="odd_address",
            refused=True,
        )
    target = parsed.pathname + parsed.search
    written = parsed.port
    authority = f"{host}:{written}" if written else host
    return Address(f"{scheme}://{authority}{target}", scheme, host, int(written) if written else port, target)


def _is_disguised(url: str, host: str) -> bool:
    match = _AUTHORITY.match(re.sub(r"[\t\n\r]", "", url.strip()))
    if match is None:
        # A relative address takes its host from its base, which was looked at; `http:127.1` does not.
        return re.match(r"(?i)https?:", url.strip()) is not None
    return match[1].rpartition("@")[2].partition(":")[0] != host


def _unaskable(url: str, reason: str) -> InputError:
    shown = printable(url[:200])
    if reason == "bad_redirect":
        return InputError(
            f"it leads on to '{shown}', no web page; look in a browser",
            stage="fetch",
            reason=reason,
            refused=True,
        )
    return InputError(
        f"'{shown}' is no address that can be asked; check its scheme, host and port",
        stage="fetch",
        reason=reason,
    )


def literal_of(host: str) -> str | None:
    """The IP address that a host of an `Address` is, without brackets; None for a name."""
    if host.startswith("["):
        return host[1:-1]
    return host if host[-1:].isdigit() and _is_ip(host) else None


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def ground_of(address: str) -> Ground:
    """What an IP address belongs to, by IANA's registries.

    An IPv4 address in the clothes of an IPv6 one (mapped, 6to4, Teredo) is never asked; one behind NAT64,
    which some providers' name servers give out, is judged by the IPv4 address inside.
    """
    try:
        ip = ip_address(address)
    except ValueError:  # a zone (fe80::1%eth0), or no address at all
        return "never"
    if isinstance(ip, IPv6Address) and ip in _NAT64:
        inside = ground_of(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
        return "public" if inside == "public" else "never"
    for network, ground in _RULES:
        if ip.version == network.version and ip in network:
            return ground
    if isinstance(ip, IPv6Address) and (ip not in _V6_PUBLIC or any(ip in each for each in _V6_SPECIAL)):
        return "never"
    return "public"


def is_local_name(host: str) -> bool:
    """Whether a host's name belongs to a local network: it would not be looked up for a public source."""
    name = host.rstrip(".")
    return "." not in name or name.endswith(_LOCAL_ENDINGS)


def check_name(address: Address, *, private_allowed: bool) -> None:
    """Refuse a name of a local network before it is looked up.

    Raises:
        InputError: it is one, and local networks are not open (`private_address`).
    """
    if private_allowed or literal_of(address.host) is not None or not is_local_name(address.host):
        return
    raise _private(f"'{address.host}' is a name of a local network")


def check_addresses(
    address: Address, found: Sequence[str], *, private_allowed: bool, public_ports: frozenset[int]
) -> Ground:
    """Refuse what may not be connected to; every address of a name must be good, not one of them.

    Returns:
        `public` or `private`: where the host is.

    Raises:
        InputError: `private_address`, `port` or (with no address at all) `dns`.
    """
    if not found:
        raise InputError("its host has no address; check it and the network", stage="fetch", reason="dns")
    grounds = {each: ground_of(each) for each in found}
    for each, ground in grounds.items():
        if ground == "never":
            raise InputError(
                f"'{address.host}' leads to {each}, which is never asked; give the address of a web site",
                stage="fetch",
                reason="private_address",
                refused=True,
            )
        if ground == "private" and not private_allowed:
            raise _private(f"'{address.host}' leads to {each}, which is no public address")
    if "private" in grounds.values():
        return "private"
    if address.port not in public_ports:
        raise InputError(
            f"port {address.port} of a public host is not asked; "
            f"use one of {', '.join(map(str, sorted(public_ports)))}",
            stage="fetch",
            reason="port",
            refused=True,
        )
    return "public"


def _private(what: str) -> InputError:
    return InputError(
        f'{what}; if this is meant, open local networks (--allow-private, or network = "local")',
        stage="fetch",
        reason="private_address",
        refused=True,
    )
