"""A plain, correct GET: with a deadline for the whole, a limit on the bytes, and every failure named."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx

from records import InputError
from sources.fetched import Fetch, Fetched
from sources.gzipped import MAGIC, gunzip, megabytes
from sources.load import MAX_DOCUMENT_BYTES

DEADLINE_S = 30.0
MAX_REDIRECTS = 8

_ACCEPT = "text/html,application/xhtml+xml,text/plain;q=0.9,application/xml;q=0.8,*/*;q=0.1"
_SCHEMES = ("http", "https")
_PORTS = range(1, 2**16)
_REFUSED_TYPES = {
    "image": "an image",
    "audio": "a sound file",
    "video": "a film",
    "font": "a font",
    "application/pdf": "a PDF",
    "application/zip": "an archive",
    "application/json": "JSON data",
    "text/css": "a style sheet",
    "text/javascript": "a script",
    "application/javascript": "a script",
}


@contextmanager
def client(
    *,
    user_agent: str,
    now: Callable[[], datetime],
    deadline_s: float = DEADLINE_S,
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> Iterator[Fetch]:
    """A function that gets web pages, for as long as the `with` lasts.

    It follows at most eight redirects, to http and https alone; keeps no cookies from one page to the next;
    and says with an `InputError` (stage `fetch`) what went wrong: `timeout`, `dns`, `connection_refused`,
    `tls`, `network`, `http_404` and its like, `bad_redirect`, `too_many_redirects`, `too_large`, `image`,
    `pdf` and other content that is no text.

    Args:
        user_agent: what the client calls itself.
        now: the clock, for `Fetched.fetched_at`.
        deadline_s: seconds for one page, redirects and body included.
        max_bytes: the limit for a body, unpacked.
    """
    # httpx has no deadline for the whole of a request, asyncio has; and a server that sends a byte a second
    # is stopped by it wherever it does so. One event loop serves all pages.
    with asyncio.Runner() as runner:
        web = httpx.AsyncClient(
            headers={"user-agent": user_agent, "accept": _ACCEPT, "accept-encoding": "gzip"},
            timeout=deadline_s,
            follow_redirects=False,
        )

        def fetch(url: str) -> Fetched:
            return runner.run(_within(web, url, now, deadline_s, max_bytes))

        try:
            yield fetch
        finally:
            runner.run(web.aclose())


async def _within(
    web: httpx.AsyncClient, url: str, now: Callable[[], datetime], deadline_s: float, max_bytes: int
) -> Fetched:
    try:
        async with asyncio.timeout(deadline_s):
            return await _get(web, url, now, max_bytes)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise _failed(
            "timeout",
            f"it did not answer within {deadline_s:g} s; try again later, or look whether it is up",
        ) from error
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        raise _network(error) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise _failed("bad_url", f"it is not an address that can be asked ({error}); check it") from error


async def _get(web: httpx.AsyncClient, url: str, now: Callable[[], datetime], max_bytes: int) -> Fetched:
    web.cookies.clear()
    request = web.build_request("GET", url)
    if not _can_be_asked(request.url):
        raise _failed("bad_url", "it is no address that can be asked; check its host and port")
    for _ in range(MAX_REDIRECTS + 1):
        try:
            response = await web.send(request, stream=True)
        except httpx.InvalidURL:  # httpx has looked at the address that it leads on to
            raise _refused("bad_redirect", "it leads on to no web page; look in a browser") from None
        try:
            following = response.next_request
            if following is None:
                return await _read(response, now, max_bytes)
            if not _can_be_asked(following.url):
                there = str(following.url)[:200]
                raise _refused("bad_redirect", f"it leads on to {there!r}, no web page; look in a browser")
            request = following
        finally:
            await response.aclose()
    raise _failed(
        "too_many_redirects",
        f"it leads on more than {MAX_REDIRECTS} times; look in a browser where it is to end, and give that",
    )


def _can_be_asked(url: httpx.URL) -> bool:
    return url.scheme in _SCHEMES and bool(url.host) and (url.port is None or url.port in _PORTS)


async def _read(response: httpx.Response, now: Callable[[], datetime], max_bytes: int) -> Fetched:
    status = response.status_code
    if status >= 400:  # noqa: PLR2004  # the codes of RFC 9110
        raise _failed(
            f"http_{status}",
            f"the server answered {status} {response.reason_phrase}".rstrip()
            + "; check the address, or try later",
        )
    _check_type(response.headers.get("content-type", ""))
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise _refused(
            "content_encoding",
            f"it comes packed as {coding[:40]!r}, which was not asked for; save it by hand",
        )
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise _refused(
                "too_large",
                f"it is larger than the limit of {megabytes(max_bytes)}; save and split it by hand",
            )
    content = b"".join(chunks)
    if "gzip" in coding and content.startswith(MAGIC):
        try:
            content = gunzip(content, max_bytes=max_bytes)
        except InputError as error:
            raise InputError(str(error), stage="fetch", reason=error.reason, refused=error.refused) from error
    return Fetched(
        url=str(response.url),
        status=status,
        headers={name.lower(): value for name, value in response.headers.items()},
        content=content,
        fetched_at=now(),
    )


def _check_type(content_type: str) -> None:
    media = content_type.partition(";")[0].strip().lower()
    kind = media.partition("/")[0]
    what = _REFUSED_TYPES.get(media) or _REFUSED_TYPES.get(kind)
    if what is not None:
        reason = {"application/pdf": "pdf", "application/zip": "archive"}.get(media)
        reason = reason or (kind if kind in _REFUSED_TYPES else "content_type")
        raise _refused(reason, f"it is {what} ({media}), not a page of text; give the article's own address")


def _network(error: Exception) -> InputError:
    causes = list(_causes(error))
    said = str(error) or type(error).__name__
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _failed("dns", "its host is not known to the name service; check the address and the network")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return _failed("tls", f"its certificate or encryption is not in order ({said}); look in a browser")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return _failed(
            "connection_refused", "nothing answers at its host and port; check the address, or try later"
        )
    return _failed("network", f"the connection failed ({said}); try again later")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _causes(each)
        error = error.__cause__ or error.__context__


def _failed(reason: str, sentence: str) -> InputError:
    return InputError(sentence, stage="fetch", reason=reason)


def _refused(reason: str, sentence: str) -> InputError:
    return InputError(sentence, stage="fetch", reason=reason, refused=True)
