"""The backlog: what was found and is to be fetched, durable, so that a kill at any moment loses nothing."""

from collections.abc import Collection, Sequence
from datetime import datetime

import duckdb

from records import Candidate

Delay = tuple[Candidate, datetime, str | None]
"""A candidate, when to try it again, and what went wrong in words; None for that where it was not tried."""


def due(
    connection: duckdb.DuckDBPyConnection,
    *,
    at: datetime,
    limit: int,
    per_host: int,
    excluding_hosts: Collection[str],
    sources: Collection[str] | None,
) -> tuple[Candidate, ...]:
    """What is to be fetched next, see `Writer.due`."""
    raise NotImplementedError


def put_off(connection: duckdb.DuckDBPyConnection, delays: Sequence[Delay], *, at: datetime) -> None:
    """Let candidates wait, within the transaction that is open."""
    raise NotImplementedError
