"""Lays decided rows out as Arrow tables, column by column, with the types of the schema."""

from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from records import Outcome
from warehouse.identity import number, uri_number
from warehouse.model import Reading, VersionRow

NOTHING_LEARNED = 0
"""The hints snapshot of whatever was extracted before anything was learned of its source."""

_TIME = pa.timestamp("us", tz="UTC")

_PLACES = pa.schema(
    [
        ("version_no", pa.uint64()),
        ("version", pa.int32()),
        ("is_current", pa.bool_()),
        ("duplicate_of", pa.string()),
        ("source_id", pa.string()),
        ("first_seen_at", _TIME),
        ("last_seen_at", _TIME),
        ("extracted_at", _TIME),
        ("versions", pa.int32()),
    ]
)

_VERSIONS = pa.schema(
    [
        *_PLACES,
        ("article_id", pa.string()),
        ("article_no", pa.uint64()),
        ("article_key", pa.string()),
        ("version_id", pa.string()),
        ("capture_id", pa.string()),
        ("capture_no", pa.uint64()),
        ("captured_at", _TIME),
        ("words", pa.int32()),
        ("url", pa.string()),
        ("canonical_url", pa.string()),
        ("title", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("published", pa.string()),
        ("published_date", pa.date32()),
        ("published_at", _TIME),
        ("published_precision", pa.string()),
        ("published_basis", pa.string()),
        ("published_zone_basis", pa.string()),
        ("modified", pa.string()),
        ("language", pa.string()),
        ("section", pa.string()),
        ("page_kind", pa.string()),
        ("text", pa.string()),
        ("image_url", pa.string()),
        ("text_sha256", pa.string()),
        ("text_key", pa.uint64()),
        ("extractor_version", pa.string()),
        ("hints_snapshot", pa.int64()),
        ("batch_id", pa.int64()),
    ]
)

_CUTS = pa.schema(
    [
        ("article_id", pa.string()),
        ("version_id", pa.string()),
        ("seq", pa.int32()),
        ("role", pa.string()),
        ("rule", pa.string()),
        ("text", pa.string()),
        ("start_offset", pa.int64()),
        ("end_offset", pa.int64()),
    ]
)

_CLAIMS = pa.schema(
    [
        ("article_id", pa.string()),
        ("version_id", pa.string()),
        ("seq", pa.int32()),
        ("value", pa.string()),
        ("precision", pa.string()),
        ("basis", pa.string()),
        ("role", pa.string()),
        ("evidence", pa.string()),
        ("place", pa.string()),
        ("zone_basis", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
    ]
)

_CAPTURES = pa.schema(
    [
        ("capture_id", pa.string()),
        ("article_id", pa.string()),
        ("version_id", pa.string()),
        ("source_id", pa.string()),
        ("uri", pa.string()),
        ("url", pa.string()),
        ("content_sha256", pa.string()),
        ("bytes", pa.int64()),
        ("content_type", pa.string()),
        ("media", pa.string()),
        ("encoding", pa.string()),
        ("status", pa.int32()),
        ("fetched_at", _TIME),
        ("captured_at", _TIME),
        ("extractor_version", pa.string()),
        ("archive_file", pa.string()),
        ("archive_offset", pa.int64()),
        ("hints_snapshot", pa.int64()),
        ("capture_no", pa.uint64()),
        ("uri_no", pa.uint64()),
        ("run_id", pa.string()),
        ("batch_id", pa.int64()),
    ]
)

_OUTCOMES = pa.schema(
    [
        ("run_id", pa.string()),
        ("batch_id", pa.int64()),
        ("seq", pa.int32()),
        ("recorded_at", _TIME),
        ("uri", pa.string()),
        ("source_id", pa.string()),
        ("outcome", pa.string()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("article_id", pa.string()),
    ]
)


def version_ids(rows: Iterable[VersionRow]) -> pa.Table:
    """The ids alone."""
    return pa.table({"version_id": pa.array([row.version.version_id for row in rows], pa.string())})


def places(rows: Iterable[VersionRow]) -> pa.Table:
    """Where each version stands: what can change of a row whose content stays."""
    return as_table(_PLACES, (_place(row) for row in rows))


def versions(rows: Iterable[tuple[VersionRow, Reading]], *, batch_id: int) -> pa.Table:
    """Whole rows."""
    return as_table(_VERSIONS, (_version(row, reading, batch_id) for row, reading in rows))


def cuts(readings: Iterable[Reading]) -> pa.Table:
    """What left the bodies."""
    return as_table(
        _CUTS,
        (
            (reading.article_id, reading.version_id, seq, cut.role, cut.rule, cut.text, cut.start, cut.end)
            for reading in readings
            for seq, cut in enumerate(reading.item.article.cuts, start=1)
        ),
    )


def claims(readings: Iterable[Reading]) -> pa.Table:
    """Every date considered."""
    return as_table(
        _CLAIMS,
        (
            (
                reading.article_id,
                reading.version_id,
                seq,
                claim.value,
                claim.precision,
                claim.basis,
                claim.role,
                claim.evidence,
                claim.place,
                claim.zone_basis,
                claim.verdict,
                claim.reason,
            )
            for reading in readings
            for seq, claim in enumerate(reading.item.article.date_claims, start=1)
        ),
    )


def captures(readings: Iterable[Reading], *, run_id: str, batch_id: int) -> pa.Table:
    """The captures that were read."""
    return as_table(_CAPTURES, (_capture(reading, run_id, batch_id) for reading in readings))


def outcomes(found: Iterable[Outcome], *, run_id: str, batch_id: int, at: datetime) -> pa.Table:
    """The ledger's lines."""
    return as_table(
        _OUTCOMES,
        (
            (
                run_id,
                batch_id,
                seq,
                at,
                outcome.uri,
                outcome.source_id,
                outcome.outcome,
                outcome.stage,
                outcome.reason,
                outcome.detail,
                outcome.article_id,
            )
            for seq, outcome in enumerate(found, start=1)
        ),
    )


def _place(row: VersionRow) -> tuple[object, ...]:
    return (
        number(row.version.version_id),
        row.number,
        row.current,
        row.duplicate_of,
        row.source_id,
        row.first_seen_at,
        row.version.last_seen_at,
        row.version.extracted_at,
        row.versions,
    )


def _version(row: VersionRow, reading: Reading, batch_id: int) -> tuple[object, ...]:
    """Nothing reads modified, section, page kind and image yet."""
    article, capture, version = reading.item.article, reading.item.capture, row.version
    known_by = reading.item.key if reading.item.key.startswith(("http://", "https://")) else None
    return (
        *_place(row),
        version.article_id,
        number(version.article_id),
        version.article_key,
        version.version_id,
        version.capture_id,
        number(version.capture_id),
        version.captured_at,
        version.words,
        capture.url or capture.candidate.url,
        article.canonical_url or known_by,
        article.title,
        list(article.authors),
        article.published,
        article.published_date,
        article.published_at,
        article.published_precision,
        article.published_basis,
        article.published_zone_basis,
        None,
        article.language,
        None,
        None,
        article.text,
        None,
        reading.text_sha256,
        reading.text_key,
        reading.item.extractor_version,
        NOTHING_LEARNED,
        batch_id,
    )


def _capture(reading: Reading, run_id: str, batch_id: int) -> tuple[object, ...]:
    capture, article = reading.item.capture, reading.item.article
    return (
        reading.capture_id,
        reading.article_id,
        reading.version_id,
        capture.candidate.source_id,
        capture.candidate.uri,
        capture.url or capture.candidate.url,
        capture.content_sha256,
        len(capture.content),
        capture.content_type,
        article.media,
        article.encoding,
        capture.status,
        capture.fetched_at,
        reading.captured_at,
        reading.item.extractor_version,
        capture.archive_file,
        capture.archive_offset,
        NOTHING_LEARNED,
        number(reading.capture_id),
        uri_number(capture.candidate.uri),
        run_id,
        batch_id,
    )


def as_table(schema: pa.Schema, rows: Iterable[tuple[object, ...]]) -> pa.Table:
    """Rows as columns; a lone surrogate, as JSON can carry one, becomes a question mark."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.Table.from_arrays(
        [_array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _array(values: tuple[object, ...], of_type: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, of_type)
    except UnicodeEncodeError:  # a lone surrogate, as JSON can carry one; no database can hold it
        return pa.array([_encodable(value) for value in values], of_type)


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return [_encodable(part) for part in value] if isinstance(value, list) else value
