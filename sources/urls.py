"""The key of a web address: which addresses are one article."""

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Self
from urllib.parse import quote, unquote_plus

from ada_url import idna_to_unicode, join_url, normalize_url

from records import InputError
from sources.names import printable

CANONICAL_URL_VERSION = 2
"""Counts up with every change that gives any address another key, since keys are stored."""

_WEB = re.compile(r"https?://", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "%/:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?[]"

# What has one way of writing only, and so needs no look at its escapes: most addresses are this.
_CLEAN = re.compile(r"[A-Za-z0-9\-._~/:@!$&'()*+,;=]*")

# The parts of an address that the standard's parser has written out: nothing in them is ambiguous any more.
_WRITTEN_OUT = re.compile(
    r"(?P<scheme>https?)://(?:[^/@]*@)?(?P<host>\[[^\]]*\]|[^/:]*)(?P<port>:\d+)?"
    r"(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?"
)

_PUNYCODE = "xn--"
_MAX_LABEL, _MAX_HOST = 63, 253  # characters; the limits of the DNS, RFC 1035

# How sites mark another form of the same page: the first labels of its host, segments of its path,
# parameters, endings of file names.
_FORM_LABELS = frozenset({"www", "amp", "m", "mobile", "mobil", "wap", "touch"})
_SHORTEST_SITE = 2  # labels: `m.org` is a site by itself
_FORM_FIRST_SEGMENTS = frozenset({"amp", "m", "mobile"})
_FORM_PARAMETERS = frozenset({"amp", "mobile", "outputtype", "output"})
_FORM_ENDING = re.compile(r"(\.amp)?(\.s?html?|\.php|\.aspx?)?(\.amp)?$")

# A segment that names one article: three words or more, or a number too long for a page or a year. Numbers
# that are a day (20251104) are shared by all that appeared on it.
_SLUG = re.compile(r"[^\W\d_]+(?:[-_][^\W_]+){2,}.*")
_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d{6}(?!\d))\d{6,}(?!\d)")


def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    text = (resources.files("sources") / "data" / "tracking.toml").read_text(encoding="utf-8")
    services = tomllib.loads(text)["service"]
    names = (name for service in services for name in service.get("names", ()))
    prefixes = (prefix for service in services for prefix in service.get("prefixes", ()))
    return frozenset(names), tuple(prefixes)


_TRACKING_NAMES, _TRACKING_PREFIXES = _tracking()


def is_web_url(text: str) -> bool:
    """Whether a text is meant as an http or https address; says nothing on whether it is a good one."""
    return _WEB.match(text) is not None


def host_of(url: str) -> str:
    """The host of an http or https address, lower-case; raises `InputError` where there is none."""
    return _host(_parts(url)["host"], url)


def canonical_url(url: str) -> str:
    """The address that an article is known by: the same for every way of writing the same address.

    Parsed as browsers do (the URL Standard of the WHATWG), then: no user name, no fragment, no tracking
    parameters (`data/tracking.toml`), no empty ones, no closing dot of the host, escapes in one form. What
    may lead to another page stays: scheme, `www.`, a closing slash, the order of parameters. Applied twice,
    it changes nothing more.

    Raises:
        InputError: it is no http or https address (reason `bad_url`).
    """
    parts = _parts(url)
    path, query = parts["path"], parts["query"]
    if _CLEAN.fullmatch(path) is None:
        path = _escaped(path, _PATH_SAFE)
    if query:
        kept = [each for each in query.split("&") if each and not _is_tracking(each)]
        query = "&".join(kept)
        if _CLEAN.fullmatch(query) is None:
            query = _escaped(query, _QUERY_SAFE)
    written = f"{parts['scheme']}://{_host(parts['host'], url)}{parts['port'] or ''}{path}"
    return f"{written}?{query}" if query else written


def resolve(base: str, link: str) -> str:
    """The absolute address that a link on a page means; fragment and all, as it is to be asked for.

    Args:
        base: the page's own address, or what its `<base>` says.
        link: as it stands in the page or the feed.

    Raises:
        InputError: it leads to no http or https address (reason `bad_url`).
    """
    try:
        address = join_url(base, link)
    except ValueError:
        address = link  # an absolute link needs no base
    normal = _normal(address)
    host_of(normal)  # which looks at what the parser lets pass
    return normal


def same_article(url: str, claimed: str) -> str | None:
    """The key of the address that a page gives as its own (`rel=canonical`), where the two are one article.

    Taken at its word, the tag would do harm: on many sites it names the front page, a section, or the first
    of several pages. So it is believed where the addresses themselves agree: the same site (`www.`, `m.` and
    `amp.` aside) and the same path but for marks of form (`/amp`, `.amp.html`, a closing slash), or the same
    slug or number of the article; or where the address it was had from carries the claimed one in its path,
    as AMP caches do.

    Args:
        url: where the page was had from.
        claimed: what it says its address is, absolute or not.

    Returns:
        The canonical form of `claimed`; None where it is no address, or not surely the same article.
    """
    try:
        own, other = canonical_url(url), canonical_url(resolve(url, claimed))
    except InputError:
        return None
    if own == other:
        return other
    mine, theirs = _Form.of(own), _Form.of(other)
    if not theirs.segments and not theirs.parameters:
        return None  # a front page
    if mine.site != theirs.site:
        rest = other.partition("://")[2]
        return other if f"/{rest}".removesuffix("/") in own.partition("://")[2] else None
    return other if _agree(mine, theirs) else None


@dataclass(frozen=True, slots=True)
class _Form:
    """An address without what only marks its form."""

    site: str
    segments: tuple[str, ...]
    parameters: frozenset[str]

    @classmethod
    def of(cls, key: str) -> Self:
        parts = _WRITTEN_OUT.match(key)
        assert parts is not None  # it comes from `canonical_url`
        labels = parts["host"].split(".")
        while len(labels) > _SHORTEST_SITE and labels[0] in _FORM_LABELS:
            labels = labels[1:]
        segments = [segment for segment in parts["path"].split("/") if segment]
        if segments[1:] and segments[0] in _FORM_FIRST_SEGMENTS:
            segments = segments[1:]
        if segments[1:] and segments[-1] == "amp":
            segments = segments[:-1]
        if segments:
            segments[-1] = _FORM_ENDING.sub("", segments[-1], count=1)
        if segments and segments[-1] in ("", "index"):
            segments = segments[:-1]
        parameters = (parts["query"] or "").split("&")
        kept = (each for each in parameters if each.partition("=")[0].lower() not in _FORM_PARAMETERS)
        return cls(".".join(labels) + (parts["port"] or ""), tuple(segments), frozenset(kept) - {""})


def _agree(mine: _Form, theirs: _Form) -> bool:
    if not theirs.segments or not mine.segments:
        return theirs.segments == mine.segments and theirs.parameters == mine.parameters
    last, their_last = mine.segments[-1], theirs.segments[-1]
    named = last == their_last and (_SLUG.fullmatch(last) is not None or _NUMBER.search(last) is not None)
    if theirs.parameters != mine.parameters:
        # What the page leaves out may be the number of an article or of a page (`?id=7`, `?page=2`).
        left_out = {each.partition("=")[2] for each in mine.parameters - theirs.parameters}
        if not named or theirs.parameters - mine.parameters or any(map(str.isdecimal, left_out)):
            return False
    return (
        mine.segments == theirs.segments
        or named
        or not set(_NUMBER.findall(last)).isdisjoint(_NUMBER.findall(their_last))
    )


def _parts(url: str) -> dict[str, str]:
    match = _WRITTEN_OUT.match(_normal(url))
    assert match is not None  # the parser has written it out
    return match.groupdict()


def _normal(url: str) -> str:
    """The address as the standard writes it; raises where it is none of the web."""
    try:
        normal = normalize_url(url)  # half a surrogate pair has no place in any address, and raises too
    except ValueError as error:
        raise _bad(url) from error
    if _WEB.match(normal) is None:
        raise _bad(url)
    return normal


def _bad(url: str) -> InputError:
    return InputError(
        f"'{printable(url[:200])}' is no web address; give one that begins with http:// or https://",
        stage="find",
        reason="bad_url",
    )


def _host(host: str, url: str) -> str:
    host = host.removesuffix(".")
    if not host or host.endswith("."):  # an empty name is no host, whatever the standard's parser lets pass
        raise _bad(url)
    if len(host) > _MAX_LABEL and (
        len(host) > _MAX_HOST or any(len(x) > _MAX_LABEL for x in host.split("."))
    ):
        raise _bad(url)
    # What stands in a label that is encoded already is looked at here, since the parser does not.
    if _PUNYCODE in host and any(label.startswith(_PUNYCODE) for label in idna_to_unicode(host).split(".")):
        raise _bad(url)
    return host


def _escaped(text: str, safe: str) -> str:
    """Percent-encoding in one form: unreserved characters bare, upper-case digits, no bare percent sign."""
    return quote(_ESCAPE.sub(_one_escape, text), safe=safe)


def _one_escape(match: re.Match[str]) -> str:
    if match[1] is None:
        return "%25"
    code = int(match[1], 16)
    return chr(code) if code in _UNRESERVED else f"%{match[1].upper()}"


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    if "%" in name or "+" in name:
        name = unquote_plus(name)
    name = name.lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)
