"""`dateline search`."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from records import UsageError

if TYPE_CHECKING:
    from warehouse.search import Answer

_FORMATS = ("table", "csv", "json", "jsonl", "markdown")
_DAY = click.DateTime(["%Y-%m-%d"])

_EPILOG = """
\b
Examples:
  dateline search "harbour plan"
  dateline search flood --source paper --since 2025-11-01 --until 2025-11-30
  dateline search "élection présidentielle" --lang fr --limit 5
  dateline search flood --format jsonl | jq -r .url

Finds the articles that hold all of the words, whatever their case and accents, whole words only, the best
match first (BM25). What is written without a space, as e-mail is, must stand together. Nothing in the words
is an operator.

An article without a known day of publication is found too, but not with --since or --until.

`dateline maintain` makes the index; what is newer is searched by reading its text. How it was found is said
on standard error, and in the column found_by of csv, json and jsonl. More: docs/search.md.
"""


@click.command(epilog=_EPILOG, short_help="Find articles by their words.")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--source", "sources", multiple=True, metavar="ID", help="Only of this source; can be repeated."
)
@click.option("--since", type=_DAY, metavar="DAY", help="Published on this day (2025-11-30) or later.")
@click.option("--until", type=_DAY, metavar="DAY", help="Published on this day or earlier.")
@click.option("--lang", metavar="CODE", help="Only in this language: en, fr, ...")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="So many at most.")
@click.option(
    "--format",
    "style",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.option("--db", metavar="FILE", help="The database.  [default: DATELINE_DB, else news.duckdb]")
def search(
    *,
    words: tuple[str, ...],
    sources: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    lang: str | None,
    limit: int,
    style: str,
    db: str | None,
) -> int:
    """Find the articles that hold all of WORDS."""
    # Imported here, because they take longer than `dateline --help` may.
    import shutil  # noqa: PLC0415

    from flows import render  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415
    from warehouse.search import Filters, search  # noqa: PLC0415

    if since is not None and until is not None and since > until:
        raise UsageError("--since is later than --until; nothing can be between them")
    filters = Filters(
        sources=sources,
        since=since.date() if since else None,
        until=until.date() if until else None,
        language=lang.lower() if lang else None,
    )
    answer = search(database(db), " ".join(words), filters=filters, limit=limit)
    columns: tuple[str, ...] = ("published", "source_id", "title", "snippet", "article_id")
    if style in ("csv", "json", "jsonl"):
        columns += ("url", "score", "found_by")
    rows = (tuple(getattr(hit, column) for column in columns) for hit in answer.hits)
    if style == "table":
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lines = render.table(columns, rows, width=width) if answer.hits else iter(())
    else:
        lines = render.FORMATS[style](columns, rows)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    click.echo(_how(answer), err=True)
    return 0


def _how(answer: "Answer") -> str:
    """How it was found, in one sentence."""
    found = f"{len(answer.hits)} shown" if answer.hits else "nothing found"
    if answer.indexed is None:
        return (
            f"{found}; there is no search index, so the text of {answer.scanned} articles was read: "
            "`dateline maintain` makes one"
        )
    if answer.scanned:
        return (
            f"{found}; by the index of {answer.indexed} articles and the text of {answer.scanned} newer ones "
            "until `dateline maintain` takes them in"
        )
    return f"{found}; by the index of {answer.indexed} articles"
