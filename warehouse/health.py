"""How every source does: what `dateline source list` shows. Reads a store and a published file alike."""

from datetime import datetime

import duckdb

from warehouse.model import SourceHealth


def health(connection: duckdb.DuckDBPyConnection, *, at: datetime) -> tuple[SourceHealth, ...]:
    """How every source does, by its id."""
    raise NotImplementedError
