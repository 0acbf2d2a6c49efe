"""`dateline merge`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.options import db_option, many, say, wait_option

_EPILOG = """
\b
Examples:
  dateline merge laptop.duckdb
  dateline merge field.duckdb --db everything.duckdb

OTHER is only read. The histories are united: an article that both know has the versions of both, in the
order of their capture. It makes no difference which is merged into which, nor how often. What was taken down
with `dateline forget` in one of them is taken down in the result. The archive (OTHER.store/archive) comes
along.
"""


@click.command(epilog=_EPILOG, short_help="Bring the articles and history of another database into this one.")
@click.argument("other", metavar="OTHER")
@wait_option
@db_option
def merge(*, other: str, wait_s: float, db: str | None) -> int:
    """Bring all that the database OTHER holds into this one."""
    from flows.settings import database, program_version  # noqa: PLC0415  # --help needs none of it
    from warehouse.merge import merge as merged  # noqa: PLC0415

    file = database(db)
    done = merged(file, Path(other), now=datetime.now(UTC), wait_s=wait_s, program_version=program_version())
    say(done.notes)
    if done.forgotten:
        click.echo(f"forgot {many(done.forgotten, 'article')} that had been taken down in {other}")
    click.echo(
        f"{file} gained {many(done.articles, 'article')}, {many(done.versions, 'version')}, "
        f"{many(done.captures, 'capture')}, {many(done.outcomes, 'outcome')} from {other}"
    )
    if done.archive:
        click.echo(f"copied {many(done.archive, 'archive file')}")
    return 0
