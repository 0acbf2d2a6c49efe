"""prefect.yaml: it follows Prefect's schema, `prefect deploy --all` deploys it, and a worker runs it."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.conftest import PrefectServer

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PREFECT_YAML: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

# How Prefect's repository makes the schema that it publishes; this one is that of the version locked.
PRINT_SCHEMA = """
import json
from prefect.cli.deploy._models import PrefectYamlModel
print(json.dumps(PrefectYamlModel.model_json_schema()))
"""


def prefect(server: PrefectServer, *arguments: str, **environment: str) -> str:
    return with_prefect(server, [str(BIN / "prefect"), *arguments], **environment)


def with_prefect(server: PrefectServer, command: list[str], **environment: str) -> str:
    """Run a command in the repository's root, as a person at a terminal that answers no question would."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**server.environment, "PATH": f"{BIN}:{server.environment['PATH']}", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def got(server: PrefectServer, path: str, body: object = None) -> Any:
    """The API's answer to a GET, or to a POST of `body`."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.api_url}/{path}", sent, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def deployed(prefect_server: PrefectServer) -> dict[str, Any]:
    """What the one-shot of docker-compose.yml leaves on the server, run as it stands there, twice."""
    command = COMPOSE["services"]["deploy"]["command"]
    for _ in range(2):
        with_prefect(prefect_server, command)
    answer: dict[str, Any] = got(prefect_server, "deployments/name/ingest/every-ten-minutes")
    return answer


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("prefect-home")
    printed = subprocess.run(
        [sys.executable, "-c", PRINT_SCHEMA],
        env={"PREFECT_HOME": str(home), "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    read: dict[str, Any] = json.loads(printed.stdout)
    return read


@pytest.mark.slow
def test_prefect_yaml_follows_prefects_schema(schema: dict[str, Any], tmp_path: Path):
    file = tmp_path / "prefect.yaml.schema.json"
    file.write_text(json.dumps(schema), encoding="utf-8")
    done = subprocess.run(
        [BIN / "check-jsonschema", "--schemafile", file, ROOT / "prefect.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_prefect_yaml_has_no_key_that_prefect_would_pass_over_in_silence(schema: dict[str, Any]):
    known = schema["properties"].keys()
    assert PREFECT_YAML.keys() - known == set()
    parts = schema["$defs"]
    for deployment in PREFECT_YAML["deployments"]:
        assert deployment.keys() - parts["DeploymentConfig"]["properties"].keys() == set()
        assert deployment["work_pool"].keys() - parts["WorkPoolConfig"]["properties"].keys() == set()
        limit = parts["ConcurrencyLimitSpec"]["properties"].keys()
        assert deployment["concurrency_limit"].keys() - limit == set()


def test_prefect_yaml_names_the_version_that_is_locked():
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert f"\nprefect=={PREFECT_YAML['prefect-version']} " in f"\n{locked}"


def test_there_is_one_deployment():
    assert [each["name"] for each in PREFECT_YAML["deployments"]] == ["every-ten-minutes"]


@pytest.mark.slow
def test_it_runs_every_ten_minutes_in_a_time_zone_that_is_said(deployed: dict[str, Any]):
    (schedule,) = deployed["schedules"]
    assert schedule["active"]
    assert schedule["schedule"] == {"cron": "*/10 * * * *", "timezone": "Etc/UTC", "day_or": True}
    assert not deployed["paused"]


@pytest.mark.slow
def test_a_run_that_is_due_while_another_goes_is_dropped(deployed: dict[str, Any]):
    assert deployed["global_concurrency_limit"]["limit"] == 1
    assert deployed["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


@pytest.mark.slow
def test_it_takes_in_the_samples_until_an_inbox_is_named(
    deployed: dict[str, Any], prefect_server: PrefectServer
):
    assert deployed["parameters"] == {"inputs": ["samples/"], "source": "inbox"}
    prefect(prefect_server, "--no-prompt", "deploy", "--all", DATELINE_INBOX="/var/spool/news")
    named = got(prefect_server, "deployments/name/ingest/every-ten-minutes")
    assert named["parameters"]["inputs"] == ["/var/spool/news/"]
    prefect(prefect_server, "--no-prompt", "deploy", "--all")


@pytest.mark.slow
def test_the_form_explains_every_parameter(deployed: dict[str, Any]):
    parameters = deployed["parameter_openapi_schema"]["properties"]
    assert list(parameters) == ["inputs", "source", "db", "fetched_at"]
    assert all(each["description"] for each in parameters.values())
    assert deployed["enforce_parameter_schema"]


@pytest.mark.slow
def test_its_pool_is_for_processes(deployed: dict[str, Any], prefect_server: PrefectServer):
    assert deployed["work_pool_name"] == "dateline"
    assert got(prefect_server, "work_pools/dateline")["type"] == "process"


@pytest.mark.slow
def test_a_worker_runs_it_in_the_folder_that_it_was_deployed_from(
    deployed: dict[str, Any], prefect_server: PrefectServer, tmp_path: Path
):
    db = tmp_path / "news.duckdb"
    prefect(prefect_server, "deployment", "run", "ingest/every-ten-minutes")
    command = [
        argument for argument in COMPOSE["services"]["worker"]["command"] if "healthcheck" not in argument
    ]
    with_prefect(prefect_server, [*command, "--run-once"], DATELINE_DB=str(db))
    # At full ten minutes it may be the scheduled run that went, and the one asked for that was dropped.
    completed = {
        "deployments": {"id": {"any_": [deployed["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    assert got(prefect_server, "flow_runs/count", completed) == 1
    with duckdb.connect(db, read_only=True) as connection:
        assert connection.execute("SELECT source_id, count(*) FROM articles GROUP BY ALL").fetchall() == [
            ("inbox", 5)
        ]
