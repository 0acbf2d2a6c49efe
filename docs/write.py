"""Writes what in the documentation is generated: reference.md, and the answers in cookbook.md and reading.md.

`make docs` runs it. `tests/test_docs.py` compares what it would write with what stands there.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import duckdb

from flows import cli, render
from flows.pipeline import ingest
from sources.config_schema import schema_text
from warehouse import open_writer, read

DOCS = Path(__file__).resolve().parent

SETTINGS = {
    "DATELINE_DB": "The database, where `--db` names none. By default `news.duckdb` in the current folder.",
    "PREFECT_API_URL": "Prefect's own: the API that `dateline ingest --prefect` and the flows run on.",
}
"""Every environment variable that is read."""

GROUPS = {
    "For daily use": (
        "articles",
        "timeline",
        "latest",
        "edits",
        "coverage",
        "losses",
        "article_sources",
        "article_versions",
        "duplicates",
        "cuts",
        "date_claims",
    ),
    "Where everything comes from": (
        "lineage",
        "captures",
        "outcomes",
        "runs",
        "batches",
        "changes",
        "snapshot",
        "forgotten",
        "removals",
    ),
    "Sources": ("sources", "source_state", "candidates", "boilerplate"),
}
"""What stands under which heading; whatever is not named here comes last."""

_LAST_GROUP = "Kept for the program itself"

_SQL = re.compile(r"^```sql\n(?P<code>.*?)\n```\n(?:\n?```text\n.*?```\n)?", re.MULTILINE | re.DOTALL)
_PYTHON = re.compile(r"^```python\n(?P<code>.*?)\n```\n(?:```text\n.*?```\n)?", re.MULTILINE | re.DOTALL)


def reference(folder: Path) -> str:
    """The whole of reference.md; makes an empty database in the folder for it."""
    db = folder / "empty.duckdb"
    with open_writer(db) as writer:
        writer.publish()
    with duckdb.connect(str(db), read_only=True) as connection:
        schema = "\n".join(schema_lines(connection))
    return "\n".join(
        [
            "# Reference",
            "Written by `make docs` from the comments in the database, the commands' own help and",
            "`docs/write.py`: change those. In the database the comments are in `duckdb_tables()`,",
            "`duckdb_views()` and `duckdb_columns()`. All times are instants (TIMESTAMPTZ: TIMESTAMP WITH",
            "TIME ZONE); `dateline` shows them in UTC.",
            "",
            schema,
            "## Commands",
            *(line for words, text in commands() for line in (f"### {words}", "```", text, "```", "")),
            "## Settings",
            "From the environment:",
            "",
            *(f"- `{name}`: {meaning}" for name, meaning in SETTINGS.items()),
            "",
        ]
    )


def schema_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A section for each group of tables and views, a table of columns for each."""
    comments = {
        name: (kind, comment or "")
        for name, kind, comment in connection.execute(
            """SELECT table_name, 'table', comment FROM duckdb_tables()
            UNION ALL SELECT view_name, 'view', comment FROM duckdb_views() WHERE NOT internal"""
        ).fetchall()
    }
    named = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, _LAST_GROUP: tuple(sorted(comments.keys() - named))}
    for heading, names in groups.items():
        yield f"## {heading}"
        for name in names:
            kind, comment = comments[name]
            yield from (f"### {name}", f"{kind.capitalize()}. {comment}", "")
            yield from ("| column | type | meaning |", "|---|---|---|")
            for column, of_type, meaning in connection.execute(
                """SELECT column_name, data_type, comment FROM duckdb_columns()
                WHERE NOT internal AND table_name = ? ORDER BY column_index""",
                [name],
            ).fetchall():
                short = of_type.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
                yield f"| {column} | {short} | {_cell(meaning or '')} |"
            yield ""


def commands() -> Iterator[tuple[str, str]]:
    """Every command with its help, the group's own first."""
    pending: list[tuple[click.Command, click.Context | None, str]] = [(cli.dateline, None, "dateline")]
    while pending:
        command, parent, name = pending.pop(0)
        context = command.make_context(
            name, [], parent=parent, resilient_parsing=True, terminal_width=100, max_content_width=100
        )
        yield (
            context.command_path,
            "\n".join(line.rstrip() for line in command.get_help(context).splitlines()),
        )
        if isinstance(command, click.Group):
            found = ((command.get_command(context, each), each) for each in command.list_commands(context))
            pending.extend((each, context, its_name) for each, its_name in found if each is not None)


def cookbook_database(folder: Path) -> Path:
    """The database of the cookbook, in this folder as news.duckdb."""
    db = folder / "news.duckdb"
    before = Path.cwd()
    os.chdir(DOCS)
    try:
        ingest(["cookbook.jsonl"], db=db)
    finally:
        os.chdir(before)
    return db


def answered(page: str, pattern: re.Pattern[str], answer: Callable[[str], str]) -> str:
    """The page, with each example followed by its answer as it is now."""

    def filled(found: re.Match[str]) -> str:
        block = found[0][: found.end("code") - found.start()]
        said = "\n".join(line.rstrip() for line in answer(found["code"]).rstrip().splitlines())
        return f"{block}\n```\n```text\n{said}\n```\n"

    return pattern.sub(filled, page)


def cookbook(db: Path) -> str:
    """cookbook.md with its answers."""

    def answer(sql: str) -> str:
        result = read.query(db, sql)
        try:
            return "\n".join(render.table(result.columns, result.rows))
        finally:
            result.close()

    return answered((DOCS / "cookbook.md").read_text(encoding="utf-8"), _SQL, answer)


def reading(db: Path) -> str:
    """reading.md with what its Python examples print, run beside the database."""

    def answer(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], cwd=db.parent, check=True, capture_output=True, text=True
        ).stdout

    return answered((DOCS / "reading.md").read_text(encoding="utf-8"), _PYTHON, answer)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the three pages, and the schema of sources.toml."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = cookbook_database(folder)
        pages = {"reference.md": reference(folder), "cookbook.md": cookbook(db), "reading.md": reading(db)}
        for page, text in pages.items():
            (DOCS / page).write_text(text, encoding="utf-8")
    (DOCS.parent / "sources" / "sources.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
