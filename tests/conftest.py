"""What tests of several rooms share: one real Prefect server a session, and an empty warehouse to copy."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests.web.fixture import local_web
from warehouse.writer import open_writer

# How long an example takes depends on what else the machine does: nothing here may fail by the clock.
settings.register_profile("dateline", deadline=None)
settings.load_profile("dateline")

__all__ = ["PrefectServer", "local_web", "quiet_environment"]

_START_UP_S = 120
"""How long a Prefect server may take to answer: some 10 s alone, several times that beside others."""


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A running Prefect server: where its API is, and the environment in which a process uses it."""

    api_url: str
    environment: Mapping[str, str]


def quiet_environment(home: Path) -> dict[str, str]:
    """This process's environment less its Prefect and Dateline settings; Prefect lives in `home`."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DATELINE_"))
    }
    return inherited | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        "COLUMNS": "200",  # rich would wrap what tests look for
    }


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that need the server in one of the processes that xdist spreads tests over."""
    for item in items:
        if "prefect_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("prefect"))


@pytest.fixture
def no_server(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which no Prefect API was ever configured."""
    return quiet_environment(tmp_path / "prefect-home")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """One real Prefect server for the whole session, on a free port, with its own home and SQLite file."""
    home = tmp_path_factory.mktemp("prefect-home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = quiet_environment(home) | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            cwd=home,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(process, f"http://127.0.0.1:{port}/api/health", log)
        yield PrefectServer(environment["PREFECT_API_URL"], environment)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_UP_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        try:
            process.wait(timeout=0.25)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"the Prefect server did not start within {_START_UP_S} s:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database that has its schema and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    with open_writer(folder / "news.duckdb"):
        pass
    return folder
