"""Every kind of bad input gets one clear line, one row and an exit code; the rest of the run goes on."""

import gzip
import os
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.flows.conftest import Dateline, Ended, article
from tests.webserver import Web, running
from warehouse import open_writer

# Forty processes, a second each on a busy machine.
pytestmark = pytest.mark.slow

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489") + bytes(40)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n"

LATIN1_NAME = os.fsdecode(b"caf\xe9-broken.txt")


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad input: what it is called, how it is to end, and what the line must say."""

    name: str
    outcome: str
    stage: str
    reason: str
    said: str
    content: bytes = b""


FILES = [
    Bad("empty.txt", "refused", "extract", "empty", "there is no text in it"),
    Bad("blank.txt", "refused", "extract", "empty", "there is no text in it", b" \n\t\n"),
    Bad("nul.txt", "refused", "extract", "binary", "not text in any encoding", bytes(4_096)),
    Bad("png-named.html", "refused", "extract", "image", "a PNG image", PNG),
    Bad("report.pdf", "refused", "extract", "pdf", "pdftotext", PDF),
    Bad("big.txt", "refused", "load", "too_large", "limit of 20 MB", b"a" * 60_000_000),
    Bad(
        "big.txt.gz",
        "refused",
        "load",
        "too_large",
        "limit of 20 MB",
        gzip.compress(b"a" * 60_000_000, mtime=0),
    ),
    Bad(
        "cut.html.gz",
        "failed",
        "load",
        "bad_gzip",
        "broken gzip",
        gzip.compress(b"<p>Text.</p>", mtime=0)[:-6],
    ),
    Bad(LATIN1_NAME, "refused", "extract", "empty", "caf\\xe9-broken.txt"),
    Bad("line\nbreak\x1b[2J.txt", "refused", "extract", "empty", "line\\nbreak\\x1b[2J.txt"),
]
OTHERS = [
    Bad("self-link", "failed", "find", "symlink_loop", "leads back to itself"),
    Bad("sub/up", "failed", "find", "symlink_loop", "a folder above it"),
    Bad("dangling", "failed", "find", "dangling_link", "not there"),
    Bad("pipe", "refused", "find", "not_a_file", "a pipe"),
    Bad("sub/lines.jsonl#line=2", "failed", "find", "bad_json", "sub/lines.jsonl:2: it is broken JSON"),
    Bad("sub/lines.jsonl#line=4", "failed", "find", "bad_line", "none of url, html, text or path"),
    Bad("sub/lines.jsonl#line=5", "failed", "find", "bad_line", "time zone"),
    Bad("sub/no-such.html", "failed", "load", "not_found", "no such file"),
    Bad("no-such-folder", "failed", "find", "not_found", "no such file or folder"),
    Bad("no-such-*.txt", "failed", "find", "not_found", "no file matches the pattern"),
]
PAGES = [
    Bad("/gone", "failed", "fetch", "http_404", "404"),
    Bad("/broken", "failed", "fetch", "http_500", "500"),
    Bad("/image", "refused", "fetch", "image", "an image"),
    Bad("/round", "failed", "fetch", "too_many_redirects", "8 times"),
    Bad("/local", "refused", "fetch", "bad_redirect", "no web page"),
    Bad("/large", "refused", "fetch", "too_large", "limit of 20 MB"),
]
LINES = b"\n".join(
    [
        b'{"text": %s}' % article("the first line").encode().replace(b"\n", b"\\n").join([b'"', b'"']),
        b'{"text": "cut',
        b"",
        b'{"title": "Nothing but a title"}',
        b'{"text": "x", "fetched_at": "2025-11-04"}',
        b'{"path": "no-such.html"}',
        b'{"text": %s}' % article("the last line").encode().replace(b"\n", b"\\n").join([b'"', b'"']),
    ]
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run over everything that is bad, with good articles among it."""

    dateline: Dateline
    ended: Ended
    web: Web
    refused_port: str

    def row(self, name: str) -> tuple[object, ...]:
        """The one row of `outcomes` for an input."""
        query = "SELECT outcome, stage, reason, detail FROM outcomes WHERE uri = '{}'"
        (row,) = self.dateline.rows(query.format(self.uri(name).replace("'", "''")))
        return row

    def uri(self, name: str) -> str:
        from sources.names import file_uri  # noqa: PLC0415  # the name in the ledger

        if name.startswith(("/", "http")):
            return name if name.startswith("http") else self.web.url + name
        path, _, line = name.partition("#")
        return file_uri(str(self.dateline.folder / "in" / path)) + (f"#{line}" if line else "")

    def line(self, said: str) -> str:
        (line,) = [line for line in self.ended.problems if said in line]
        return line


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Run]:
    top = tmp_path_factory.mktemp("bad")
    folder = top / "in"
    (folder / "sub").mkdir(parents=True)
    for bad in FILES:
        (folder / bad.name).write_bytes(bad.content)
    (folder / "self-link").symlink_to("self-link")
    (folder / "sub" / "up").symlink_to("..")
    (folder / "dangling").symlink_to("nothing")
    os.mkfifo(folder / "pipe")
    (folder / "sub" / "lines.jsonl").write_bytes(LINES)
    (folder / "a-good.txt").write_text(article("the harbour wall"))
    (folder / "z-good.html").write_text(f"<html><body><p>{article('the old mill')}</p></body></html>")
    (folder / "sub" / "good.txt.gz").write_bytes(gzip.compress(article("the market square").encode()))
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(article("the coffee house"))
    dateline = Dateline(top, environment)
    with running() as web, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        refused_port = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        web.serve("/broken", "no", status=500)
        web.serve("/image", PNG, headers={"Content-Type": "image/png"})
        web.redirect("/round", "/round")
        web.redirect("/local", "file:///etc/passwd")
        web.serve("/large", b"a" * 21_000_000)
        good = web.serve("/good", f"<html><body><p>{article('the web page')}</p></body></html>")
        ended = dateline(
            "ingest",
            "in",
            "in/no-such-folder",
            "in/no-such-*.txt",
            refused_port,
            *(web.url + bad.name for bad in PAGES),
            good,
            "--json",
        )
        yield Run(dateline, ended, web, refused_port)


@pytest.mark.parametrize("bad", [*FILES, *OTHERS, *PAGES], ids=lambda bad: repr(bad.name)[1:-1])
def test_one_row_with_stage_reason_and_remedy(run: Run, bad: Bad):
    outcome, stage, reason, detail = run.row(bad.name)
    assert (outcome, stage, reason) == (bad.outcome, bad.stage, bad.reason)
    assert isinstance(detail, str)
    assert ";" in detail  # what is wrong; what to do


@pytest.mark.parametrize("bad", [*FILES, *OTHERS, *PAGES], ids=lambda bad: repr(bad.name)[1:-1])
def test_one_line_that_names_the_input_and_what_is_wrong(run: Run, bad: Bad):
    path, _, line = bad.name.partition("#line=")
    shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    shown = shown.replace("\n", "\\n").replace("\x1b", "\\x1b") + (f":{line}" if line else "")
    (said,) = [each for each in run.ended.problems if f"{shown}: " in each.replace("in/", "")]
    assert said.startswith(f"{bad.outcome}: ")
    assert bad.said in said


def test_a_server_that_does_not_answer(run: Run):
    assert run.row(run.refused_port)[:3] == ("failed", "fetch", "connection_refused")
    assert run.refused_port in run.line("nothing answers")


def test_the_rest_of_the_run_is_stored(run: Run):
    stored = {
        uri.rpartition("/")[2]
        for (uri,) in run.dateline.rows("SELECT uri FROM outcomes WHERE outcome = 'stored'")
    }
    assert stored == {
        *("a-good.txt", "z-good.html", "good.txt.gz", "caf%E9.txt", "good"),
        *("lines.jsonl#line=1", "lines.jsonl#line=7"),
    }


def test_the_exit_code_is_1_and_the_sums_come_out(run: Run):
    assert run.ended.code == 1
    bad = len(FILES) + len(OTHERS) + len(PAGES) + 1
    counts = run.ended.json["counts"]
    assert counts["stored"] == 7
    assert counts["refused"] + counts["failed"] == bad
    assert len(run.ended.problems) == len(run.ended.json["problems"]) == bad
    assert run.dateline.rows("SELECT count(*) FROM outcomes") == [(bad + 7,)]


def test_a_second_run_tries_the_bad_ones_again_and_leaves_the_good_ones(run: Run):
    again = run.dateline("ingest", "in", "--json")
    assert again.code == 1
    assert again.json["counts"]["stored"] == again.json["counts"]["updated"] == 0
    assert again.json["counts"]["unchanged"] == 6


# Encodings


JAPANESE = (
    "町議会は火曜日の夜、港の古い防波堤をどうするかについて話し合った。{}人が意見を述べたあと、採決が行われた。\n\n"
    "来月には二回目の審議が予定されており、委員会の報告書もそれまでにまとまる見通しだという。住民は静かに見守っている。"
)
FRENCH = (
    "Le conseil municipal a débattu mardi soir de la vieille jetée, écouté {} orateurs, puis voté.\n\n"
    "Une deuxième lecture aura lieu le mois prochain, lorsque le rapport de la commission sera enfin achevé."
)
ENCODED = {
    f"{declared}-{number}-{encoding}": (text.format(number), encoding, declared)
    for number, (declared, encoding, text) in enumerate(
        (declared, encoding, text)
        for declared in ("undeclared", "page", "header")
        for encoding, text in [
            *(("latin-1", FRENCH), ("utf-16", FRENCH), ("utf-8", FRENCH)),
            *(("shift_jis", JAPANESE), ("utf-16", JAPANESE), ("euc_jp", JAPANESE)),
        ]
    )
}


def page(text: str, charset: str | None) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    return f"<!DOCTYPE html><html><head>{meta}<title>T</title></head><body>{body}</body></html>"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> dict[str, str]:
    """The text that arrived, by the name of the file or page, of one run over them all."""
    dateline = Dateline(tmp_path_factory.mktemp("encoded"), environment)
    with running() as web:
        for name, (text, encoding, declared) in ENCODED.items():
            file = dateline.folder / "in" / name
            file.parent.mkdir(exist_ok=True)
            match declared:
                case "undeclared":
                    file.write_bytes(text.encode(encoding))
                case "page":
                    file.write_bytes(page(text, encoding).encode(encoding))
                case _:
                    header = {"Content-Type": f"text/html; charset={encoding}"}
                    web.serve(f"/{name}", page(text, None).encode(encoding), headers=header)
        ended = dateline("ingest", "in", *(f"{web.url}{path}" for path in web.pages))
    assert ended.err == ""
    return {
        uri.rpartition("/")[2]: text
        for uri, text in dateline.rows("SELECT uri, text FROM outcomes JOIN articles USING (article_id)")
    }


@pytest.mark.parametrize("name", ENCODED)
def test_text_in_other_encodings_arrives_whole(texts: dict[str, str], name):
    assert texts[name] == ENCODED[name][0]


# Permissions


def test_a_folder_without_permission_to_read(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    closed = write("closed/a.txt", article("the ferry")).parent
    closed.chmod(0)
    try:
        ended = dateline("ingest", "closed", "good.txt", unprivileged=True)
    finally:
        closed.chmod(0o755)
    assert ended.code == 1
    (line,) = ended.problems
    assert "closed: it may not be read" in line
    assert dateline.rows("SELECT outcome, stage, reason FROM outcomes ORDER BY uri") == [
        ("failed", "find", "unreadable"),
        ("stored", "store", None),
    ]


def test_a_file_and_a_folder_inside_without_permission_to_read(dateline: Dateline, write):
    write("in/good.txt", article("the bridge"))
    closed = [write("in/closed.txt", "x"), write("in/shut/a.txt", "x").parent, write("in/a.jsonl", "{}")]
    for each in closed:
        each.chmod(0)
    ended = dateline("ingest", "in", unprivileged=True)
    for each in closed:
        each.chmod(0o755)
    assert ended.code == 1
    assert ended.out.startswith("1 stored, 3 failed in news.duckdb")
    assert dateline.rows("SELECT DISTINCT reason FROM outcomes WHERE outcome = 'failed'") == [("unreadable",)]


def test_a_folder_that_may_not_be_written(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    dateline.folder.chmod(0o555)
    try:
        ended = dateline("ingest", "good.txt", unprivileged=True)
    finally:
        dateline.folder.chmod(0o755)
    assert ended.code == 2
    (line,) = ended.problems
    assert "cannot be written" in line
    assert "--db" in line


# The database


def test_a_database_that_is_none_is_left_as_it_is(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    dateline.db.write_text("my shopping list")
    ended = dateline("ingest", "good.txt")
    assert ended.code == 2
    (line,) = ended.problems
    assert "news.duckdb is not a DuckDB database" in line
    assert dateline.db.read_text() == "my shopping list"


def test_a_database_of_another_kind_is_left_as_it_is(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    with sqlite3.connect(dateline.db) as other:
        other.execute("CREATE TABLE a (b)")
    other.close()
    before = dateline.db.read_bytes()
    assert dateline("ingest", "good.txt").code == 2
    assert dateline.db.read_bytes() == before


@pytest.mark.parametrize("command", [("sql", "SELECT 1"), ("show", "x")])
@pytest.mark.parametrize("content", [None, b"not a database"])
def test_reading_what_is_not_there_or_no_database(dateline: Dateline, command, content):
    if content:
        dateline.db.write_bytes(content)
    ended = dateline(*command)
    assert ended.code == 2
    (line,) = ended.problems
    assert "news.duckdb" in line


def test_a_database_held_by_another_writer(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    with open_writer(dateline.db):
        ended = dateline("ingest", "good.txt", "--json")
    assert ended.code == 2
    (line,) = ended.problems
    assert str(os.getpid()) in line
    assert ended.json["error"] in line
    assert dateline("ingest", "good.txt").code == 0


def test_a_database_in_a_folder_that_is_not_there(dateline: Dateline, write):
    write("good.txt", article("the bridge"))
    ended = dateline("ingest", "good.txt", "--db", "no/such/news.duckdb")
    assert ended.code == 2
    assert len(ended.problems) == 1


def test_no_such_path_touches_nothing(dateline: Dateline):
    ended = dateline("ingest", "nothing.txt", "no*thing.html")
    assert ended.code == 2
    (line,) = ended.problems
    assert "nothing.txt, no*thing.html" in line
    assert list(dateline.folder.iterdir()) == []
