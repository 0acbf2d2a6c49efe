"""docker-compose.yml, Dockerfile and .dockerignore: valid, linted, and as closed and pinned as we promise."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOTS = {"deploy"}
LONG_RUNNING = sorted(SERVICES.keys() - ONE_SHOTS)
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)

REQUIRED_VARIABLE = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
FULL_VERSION = re.compile(r"[\w./-]+:\d+(\.\d+)+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?")


def dockerfile_instructions() -> list[tuple[str, str]]:
    """(INSTRUCTION, arguments) in order, continuation lines joined, comments gone."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word, rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.splitlines())
        if word
    ]


def environment_of(name: str) -> dict[str, str]:
    return dict(SERVICES[name].get("environment", {}))


def test_compose_follows_the_published_specification():
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_specification_would_refuse_a_misspelt_key(tmp_path: Path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(yaml.safe_dump(COMPOSE).replace("healthcheck:", "healthchek:"), encoding="utf-8")
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", wrong],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "healthchek" in done.stdout


def test_the_linter_finds_nothing_to_say_about_the_dockerfile():
    done = subprocess.run(
        [BIN / "hadolint", "--no-color", "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_compose_has_a_database_a_server_a_worker_and_a_one_shot():
    assert set(SERVICES) == {"postgres", "server", "worker", "deploy"}


def test_every_port_is_open_to_this_host_alone():
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_password_must_be_given_and_has_no_default(name: str):
    secret = re.compile("PASSWORD|AUTH|SECRET|TOKEN|KEY")
    secrets = {key: value for key, value in environment_of(name).items() if secret.search(key)}
    assert secrets, "each service logs in somewhere"
    assert {key: value for key, value in secrets.items() if not REQUIRED_VARIABLE.fullmatch(value)} == {}


def test_the_server_asks_for_the_login_that_its_clients_give():
    asked = environment_of("server")["PREFECT_SERVER_API_AUTH_STRING"]
    assert [environment_of(name)["PREFECT_API_AUTH_STRING"] for name in ("deploy", "worker")] == [asked] * 2


def test_the_server_uses_the_database_that_postgres_makes():
    server, postgres = environment_of("server"), environment_of("postgres")
    prefix = "PREFECT_SERVER_DATABASE"
    assert server[f"{prefix}_HOST"] == "postgres"
    assert [server[f"{prefix}_{part}"] for part in ("NAME", "USER", "PASSWORD")] == [
        postgres[f"POSTGRES_{part}"] for part in ("DB", "USER", "PASSWORD")
    ]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_on_says_whether_it_is_well_and_is_started_again(name: str):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_each_waits_for_what_it_needs():
    waits = {
        name: {other: on["condition"] for other, on in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    assert waits == {
        "postgres": {},
        "server": {"postgres": "service_healthy"},
        "deploy": {"server": "service_healthy"},
        "worker": {"server": "service_healthy", "deploy": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_container_keeps_a_privilege_that_it_does_not_use(name: str):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert name not in OURS or service["read_only"]
    assert name in OURS or service["user"] not in {"root", "0"}


def test_what_must_last_is_on_a_named_volume():
    mounts = [
        mount.partition(":")[::2] for service in SERVICES.values() for mount in service.get("volumes", ())
    ]
    on_volumes = {target.partition(":")[0] for source, target in mounts if source in COMPOSE["volumes"]}
    assert on_volumes == {"/var/lib/postgresql/data", "/var/lib/dateline"}


@pytest.mark.parametrize(
    "image",
    [
        *sorted({service["image"] for service in SERVICES.values()}),
        *sorted({arguments.split()[0] for word, arguments in dockerfile_instructions() if word == "FROM"}),
    ],
)
def test_every_image_is_pinned_to_a_full_version(image: str):
    assert FULL_VERSION.fullmatch(image)


def test_our_image_bears_our_version():
    assert {SERVICES[name]["image"] for name in OURS} == {f"dateline:{PYPROJECT['project']['version']}"}


def test_the_image_is_built_in_stages_and_does_not_run_as_root():
    instructions = dockerfile_instructions()
    assert [word for word, _ in instructions].count("FROM") == 2
    last_user = [arguments for word, arguments in instructions if word == "USER"][-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last_user)


def test_the_image_installs_what_is_locked_and_nothing_else():
    installs = [
        arguments
        for word, arguments in dockerfile_instructions()
        if word == "RUN" and "pip install" in arguments
    ]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert all("--no-deps" in install for install in installs)


def copied_from_the_repository() -> list[str]:
    copies = [
        arguments
        for word, arguments in dockerfile_instructions()
        if word == "COPY" and "--from" not in arguments
    ]
    return [source for arguments in copies for source in arguments.split()[:-1]]


@pytest.mark.parametrize("source", copied_from_the_repository())
def test_what_the_image_copies_is_here_and_not_ignored(source: str):
    assert (ROOT / source).exists()
    let_through = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert f"!{source}" in let_through


def test_nothing_reaches_the_build_but_what_the_image_copies():
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(copied_from_the_repository())


def test_the_image_has_all_that_the_wheel_is_made_of():
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["include"]
    assert {path.removeprefix("/") for path in wheel} <= set(copied_from_the_repository())


@pytest.mark.parametrize("name", OURS)
def test_every_command_starts_a_program_that_the_image_has(name: str):
    program = SERVICES[name]["command"][0]
    assert program == "sh" or (BIN / program).exists()
