"""The warehouse: one DuckDB file that anyone can open at any time, and its one writer.

Importing this package loads neither duckdb nor pyarrow.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.model import Known

if TYPE_CHECKING:
    from warehouse.writer import Writer

__all__ = ["Known", "open_writer"]


def open_writer(db: Path, *, wait_s: float = 0.0, program_version: str = "") -> "Writer":
    """Open a database for writing, see `warehouse.writer.open_writer`."""
    from warehouse.writer import open_writer as opened  # noqa: PLC0415 - pyarrow costs 90 ms, readers need none

    return opened(db, wait_s=wait_s, program_version=program_version)
