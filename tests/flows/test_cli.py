"""The command line as a user and a script meet it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import Dateline, Inside, article
from tests.webserver import Web

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Dateline:
    """A folder with the samples ingested."""
    inside = Inside(tmp_path_factory.mktemp("filled"), environment)
    assert inside("ingest", SAMPLES).code == 0
    return inside


# Help, version, start


HELP_MAY_IMPORT = {"click"}
"""The packages from a registry that `dateline --help` may load: it is to answer in 0.3 s."""

ROOMS_OF_HELP = {"flows", "records"}


def test_help_loads_click_alone():
    program = (
        "import sys; from flows.cli import dateline\n"
        "try: dateline(['--help'])\n"
        "except SystemExit: pass\n"
        "print('\\n' + ' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(printed.splitlines()[-1].split()) - sys.stdlib_module_names - {"__main__"}
    loaded = {name for name in loaded if not name.startswith(("_", "sitecustomize", "usercustomize"))}
    assert loaded == HELP_MAY_IMPORT | ROOMS_OF_HELP


@pytest.mark.slow
def test_ingesting_never_loads_prefect(dateline: Dateline, write):
    write("a.txt", article("the bridge"))
    timed = dateline("ingest", "a.txt", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert timed.code == 0
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in timed.problems}
    assert "duckdb" in loaded
    assert not loaded & {"prefect", "httpx", "trafilatura", "rich"}


@pytest.mark.parametrize("command", [(), ("ingest",), ("sql",), ("show",)])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_teaches_by_example(inside: Dateline, command, flag):
    ended = inside(*command, flag)
    assert (ended.code, ended.err) == (0, "")
    assert "Examples:\n  " in ended.out.replace("  Examples:\n  ", "Examples:\n")
    assert f"dateline {command[0] if command else 'ingest'} " in ended.out


def test_version(dateline: Dateline):
    ended = dateline("--version")
    assert (ended.code, ended.out[:9]) == (0, "dateline ")
    assert ended.out.split()[1][0].isdigit()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Usage: dateline"),
        (("nothing",), "No such command 'nothing'"),
        (("ingest",), "nothing to ingest was named"),
        (("ingest", "--nothing"), "No such option"),
        (("ingest", "x", "--source", os.fsdecode(b"\xff")), "is no name"),
        (("ingest", "x", "--source", " "), "is no name"),
        (("ingest", "x", "--fetched-at", "2025-11-04"), "time zone"),
        (("ingest", "x", "--fetched-at", "yesterday"), "ISO 8601"),
        (("ingest", "x", "--fetched-at", "9025-11-04T10:00Z"), "has not come yet"),
        (("sql", "SELECT 1", "--format", "xml"), "'xml' is not one of"),
        (("sql", "SELECT 1", "--file", "x.sql"), "give one of them"),
        (("sql", "--file", "x.sql"), "x.sql cannot be read"),
        (("sql", " "), "the query is empty"),
        (("sql",), "the query is empty"),
        (("show",), "Missing argument"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(inside: Dateline, arguments, said):
    ended = inside(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert list(inside.folder.iterdir()) == []


# ingest


def test_the_sum_is_one_line_by_outcome(inside: Dateline, write):
    write("in/a.txt", article("the bridge"))
    write("in/b.txt", article("the bridge"))
    write("in/style.css", "x")
    first = inside("ingest", "in")
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("1 stored, 1 duplicate in news.duckdb (1 other file passed over, ")
    assert inside("ingest", "in").out.startswith("1 unchanged, 1 duplicate in news.duckdb")


def test_an_empty_folder_is_all_well(inside: Dateline):
    (inside.folder / "in").mkdir()
    ended = inside("ingest", "in")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("nothing to ingest was found in ")


def test_one_json_object_and_nothing_else(inside: Dateline, write):
    write("in/a.txt", article("the bridge"))
    write("in/b.txt", "")
    ended = inside("ingest", "in", "--json")
    assert ended.code == 1
    assert ended.json["counts"] == {
        **dict.fromkeys(("updated", "unchanged", "duplicate", "failed"), 0),
        "stored": 1,
        "refused": 1,
    }
    assert (ended.json["db"], ended.json["status"], ended.json["error"]) == ("news.duckdb", "completed", None)
    assert [ended.json["run_id"]] == [run_id for (run_id,) in inside.rows("SELECT run_id FROM runs")]
    (problem,) = ended.json["problems"]
    assert problem["uri"].endswith("/in/b.txt")
    assert (problem["outcome"], problem["stage"], problem["reason"]) == ("refused", "extract", "empty")
    assert problem["detail"] in ended.err


def test_json_says_too_that_nothing_could_be_done(inside: Dateline):
    ended = inside("ingest", "nothing.txt", "--json")
    assert ended.code == 2
    assert "nothing.txt" in ended.json["error"]
    assert ended.json["run_id"] is None
    assert sum(ended.json["counts"].values()) == 0


@pytest.mark.parametrize(
    ("given", "environment_says", "used"),
    [((), None, "news.duckdb"), ((), "mine.db", "mine.db"), (("--db", "x.db"), "mine.db", "x.db")],
)
def test_which_database(inside: Dateline, write, given, environment_says, used):
    write("a.txt", article("the bridge"))
    env = {"DATELINE_DB": environment_says} if environment_says else {}
    assert inside("ingest", "a.txt", *given, env=env).code == 0
    assert {path.name for path in inside.folder.iterdir()} == {"a.txt", used, f"{used}.store"}
    counted = inside("sql", "SELECT count(*) AS n FROM articles", "--format", "csv", *given, env=env)
    assert counted.out == "n\n1\n"


def test_json_lines_through_a_pipe(inside: Dateline):
    lines = [{"text": article(f"house {n}"), "source": f"s{n}", "authors": ["A. B."]} for n in range(2)]
    ended = inside("ingest", "-", input="".join(json.dumps(line) + "\n" for line in lines).encode())
    assert (ended.code, ended.err) == (0, "")
    assert inside.rows("SELECT source_id, authors FROM articles ORDER BY 1") == [
        ("s0", ["A. B."]),
        ("s1", ["A. B."]),
    ]


def test_a_document_through_a_pipe(inside: Dateline):
    assert inside("ingest", "-", "--source", "wire", input=article("the bridge").encode()).code == 0
    ((uri, source),) = inside.rows("SELECT uri, source_id FROM outcomes")
    assert (uri[:13], source) == ("stdin:sha256=", "wire")


def test_a_page_from_the_web_and_sources_by_name(inside: Dateline, write, web: Web):
    write("in/a.txt", article("the bridge"))
    write("dump.jsonl", json.dumps({"url": "https://example.org/1", "text": article("the ferry")}))
    url = web.serve(
        "/a", f"<html><head><title>T</title></head><body><p>{article('the tower')}</p></body></html>"
    )
    assert inside("ingest", "in", "dump.jsonl", url).code == 0
    assert inside.rows("SELECT source_id FROM articles ORDER BY 1") == [("127.0.0.1",), ("dump",), ("in",)]


def on_a_terminal(dateline: Dateline, *arguments: str) -> tuple[int, str, str]:
    """(code, standard output, what came to the terminal on standard error)."""
    ours, theirs = pty.openpty()
    process = dateline.start(*arguments, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65_536):
            shown += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out.decode(), shown.decode()


@pytest.mark.slow
def test_progress_and_problems_on_a_terminal(dateline: Dateline, write):
    write("in/a.txt", article("the bridge"))
    write("in/b.txt", "")
    code, out, shown = on_a_terminal(dateline, "ingest", "in")
    assert code == 1
    assert out.startswith("1 stored, 1 refused")
    assert "\x1b[" in shown
    assert "refused: in/b.txt: there is no text in it" in shown


def test_no_progress_in_a_pipe(dateline: Dateline, write):
    write("in/b.txt", "")
    ended = dateline("ingest", "in")
    assert ended.problems[0].startswith("refused: in/b.txt: ")
    assert len(ended.problems) == 1


# sql


VALUES = """SELECT * FROM (VALUES (1, 'a "b", c', [1, 2], NULL), (2, '', []::INT[], NULL)) AS v(n, t, l, x)"""
IN_EVERY_FORMAT = {
    "csv": """\
n,t,l,x
1,"a ""b"", c","[1, 2]",
2,"",[],
""",
    "jsonl": """\
{"n": 1, "t": "a \\"b\\", c", "l": [1, 2], "x": null}
{"n": 2, "t": "", "l": [], "x": null}
""",
    "json": """\
[
{"n": 1, "t": "a \\"b\\", c", "l": [1, 2], "x": null},
{"n": 2, "t": "", "l": [], "x": null}
]
""",
    "markdown": """\
| n | t | l | x |
| --: | --- | --- | --- |
| 1 | a "b", c | [1, 2] | NULL |
| 2 |  | [] | NULL |
""",
    "table": """\
n  t         l       x
-  --------  ------  ----
1  a "b", c  [1, 2]  NULL
2            []      NULL
""",
}


@pytest.mark.parametrize("style", IN_EVERY_FORMAT)
def test_rows_in_every_format(filled: Dateline, style):
    ended = filled("sql", VALUES, "--format", style)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == IN_EVERY_FORMAT[style]


@pytest.mark.parametrize("how", ["argument", "file", "dash", "pipe", "file dash"])
def test_the_query_from_everywhere(filled: Dateline, how):
    query = "SELECT count(*) AS n FROM articles"
    (filled.folder / "q.sql").write_text(f"-- how many\n{query};\n")
    arguments: dict[str, tuple[str, ...]] = {
        "argument": (query,),
        "file": ("--file", "q.sql"),
        "dash": ("-",),
        "pipe": (),
        "file dash": ("--file", "-"),
    }
    given = {} if how in ("argument", "file") else {"input": query.encode()}
    ended = filled("sql", *arguments[how], "--format", "csv", **given)
    assert (ended.code, ended.out) == (0, "n\n5\n")


@pytest.mark.parametrize(
    "query",
    [
        "SELEC 1",
        "SELECT nothing FROM articles",
        "SELECT CAST('x' AS INTEGER)",
        "DELETE FROM articles",
        "CREATE TABLE a (b INT)",
    ],
)
def test_what_the_database_says_against_a_query_is_one_line(filled: Dateline, query):
    ended = filled("sql", query)
    assert ended.code == 2
    assert len(ended.problems) == 1
    assert filled.rows("SELECT count(*) FROM articles") == [(5,)]


def test_a_table_fits_a_terminal(filled: Dateline):
    ours, theirs = pty.openpty()
    process = filled.start(
        "sql", "SELECT title, text, words FROM articles", stdout=theirs, env={"COLUMNS": "60"}
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65_536):
            shown += chunk
    except OSError:
        pass
    os.close(ours)
    process.communicate(timeout=60)
    lines = shown.decode().splitlines()
    assert len(lines) == 7
    assert all(len(line) <= 60 for line in lines)
    assert any("…" in line for line in lines)


@pytest.mark.slow
def test_the_output_of_one_command_is_the_input_of_the_next(dateline: Dateline, filled: Dateline):
    dumped = filled("sql", "SELECT title, text, source_id AS source FROM articles", "--format", "jsonl")
    ended = dateline("ingest", "-", input=dumped.out.encode())
    assert ended.code == 0, ended.err
    assert dateline.rows("SELECT count(*) FROM articles") == [(5,)]


def test_a_terminal_without_unicode_gets_escapes(filled: Dateline):
    process = filled.start("sql", "SELECT 'é中' AS t", env={"PYTHONIOENCODING": "ascii"})
    ended = filled.ended(process)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "\\xe9\\u4e2d")


# show


def test_an_article_as_a_reader_would_want_it(filled: Dateline):
    rows = filled.rows(
        "SELECT article_id, title, text FROM articles WHERE title IS NOT NULL AND published IS NOT NULL"
    )
    article_id, title, text = rows[0]
    ended = filled("show", article_id)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(ended.out.split()).startswith(" ".join(title.split()))
    folded = "".join(ended.out.split())
    assert "".join(text.split()) in folded
    for role, rule, cut in filled.rows(
        f"SELECT role, rule, text FROM cuts WHERE article_id = '{article_id}'"
    ):
        assert any(role in line and rule in line for line in lines)
        assert "".join(cut.split())[:20] in folded
    for verdict, basis in filled.rows(
        f"SELECT verdict, basis FROM date_claims WHERE article_id = '{article_id}'"
    ):
        assert any(line.lstrip().startswith(verdict) and f"from {basis}" in line for line in lines)


def test_an_article_by_its_id_its_file_or_the_beginning_of_its_id(filled: Dateline):
    ((article_id, key),) = filled.rows("SELECT article_id, article_key FROM articles ORDER BY 1 LIMIT 1")
    path = Path(key.removeprefix("file://"))
    shown = {
        filled("show", name).out
        for name in (article_id, article_id[:8], key, str(path), os.path.relpath(path, filled.folder))
    }
    assert len(shown) == 1


def test_an_article_by_its_address_however_it_is_written(inside: Dateline, write):
    write(
        "a.jsonl",
        json.dumps(
            {"url": "https://example.org/1?utm_source=x", "title": "T", "text": article("the bridge")}
        ),
    )
    inside("ingest", "a.jsonl")
    for name in (
        "https://example.org/1",
        "HTTPS://EXAMPLE.org/1?fbclid=2",
        "https://example.org/1?utm_source=x",
    ):
        assert inside("show", name).out.startswith("T\n")


def test_an_article_as_json(filled: Dateline):
    ((article_id, text),) = filled.rows(
        "SELECT article_id, a.text FROM articles a SEMI JOIN cuts USING (article_id) ORDER BY 1 LIMIT 1"
    )
    shown = filled("show", article_id, "--json").json
    assert (shown["article_id"], shown["text"]) == (article_id, text)
    assert {"role", "rule", "text", "start", "end"} <= set(shown["cuts"][0])
    assert {"value", "verdict", "reason", "basis"} <= set(shown["date_claims"][0])


def test_an_article_that_is_not_there(filled: Dateline):
    ended = filled("show", "https://example.org/none")
    assert ended.code == 2
    (line,) = ended.problems
    assert "there is no article https://example.org/none in news.duckdb" in line
