"""Stores what a poll found: the new into the backlog, the poll into `polls`, the source's state."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from records import Candidate
from warehouse.model import Poll, PollCounts


def save(
    connection: duckdb.DuckDBPyConnection,
    poll: Poll,
    found: Sequence[Candidate],
    *,
    run_id: str,
    batch_id: int,
    at: datetime,
    last: bool,
) -> PollCounts:
    """Store a poll or a part of its list, within the transaction that is open."""
    raise NotImplementedError
