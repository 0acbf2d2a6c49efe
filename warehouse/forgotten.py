"""What was taken down, and how it is kept from coming back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from records import Extracted, Outcome
from warehouse.identity import article_id


@dataclass(frozen=True, slots=True)
class Forgotten:
    """One article that was taken down, a row of `forgotten`.

    Attributes:
        article_id: the id it had.
        article_key: what it was known by.
        addresses: every address and file URI that led to it.
        content_sha256: of each of its captures.
        reason: why; may be empty.
        forgotten_at: aware.
    """

    article_id: str
    article_key: str
    addresses: tuple[str, ...]
    content_sha256: tuple[str, ...]
    reason: str
    forgotten_at: datetime

    @property
    def sentence(self) -> str:
        """What to say where it is found again."""
        why = f" ({self.reason})" if self.reason else ""
        return (
            f"{self.article_key} was forgotten on {self.forgotten_at:%Y-%m-%d}{why}: it is not stored again"
        )


def read_forgotten(connection: duckdb.DuckDBPyConnection) -> tuple[Forgotten, ...]:
    """All that was taken down from the database in use; nothing where its schema is of before takedowns."""
    known = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'forgotten'"
    ).fetchall()
    return _read(connection) if known else ()


def _read(connection: duckdb.DuckDBPyConnection) -> tuple[Forgotten, ...]:
    rows = connection.execute(
        """SELECT article_id, article_key, addresses, content_sha256, reason, forgotten_at FROM forgotten
        ORDER BY forgotten_at, article_id"""
    ).fetchall()
    return tuple(Forgotten(row[0], row[1], tuple(row[2]), tuple(row[3]), row[4], row[5]) for row in rows)


def refuse_forgotten(
    connection: duckdb.DuckDBPyConnection, items: Sequence[Extracted | Outcome]
) -> Sequence[Extracted | Outcome]:
    """The items of a batch with a refusal in the place of each article that was taken down.

    An article is recognised by its key, and its bytes under any other name.
    """
    taken_down = _read(connection)
    if not taken_down:
        return items
    by_id = {each.article_id: each for each in taken_down}
    by_content = {sha256: each for each in taken_down for sha256 in each.content_sha256}

    def settled(item: Extracted | Outcome) -> Extracted | Outcome:
        if isinstance(item, Outcome):
            return item
        found = by_id.get(article_id(item.key)) or by_content.get(item.capture.content_sha256)
        return _refusal(item, found) if found else item

    return [settled(item) for item in items]


def forgotten_addresses(connection: duckdb.DuckDBPyConnection, uris: Sequence[str]) -> Mapping[str, str]:
    """Those of the addresses and file URIs that are not to be read again, each with the sentence why."""
    wanted = set(uris)
    return {
        address: each.sentence
        for each in _read(connection)
        for address in each.addresses
        if address in wanted
    }


def _refusal(item: Extracted, found: Forgotten) -> Outcome:
    candidate = item.capture.candidate
    return Outcome(
        uri=candidate.uri,
        source_id=candidate.source_id,
        outcome="refused",
        stage="store",
        reason="forgotten",
        detail=found.sentence,
    )
