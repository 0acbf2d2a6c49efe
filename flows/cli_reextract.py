"""`dateline reextract`."""

from datetime import UTC, datetime

import click

from flows.options import db_option, wait_option

_DAY = click.DateTime(["%Y-%m-%d"])

_EPILOG = """
\b
Examples:
  dateline reextract
  dateline reextract --source wire --since 2025-11-01
  dateline reextract --where "published IS NULL AND language = 'de'"
  dateline reextract --where "extractor_version <> 'dateline/2'"

\b
What was fetched lies in the archive (FILE.store/archive, WARC files), so it can be extracted again by
a newer Dateline without asking anybody for it again. What reads differently becomes a version beside
those that are there; what reads the same is unchanged. Nothing goes over the network.

--where takes an SQL condition on the columns of captures and of the version that each was last read as
(article_versions): title, text, words, language, published, ... The database is only read for it.
"""


@click.command(epilog=_EPILOG, short_help="Extract what was fetched anew, from the archive.")
@click.option("--source", metavar="ID", help="Only what this source first led to.")
@click.option("--since", type=_DAY, metavar="DAY", help="Only what was fetched on this day (UTC) or later.")
@click.option("--where", metavar="SQL", help="Only captures that this condition holds for.")
@wait_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@db_option
def reextract(
    *,
    source: str | None,
    since: datetime | None,
    where: str | None,
    wait_s: float,
    as_json: bool,
    db: str | None,
) -> int:
    """Extract anew what was fetched, from the archive, without a network."""
    # Imported here, because they take longer than `dateline --help` may.
    from flows import report  # noqa: PLC0415
    from flows.reextract import reextract as reextracted  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415

    file = database(db)
    with report.errors_as_json(file, wanted=as_json), report.reporting() as reporter:
        summary = reextracted(
            file,
            source_id=source,
            since=since.replace(tzinfo=UTC) if since else None,
            where=where,
            on_outcome=reporter.take,
            wait_s=wait_s,
        )
    return report.ended(summary, reporter, as_json=as_json, nothing="no archived capture fits")
