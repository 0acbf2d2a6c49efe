"""Web archives as a source: WARC and ARC files, one's own and Common Crawl's, their pages as candidates."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from records import Candidate, InputError
from sources.arc import FIRST, arc_entries
from sources.archive_note import note_of
from sources.found import Found, PassedOver, failed, failed_with
from sources.gzipped import MAGIC, GunzipStream
from sources.load import MAX_DOCUMENT_BYTES
from sources.names import file_uri
from sources.urls import canonical_url, is_web_url
from sources.walk import trouble
from sources.warc_read import Broken, Entry, Message, entries, message_of

_TEXTS = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})
_OK = range(200, 300)
_PARTIAL = 206
_PAGES = ("response", "resource", "conversion")


def candidates(path: str, *, source_id: str, max_bytes: int = MAX_DOCUMENT_BYTES) -> Iterator[Found]:
    """The pages of a web archive: what was answered well and is HTML or text by its declared type.

    An article is known by the address that it was archived under and dated by the time of that. Of an archive
    of Dateline's own the claims of the feeds are read as well.

    Args:
        path: a WARC (0.17 to 1.1) or ARC file, gzipped a record, as a whole, or not.
        source_id: the source of all.
        max_bytes: the limit for one document.

    Yields:
        A candidate a page; what was passed over (answers other than 2xx, images and other types, pages that
        the archive only says to be unchanged); an outcome for each place that cannot be read. Requests and
        descriptions are neither.
    """
    try:
        with open(path, "rb") as file:
            packed = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            if _is_arc(path, packed=packed):
                found = arc_entries(file, packed=packed, max_bytes=max_bytes)
            else:
                found = entries(file, max_bytes=max_bytes)
            yield from _with_notes(found, file_uri(path), source_id, max_bytes)
    except OSError as error:
        yield trouble(path, source_id, error)


def _is_arc(path: str, *, packed: bool) -> bool:
    with open(path, "rb") as file:
        try:
            return (GunzipStream(file) if packed else file).read(len(FIRST)) == FIRST
        except InputError:
            return False


def _with_notes(
    found: Iterator[Entry | Broken], file: str, source_id: str, max_bytes: int
) -> Iterator[Found]:
    """Each page with what Dateline noted behind it; so it waits until the next begins."""
    name, page = "", None
    records = 0
    for records, each in enumerate(found, start=1):
        if isinstance(each, Entry) and each.kind == "metadata" and name and name in each.of:
            page = _noted(page, each)
        fresh = _found(each, file, records, source_id, max_bytes)
        if fresh is None:
            continue
        if page is not None:
            yield page
        name, page = (each.name if isinstance(each, Entry) else ""), fresh
    if page is not None:
        yield page
    if not records:
        yield failed(
            file,
            source_id,
            reason="bad_archive",
            detail="it is empty, not a web archive; get the file anew",
        )


def _noted(page: Found | None, entry: Entry) -> Found | None:
    note = note_of(entry.block)
    if not isinstance(page, Candidate) or note is None or note.candidate is None:
        return page
    return replace(page, uri=note.candidate.uri, claimed=note.candidate.claimed, guid=note.candidate.guid)


def _found(each: Entry | Broken, file: str, number: int, source_id: str, max_bytes: int) -> Found | None:
    """What one record is to us; None for those that only describe others."""
    if isinstance(each, Broken):
        return failed(
            f"{file}#offset={each.offset}",
            source_id,
            reason=each.reason,
            detail=each.detail,
            refused=each.refused,
        )
    place = f"{file}#record={number}"
    if each.missing and not (
        each.kind == "response" and _is_whole(message_of(each.block, max_bytes=max_bytes))
    ):
        return failed(
            place,
            source_id,
            reason="truncated",
            detail=f"the record breaks off, {each.missing:,} bytes of it are missing; get the file anew",
        )
    if each.kind == "revisit":
        return PassedOver(place, "revisit")
    if each.kind not in _PAGES:
        return None
    if each.kind != "response" or not is_web_url(each.url):
        return _of_resource(each, place, source_id)
    message = message_of(each.block, max_bytes=max_bytes)
    if message.status is None:
        return failed(
            place,
            source_id,
            reason="bad_record",
            detail="it holds no HTTP answer, though it says so; look at it by hand",
        )
    return _of_answer(each, message, place, source_id)


def _is_whole(message: Message) -> bool:
    """Whether the body is as long as its server said, whatever the archive says of the record's length."""
    if message.header("content-encoding") or message.header("transfer-encoding"):
        return False
    length = message.header("content-length")
    return length.isascii() and length.isdecimal() and len(message.content) >= int(length)


def _of_answer(entry: Entry, message: Message, place: str, source_id: str) -> Found:
    if message.status not in _OK or message.status == _PARTIAL:
        return PassedOver(place, f"http_{message.status}")
    return _page(entry, message.content, message.header("content-type"), place, source_id)


def _of_resource(entry: Entry, place: str, source_id: str) -> Found:
    """What was archived without an HTTP answer; a crawler's own logs go by other schemes."""
    if not is_web_url(entry.url) and not entry.url.lower().startswith("file:"):
        return PassedOver(place, "not_a_page")
    return _page(entry, entry.block, entry.content_type, place, source_id)


def _page(entry: Entry, content: bytes, content_type: str, place: str, source_id: str) -> Found:
    if content_type.partition(";")[0].strip().lower() not in _TEXTS:
        return PassedOver(place, "asset")
    web = is_web_url(entry.url)
    try:
        uri = canonical_url(entry.url) if web else place
    except InputError as error:
        return failed_with(place, source_id, error)
    if web and urlsplit(uri).path == "/robots.txt":
        return PassedOver(place, "not_a_page")
    return Candidate(
        uri=uri,
        source_id=source_id,
        url=entry.url if web else None,
        content=content,
        content_type=content_type or None,
        fetched_at=entry.at,
    )
