"""`dateline maintain`."""

from datetime import UTC, datetime

import click

from flows.options import db_option, many, say, size, wait_option

_EPILOG = """
\b
Examples:
  dateline maintain                              after the day's runs, by cron or as a flow
  dateline maintain --keep outcomes=90d          for every source
  dateline maintain --keep captures=90d,versions=5 --keep wire:versions=2
  dateline maintain --compact

It makes the search index anew, gives free room back where more than 40 % of the file is free, and publishes.
Nothing is removed without --keep. A rule lets go of
\b
  captures=90d   captures older than 90 days; those that a version was made from stay, and the last of each
  outcomes=90d   outcomes, polls, verdicts older than 90 days; each article keeps its first and last outcome
  versions=5     versions of an article beyond its first one and the 5 latest

An article itself never leaves by a rule. Stopped at any moment, it loses nothing: run it again.
"""


@click.command(epilog=_EPILOG, short_help="Give room back, renew the search index, apply rules of retention.")
@click.option(
    "--keep",
    "rules",
    metavar="RULE",
    multiple=True,
    help="What to keep, [SOURCE:]captures=90d,outcomes=90d,versions=5; can be repeated.  [default: all]",
)
@click.option("--compact", is_flag=True, help="Give free room back however little it is.")
@wait_option
@db_option
def maintain(*, rules: tuple[str, ...], compact: bool, wait_s: float, db: str | None) -> int:
    """Keep a database in shape: room, search index, statistics, and what is kept for how long."""
    # Imported here, because they take longer than `dateline --help` may.
    from flows.settings import database, program_version  # noqa: PLC0415
    from warehouse.maintain import maintain as maintained  # noqa: PLC0415
    from warehouse.retention import parse  # noqa: PLC0415

    file = database(db)
    done = maintained(
        file,
        now=datetime.now(UTC),
        rules=[parse(rule) for rule in rules],
        compact_always=compact,
        wait_s=wait_s,
        program_version=program_version(),
    )
    if rules:
        click.echo(
            f"removed {many(done.removed.versions, 'version')}, {many(done.removed.captures, 'capture')}, "
            f"{many(done.removed.outcomes, 'outcome')}"
        )
    if done.compaction:
        click.echo(f"compacted from {size(done.compaction.before)} to {size(done.compaction.after)}")
    else:
        click.echo(f"{size(done.bytes)}, {done.free_share:.0%} of it free: not compacted")
    say(done.notes)
    click.echo(f"published {file}")
    return 0
