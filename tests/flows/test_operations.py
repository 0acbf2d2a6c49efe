"""Every command of docs/operations.md runs as it stands there, one after the other, in one folder."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.flows.conftest import Dateline

# Runs every command of the page.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations.md"
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line
]


def test_the_page_names_every_command_of_care():
    named = {shlex.split(line)[1] for line in COMMANDS if line.startswith("dateline ")}
    assert named >= {"maintain", "backup", "restore", "doctor", "export", "merge", "forget"}


@pytest.mark.slow
def test_every_command_of_the_page_runs(dateline: Dateline):
    shutil.copytree(ROOT / "samples", dateline.folder / "samples")
    for line in COMMANDS:
        program, *arguments = shlex.split(line)
        if program == "mkdir":
            (dateline.folder / arguments[0]).mkdir()
            continue
        assert program == "dateline"
        ended = dateline(*arguments)
        assert (ended.code, ended.err) == (0, ""), line
        assert ended.out, line
