"""What a run of `dateline ingest` tells: a line for each refusal or failure, its progress, its sum."""

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from records import OUTCOMES, DatelineError, Outcome, OutcomeKind
from sources.names import STDIN_URI, path_of, printable

if TYPE_CHECKING:
    from flows.pipeline import Summary

TROUBLE: tuple[OutcomeKind, ...] = ("refused", "failed")

KEPT_PROBLEMS = 1_000
"""So many problems stand in the JSON object; all are in the table `outcomes`, and all were said on stderr."""


@dataclass(slots=True)
class Reporter:
    """Takes each outcome as it is stored.

    Attributes:
        say: says one line to a person.
        tick: shows how far it has come.
        counts: outcomes so far.
        problems: the first of those that were refused or failed.
    """

    say: Callable[[str], None]
    tick: Callable[[str], None]
    counts: Counter[OutcomeKind] = field(default_factory=Counter)
    problems: list[Outcome] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        """Count an outcome, and say what is wrong where something is."""
        self.counts[outcome.outcome] += 1
        # Whoever reads these lines may be gone (2>&1 | head); the run goes on without them.
        with contextlib.suppress(OSError):
            if outcome.outcome in TROUBLE:
                if len(self.problems) < KEPT_PROBLEMS:
                    self.problems.append(outcome)
                self.say(problem_line(outcome))
            self.tick(_counted(self.counts))


@contextmanager
def reporting(stream: TextIO | None = None) -> Iterator[Reporter]:
    """A reporter on standard error: with a progress line where that is a terminal, else lines alone."""
    stream = stream or sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield Reporter(say=lambda line: print(line, file=stream), tick=lambda _: None)
        return
    # Imported here: a pipe needs none of it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(file=stream)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("looking for articles")
        yield Reporter(
            say=lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
            tick=lambda words: progress.update(task, description=words),
        )


def problem_line(outcome: Outcome) -> str:
    """One line that names an input, what happened to it, and the remedy."""
    return printable(
        f"{outcome.outcome}: {shown_name(outcome.uri)}: {outcome.detail or outcome.reason or '?'}"
    )


def shown_name(uri: str) -> str:
    """What people call a candidate: its address, its path from here, `file:line`, or standard input."""
    base, _, line = uri.partition("#line=")
    base, _, row = base.partition("#row=")
    place = f":{line}" if line else f", row {row}" if row else ""
    if base.startswith(STDIN_URI):
        return f"standard input{place}"
    path = path_of(base)
    if path is None:
        return printable(uri)
    here = f"{Path.cwd()}/"
    return printable(path.removeprefix(here)) + place


@contextmanager
def errors_as_json(db: Path, *, wanted: bool) -> Iterator[None]:
    """Let an error that ends a command be its JSON object as well, where one is wanted."""
    try:
        yield
    except DatelineError as error:
        if wanted:
            click.echo(_object(db, None, error=str(error)))
        raise


def ended(summary: "Summary", reporter: Reporter, *, as_json: bool, nothing: str) -> int:
    """Tell how a run ended; returns the exit code.

    Args:
        summary: of the run.
        reporter: that took its outcomes.
        as_json: as one object, instead of words.
        nothing: what to say where the run had no outcome.
    """
    for note in (*summary.notes, *([summary.error] if summary.error else [])):
        click.echo(f"dateline: {note}", err=True)
    if as_json:
        click.echo(_object(summary.db, summary, reporter))
    else:
        click.echo(in_words(summary, nothing=nothing))
    return 0 if summary.all_well else 1


def in_words(summary: "Summary", *, nothing: str) -> str:
    """The sum of a run, for people; `nothing` says that there was nothing to do."""
    counted = _counted(summary.counts) or nothing
    if summary.unread:
        counted += f", {len(summary.unread):,} {_plural('source', len(summary.unread))} unread"
    aside = [f"{summary.seconds:.1f} s"]
    if summary.passed_over:
        aside.insert(0, f"{summary.passed_over:,} other {_plural('file', summary.passed_over)} passed over")
    words = f"{counted} in {printable(str(summary.db))} ({', '.join(aside)})"
    match summary.status:
        case "interrupted":
            return f"Interrupted: {words}. What was stored stays; run it again for the rest."
        case "failed":
            return f"Stopped: {words}. What was stored stays; run it again for the rest."
        case _:
            return words


def _object(
    db: Path, summary: "Summary | None", reporter: Reporter | None = None, error: str | None = None
) -> str:
    """The same as one JSON object; without a summary where nothing could be done at all."""
    problems = reporter.problems if reporter else []
    counts = summary.counts if summary else dict.fromkeys(OUTCOMES, 0)
    found = {
        "run_id": summary.run_id if summary else None,
        "db": printable(str(db)),
        "status": summary.status if summary else "failed",
        "counts": {kind: counts[kind] for kind in OUTCOMES},
        "passed_over": summary.passed_over if summary else 0,
        "seconds": round(summary.seconds, 3) if summary else 0,
        "problems": [
            {
                "uri": each.uri,
                "outcome": each.outcome,
                "stage": each.stage,
                "reason": each.reason,
                "detail": each.detail,
            }
            for each in problems
        ],
        "problems_left_out": max(0, sum(counts[kind] for kind in TROUBLE) - len(problems)),
        "unread_sources": list(summary.unread) if summary else [],
        "notes": list(summary.notes) if summary else [],
        "error": summary.error if summary else error,
    }
    return json.dumps(found, ensure_ascii=False)


def _counted(counts: Mapping[OutcomeKind, int]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in OUTCOMES if counts.get(kind))


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"
