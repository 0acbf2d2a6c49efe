"""What the command line and the flows take from their surroundings, and what it is by default."""

import os
from collections.abc import Mapping
from pathlib import Path

DATABASE_VARIABLE = "DATELINE_DB"
DEFAULT_DATABASE = "news.duckdb"


def database(given: str | Path | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """The database that is meant: the one given, else DATELINE_DB, else news.duckdb in the current folder."""
    return Path(given or environment.get(DATABASE_VARIABLE) or DEFAULT_DATABASE)


def program_version() -> str:
    """The version of Dateline that is installed."""
    # Imported here because it costs a tenth of what `dateline --help` may take.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("dateline")
    except PackageNotFoundError:  # run from a folder that nobody installed
        return "0+unknown"


def user_agent() -> str:
    """What Dateline calls itself to web servers."""
    return f"dateline/{program_version()}"
