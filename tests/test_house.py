"""The order of the house, read from the source: who may import whom, and what lies at the top level."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sources", "extractors", "warehouse", "flows")

MAY_IMPORT = {
    "records": {"records"},
    "sources": {"sources", "records"},
    "extractors": {"extractors", "records"},
    "warehouse": {"warehouse", "records"},
    "flows": {"flows", "sources", "extractors", "warehouse", "records"},
}

TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "docker-compose.yml",
    "docs",
    "extractors",
    "flows",
    "prefect.yaml",
    "pyproject.toml",
    "records.py",
    "requirements-dev.lock",
    "requirements.lock",
    "samples",
    "sources",
    "sources.toml",
    "tests",
    "warehouse",
}


@dataclass(frozen=True, slots=True)
class Import:
    """One import: of which module, on which line, and whether it runs when its file is imported."""

    module: str
    line: int
    at_once: bool

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def imports_of(source: str) -> Iterator[Import]:
    """Every import in a file: statements at any depth, and import_module / __import__ of a literal name.

    `from a import b` comes out as `a.b`, a relative import with its leading dots.
    """
    tree = ast.parse(source)
    lazy = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [name.name for name in names]
            case ast.ImportFrom(module=module, names=names, level=level):
                origin = "." * level + (f"{module}." if module else "")
                modules = [origin + name.name for name in names]
            case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if ast.unparse(
                function
            ).rpartition(".")[2] in {"import_module", "__import__", "find_spec"}:
                modules = [module]
            case _:
                continue
        for name in modules:
            yield Import(name, node.lineno, id(node) not in lazy)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


FILES = sorted([ROOT / "records.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
IMPORTS = {path: tuple(imports_of(path.read_text(encoding="utf-8"))) for path in FILES}


def importers_of(package: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path, imports in IMPORTS.items()
        if any(each.package == package for each in imports)
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import duckdb", [("duckdb", True)]),
        ("import a, duckdb.typing as t", [("a", True), ("duckdb.typing", True)]),
        ("from httpx import Client", [("httpx.Client", True)]),
        ("def f():\n    import prefect", [("prefect", False)]),
        ("async def f():\n    from prefect import flow", [("prefect.flow", False)]),
        ("if True:\n    import prefect", [("prefect", True)]),
        ("from . import x, y", [(".x", True), (".y", True)]),
        ("from ..warehouse import x", [("..warehouse.x", True)]),
        ("import importlib\nimportlib.import_module('duckdb')", [("importlib", True), ("duckdb", True)]),
        ("f = lambda: __import__('httpx')", [("httpx", False)]),
        ("duckdb = 'import duckdb'", []),
    ],
)
def test_the_reader_of_imports_sees_them_all(source: str, expected: list[tuple[str, bool]]):
    assert [(each.module, each.at_once) for each in imports_of(source)] == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_one_way_and_are_absolute(path: Path):
    allowed = MAY_IMPORT[room_of(path)]
    wrong = [
        f"{path.relative_to(ROOT)}:{each.line} imports {each.module}"
        for each in IMPORTS[path]
        if each.module.startswith(".") or (each.package in MAY_IMPORT and each.package not in allowed)
    ]
    assert wrong == []


def test_records_needs_nothing_but_the_standard_library():
    assert {each.package for each in IMPORTS[ROOT / "records.py"]} <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("package", "place"), [("httpx", "sources/http.py"), ("trafilatura", "extractors/html.py")]
)
def test_one_module_alone_imports(package: str, place: str):
    assert importers_of(package) == {place}


@pytest.mark.parametrize(("package", "room"), [("duckdb", "warehouse"), ("prefect", "flows")])
def test_one_room_alone_imports(package: str, room: str):
    importers = importers_of(package)
    assert importers
    assert {path for path in importers if not path.startswith(f"{room}/")} == set()


def test_prefect_loads_with_the_flow_alone():
    at_once = {
        path.relative_to(ROOT).as_posix()
        for path, imports in IMPORTS.items()
        if any(each.package == "prefect" and each.at_once for each in imports)
    }
    assert at_once == {"flows/ingest.py"}


def test_nothing_imports_the_flow_before_prefect_is_asked_for():
    at_once = [
        f"{path.relative_to(ROOT)}:{each.line}"
        for path, imports in IMPORTS.items()
        for each in imports
        if f"{each.module}.".startswith("flows.ingest.") and each.at_once
    ]
    assert at_once == []


def test_the_top_level_holds_what_the_design_lists_and_no_more():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    tracked = {name.partition("/")[0] for name in listed.stdout.split("\0") if name}
    assert tracked - TOP_LEVEL == set()


def test_no_two_files_of_tests_have_one_name():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)  # pytest imports them by name: it could collect neither
