"""`dateline ingest`."""

from datetime import UTC, datetime

import click

from flows.options import duration

_EPILOG = """
\b
INPUT is any of
  a file        text or HTML, gzipped or not; what it is is told by its content
  a folder      all files below it; hidden ones and web assets (.css, .js, images) are passed over
  a pattern     "data/**/*.html", in quotes or not
  JSON Lines    .jsonl or .ndjson, gzipped or not: one object a line with url, html, text or path,
                and any of title, authors, published, updated, fetched_at, source
  a table       .csv, .tsv (gzipped or not), .parquet: a row an article, columns named like these
  a web archive .warc or .arc, gzipped or not: its pages, Common Crawl's CC-NEWS among them
  an address    http:// or https://; the page is fetched
  -             standard input: JSON Lines if its first line is a JSON object, else one document

\b
Examples:
  dateline ingest samples/
  dateline ingest page.html --fetched-at 2025-11-04T18:00:00Z
  dateline ingest dump.jsonl.gz --source archive --db archive.duckdb
  dateline ingest articles.parquet news.csv
  zcat dump.jsonl.gz | dateline ingest - --source archive
  dateline ingest https://example.org/news/1 --json

Without --fetched-at nobody knows when a file left its publisher: today only bounds its dates,
and "5 hours ago" dates nothing. Running it again is harmless: what is known is unchanged.
"""


def _moment(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    from sources.moments import moment  # noqa: PLC0415  # --help needs none of it

    try:
        read = moment(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if read > datetime.now(UTC):
        raise click.BadParameter(f"{value!r} has not come yet; give the time at which the pages were fetched")
    return read


def _name(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from sources.names import printable  # noqa: PLC0415  # as above

    if not value.strip() or printable(value) != value:
        raise click.BadParameter(f"{printable(value)!r} is no name; give one in letters")
    return value.strip()


@click.command(epilog=_EPILOG, short_help="Store articles: files, folders, JSON Lines, tables, web pages.")
@click.argument("inputs", metavar="[INPUT]...", nargs=-1)
@click.option("--db", metavar="FILE", help="The database.  [default: DATELINE_DB, else news.duckdb]")
@click.option(
    "--source",
    metavar="NAME",
    callback=_name,
    help="What these articles come from.  [default: an address's host, the name of a folder or a JSON Lines "
    'file, else "files" or "stdin"]',
)
@click.option(
    "--fetched-at",
    metavar="TIME",
    callback=_moment,
    help="When the files were fetched from their publisher: ISO 8601 with a time zone, "
    "like 2025-11-04T10:15:00Z.  [default: unknown]",
)
@click.option(
    "--wait",
    "wait_s",
    metavar="TIME",
    default="0s",
    callback=duration,
    help="How long to wait for another writer to end, like 60s or 5m.  [default: not at all]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@click.option("--prefect", is_flag=True, help="Run as a flow on the Prefect API that is configured.")
def ingest(
    *,
    inputs: tuple[str, ...],
    db: str | None,
    source: str | None,
    fetched_at: datetime | None,
    wait_s: float,
    as_json: bool,
    prefect: bool,
) -> int:
    """Store articles from files, folders, JSON Lines, tables, web addresses or standard input."""
    # Imported here, because they take longer than `dateline --help` may.
    from flows import report  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415
    from records import UsageError  # noqa: PLC0415

    if prefect and wait_s:
        raise UsageError(
            "--wait is for a run in this process; a flow tries again by itself while another one writes"
        )
    file = database(db)
    with report.errors_as_json(file, wanted=as_json), report.reporting() as reporter:
        if prefect:
            from flows.ingest import run_on_prefect  # noqa: PLC0415  # takes seconds

            summary = run_on_prefect(inputs=list(inputs), db=file, source_id=source, fetched_at=fetched_at)
        else:
            from flows import pipeline  # noqa: PLC0415  # as above

            summary = pipeline.ingest(
                inputs,
                db=file,
                source_id=source,
                fetched_at=fetched_at,
                on_outcome=reporter.take,
                wait_s=wait_s,
            )
    return report.ended(summary, reporter, as_json=as_json, nothing="nothing to ingest was found")
