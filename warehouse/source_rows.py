"""The rows of sources: what the user wrote down of each, and where its polling stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb

from records import Source
from warehouse.model import SourceState


def sync(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], *, at: datetime) -> None:
    """Bring `sources` up to what is written down, within the transaction that is open."""
    raise NotImplementedError


def states(connection: duckdb.DuckDBPyConnection) -> Mapping[str, SourceState]:
    """Where the polling of each source stands, by its id."""
    raise NotImplementedError
