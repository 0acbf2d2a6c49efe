"""`dateline backup` and `dateline restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.options import db_option, many, say, size, wait_option

_BACKUP = """
\b
Examples:
  dateline backup backups/                       backups/news-20251104T101500Z.duckdb
  dateline backup /mnt/safe/news.duckdb --replace

Also while another process writes: then it is what that one published last. Every row of the copy is read
before it gets its name. It is a database like any other: query it, or put it back with `dateline restore`.

The archive of what was fetched is copied beside it (BACKUP.store/archive): only files that are not there yet,
and what another backup in the same folder has takes no room again.
"""

_RESTORE = """
\b
Examples:
  dateline restore backups/news-20251104T101500Z.duckdb
  dateline restore news.duckdb                   from what was published last, where the store is damaged

Every row is read first; what stood there before is kept beside it under a name that is told. What was taken
down with `dateline forget` since the backup was made is taken down again. Archive files that are missing come
back with it; what else is in the archive stays.
"""


@click.command(epilog=_BACKUP, short_help="Copy the database, also while it is written, and verify the copy.")
@click.argument("target", metavar="FILE|DIR")
@click.option("--replace", is_flag=True, help="Replace a file of that name.")
@click.option("--without-archive", is_flag=True, help="Leave the archive of what was fetched out.")
@db_option
def backup(*, target: str, replace: bool, without_archive: bool, db: str | None) -> int:
    """Copy the database to FILE, or into DIR under its name and the time."""
    from flows.settings import database, program_version  # noqa: PLC0415  # --help needs none of it
    from warehouse.backup import backup as backed_up  # noqa: PLC0415
    from warehouse.places import archive_of  # noqa: PLC0415

    file = database(db)
    made = backed_up(
        file,
        Path(target),
        now=datetime.now(UTC),
        replace=replace,
        with_archive=not without_archive,
        program_version=program_version(),
    )
    say(made.notes)
    contents = made.contents
    click.echo(
        f"{made.file}: {many(contents.articles, 'article')} as of {contents.as_of}; {size(made.bytes)}, "
        f"{many(contents.rows, 'row')} of {many(len(contents.tables), 'table')} read and found whole"
    )
    archive = made.archive
    if archive.files and made.has_archive:
        click.echo(
            f"{archive_of(made.file)}: {many(archive.files, 'archive file')}, {size(archive.bytes)}; "
            f"{len(archive.fresh)} of them new"
        )
    elif archive.files:
        click.echo(
            f"without the archive, {many(archive.files, 'file')} of {size(archive.bytes)}: copy "
            f"{archive_of(file)} to {archive_of(made.file)} yourself"
        )
    return 0


@click.command(epilog=_RESTORE, short_help="Put a backup in the place of the database.")
@click.argument("file", metavar="FILE")
@wait_option
@db_option
def restore(*, file: str, wait_s: float, db: str | None) -> int:
    """Make the database what the backup FILE holds."""
    from flows.settings import database, program_version  # noqa: PLC0415  # --help needs none of it
    from warehouse.restore import restore as restored  # noqa: PLC0415

    named = database(db)
    done = restored(
        Path(file), named, now=datetime.now(UTC), wait_s=wait_s, program_version=program_version()
    )
    say(done.notes)
    for aside in done.aside:
        click.echo(f"kept what was there as {aside}: remove it when all is well")
    if done.archive:
        click.echo(f"brought {many(done.archive, 'archive file')} back")
    if done.forgotten:
        click.echo(f"forgot {many(done.forgotten, 'article')} again that had been taken down since")
    click.echo(
        f"restored {named}: {many(done.contents.articles, 'article')} as of {done.contents.as_of}, "
        f"{many(done.contents.rows, 'row')} read and found whole"
    )
    return 0
