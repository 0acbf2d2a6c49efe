"""Nothing without documentation, and nothing in the documentation that is not so."""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import duckdb
import pytest

from warehouse import open_writer

ROOT = Path(__file__).parents[1]
ROOMS = ("sources", "extractors", "warehouse", "flows")
SHELL = re.compile(r"^```console\n\$ duckdb (.*?)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^## (.*?)\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def load_write() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "docs" / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


write = load_write()


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    db = tmp_path_factory.mktemp("schema") / "empty.duckdb"
    with open_writer(db) as writer:
        writer.publish()
    with duckdb.connect(str(db), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    return write.cookbook_database(tmp_path_factory.mktemp("cookbook"))


def sections(page: str) -> dict[str, str]:
    return {found[1]: found[0] for found in BLOCK.finditer(page)}


def test_every_table_and_view_says_what_it_is(schema):
    silent = schema.execute(
        """SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') = ''
        UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''"""
    ).fetchall()
    assert silent == []


def test_every_column_says_what_it_is(schema):
    silent = schema.execute(
        """SELECT table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND coalesce(comment, '') = ''"""
    ).fetchall()
    assert silent == []


def test_every_column_that_can_be_null_says_when(schema):
    """A column of a table without NOT NULL; views are free to say it in other words."""
    silent = schema.execute(
        """SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid)
        WHERE c.is_nullable AND NOT contains(c.comment, 'NULL')"""
    ).fetchall()
    assert silent == []


def test_every_command_and_option_says_what_it_is():
    pending = [write.cli.dateline]
    while pending:
        command = pending.pop()
        context = click.Context(command)
        assert command.get_short_help_str(), command.name
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.help, (command.name, parameter.name)
        if isinstance(command, click.Group):
            pending += [command.get_command(context, name) for name in command.list_commands(context)]


def test_every_setting_is_documented():
    named = {
        name
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for name in re.findall(r"(?<![A-Z_])DATELINE_[A-Z_]+", file.read_text())
    }
    assert named <= set(write.SETTINGS)


def test_the_reference_is_up_to_date(tmp_path):
    written = (ROOT / "docs" / "reference.md").read_text()
    assert write.reference(tmp_path) == written, "run `make docs`"


def test_the_cookbook_answers_are_up_to_date(news):
    written = (ROOT / "docs" / "cookbook.md").read_text()
    answered = write.cookbook(news)
    assert sections(answered) == sections(written), (
        "read the differences; where they are right, run `make docs`"
    )
    assert answered == written


def test_the_cookbook_answers_at_least_25_questions():
    titles = list(sections((ROOT / "docs" / "cookbook.md").read_text()))
    assert [title.partition(".")[0] for title in titles] == [str(n) for n in range(1, len(titles) + 1)]
    assert len(titles) >= 25


def test_every_view_is_used_in_the_cookbook(schema):
    page = (ROOT / "docs" / "cookbook.md").read_text()
    views = {"timeline", "latest", "edits", "coverage", "losses", "changes", "lineage", "article_sources"}
    assert {view for view in views if not re.search(rf"\b(FROM|JOIN) {view}\b", page)} == set()


@pytest.mark.slow
def test_the_examples_for_python_pandas_and_polars_print_what_is_shown(news):
    written = (ROOT / "docs" / "reading.md").read_text()
    assert sections(write.reading(news)) == sections(written), "run `make docs`"


def test_the_examples_for_duckdbs_shell_print_what_is_shown(news):
    shell = shutil.which("duckdb", path=str(Path(sys.executable).parent)) or shutil.which("duckdb")
    if shell is None:
        pytest.skip("DuckDB's shell is not installed (duckdb-cli has no wheel for this platform)")
    examples = SHELL.findall((ROOT / "docs" / "reading.md").read_text())
    assert examples
    for command, output in examples:
        printed = subprocess.run(
            [shell, *shlex.split(command)], cwd=news.parent, check=True, capture_output=True, text=True
        ).stdout
        assert printed.splitlines() == output.splitlines()
