"""The key of a web address: which addresses are one article."""

import re
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit

from records import InputError
from sources.names import printable

CANONICAL_URL_VERSION = 1
"""Counts up with every change that gives any address another key, since keys are stored."""

# Parameters that say how a reader came to a page and never which page it is, as the services that append
# them document them. Names that some sites give a meaning of their own (`ref`, `source`, `id`) are not here.
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "_hs", "oly_", "vero_")
_TRACKING_NAMES = frozenset(
    {
        *("fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid"),
        *("igshid", "igsh", "li_fat_id", "scid", "epik", "rdt_cid", "irclickid", "_openstat", "_ga", "_gl"),
        *("mc_cid", "mc_eid", "mkt_tok", "ml_subscriber", "ml_subscriber_hash", "s_cid", "wickedid"),
        *("at_medium", "at_campaign", "at_custom1", "at_custom2", "at_custom3", "at_custom4", "xtor"),
        *("ns_campaign", "ns_mchannel", "ns_source", "ns_linkname", "ns_fee", "__twitter_impression"),
    }
)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WEB = re.compile(r"https?://", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "%/:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?[]"


def is_web_url(text: str) -> bool:
    """Whether a text is meant as an http or https address; says nothing on whether it is a good one."""
    return _WEB.match(text) is not None


def host_of(url: str) -> str:
    """The host of an http or https address, lower-case; raises `InputError` where there is none."""
    host = _split(url).hostname
    assert host is not None  # _split has seen to it
    return _host(host)


def canonical_url(url: str) -> str:
    """The address that an article is known by: the same for every way of writing the same address.

    Scheme and host in lower case (IDNA for other scripts), no user name, no default port, no fragment, no
    tracking parameters; dot segments resolved, escapes in one form. What may lead to another page stays:
    scheme, `www.`, a closing slash, the order of parameters. Applied twice, it changes nothing more.

    Raises:
        InputError: it is no http or https address (reason `bad_url`).
    """
    parts = _split(url)
    try:
        host = _host(parts.hostname or "")
        port = parts.port
        path = _dots_resolved(_escaped(parts.path, _PATH_SAFE))
        query = "&".join(
            _escaped(each, _QUERY_SAFE) for each in parts.query.split("&") if each and not _is_tracking(each)
        )
    except ValueError as error:
        raise _bad(url) from error
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    return f"{parts.scheme}://{netloc}{path}" + (f"?{query}" if query else "")


def _split(url: str) -> SplitResult:
    # Leading and closing control characters and blanks, and line breaks within, are no part of an address
    # (URL Standard, 4.4).
    cleaned = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    try:
        cleaned.encode("utf-8")  # half a surrogate pair has no place in any address
        parts = urlsplit(cleaned)
        if parts.scheme in _DEFAULT_PORTS and parts.hostname:
            return parts
    except ValueError:
        pass
    raise _bad(url)


def _bad(url: str) -> InputError:
    return InputError(
        f"'{printable(url[:200])}' is no web address; give one that begins with http:// or https://",
        stage="find",
        reason="bad_url",
    )


def _host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    return host.lower().removesuffix(".")


def _escaped(text: str, safe: str) -> str:
    """Percent-encoding in one form: unreserved characters bare, upper-case digits, no bare percent sign."""
    return quote(_ESCAPE.sub(_one_escape, text), safe=safe)


def _one_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else f"%{match[1].upper()}"


def _dots_resolved(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_tracking(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)
