"""How the command ends when somebody interrupts it, or nobody listens; through the installed command."""

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.flows.conftest import Dateline, article
from tests.webserver import Web

pytestmark = pytest.mark.slow


def test_ctrl_c_while_a_pipe_is_silent(dateline: Dateline, write):
    names = [write(f"{name}.txt", article(f"house {name}")).name for name in "abc"]
    os.mkfifo(dateline.folder / "pipe")
    process = dateline.start("ingest", *names, "pipe")
    with (dateline.folder / "pipe").open("wb"):  # waits until the other side has it open too
        process.send_signal(signal.SIGINT)
        ended = dateline.ended(process)
    assert ended.code == 1
    assert ended.out.startswith("Interrupted: 3 stored in news.duckdb")
    assert ended.err == ""
    assert dateline.rows("SELECT count(*) FROM articles") == [(3,)]
    assert dateline.rows("SELECT status, finished_at IS NOT NULL FROM runs") == [("interrupted", True)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_a_server_is_slow(dateline: Dateline, write, web: Web, number):
    names = [write(f"{name}.txt", article(f"house {name}")).name for name in "ab"]
    process = dateline.start("ingest", *names, web.hold("/a"), "b.txt", "--json")
    assert web.held.wait(60)
    process.send_signal(number)
    ended = dateline.ended(process)
    assert ended.code == 1
    assert (ended.json["status"], ended.json["counts"]["stored"]) == ("interrupted", 2)
    assert dateline.rows("SELECT count(*) FROM articles") == [(2,)]
    again = dateline("ingest", *names)
    assert (again.code, again.out[:11]) == (0, "2 unchanged")


def test_ctrl_c_while_standard_input_is_silent(dateline: Dateline):
    process = dateline.start("ingest", "-", input=b"")
    assert process.stdin is not None
    line = article("the bridge").replace("\n", "\\n")
    process.stdin.write(f'{{"text": "{line}"}}\n'.encode())
    process.stdin.flush()
    published = threading.Event()
    # The first article is stored at once; the second is waited for.
    store = dateline.folder / "news.duckdb.store"
    while not store.exists() and process.poll() is None:
        published.wait(0.01)
    process.send_signal(signal.SIGINT)
    ended = dateline.ended(process, b"")
    assert ended.code == 1
    assert "nterrupted" in ended.out + ended.err


def test_a_broken_pipe_ends_quietly(dateline: Dateline, write):
    write("a.txt", article("the bridge"))
    dateline("ingest", "a.txt")
    reader, writer = os.pipe()
    os.close(reader)
    process = dateline.start("sql", "SELECT * FROM range(100000)", stdout=writer)
    os.close(writer)
    ended = dateline.ended(process)
    assert (ended.code, ended.err) == (0, "")


def test_problem_lines_that_nobody_reads_do_not_stop_the_run(dateline: Dateline, write):
    write("in/a-bad.txt", "")
    write("in/b-bad.pdf", b"%PDF-1.7\n")
    write("in/c.txt", article("the bridge"))
    reader, writer = os.pipe()
    os.close(reader)
    process = dateline.start("ingest", "in", stderr=writer)
    os.close(writer)
    ended = dateline.ended(process)
    assert ended.code == 1
    assert ended.out.startswith("1 stored, 2 refused")


def test_a_full_disk_for_the_output_is_a_sentence(dateline: Dateline, write):
    write("a.txt", article("the bridge"))
    dateline("ingest", "a.txt")
    with Path("/dev/full").open("wb") as full:
        ended = dateline.ended(dateline.start("sql", "SELECT 1", stdout=full))
    assert ended.code == 2
    (line,) = ended.problems
    assert "No space left" in line
