"""The wheel: complete, and at work when it is all there is in an environment."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sources", "extractors", "warehouse", "flows")

HTML = """<!doctype html>
<html lang="en"><head><title>Ferry returns to the harbour</title>
<meta property="article:published_time" content="2024-03-05T09:30:00+01:00"></head>
<body><article><h1>Ferry returns to the harbour</h1>
<p>The ferry that links the island with the mainland sailed again on Tuesday, four weeks after a storm tore
off its ramp and left two hundred residents to cross in fishing boats.</p>
<p>The company said that the repair had cost less than it feared, and that the timetable of the summer would
stand as it was printed in the autumn.</p></article></body></html>
"""

TEXT = """The council of the valley voted on Monday to keep the night bus, after a year in which more people
rode it than in any year since it was first put on the road.

Drivers had asked for a second vehicle, which the council said that it would consider in the spring.
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)], cwd=out
    )
    (built,) = out.iterdir()
    return built


def run(command: Sequence[str | Path], *, cwd: Path) -> str:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DATELINE_"))
    }
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_in_rooms() -> set[str]:
    """What is tracked (or, outside a git checkout, what lies there) under the rooms."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "-z", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    return {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_wheel_holds_every_file_of_every_room_and_the_records(wheel: Path):
    held = set(zipfile.ZipFile(wheel).namelist())
    assert files_in_rooms() - held == set()
    assert "records.py" in held


def test_the_wheel_brings_nothing_else_to_the_top_level(wheel: Path):
    top = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {*ROOMS, "records.py"}


def test_the_wheel_carries_licence_and_command(wheel: Path):
    archive = zipfile.ZipFile(wheel)
    (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
    assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "dateline = flows.cli:main" in archive.read(f"{info}/entry_points.txt").decode()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_installed_alone_it_ingests_from_any_folder(wheel: Path, tmp_path: Path):
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    pip: list[str | Path] = [
        home / "bin" / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], cwd=tmp_path)
    run([*pip, wheel], cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ferry.html").write_text(HTML, encoding="utf-8")
    (elsewhere / "bus.txt").write_text(TEXT, encoding="utf-8")

    dateline = home / "bin" / "dateline"
    for name in ("ferry.html", "bus.txt"):
        run([dateline, "ingest", name], cwd=elsewhere)

    rows = run(
        [dateline, "sql", "--format", "csv", "SELECT title, published FROM articles ORDER BY title"],
        cwd=elsewhere,
    )
    assert rows.splitlines() == ["title,published", "Ferry returns to the harbour,2024-03-05T08:30:00Z", ","]
