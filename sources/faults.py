"""What went wrong on the network, in words: every failure of a request has its reason and its remedy."""

import socket
import ssl
from collections.abc import Iterator

import h11
import httpcore

from records import InputError
from sources.gzipped import megabytes

NETWORK_ERRORS = (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError)
"""What a request that fails on the network raises."""

PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 523, 524})
"""Answers of a server that is busy or broken just now (RFC 9110; 52x: of a proxy before it)."""

HOST_REASONS = frozenset({"timeout", "dns", "connection_refused", "tls", "network"})
"""Failures that lie with the host, not with one address of it; so do the statuses from 500."""

_HEADERS_TOO_LARGE = 431

_REFUSED_TYPES = {
    "image": "an image",
    "audio": "a sound file",
    "video": "a film",
    "font": "a font",
    "application/pdf": "a PDF",
    "application/zip": "an archive",
}
_REFUSED_PAGES = {
    "application/json": "JSON data",
    "text/css": "a style sheet",
    "text/javascript": "a script",
    "application/javascript": "a script",
}


def fault_of(error: BaseException) -> InputError:
    """The failure that an error of the network was."""
    causes = list(_causes(error))
    said = str(error) or type(error).__name__
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return failure("dns", "its host is not known to the name service; check the address and the network")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return failure("tls", f"its certificate or encryption is not in order ({said}); look in a browser")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return failure(
            "connection_refused", "nothing answers at its host and port; check the address, or try later"
        )
    if any(
        isinstance(cause, h11.RemoteProtocolError) and cause.error_status_hint == _HEADERS_TOO_LARGE
        for cause in causes
    ):
        return headers_too_large()
    if any(isinstance(cause, httpcore.LocalProtocolError) for cause in causes):
        return failure("bad_header", f"the request cannot be sent as it is ({said}); check the headers given")
    return failure("network", f"the connection failed ({said}); try again later")


def timed_out(deadline_s: float) -> InputError:
    """It took too long."""
    return failure(
        "timeout", f"it did not answer within {deadline_s:g} s; try again later, or look whether it is up"
    )


def headers_too_large() -> InputError:
    """The headers go beyond their limit."""
    return refusal("headers_too_large", "its headers are larger than any page needs; look in a browser")


def too_large(max_bytes: int) -> InputError:
    """Its body goes beyond the limit."""
    return refusal(
        "too_large", f"it is larger than the limit of {megabytes(max_bytes)}; save and split it by hand"
    )


def too_many_redirects(limit: int) -> InputError:
    """It leads on and on."""
    return failure(
        "too_many_redirects",
        f"it leads on more than {limit} times; look in a browser where it is to end, and give that",
    )


def may_pass(fault: InputError) -> bool:
    """Whether a second attempt may not meet it again: a lost connection, but not what is no HTTP."""
    if fault.reason == "network":
        lost = "disconnected" in str(fault) or "peer closed" in str(fault)
        return lost or not isinstance(fault.__cause__, httpcore.ProtocolError)
    return fault.reason == "connection_refused"


def status_fault(status: int, reason_phrase: str) -> InputError:
    """The server answered with an error."""
    said = f"the server answered {status} {reason_phrase[:80]}".rstrip()
    return failure(f"http_{status}", f"{said}; check the address, or try later")


def check_type(content_type: str, *, page: bool) -> None:
    """Refuse what is no text by its Content-Type, before it is read.

    Raises:
        InputError: `image`, `video`, `audio`, `font`, `pdf`, `archive`; for a page also `content_type`.
    """
    media = content_type.partition(";")[0].strip().lower()
    kind = media.partition("/")[0]
    what = (
        _REFUSED_TYPES.get(media) or _REFUSED_TYPES.get(kind) or (_REFUSED_PAGES.get(media) if page else None)
    )
    if what is None:
        return
    reason = {"application/pdf": "pdf", "application/zip": "archive"}.get(media)
    reason = reason or (kind if kind in _REFUSED_TYPES else "content_type")
    raise refusal(reason, f"it is {what} ({media}), not a page of text; give the article's own address")


def failure(reason: str, sentence: str) -> InputError:
    """It could not be had."""
    return InputError(sentence, stage="fetch", reason=reason)


def refusal(reason: str, sentence: str) -> InputError:
    """It was decided against."""
    return InputError(sentence, stage="fetch", reason=reason, refused=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 20:  # noqa: PLR2004  # a chain that leads back to itself ends too
        yield error
        seen += 1
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__
