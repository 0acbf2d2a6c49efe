"""One candidate from found to read: load it, skip what is known, extract, name."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from extractors import extract, extractor_version
from records import Article, Candidate, Capture, Extracted, Hints, InputError, Outcome, Stage
from sources.fetched import Fetch
from sources.load import load
from sources.urls import canonical_url, is_web_url, same_article
from warehouse import Known
from warehouse.identity import fingerprint


def settle(
    candidate: Candidate,
    known: Known | None,
    *,
    fetch: Fetch,
    now: Callable[[], datetime],
    max_bytes: int,
    language: str | None = None,
    country: str | None = None,
) -> Extracted | Outcome:
    """Make an article of a candidate, or say how it ended without one; raises nothing that is its fault.

    Args:
        candidate: what was found.
        known: what the warehouse holds of it; the same bytes are not extracted again by the same extractor.
        fetch: gets what lies on the network.
        now: the clock.
        max_bytes: the limit for the document, unpacked.
        language: ISO 639-1 code of its source, where the user gave one.
        country: ISO 3166-1 alpha-2 code of its source, where the user gave one.
    """
    stage: Stage = "load"
    try:
        capture = load(candidate, fetch, max_bytes=max_bytes)
        if known is not None and _is_known(capture, known):
            return _seen(capture, known)
        stage = "extract"
        read_at = now()
        article = extract(
            capture.content,
            url=capture.url,
            content_type=capture.content_type,
            fetched_at=capture.fetched_at,
            hints=Hints(
                not_after=min(capture.fetched_at or read_at, read_at),
                claimed=candidate.claimed,
                language=language,
                country=country,
            ),
        )
        key = key_of(capture, article)
        return Extracted(capture, article, key, extractor_version(), fingerprint(key, article))
    except InputError as error:
        return ended(candidate, error)
    except Exception as error:  # noqa: BLE001  # one document must not cost the run, whatever is in it
        return crashed(candidate, error, stage=stage)


def ended(candidate: Candidate, error: InputError) -> Outcome:
    """The outcome of a candidate that could not become an article."""
    return Outcome(
        uri=candidate.uri,
        source_id=candidate.source_id,
        outcome="refused" if error.refused else "failed",
        stage=error.stage,
        reason=error.reason,
        detail=str(error),
    )


def crashed(candidate: Candidate, error: Exception, *, stage: Stage) -> Outcome:
    """The outcome of a candidate that met a mistake in Dateline."""
    return Outcome(
        uri=candidate.uri,
        source_id=candidate.source_id,
        outcome="failed",
        stage=stage,
        reason="crashed",
        detail=f"reading it broke Dateline ({_in_a_line(error)}); please report it, with the file",
    )


def key_of(capture: Capture, article: Article) -> str:
    """What the article is known by.

    The address that it was fetched from or that a JSON line gave, in its canonical form, or the one that the
    page gives as its own where the two are surely one article; for a file what the page says its own address
    is; else the candidate's uri. A page whose canonical address is a site's front page says nothing of
    itself: a whole site with that mistake would be one article.
    """
    own = article.canonical_url
    if capture.url is not None:
        claimed = (same_article(capture.url, own) if own is not None else None) or capture.url
    elif own is not None and is_web_url(own):
        claimed = own
    else:
        return capture.candidate.uri
    try:
        key = canonical_url(claimed)
    except InputError:
        return capture.candidate.uri
    parts = urlsplit(key)
    if capture.url is None and parts.path == "/" and not parts.query:
        return capture.candidate.uri
    return key


def _is_known(capture: Capture, known: Known) -> bool:
    """Whether extracting these bytes could tell nothing new: an earlier time of fetching could."""
    return (
        known.content_sha256 == capture.content_sha256
        and known.extractor_version == extractor_version()
        and (
            capture.fetched_at == known.fetched_at
            or (
                capture.fetched_at is not None
                and known.fetched_at is not None
                and capture.fetched_at > known.fetched_at
            )
        )
    )


def _seen(capture: Capture, known: Known) -> Outcome:
    return Outcome(
        uri=capture.candidate.uri,
        source_id=capture.candidate.source_id,
        outcome="unchanged" if known.duplicate_of is None else "duplicate",
        stage="store",
        detail=None
        if known.duplicate_of is None
        else "the same text as an article that is stored, as before",
        article_id=known.duplicate_of or known.article_id,
    )


def _in_a_line(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
