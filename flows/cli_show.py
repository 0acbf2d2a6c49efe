"""`dateline show`."""

import click

from records import InputError, UsageError

_LOOK = 'dateline sql "SELECT article_id, title, url FROM articles"'

_EPILOG = """
\b
Examples:
  dateline show 3f2a                             the beginning of an article_id is enough
  dateline show https://example.org/news/1
  dateline show samples/a.txt                    by the file that it came from
  dateline show 3f2a --json

For a duplicate, the article whose words it repeats is shown.
"""


@click.command(epilog=_EPILOG, short_help="Show one article, and the reasons for all of it.")
@click.argument("article", metavar="ID|URL")
@click.option("--db", metavar="FILE", help="The database.  [default: DATELINE_DB, else news.duckdb]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(article: str, db: str | None, as_json: bool) -> int:
    """Show an article as a reader would want it: what was cut, by which rule, and every date considered."""
    # Imported here, because they take longer than `dateline --help` may.
    import shutil  # noqa: PLC0415

    from flows import article_page  # noqa: PLC0415
    from flows.settings import database  # noqa: PLC0415
    from sources.names import printable  # noqa: PLC0415
    from warehouse import read  # noqa: PLC0415

    file = database(db)
    for name in _names(article):
        shown = read.show(file, name)
        if shown is not None:
            break
    else:
        raise UsageError(
            f"there is no article {printable(article)} in {printable(str(file))}; look for it with: {_LOOK}"
        )
    if as_json:
        click.echo(article_page.as_json(shown))
        return 0
    for line in article_page.page(shown, shutil.get_terminal_size().columns):
        click.echo(line)
    return 0


def _names(article: str) -> list[str]:
    """What an article may be stored under, given what was typed."""
    from sources.names import file_uri  # noqa: PLC0415  # as above
    from sources.urls import canonical_url  # noqa: PLC0415

    try:
        return list(dict.fromkeys([article, canonical_url(article)]))
    except InputError:
        return list(dict.fromkeys([article, file_uri(article.replace("\0", ""))]))
