"""What a host's robots.txt and its TDM reservation file say of a path (RFC 9309; TDMRep, 2024)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from protego import Protego

from sources.addresses import Address

MAX_ROBOTS_BYTES = 500 * 1024
"""So much of a robots.txt is read, the rest is not (RFC 9309, 2.5: at least 500 kibibytes)."""

ROBOTS_PATH = "/robots.txt"
RESERVATIONS_PATH = "/.well-known/tdmrep.json"

_MAX_RESERVATIONS = 1000


@dataclass(frozen=True, slots=True)
class Reservation:
    """One entry of a tdmrep.json: for which paths, whether rights are reserved, where the policy is."""

    location: str
    reserved: bool
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt, read.

    Attributes:
        parsed: its rules.
        product: the name that they are asked about.
        crawl_delay_s: between two requests, None where nothing is said.
    """

    parsed: Protego
    product: str
    crawl_delay_s: float | None = None

    def allows(self, url: str) -> bool:
        """Whether an address may be asked; the longest rule that fits decides, of two equals the kinder."""
        return self.parsed.can_fetch(url, self.product)


def read_robots(content: bytes, *, product: str) -> Robots:
    """Read a robots.txt; what is no rule in it is passed over, so that any bytes can be read.

    Args:
        content: the file; what lies beyond 500 KiB is left out, with the line that is cut there.
        product: the name that the client goes by, without version (`dateline`).
    """
    if len(content) > MAX_ROBOTS_BYTES:
        content = content[:MAX_ROBOTS_BYTES].rpartition(b"\n")[0]
    parsed = Protego.parse(text_of(content))
    delay_s = parsed.crawl_delay(product)
    rate = parsed.request_rate(product)
    if delay_s is None and rate is not None and rate.requests > 0:
        delay_s = rate.seconds / rate.requests
    return Robots(parsed, product, delay_s)


def text_of(content: bytes) -> str:
    """The text of a host's file: what is no UTF-8 in it is no rule."""
    return content.decode("utf-8-sig", errors="replace").replace("\0", "")


def product_of(user_agent: str) -> str:
    """The name in a User-Agent header that robots.txt files address: `Dateline/0.1 (+...)` is `dateline`.

    The rest is left out: a contact's address may hold another robot's name.
    """
    match = re.match(r"[A-Za-z_-]+", user_agent)
    return match[0].lower() if match else "*"


def read_reservations(content: bytes) -> tuple[Reservation, ...]:
    """Read a tdmrep.json; what is none gives nothing, as a protocol error is no reservation (TDMRep, 5)."""
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(entries, list):
        return ()
    found: list[Reservation] = []
    for entry in entries[:_MAX_RESERVATIONS]:
        if not isinstance(entry, dict) or not isinstance(location := entry.get("location"), str):
            continue
        value = entry.get("tdm-reservation")
        policy = entry.get("tdm-policy")
        if value in (0, 1, "0", "1"):
            reserved = str(int(value)) == "1"
            found.append(Reservation(location, reserved, policy if isinstance(policy, str) else None))
    return tuple(found)


def reservation_for(address: Address, reservations: Sequence[Reservation]) -> Reservation | None:
    """The entry that holds for an address: the longest pattern that fits (`*` and `$` as in robots.txt)."""
    best: Reservation | None = None
    for each in reservations:
        if (best is None or len(each.location) > len(best.location)) and _fits(each.location, address.target):
            best = each
    return best


def _fits(pattern: str, target: str) -> bool:
    pattern = pattern if pattern.startswith("/") else f"/{pattern}"
    ends = pattern.endswith("$")
    parts = pattern.removesuffix("$").split("*")
    if not target.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if len(parts) == 1:
        return not ends or at == len(target)
    last = parts[-1]
    if ends:
        return target.endswith(last) and len(target) - len(last) >= at
    return target.find(last, at) >= 0
