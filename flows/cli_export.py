"""`dateline export`."""

from pathlib import Path
from typing import Literal, cast

import click

from flows.options import db_option, many, size

_EPILOG = """
\b
Examples:
  dateline export --to dump/                                       Parquet, one file
  dateline export --to by-month/ --partition month
  dateline export --to recent/ --format jsonl --where "published_date >= DATE '2025-11-01'"
  dateline export --to history/ --format csv --table article_versions

DIR appears complete or not at all. Its README.md says what each column means, and holds the SQL that reads
the same rows back. With --partition month there is a folder month=2025-11 for each month of publication, and
month=undated for what has no known month.
"""


@click.command(epilog=_EPILOG, short_help="Write articles out as Parquet, CSV or JSON Lines.")
@click.option("--to", "folder", metavar="DIR", required=True, help="The folder to make.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["parquet", "csv", "jsonl"]),
    default="parquet",
    show_default=True,
    help="How to write it.",
)
@click.option("--partition", type=click.Choice(["month"]), help="One folder a month of publication.")
@click.option("--where", metavar="SQL", help="Only these rows: a condition on the columns.")
@click.option("--table", metavar="NAME", default="articles", show_default=True, help="Any table or view.")
@click.option("--replace", is_flag=True, help="Replace a folder that an earlier export made.")
@db_option
def export(
    *,
    folder: str,
    style: str,
    partition: str | None,
    where: str | None,
    table: str,
    replace: bool,
    db: str | None,
) -> int:
    """Write what is published into the folder DIR."""
    from flows.settings import database  # noqa: PLC0415  # --help needs none of it
    from warehouse.export import export as exported  # noqa: PLC0415

    made = exported(
        database(db),
        Path(folder),
        style=cast("Literal['parquet', 'csv', 'jsonl']", style),
        table=table,
        by_month=partition == "month",
        where=where,
        replace=replace,
    )
    click.echo(
        f"{made.folder}: {many(made.rows, 'row')} of {made.table} in {many(made.files, 'file')}, "
        f"{size(made.bytes)}; README.md there says how to read them"
    )
    return 0
