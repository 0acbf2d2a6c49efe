"""`dateline source`: what stands in sources.toml, and how it does. Only click is imported until one runs."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from flows.options import db_option, many
from flows.sources_file import agent_of, loaded, sources_option
from records import UsageError

_FORMATS = ("table", "csv", "json", "jsonl", "markdown")
_KINDS = ("feed", "sitemap", "page", "urls")

_EPILOG = """
\b
Examples:
  dateline source add https://news.example.org/     finds its feed or sitemap, and writes it down
  dateline source list                              all of them, with how they do
  dateline source test news-example-org             what the newest pages would become; stores nothing
  dateline source import feeds.opml                 the list of a feed reader
  dateline source disable news-example-org

The sources stand in sources.toml, which is yours to edit: docs/sources.md explains every key.
"""

_ADD_EPILOG = """
\b
Examples:
  dateline source add https://news.example.org/
  dateline source add https://news.example.org/ --kind sitemap --id news-archive
  dateline source add http://127.0.0.1:8000/feed.xml --local

Asks the address itself, the feeds and sitemaps that the page and robots.txt name and, where there are none,
the usual places: some dozen requests at most. Of what is there it takes the first feed, else the first
sitemap, else the page. Comments in sources.toml stay.
"""

_LIST_EPILOG = """
\b
Once sources have been fetched, of the last seven days:
  last_success   when it last answered well
  a_day          articles that it led to first, a day
  errors         the share of its polls and pages that failed
  delay          median time from the publication that articles claim to their first capture
  backlog        addresses that wait to be fetched
"""


@click.group(epilog=_EPILOG, short_help="Say where news comes from: add, list, test, import, export.")
def source() -> None:
    """Keep the list of sources: sources.toml."""


@source.command(epilog=_ADD_EPILOG, short_help="Find out what an address has, and write it down.")
@click.argument("url")
@sources_option
@click.option(
    "--id", "source_id", metavar="ID", help="What to call it.  [default: made of its title or host]"
)
@click.option("--name", metavar="NAME", help="Its name for people.  [default: its own title]")
@click.option("--kind", type=click.Choice(_KINDS), help="Of what is found, take the first of this kind.")
@click.option(
    "--local", is_flag=True, help="It may lead to this machine and your own network (network = local)."
)
@click.option("--dry-run", is_flag=True, help="Show what is there; write nothing.")
def add(
    *,
    url: str,
    file: Path,
    source_id: str | None,
    name: str | None,
    kind: str | None,
    local: bool,
    dry_run: bool,
) -> int:
    """Find out what URL has to offer, show its latest items, and add it to sources.toml."""
    # Imported here, as in all commands: they take longer than `dateline --help` may.
    from flows import source_add  # noqa: PLC0415
    from sources import config_edit  # noqa: PLC0415

    text = config_edit.text_of(file)
    config = loaded(file, text)
    probed = source_add.look(url, agent=agent_of(config), local=local)
    for trouble in probed.troubles:
        click.echo(f"dateline: {trouble.url}: {trouble.sentence}", err=True)
    chosen = source_add.choose(probed, kind, url=url)
    for line in source_add.shown(probed, chosen):
        click.echo(line)
    if (known := config_edit.has_url(config, chosen.url)) is not None:
        raise UsageError(f"{chosen.url} is in {file} already, as source '{known.id}'; nothing was added")
    entry = source_add.entry(
        chosen, given_id=source_id, name=name, local=local, taken=[each.id for each in config.sources]
    )
    added = config_edit.with_sources(text, [entry], path=file)
    if dry_run:
        click.echo(f"It would be source '{entry.id}'; nothing was written.")
        return 0
    config_edit.save(file, added)
    click.echo(f"Added to {file} as source '{entry.id}'.")
    if config.contact is None and not local:
        click.echo(
            f"dateline: {file} names no contact: set one at its top, or only a few pages are fetched",
            err=True,
        )
    return 0


@source.command("list", epilog=_LIST_EPILOG, short_help="Show all sources, and how they do.")
@sources_option
@db_option
@click.option(
    "--format", "style", type=click.Choice(_FORMATS), default="table", show_default=True, help="How to print."
)
def list_(*, file: Path, db: str | None, style: str) -> int:
    """Show the sources of sources.toml, with their health where they have been fetched."""
    from flows import source_list  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415

    config = loaded(file)
    columns, rows, notes = source_list.rows(config, database(db), now=datetime.now(UTC), style=style)
    source_list.show(columns, rows, style=style)
    for note in notes:
        click.echo(f"dateline: {note}", err=True)
    return 0


@source.command(short_help="Try a source: what its newest pages would become. Stores nothing.")
@click.argument("source_id", metavar="ID")
@sources_option
@click.option(
    "--limit", type=click.IntRange(0, 50), default=5, show_default=True, help="So many pages are fetched."
)
@click.option(
    "--format", "style", type=click.Choice(_FORMATS), default="table", show_default=True, help="How to print."
)
def test(*, source_id: str, file: Path, limit: int, style: str) -> int:
    """Poll the source ID, fetch and extract its newest pages, show what became of each. Stores nothing.

    Exits with 1 where a page was refused or failed, with 2 where the source itself cannot be had.
    """
    from flows import source_list, source_trial  # noqa: PLC0415

    config = loaded(file, environ=os.environ)
    tried = source_trial.tried(config.find(source_id), agent=agent_of(config), limit=limit)
    for note in tried.notes:
        click.echo(note, err=True)
    source_list.show(source_trial.COLUMNS, tried.rows, style=style)
    return 0 if tried.all_well else 1


@source.command("import", short_help="Add the feeds of an OPML file.")
@click.argument("opml", metavar="FILE", type=click.File("rb"))
@sources_option
@click.option("--dry-run", is_flag=True, help="Show what would be added; write nothing.")
def import_(*, opml: BinaryIO, file: Path, dry_run: bool) -> int:
    """Add the feeds that FILE, the OPML export of a feed reader, lists (- for standard input).

    Feeds that sources.toml has already are left as they are. Nothing is fetched.
    """
    from flows import source_opml  # noqa: PLC0415
    from sources import config_edit  # noqa: PLC0415

    text = config_edit.text_of(file)
    imported = source_opml.entries(
        opml.read(), loaded(file, text), name=getattr(opml, "name", "standard input")
    )
    added = config_edit.with_sources(text, imported.new, path=file)
    for url, sentence in imported.broken:
        click.echo(f"dateline: {url}: {sentence}", err=True)
    if imported.new and not dry_run:
        config_edit.save(file, added)
    verb = "Would add" if dry_run else "Added"
    known = f"; {imported.known} were there already" if imported.known else ""
    click.echo(f"{verb} {many(len(imported.new), 'source')} to {file}{known}.")
    return 1 if imported.broken else 0


@source.command(short_help="Print the feeds as OPML.")
@sources_option
def export(*, file: Path) -> int:
    """Print the feeds of sources.toml as OPML 2.0, for feed readers; other kinds have no place there."""
    from flows import source_opml  # noqa: PLC0415

    config = loaded(file)
    click.echo(source_opml.exported(config), nl=False)
    others = sum(each.kind != "feed" for each in config.sources)
    if others:
        click.echo(f"dateline: left out {many(others, 'source')} of other kinds than feed", err=True)
    return 0


@source.command(short_help="Switch sources off.")
@click.argument("source_ids", metavar="ID...", nargs=-1, required=True)
@sources_option
def disable(*, source_ids: tuple[str, ...], file: Path) -> int:
    """Switch off the sources ID: they stay in sources.toml, with enabled = false, and are not asked."""
    return _switch(source_ids, file, enabled=False)


@source.command(short_help="Switch sources on again.")
@click.argument("source_ids", metavar="ID...", nargs=-1, required=True)
@sources_option
def enable(*, source_ids: tuple[str, ...], file: Path) -> int:
    """Switch on the sources ID again."""
    return _switch(source_ids, file, enabled=True)


def _switch(source_ids: tuple[str, ...], file: Path, *, enabled: bool) -> int:
    from sources import config_edit  # noqa: PLC0415

    before = config_edit.text_of(file) if file.exists() else ""
    loaded(file)
    text = before
    word = "on" if enabled else "off"
    for source_id in source_ids:
        changed = config_edit.with_enabled(text, source_id, enabled=enabled, path=file)
        click.echo(f"{source_id}: switched {word}" if changed != text else f"{source_id}: was {word} already")
        text = changed
    if text != before:
        config_edit.save(file, text)
    return 0
