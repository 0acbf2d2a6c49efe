"""The Prefect flow over the pipeline: the same plain function, with Prefect's schedules, retries and logs.

`python -m flows.ingest samples/` is `dateline ingest --prefect samples/`.
"""

import asyncio
import logging
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import Task, flow, get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import TerminationSignal
from prefect.settings import PREFECT_API_URL
from pydantic import AwareDatetime

from flows import pipeline
from flows.pipeline import Summary
from flows.report import TROUBLE, problem_line
from flows.settings import database
from records import BusyError, DatelineError, Outcome, OutcomeKind, UsageError, WarehouseError
from sources.names import printable

_PROGRESS_S = 2.0  # a batch is stored at least so often; a line an article would drown the log
_NAMED_TROUBLES = 20  # so many inputs are named in the log; the table outcomes has them all
_RETRY_AFTER_S = (5, 20, 60)
_FURTHER_ON = re.compile(r"[ -]*(?:Response:|For more information)")  # what httpx adds to an error

_ENDED: ContextVar[list[Summary]] = ContextVar("_ENDED")
"""Where a run leaves its summary for who started it: of one cut short, Prefect passes on only that it was."""


class IngestFailedError(WarehouseError):
    """The database gave up in the middle of a run; `summary` says how far it came."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(summary.error or "the run failed")
        self.summary = summary


class _Progress:
    """What the run's log is told while the pipeline works in its thread."""

    def __init__(self, log: "logging.Logger | logging.LoggerAdapter[logging.Logger]") -> None:
        self._log = log
        self._counts: Counter[OutcomeKind] = Counter()
        self._since = time.monotonic()

    def on_outcome(self, outcome: Outcome) -> None:
        """Count, name what went wrong, and tell how it goes every two seconds."""
        self._counts[outcome.outcome] += 1
        if outcome.outcome in TROUBLE:
            troubles = sum(self._counts[kind] for kind in TROUBLE)
            if troubles <= _NAMED_TROUBLES:
                self._log.warning("%s", problem_line(outcome))
            elif troubles == _NAMED_TROUBLES + 1:
                self._log.warning("more were refused or failed: the table outcomes has them all")
        if time.monotonic() - self._since >= _PROGRESS_S:
            self._since = time.monotonic()
            self._log.info("so far: %s", counted(self._counts))


def counted(counts: "Counter[OutcomeKind] | Summary") -> str:
    """The outcomes that there are, in a line: `4 stored, 1 failed`."""
    by_kind = counts.counts if isinstance(counts, Summary) else counts
    return ", ".join(f"{number} {kind}" for kind, number in by_kind.items() if number) or "nothing"


def report(summary: Summary) -> str:
    """A run's summary in Markdown, for Prefect's page."""
    rows = "".join(f"| {kind} | {number} |\n" for kind, number in summary.counts.items())
    notes = "".join(f"\n{note}\n" for note in summary.notes)
    return (
        f"{counted(summary)} in {summary.seconds:.1f} s, into `{summary.db}`.\n\n"
        f"| outcome | candidates |\n|---|---:|\n{rows}{notes}\n"
        f"```sql\nSELECT * FROM outcomes WHERE run_id = '{summary.run_id}'\n```\n"
    )


def run_name(parameters: dict[str, Any]) -> str:
    """What a person knows a task run by: its source, else its first input."""
    inputs = parameters["inputs"]
    more = f" and {len(inputs) - 1} more" if len(inputs) > 1 else ""
    return parameters["source"] or f"{inputs[0] if inputs else 'nothing'}{more}"


def can_pass(_task: "Task[..., Any]", _run: TaskRun, state: State[Any]) -> bool:
    """Whether what failed may go well when it is tried again: another writer ends."""
    return isinstance(state.data, BusyError)


@task(
    name="ingest one source",
    task_run_name=run_name,  # type: ignore[arg-type]  # any function will do, whatever the type asks for
    retries=len(_RETRY_AFTER_S),
    retry_delay_seconds=list(_RETRY_AFTER_S),
    retry_jitter_factor=0.5,
    retry_condition_fn=can_pass,
    cache_policy=NO_CACHE,
)
async def ingest_source(
    inputs: list[str], *, db: Path, source: str | None, fetched_at: datetime | None
) -> Summary:
    """One source in one run, with everything streaming inside; see `flows.pipeline.ingest`.

    The pipeline works in a thread, so that Prefect's event loop lives on. When the run is cancelled, what is
    in hand is stored and the database published first.

    Raises:
        UsageError: none of the inputs is there.
        WarehouseError: the database cannot be used. A `BusyError` is tried again, three times.
        IngestFailedError: the database gave up in the middle.
    """
    log = get_run_logger()
    stop = threading.Event()
    ended = _ENDED.get([])

    def work() -> Summary:
        summary = pipeline.ingest(
            inputs,
            db=db,
            source_id=source,
            fetched_at=fetched_at,
            on_outcome=_Progress(log).on_outcome,
            stop=stop.is_set,
        )
        if summary.status == "interrupted":
            log.warning("interrupted; what was stored stays: %s", counted(summary))
        ended.append(summary)
        return summary

    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        summary = await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        log.warning("ending: what is in hand is stored first")
        await asyncio.wait([working])
        raise
    if summary.status == "failed":
        raise IngestFailedError(summary)
    log.info("%s in %.1f s, into %s", counted(summary), summary.seconds, summary.db)
    return summary


@flow(name="ingest")
async def ingest(
    inputs: list[str],
    source: str | None = None,
    db: Path | None = None,
    fetched_at: AwareDatetime | None = None,
) -> Summary:
    """Take in what is new or has changed among files, folders, patterns and web addresses.

    Args:
        inputs: Files, folders, patterns or http(s) addresses; relative to the folder of the worker's run.
        source: The name that what is found is filed under; each input's own without one.
        db: The database; DATELINE_DB of the worker, or news.duckdb, without one.
        fetched_at: When the bytes left the publisher, where nothing nearer says so; unknown without it.
    """
    summary = await ingest_source(inputs, db=database(db), source=source, fetched_at=fetched_at)
    await acreate_markdown_artifact(key="ingest", markdown=report(summary), description=counted(summary))
    return summary


def run_on_prefect(
    inputs: Sequence[str], *, db: Path, source_id: str | None = None, fetched_at: datetime | None = None
) -> Summary:
    """Run the flow in this process, as a flow run of the Prefect API that is configured.

    The arguments are those of `flows.pipeline.ingest`, and so is the result.

    Raises:
        UsageError: no Prefect API is configured, it does not answer, or none of the inputs is there or can be
            written in JSON.
        WarehouseError: the database cannot be used; nothing was stored.
        KeyboardInterrupt: Ctrl-C, or the system's request to end, before the first article. (After it the
            summary says so, as the pipeline's does.)
    """
    url = api_url()
    for each in inputs:
        if not _is_unicode(each):
            raise UsageError(
                f"{printable(each)} cannot be named to Prefect, being no UTF-8: name its folder, or leave "
                "--prefect away"
            )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_our_traceback)
    ended: list[Summary] = []
    before = _ENDED.set(ended)
    try:
        return asyncio.run(_checked(url, inputs, db=db, source_id=source_id, fetched_at=fetched_at))
    except IngestFailedError as error:
        return error.summary
    except (KeyboardInterrupt, TerminationSignal):
        if ended:
            return ended[-1]
        raise KeyboardInterrupt from None
    finally:
        _ENDED.reset(before)


def api_url() -> str:
    """The address of the Prefect API that is configured, by PREFECT_API_URL or a profile.

    Raises:
        UsageError: none is. (Prefect would start a temporary server, which takes it up to half a minute.)
    """
    url: str | None = PREFECT_API_URL.value()
    if not url:
        raise UsageError(
            "no Prefect API is configured: start one with `prefect server start` and set "
            "PREFECT_API_URL=http://127.0.0.1:4200/api, or leave --prefect away"
        )
    return url


async def _checked(
    url: str, inputs: Sequence[str], *, db: Path, source_id: str | None, fetched_at: datetime | None
) -> Summary:
    try:
        async with get_client() as client:
            await client.read_flows(limit=1)
    except Exception as error:
        raise UsageError(
            f"the Prefect API at {url} cannot be used ({_in_a_line(error)}): start it with "
            "`prefect server start`, or mend PREFECT_API_URL and PREFECT_API_AUTH_STRING"
        ) from error
    try:
        return await ingest(inputs=list(inputs), source=source_id, db=db, fetched_at=fetched_at)
    except DatelineError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("httpx", "httpcore", "prefect"):
            raise
        raise WarehouseError(
            f"the Prefect API at {url} failed during the run ({_in_a_line(error)}): what was stored stays; "
            "run this again when it answers"
        ) from error


def _is_unicode(name: str) -> bool:
    """Whether a name has no bytes in it that the file system gave and that are no UTF-8."""
    return name.encode(errors="replace").decode() == name


def _in_a_line(error: Exception) -> str:
    said = _FURTHER_ON.split(" ".join(str(error).split()))[0]
    return said[:200] or type(error).__name__


def _without_our_traceback(record: logging.LogRecord) -> bool:
    """Keep the traceback of an error that says in a sentence what to do off the console; the API has it."""
    if record.exc_info and isinstance(record.exc_info[1], DatelineError):
        record.exc_info = record.exc_text = None
    return True


if __name__ == "__main__":
    from flows.cli import main

    sys.argv[1:1] = ["ingest", "--prefect"]
    main()
