"""`dateline sql`."""

import sys
from pathlib import Path

import click

from records import UsageError

_FORMATS = ("table", "csv", "json", "jsonl", "markdown")

_EPILOG = """
\b
Examples:
  dateline sql "SELECT published, title FROM articles ORDER BY published"
  dateline sql "SELECT reason, count(*) FROM outcomes GROUP BY ALL" --format csv
  dateline sql --file report.sql --format markdown > report.md
  echo "SELECT text FROM articles" | dateline sql --format jsonl | head -3

\b
The tables: articles, cuts, date_claims, outcomes, runs. What each column means:
  dateline sql "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"

Tables are shortened to a terminal's width, never in a pipe; NULL stands as NULL, in csv as nothing.
Times are in UTC. The database is only read: what was published last, with nobody in the way of the
writer. --live reads what is stored since, but only while no writer is at work, and none can begin meanwhile.
"""


@click.command(epilog=_EPILOG, short_help="Ask the database a question, in SQL.")
@click.argument("query", required=False)
@click.option("--file", metavar="FILE", help="Read the query from a file.")
@click.option(
    "--format",
    "style",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.option("--live", is_flag=True, help="Read the writer's store, not what was published last.")
@click.option("--db", metavar="FILE", help="The database.  [default: DATELINE_DB, else news.duckdb]")
def sql(*, query: str | None, file: str | None, style: str, live: bool, db: str | None) -> int:
    """Ask the database a question; QUERY is SQL, - or nothing reads it from standard input."""
    text = _query(query, file)
    # Imported here, because they take longer than `dateline --help` may.
    import shutil  # noqa: PLC0415

    from flows import render  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415
    from warehouse import read  # noqa: PLC0415

    result = read.query(database(db), text, live=live)
    try:
        if style == "table":
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            lines = render.table(result.columns, result.rows, width=width)
        else:
            lines = render.FORMATS[style](result.columns, result.rows)
        for line in lines:
            sys.stdout.write(f"{line}\n")
    finally:
        result.close()
    return 0


def _query(query: str | None, file: str | None) -> str:
    if query is not None and query != "-" and file is not None:
        raise UsageError("a query and --file were both given; give one of them")
    if file is not None and file != "-":
        text = _read(file)
    elif query is not None and query != "-":
        text = query
    elif query == "-" or file == "-" or not sys.stdin.isatty():
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    else:
        raise UsageError('no query was given; try: dateline sql "SELECT title, published FROM articles"')
    if not text.strip():
        raise UsageError('the query is empty; try: dateline sql "SELECT title, published FROM articles"')
    return text


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"the query's file {file} cannot be read ({error.strerror}); check its name"
        ) from None
    except ValueError:
        raise UsageError(f"the query's file {file} is no UTF-8 text; convert it") from None
