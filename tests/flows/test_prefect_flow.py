"""The flow against a real Prefect server: what `python -m flows.ingest` says, and what Prefect then holds."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import PrefectServer
from tests.webserver import running
from warehouse import open_writer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>
<p>{title}: the council of the valley voted to keep the night bus, after a year in which more people rode it
than in any year since it was first put on the road.</p><p>Drivers had asked for a second vehicle, which the
council said that it would consider in the spring, when the accounts are closed.</p></article></body>
</html>"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "flows.ingest", *map(str, arguments)]


def run(
    arguments: Sequence[object], environment: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def asked(server: PrefectServer, path: str, body: object) -> list[dict[str, Any]]:
    request = urllib.request.Request(
        f"{server.api_url}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: list[dict[str, Any]] = json.load(response)
    return answer


def last_flow_run(server: PrefectServer) -> dict[str, Any]:
    """The run that ended last; a deployment of other tests may have scheduled some that never start."""
    ended = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}
    return asked(server, "flow_runs/filter", {"flow_runs": ended, "sort": "END_TIME_DESC", "limit": 1})[0]


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(db, read_only=True) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def started(
    arguments: Sequence[object], environment: Mapping[str, str], cwd: Path
) -> Iterator[subprocess.Popen[str]]:
    """The flow in the background; its log (stderr and stdout in one) can be read line by line."""
    with subprocess.Popen(
        command(*arguments),
        cwd=cwd,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that runs the tests in the background has them, and what they start, ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nothing else runs in it
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"{words!r} was never said, but:\n{said}")


def test_the_samples_go_in_once_and_are_unchanged_the_second_time(
    prefect_server: PrefectServer, tmp_path: Path
):
    db = tmp_path / "news.duckdb"

    first = run([SAMPLES, "--db", db, "--source", "samples"], prefect_server.environment, tmp_path)
    assert (first.returncode, first.stdout.partition(" in ")[0]) == (0, "5 stored"), first.stderr
    assert last_flow_run(prefect_server)["state_type"] == "COMPLETED"
    articles = rows(db, "SELECT * FROM articles ORDER BY ALL")
    assert len(articles) == 5

    second = run([SAMPLES, "--db", db, "--source", "samples"], prefect_server.environment, tmp_path)
    assert (second.returncode, second.stdout.partition(" in ")[0]) == (0, "5 unchanged"), second.stderr
    assert last_flow_run(prefect_server)["state_type"] == "COMPLETED"
    assert rows(db, "SELECT * FROM articles ORDER BY ALL") == articles


def test_a_run_is_one_task_with_a_name_a_report_and_a_line_in_the_log(
    prefect_server: PrefectServer, tmp_path: Path
):
    db = tmp_path / "news.duckdb"
    assert (
        run([SAMPLES, "--db", db, "--source", "valley"], prefect_server.environment, tmp_path).returncode == 0
    )

    of_this_run = {"flow_runs": {"id": {"any_": [last_flow_run(prefect_server)["id"]]}}}
    (task_run,) = asked(prefect_server, "task_runs/filter", of_this_run)
    assert (task_run["name"], task_run["state_type"]) == ("valley", "COMPLETED")
    (report,) = asked(prefect_server, "artifacts/filter", of_this_run)
    assert (report["key"], report["description"]) == ("ingest", "5 stored")
    assert "| stored | 5 |" in report["data"]
    flow_run_id = of_this_run["flow_runs"]["id"]["any_"][0]
    lines = asked(prefect_server, "logs/filter", {"logs": {"flow_run_id": {"any_": [flow_run_id]}}})
    assert [line["message"] for line in lines if "5 stored" in line["message"]] != []
    assert len(lines) < 10


def test_one_bad_document_is_named_and_the_run_completes(prefect_server: PrefectServer, tmp_path: Path):
    (tmp_path / "empty.txt").touch()
    done = run([SAMPLES, "empty.txt"], prefect_server.environment, tmp_path)
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "WARNING" in line and "empty.txt" in line]
    assert last_flow_run(prefect_server)["state_type"] == "COMPLETED"
    assert rows(tmp_path / "news.duckdb", "SELECT count(*) FROM articles") == [(5,)]


def test_the_log_names_twenty_bad_documents_and_then_points_to_the_table(
    prefect_server: PrefectServer, tmp_path: Path
):
    folder = tmp_path / "empty"
    folder.mkdir()
    for number in range(25):
        (folder / f"{number}.txt").touch()
    done = run([folder], prefect_server.environment, tmp_path)
    warnings = [line for line in done.stderr.splitlines() if "| WARNING |" in line and "Task run" in line]
    assert len([line for line in warnings if ".txt: " in line]) == 20
    assert [line for line in warnings if "the table outcomes has them all" in line] == warnings[20:]
    assert rows(tmp_path / "news.duckdb", "SELECT count(*) FROM outcomes") == [(25,)]


GIVES_UP = """
from dataclasses import replace
from pathlib import Path
from flows import ingest, pipeline

whole = pipeline.ingest
pipeline.ingest = lambda *a, **k: replace(whole(*a, **k), status="failed", error="the disk is full")
summary = ingest.run_on_prefect(["{samples}"], db=Path("news.duckdb"))
print(summary.status, summary.counts["stored"], summary.error)
"""


def test_a_database_that_gives_up_midway_fails_the_flow_run_and_the_summary_still_comes_back(
    prefect_server: PrefectServer, tmp_path: Path
):
    done = subprocess.run(
        [sys.executable, "-c", GIVES_UP.format(samples=SAMPLES)],
        cwd=tmp_path,
        env=prefect_server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["failed 5 the disk is full"], done.stderr
    assert last_flow_run(prefect_server)["state_type"] == "FAILED"


def test_where_nothing_can_be_done_the_flow_run_fails_and_a_sentence_says_why(
    prefect_server: PrefectServer, tmp_path: Path
):
    (tmp_path / "news.duckdb").write_text("Dear diary,")
    done = run([SAMPLES], prefect_server.environment, tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("dateline: news.duckdb is not a")
    assert "Traceback" not in done.stderr
    assert "Retry" not in done.stderr
    assert last_flow_run(prefect_server)["state_type"] == "FAILED"


def test_a_database_that_another_writer_holds_is_tried_again(prefect_server: PrefectServer, tmp_path: Path):
    db = tmp_path / "news.duckdb"
    with started([SAMPLES, "--db", db], prefect_server.environment, tmp_path) as process:
        with open_writer(db):
            read_until(process, "Retry 1/3")
        assert read_until(process, "5 stored")
        assert process.wait(timeout=60) == 0
    assert last_flow_run(prefect_server)["state_type"] == "COMPLETED"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupt_keeps_and_publishes_what_was_stored(
    prefect_server: PrefectServer, tmp_path: Path, number: signal.Signals
):
    db = tmp_path / "news.duckdb"
    with running() as web:
        pages = [web.serve(f"/{n}", PAGE.format(title=f"Edition {n}")) for n in range(1, 4)]
        inputs = [*pages[:2], web.hold("/3"), pages[2]]
        with started([*inputs, "--db", db], prefect_server.environment, tmp_path) as process:
            if not web.held.wait(timeout=60):
                process.kill()
                pytest.fail(f"the third page was never asked for:\n{process.communicate()[0]}")
            process.send_signal(number)
            read_until(process, "ending: what is in hand is stored first")
            web.closing.set()
            said = read_until(process, "Interrupted: 2 stored")
            assert process.wait(timeout=60) == 1
    assert "Traceback" not in said
    assert last_flow_run(prefect_server)["state_type"] == "CRASHED"
    assert rows(db, "SELECT title FROM articles ORDER BY title") == [("Edition 1",), ("Edition 2",)]
    assert rows(db, "SELECT status FROM runs") == [("interrupted",)]


def test_without_a_prefect_api_a_sentence_tells_how_to_get_one(no_server: dict[str, str], tmp_path: Path):
    done = run([SAMPLES], no_server, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "dateline: no Prefect API is configured: start one with `prefect server start`"
    )
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "news.duckdb").exists()


def test_an_api_that_does_not_answer_is_named(no_server: dict[str, str], tmp_path: Path):
    done = run([SAMPLES], no_server | {"PREFECT_API_URL": "http://127.0.0.1:9/api"}, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("dateline: the Prefect API at http://127.0.0.1:9/api cannot be used")
    assert len(done.stderr.splitlines()) == 1


def test_what_answers_but_is_no_prefect_api_is_said(no_server: dict[str, str], tmp_path: Path):
    with running() as web:
        done = run([SAMPLES], no_server | {"PREFECT_API_URL": f"{web.url}/api", "no_proxy": "*"}, tmp_path)
    assert done.returncode == 2
    assert (
        f"cannot be used (Server error '501 Not Implemented' for url '{web.url}/api/flows/filter')"
        in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_a_name_that_is_no_utf_8_cannot_be_handed_to_prefect_but_its_folder_can(
    prefect_server: PrefectServer, tmp_path: Path
):
    folder = tmp_path / "odd"
    folder.mkdir()
    odd = os.fsdecode(bytes(folder) + b"/caf\xe9.txt")
    Path(odd).write_bytes((SAMPLES / "000_d579d7a2eec570d1.txt").read_bytes())
    refused = run([odd], prefect_server.environment, tmp_path)
    assert refused.returncode == 2
    assert "name its folder" in refused.stderr
    assert "Traceback" not in refused.stderr
    taken = run([folder], prefect_server.environment, tmp_path)
    assert (taken.returncode, taken.stdout.partition(" in ")[0]) == (0, "1 stored"), taken.stderr


def test_importing_the_flow_reports_nothing_to_prefects_makers():
    environment = {key: value for key, value in os.environ.items() if key != "DO_NOT_TRACK"}
    done = subprocess.run(
        [sys.executable, "-c", "import flows, os; print(os.environ['DO_NOT_TRACK'])"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
