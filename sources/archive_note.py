"""What Dateline writes beside an archived page, so that it can be extracted again as it was the first time.

A response alone is not enough: the feed's claims, the name the candidate goes by and the language the user
gave all have a say in the article. They stand in a `metadata` record behind the response, the place that the
WARC standard has for it, as JSON in one field of its `application/warc-fields`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, get_args

from records import Candidate, Claimed, Signal, SignalKind
from sources.moments import moment
from sources.web import Hop

FIELD = "dateline"

_MAX_BYTES = 1_000_000
_SIGNAL_KINDS = frozenset(get_args(SignalKind))


@dataclass(frozen=True, slots=True)
class Note:
    """What was known of a page apart from the response.

    Attributes:
        candidate: what led to it, without content; None where the writer was not told.
        language: ISO 639-1 code of the source, where the user gave one.
        country: ISO 3166-1 alpha-2 code of the source, where the user gave one.
        hops: the redirects that were followed.
        signals: what the site said of the use of it.
    """

    candidate: Candidate | None = None
    language: str | None = None
    country: str | None = None
    hops: tuple[Hop, ...] = ()
    signals: tuple[Signal, ...] = ()


def note_block(note: Note, *, source_id: str, fetch_time_ms: int | None) -> bytes:
    """The block of the metadata record."""
    candidate = note.candidate
    said: dict[str, object] = {"source_id": source_id}
    if candidate is not None:
        said |= {
            "uri": candidate.uri,
            "url": candidate.url,
            "guid": candidate.guid,
            "content_type": candidate.content_type,
            "fetched_at": candidate.fetched_at.isoformat() if candidate.fetched_at else None,
            "claimed": _without_nothing(asdict(candidate.claimed)),
        }
    said |= {
        "language": note.language,
        "country": note.country,
        "hops": [[hop.url, hop.status, hop.location] for hop in note.hops],
        "signals": [asdict(signal) for signal in note.signals],
    }
    lines = [] if fetch_time_ms is None else [f"fetchTimeMs: {fetch_time_ms}"]
    lines.append(f"{FIELD}: {json.dumps(_without_nothing(said), ensure_ascii=True, separators=(',', ':'))}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def note_of(block: bytes) -> Note | None:
    """Read a metadata record's block; None where Dateline has not written it or it is broken."""
    if len(block) > _MAX_BYTES:
        return None
    prefix = f"{FIELD}: ".encode("ascii")
    line = next((line for line in block.splitlines() if line.startswith(prefix)), None)
    if line is None:
        return None
    try:
        said = json.loads(line.removeprefix(prefix))
        return _note(said) if isinstance(said, dict) else None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _note(said: Mapping[str, Any]) -> Note:
    claimed = said.get("claimed", {})
    if not isinstance(claimed, dict):
        raise TypeError(claimed)
    fetched_at = said.get("fetched_at")
    candidate = None
    if "uri" in said:
        candidate = Candidate(
            uri=_text(said["uri"]),
            source_id=_text(said["source_id"]),
            url=_optional(said.get("url")),
            content_type=_optional(said.get("content_type")),
            fetched_at=_moment(fetched_at) if fetched_at else None,
            claimed=Claimed(
                title=_optional(claimed.get("title")),
                authors=tuple(_text(author) for author in claimed.get("authors", ())),
                published=_optional(claimed.get("published")),
                updated=_optional(claimed.get("updated")),
            ),
            guid=_optional(said.get("guid")),
        )
    return Note(
        candidate=candidate,
        language=_optional(said.get("language")),
        country=_optional(said.get("country")),
        hops=tuple(
            Hop(_text(url), int(status), _text(location)) for url, status, location in said.get("hops", ())
        ),
        signals=tuple(_signal(each) for each in said.get("signals", ())),
    )


def _signal(said: Mapping[str, Any]) -> Signal:
    if said["kind"] not in _SIGNAL_KINDS:
        raise ValueError(said["kind"])
    return Signal(
        kind=said["kind"],
        value=_text(said["value"]),
        evidence=_text(said["evidence"]),
        obeyed=bool(said["obeyed"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    value.encode()  # half of a surrogate pair is no text: no file and no table takes it
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _moment(value: object) -> datetime:
    return moment(_text(value))


def _without_nothing(said: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in said.items() if value not in (None, [], (), {})}
