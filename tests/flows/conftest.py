"""The installed command, run as its user runs it."""

import contextlib
import ctypes
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows import cli
from tests.flows.fetched_web import first_pass
from tests.webserver import web

__all__ = ["Dateline", "Ended", "first_pass", "web"]

_SCRIPT = Path(sys.executable).with_name("dateline")
COMMAND: list[str] = [str(_SCRIPT)] if _SCRIPT.exists() else [sys.executable, "-m", "flows.cli"]

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, which is one JSON object and nothing else."""
        return json.loads(self.out)

    @property
    def problems(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


@dataclass(frozen=True, slots=True)
class Dateline:
    """The command in a folder of its own: call it with arguments, or start it and let it run."""

    folder: Path
    environment: dict[str, str]

    @property
    def db(self) -> Path:
        return self.folder / "news.duckdb"

    def __call__(self, *arguments: str | Path, **given: Any) -> Ended:
        """Run to the end; whatever happens there is no traceback."""
        process = self.start(*arguments, **given)
        return self.ended(process, given.get("input"))

    def start(
        self,
        *arguments: str | Path,
        input: bytes | None = None,  # noqa: A002  # as subprocess calls it
        unprivileged: bool = False,
        **given: Any,
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*COMMAND, *(str(each) for each in arguments)],
            cwd=self.folder,
            env=self.environment | given.pop("env", {}),
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=given.pop("stdout", subprocess.PIPE),
            stderr=given.pop("stderr", subprocess.PIPE),
            preexec_fn=_give_up_privileges if unprivileged else None,  # noqa: PLW1509  # calls libc alone
            **given,
        )

    def ended(self, process: "subprocess.Popen[bytes]", input: bytes | None = None) -> Ended:  # noqa: A002
        out, err = process.communicate(input, timeout=60)
        ended = Ended(process.returncode, (out or b"").decode(), (err or b"").decode())
        assert "Traceback" not in ended.out + ended.err, ended.err
        assert ended.code in (0, 1, 2), ended
        return ended

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is stored, read past the command."""
        from warehouse import read  # noqa: PLC0415  # loads duckdb

        result = read.query(self.db, query)
        try:
            return list(result.rows)
        finally:
            result.close()


@dataclass(frozen=True, slots=True)
class Inside(Dateline):
    """The same within this process, a tenth of the time; for what needs no process of its own."""

    def __call__(self, *arguments: str | Path, **given: Any) -> Ended:
        out, err = io.BytesIO(), io.BytesIO()
        streams = {
            name: io.TextIOWrapper(content, encoding="utf-8", write_through=True)
            for name, content in (
                ("stdin", io.BytesIO(given.get("input", b""))),
                ("stdout", out),
                ("stderr", err),
            )
        }
        with pytest.MonkeyPatch.context() as patch, contextlib.chdir(self.folder):
            for name in set(os.environ) - set(self.environment):
                patch.delenv(name)
            for name, value in (self.environment | given.get("env", {})).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["dateline", *(str(each) for each in arguments)])
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as end:
                cli.main()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, out.getvalue().decode(), err.getvalue().decode())


def _give_up_privileges() -> None:
    """Let root meet permissions as anybody else does: the program that follows may not override them."""
    libc = ctypes.CDLL(None)
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """This process's environment without what would change the command's behaviour."""
    mine = ("DATELINE_", "PYTHON", "COLUMNS", "LINES", "NO_COLOR", "TERM")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(mine) and not name.lower().endswith("_proxy")
    } | {"LC_ALL": "C.UTF-8", "TERM": "xterm"}


@pytest.fixture
def dateline(tmp_path: Path, environment: dict[str, str]) -> Dateline:
    return Dateline(tmp_path, environment)


@pytest.fixture
def inside(tmp_path: Path, environment: dict[str, str]) -> Dateline:
    return Inside(tmp_path, environment)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file into the command's folder."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


def article(about: str, sentences: Sequence[str] = ()) -> str:
    """An article's plain text, long enough to be one, and like no other."""
    said = sentences or (
        f"The town council met on the matter of {about} and heard eleven speakers before it voted.",
        f"Nobody had expected that {about} would take up the whole of a long and windy evening.",
        "A second reading is to follow next month, when the report of the committee will be at hand.",
    )
    return "\n\n".join(said) + "\n"
