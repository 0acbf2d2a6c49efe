"""What `dateline fetch` shows: a table by source on a terminal, lines on a pipe, no harm on either."""

import io
import re

import pytest
from rich.console import Console

from flows import fetch_report
from flows.fetch_report import COLUMNS, FetchReporter, fetch_reporting
from records import OUTCOMES, Outcome, OutcomeKind
from sources.names import printable


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """Nobody reads it any more."""

    def write(self, _: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def outcome(kind: OutcomeKind, source_id: str = "wire", uri: str = "https://news.example.org/a") -> Outcome:
    reason = "robots" if kind in ("refused", "failed") else None
    return Outcome(
        uri, source_id, kind, "fetch", reason, "robots.txt forbids it; leave it" if reason else None
    )


def told(report: FetchReporter) -> None:
    report.on_progress("wire", "due", 1200)
    report.on_progress("wire", "fetched", 2)
    report.on_progress("wire", "fetched", 1)
    for kind in OUTCOMES:
        report.on_outcome(outcome(kind))
    report.on_progress("paper", "due", 3)


def shown(report: FetchReporter) -> list[list[str]]:
    """The table as a terminal shows it, its cells by row."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    console.print(fetch_report._table(report))  # what Live draws
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    return [line.split() for line in plain.splitlines() if line.strip()]


@pytest.fixture
def plain() -> FetchReporter:
    with fetch_reporting(io.StringIO()) as report:
        return report


def test_the_table_counts_by_source(plain: FetchReporter):
    told(plain)
    assert shown(plain) == [
        ["source", *COLUMNS],
        ["wire", "1,200", "3", "2", "2", "1", "1"],
        ["paper", "3", "0", "0", "0", "0", "0"],
        ["all", "1,203", "3", "2", "2", "1", "1"],
    ]


def test_the_sources_with_the_most_to_do_come_first_and_the_rest_are_counted(plain: FetchReporter):
    for number in range(30):
        plain.on_progress(f"source-{number:02}", "due", number)
    plain.on_progress("source-29", "fetched", 29)
    table = shown(plain)
    assert [row[0] for row in table[1:4]] == ["source-28", "source-27", "source-26"]
    assert len(table) == 1 + 12 + 1
    assert table[-1][:3] == ["all", "(18", "more)"]
    assert table[-1][3:5] == ["435", "29"]


@pytest.mark.parametrize("name", ["bad\x1b[2J", "[bold]name", "[/name]"])
def test_a_name_cannot_move_the_cursor_nor_break_the_table(plain: FetchReporter, name: str):
    """A line of a file may name any source."""
    plain.on_progress(name, "due", 1)
    assert shown(plain)[1][0] == printable(name)


def test_on_a_terminal_the_table_is_drawn_and_taken_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    with fetch_reporting(screen) as report:
        told(report)
        report.say("source paper could not be read: [red]it is gone[/red]")
    text = screen.getvalue()
    assert "dateline: source paper could not be read: [red]it is gone[/red]" in text
    assert "refused: https://news.example.org/a: robots.txt forbids it; leave it" in text
    assert "unchanged" in text
    assert "\x1b[2K" in text  # what was drawn is erased
    assert report.reporter.counts["stored"] == 1


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_on_a_pipe_and_a_dumb_terminal_there_are_lines_alone(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TERM", "dumb")
    screen = stream()
    with fetch_reporting(screen) as report:
        told(report)
        report.say("source paper could not be read: it is gone")
    assert screen.getvalue().splitlines() == [
        "refused: https://news.example.org/a: robots.txt forbids it; leave it",
        "failed: https://news.example.org/a: robots.txt forbids it; leave it",
        "dateline: source paper could not be read: it is gone",
    ]


def test_a_long_run_says_once_a_minute_how_far_it_is(monkeypatch: pytest.MonkeyPatch):
    class Clock:
        at = 1000.0

        def monotonic(self) -> float:
            return self.at

    clock = Clock()
    monkeypatch.setattr(fetch_report, "time", clock)
    screen = io.StringIO()
    with fetch_reporting(screen) as report:
        report.on_progress("wire", "due", 2000)
        clock.at += 59
        report.on_progress("wire", "fetched", 1)
        assert screen.getvalue() == ""
        clock.at += 2
        report.on_outcome(outcome("stored"))
        report.on_outcome(outcome("stored"))
        clock.at += 61
        report.on_progress("paper", "fetched", 1)
    assert screen.getvalue().splitlines() == [
        "dateline: so far: 2,000 due, 1 fetched, 1 new",
        "dateline: so far: 2,000 due, 2 fetched, 2 new",
    ]


def test_a_run_goes_on_though_nobody_reads_what_it_says():
    with fetch_reporting(Gone()) as report:
        told(report)
        report.say("source paper could not be read")
    assert report.reporter.counts["failed"] == 1
