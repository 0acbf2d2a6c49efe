"""What a page and its headers say of the use of it: reservations, no AI, no archive."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape

from records import Signal

_HEAD_BYTES = 131_072  # where meta elements stand; the HTML standard wants them in the head
_WORDS = (b"noai", b"noimageai", b"noarchive", b"tdm-reservation")
# What is not closed runs to the end, as in a browser; and so no page is looked through twice.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(r"<meta\b([^>]{0,2000}+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![a-zA-Z:_-])([a-zA-Z:_-]++)\s*+=\s*+("[^"]*"|'[^']*'|[^\s"'>]+)""")
_ROBOT = re.compile(r"\s*([a-z0-9_.*-]+)\s*:(.*)", re.IGNORECASE | re.DOTALL)
# Directives whose own value follows a colon: what stands before it is no robot's name.
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_KINDS = {
    "noai": ("noai", "noai"),
    "noimageai": ("noai", "noimageai"),
    "noarchive": ("noarchive", "noarchive"),
}
_SHOWN = 200


def signals_of(
    headers: Mapping[str, str], content: bytes, url: str, *, product: str = "dateline"
) -> tuple[Signal, ...]:
    """The signals of one answer, none of them obeyed yet; what the page itself says comes before the headers.

    Read are X-Robots-Tag and `<meta name="robots">` (or of this client's own name) for `noai`, `noimageai`
    and `noarchive`; TDM-Reservation and `<meta name="tdm-reservation">` for `1` and `0`.

    Args:
        headers: lower-case names; several X-Robots-Tag headers joined by line breaks, since a comma does not
            end what one of them says of another robot.
        content: the body, decoded.
        url: where it came from, for the evidence.
        product: what the client is called.
    """
    found: dict[tuple[str, str], Signal] = {}
    for signal in (*_in_page(content, product), *_in_headers(headers, url, product)):
        key = (signal.kind, "" if signal.kind == "tdm" else signal.value)
        found.setdefault(key, signal)  # the page's own word on it goes before the server's (TDMRep)
    return tuple(found.values())


def may_archive(signals: Sequence[Signal]) -> bool:
    """Whether the answer may be kept in the archive."""
    return all(signal.kind != "noarchive" for signal in signals)


def forbids(signal: Signal) -> bool:
    """Whether a signal, obeyed, means to leave the page alone.

    `noimageai` speaks of images, which are never stored; `noarchive` of copies of the page.
    """
    return (signal.kind, signal.value) in {("tdm", "1"), ("noai", "noai"), ("robots", "disallow")}


def _in_headers(headers: Mapping[str, str], url: str, product: str) -> Iterator[Signal]:
    for tag in headers.get("x-robots-tag", "").split("\n"):
        yield from _directives(tag, product, f"X-Robots-Tag: {tag[:_SHOWN]}")
    reservation = headers.get("tdm-reservation", "").strip()
    if reservation in ("0", "1"):
        policy = headers.get("tdm-policy", "").strip()
        yield _tdm(reservation, f"header TDM-Reservation: {reservation}", policy, url)


def _in_page(content: bytes, product: str) -> Iterator[Signal]:
    head = content[:_HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", errors="replace").encode()
    lower = head.lower()  # looked for so, not by a pattern that ignores case: a hundredth of the time
    if not any(word in lower for word in _WORDS):
        return
    metas: dict[str, str] = {}
    for match in _META.finditer(_COMMENT.sub("", head.decode("utf-8", errors="replace"))):
        attributes = {name.lower(): _unquoted(value) for name, value in _ATTRIBUTE.findall(match[1])}
        name = attributes.get("name", attributes.get("property", "")).strip().lower()
        value = attributes.get("content", "").strip()
        if name in ("robots", product):
            yield from _directives(value, product, f'<meta name="{name}" content="{value[:_SHOWN]}">')
        elif name in ("tdm-reservation", "tdm-policy"):
            metas.setdefault(name, value)
    if metas.get("tdm-reservation") in ("0", "1"):
        said = metas["tdm-reservation"]
        yield _tdm(said, f'<meta name="tdm-reservation" content="{said}">', metas.get("tdm-policy", ""), "")


def _tdm(value: str, evidence: str, policy: str, url: str) -> Signal:
    beside = f"; policy {policy[:_SHOWN]}" if policy else ""
    return Signal("tdm", value, evidence + (f" of {url[:_SHOWN]}" if url else "") + beside, obeyed=False)


def _directives(value: str, product: str, evidence: str) -> Iterator[Signal]:
    """The words of one value; those after another robot's name are its own, up to the next name."""
    ours = True
    for part in value.split(","):
        word = part
        robot = _ROBOT.match(part)
        if robot is not None and robot[1].lower() not in _VALUED:
            ours = robot[1].lower() in (product, "*")
            word = robot[2]
        known = _KINDS.get(word.strip().lower())
        if ours and known is not None:
            yield Signal("noai" if known[0] == "noai" else "noarchive", known[1], evidence, obeyed=False)


def _unquoted(value: str) -> str:
    return unescape(value[1:-1] if value[:1] in "\"'" else value)
