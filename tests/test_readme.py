"""What README.md and docs/ show of the command line is what it prints."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```console\n\$ dateline (.*?)\n```$", re.MULTILINE | re.DOTALL)
# A command goes on to the next line as long as a quote is open.
PAGES = [ROOT / "README.md"]


def examples():
    for page in PAGES:
        for number, found in enumerate(BLOCK.finditer(page.read_text()), 1):
            command, output = split_command(found[1])
            yield pytest.param(command, output, id=f"{page.name}-{number}")


def split_command(text):
    lines = text.split("\n")
    for count in range(1, len(lines) + 1):
        try:
            return shlex.split("\n".join(lines[:count])), "\n".join(lines[count:])
        except ValueError:
            continue
    raise AssertionError(text)


def dateline(*arguments, db):
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATELINE_DB": str(db)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    db = tmp_path_factory.mktemp("readme") / "news.duckdb"
    dateline("ingest", "samples", "--source", "samples", db=db)
    return db


@pytest.mark.xdist_group("readme")  # one database for all
@pytest.mark.parametrize(("command", "output"), list(examples()))
def test_the_output_shown_is_the_output(command, output, database):
    assert dateline(*command, db=database).rstrip().splitlines() == output.rstrip().splitlines()


def test_there_are_five_queries_and_a_first_look():
    assert len(list(examples())) >= 6
