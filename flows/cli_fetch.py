"""`dateline fetch`."""

import os
from pathlib import Path

import click

from flows.options import db_option, wait_option
from flows.sources_file import agent_of, loaded, sources_option

_EPILOG = """
\b
Examples:
  dateline fetch                                 one pass over what is due
  dateline fetch --source news-example-org       this source, due or not
  dateline fetch --watch                         go on, asking each source in its own rhythm

\b
Every source of sources.toml that is due is asked what it has; what is new is fetched, one page at a time
of each host with a pause between two, kept in the archive (FILE.store/archive, WARC files), read and
stored. robots.txt and reservations are obeyed, and each page left alone for them has its row in outcomes.
Ctrl-C ends it within seconds; run again, it goes on where it was, and fetches no page a second time.

Write into sources.toml whom site owners can ask (contact = "you@example.org"): without it only a handful
of pages of public sites are fetched in a run. docs/sources.md says what sources there are.
"""


@click.command(epilog=_EPILOG, short_help="Fetch what is new: feeds, sitemaps, pages, lists of addresses.")
@sources_option
@click.option("--source", metavar="ID", help="Only this source, due or not.  [default: all that are due]")
@click.option(
    "--once/--watch", default=True, show_default=True, help="One pass over what is due, or on and on."
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Let every source lead to this machine and your own network, for tests and intranets.",
)
@wait_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the summary.")
@db_option
def fetch(
    *,
    file: Path,
    source: str | None,
    once: bool,
    allow_private: bool,
    wait_s: float,
    as_json: bool,
    db: str | None,
) -> int:
    """Fetch what is new of the sources that are due, and store it."""
    # Imported here, because they take longer than `dateline --help` may.
    from flows import report  # noqa: PLC0415
    from flows.fetch import Told  # noqa: PLC0415
    from flows.fetch import fetch as fetched  # noqa: PLC0415
    from flows.fetch_report import fetch_reporting  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415

    database_file = database(db)
    with report.errors_as_json(database_file, wanted=as_json):
        config = loaded(file, environ=os.environ)
        with fetch_reporting() as reporter:
            summary = fetched(
                config,
                db=database_file,
                agent=agent_of(config),
                only=source,
                watch=not once,
                allow_private=allow_private,
                told=Told(reporter.on_outcome, reporter.on_progress, reporter.say),
                wait_s=wait_s,
            )
    return report.ended(summary, reporter.reporter, as_json=as_json, nothing="nothing new")
