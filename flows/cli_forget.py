"""`dateline forget`."""

import contextlib
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.options import db_option, many, say, wait_option
from records import DatelineError, UsageError

_EPILOG = """
\b
Examples:
  dateline forget https://example.org/news/1 --reason "takedown notice of 4 November"
  dateline forget file:///data/page.html --yes

What it removes: the article in every version, what was cut from it, its dates, its captures, and the articles
that only repeat its words; out of the tables, the search index, the archive and the free room of the file,
which is rewritten and published at once. A row of the table forgotten says when and why, and what it names is
refused when it comes again. It cannot be undone.

What it cannot reach is named: backups, files that were set aside, exports of your own.
"""


@click.command(epilog=_EPILOG, short_help="Take an article down, for good.")
@click.argument("url", metavar="URL")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept.")
@click.option("--yes", is_flag=True, help="Do not ask first, as a terminal otherwise does.")
@wait_option
@db_option
def forget(*, url: str, reason: str, yes: bool, wait_s: float, db: str | None) -> int:
    """Remove an article, known by its address, the URI of its file or its id, so that no byte of it stays."""
    from flows.settings import database, program_version  # noqa: PLC0415  # --help needs none of it
    from warehouse.forget import forget as forgotten  # noqa: PLC0415

    if not url.strip():
        raise UsageError("no address was given; try: dateline forget https://example.org/news/1")
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {url} for good?", abort=True)
    file = database(db)
    done = forgotten(
        file,
        _names(url.strip()),
        reason=reason.strip(),
        now=datetime.now(UTC),
        wait_s=wait_s,
        program_version=program_version(),
    )
    say(done.notes)
    for each in done.articles:
        click.echo(f"forgot {each.article_key}")
    for each in done.before:
        click.echo(f"{each.article_key} was forgotten on {each.forgotten_at:%Y-%m-%d} already")
    if done.articles:
        click.echo(
            f"removed {many(done.versions, 'version')} and {many(done.captures, 'capture')}; {file} was "
            "rewritten and published"
        )
    for key in done.same_words:
        click.echo(f"still here with the same words: {key}")
    if done.archived.pages:
        click.echo(
            f"overwrote {many(done.archived.pages, 'page')} in the archive: {_named(done.archived.files)}"
        )
    for archive in done.archived.kept:
        click.echo(f"may still hold it, because it cannot be read or written: {archive}")
    for copy in done.copies:
        click.echo(f"may still hold it, and is yours to delete: {copy}")
    return 0


def _named(files: Iterable[Path]) -> str:
    return ", ".join(map(str, files))


def _names(url: str) -> list[str]:
    """Every form in which what was typed may be stored."""
    from sources.urls import canonical_url  # noqa: PLC0415  # --help needs none of it

    names = [url]
    with contextlib.suppress(DatelineError, OSError, ValueError, RuntimeError):
        if url.startswith(("http://", "https://")):
            names.append(canonical_url(url))
        elif "://" not in url:
            names.append(Path(url).expanduser().resolve().as_uri())
    return list(dict.fromkeys(names))
