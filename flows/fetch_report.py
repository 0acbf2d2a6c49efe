"""What a run of `dateline fetch` shows while it goes: a table by source on a terminal, else lines alone."""

import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from flows.report import Reporter
from records import Outcome
from sources.names import printable

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("due", "fetched", "new", "unchanged", "refused", "failed")

_COLUMN_OF = {"stored": "new", "updated": "new", "duplicate": "unchanged"}
_ROWS = 12  # of sources, those with the most to do
_LINE_EVERY_S = 60.0


@dataclass(slots=True)
class FetchReporter:
    """Takes what a run tells of itself; see `flows.fetch.Told`.

    Attributes:
        reporter: counts the outcomes, and names those that went wrong.
        say: says a sentence to a person.
        refresh: shows the counts.
        by_source: the counts of each source, by column.
    """

    reporter: Reporter
    say: Callable[[str], None]
    refresh: Callable[["FetchReporter"], None]
    by_source: "defaultdict[str, Counter[str]]" = field(default_factory=lambda: defaultdict(Counter))

    def on_outcome(self, outcome: Outcome) -> None:
        """Count an outcome, and say what is wrong where something is."""
        self.reporter.take(outcome)
        self.by_source[outcome.source_id][_COLUMN_OF.get(outcome.outcome, outcome.outcome)] += 1
        self.refresh(self)

    def on_progress(self, source_id: str, column: str, number: int) -> None:
        """Count pages that are due or fetched."""
        self.by_source[source_id][column] += number
        self.refresh(self)


@contextmanager
def fetch_reporting(stream: TextIO | None = None) -> Iterator[FetchReporter]:
    """A reporter on standard error, for as long as the `with` lasts."""
    stream = stream or sys.stderr

    def line(text: str) -> None:
        with suppress(OSError):  # whoever read it may be gone; the run goes on without them
            print(f"dateline: {text}", file=stream, flush=True)

    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        plain = Reporter(say=lambda text: print(text, file=stream), tick=lambda _: None)
        yield FetchReporter(plain, say=line, refresh=_lines(line))
        return
    # Imported here: a pipe needs none of it.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    console = Console(file=stream)

    def said(text: str) -> None:
        with suppress(OSError):  # as above
            console.print(text, markup=False, highlight=False, soft_wrap=True)

    with Live(console=console, transient=True, refresh_per_second=4) as live:
        yield FetchReporter(
            Reporter(say=said, tick=lambda _: None),
            say=lambda text: said(f"dateline: {text}"),
            refresh=_live(live),
        )


def _live(live: Any) -> Callable[[FetchReporter], None]:
    """Draws the table anew, a few times a second."""
    shown_at = [0.0]

    def refresh(report: FetchReporter) -> None:
        if time.monotonic() - shown_at[0] > 0.25:  # noqa: PLR2004 - seconds; as often as Live draws it
            shown_at[0] = time.monotonic()
            live.update(_table(report))

    return refresh


def _lines(line: Callable[[str], None]) -> Callable[[FetchReporter], None]:
    """Says once a minute how far it has come, for logs."""
    said_at = [time.monotonic()]

    def refresh(report: FetchReporter) -> None:
        if time.monotonic() - said_at[0] > _LINE_EVERY_S:
            said_at[0] = time.monotonic()
            total = sum(report.by_source.values(), Counter[str]())
            line("so far: " + ", ".join(f"{total[column]:,} {column}" for column in COLUMNS if total[column]))

    return refresh


def _table(report: FetchReporter) -> "Table":
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    table = Table(box=None, pad_edge=False)
    table.add_column("source", overflow="ellipsis", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    rows = sorted(report.by_source.items(), key=lambda row: (row[1]["fetched"] - row[1]["due"], row[0]))
    for source_id, counts in rows[:_ROWS]:
        # As it is: a name in brackets is no mark-up.
        table.add_row(Text(printable(source_id)), *(f"{counts[column]:,}" for column in COLUMNS))
    total = sum(report.by_source.values(), Counter[str]())
    more = f" ({len(rows) - _ROWS} more)" if len(rows) > _ROWS else ""
    table.add_row(f"all{more}", *(f"{total[column]:,}" for column in COLUMNS), style="bold")
    return table
