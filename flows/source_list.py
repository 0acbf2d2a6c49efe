"""The rows of `dateline source list`: the file's entries, with what the database knows of them."""

import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flows import render
from records import Source
from sources.config import Config
from warehouse.health import published_health
from warehouse.model import SourceHealth

_ENTRY = ("id", "kind", "enabled", "name", "address")
_HEALTH = ("last_success", "a_day", "errors", "delay", "backlog", "next_poll", "problem")

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400

Row = tuple[Any, ...]


def rows(
    config: Config, db: Path, *, now: datetime, style: str
) -> tuple[tuple[str, ...], list[Row], tuple[str, ...]]:
    """Columns, rows, and what a person should do: a sentence for each source that has moved.

    Without a database, or with one in which nothing was ever fetched, the file's entries alone. Tables for
    people have rounded values, the other formats exact ones (delays in seconds).

    Raises:
        WarehouseError: the database cannot be read.
    """
    health = {each.source_id: each for each in published_health(db, at=now)}
    mine = [(source, health.get(source.id)) for source in config.sources]
    if not any(known for _, known in mine):
        return _ENTRY, [_entry(source) for source, _ in mine], ()
    notes = tuple(
        f"source '{source.id}' has moved for good to {known.state.moved_to}: change its url in {config.path}"
        for source, known in mine
        if known and known.state.moved_to and known.state.moved_to != source.url
    )
    exact = style != "table"
    columns = tuple("delay_s" if name == "delay" and exact else name for name in _HEALTH)
    return _ENTRY + columns, [_entry(source) + _done(known, exact=exact) for source, known in mine], notes


def show(columns: Sequence[str], shown: Iterable[Row], *, style: str) -> None:
    """Print rows in one of the formats; a table is made to fit the terminal."""
    if style == "table":
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lines = render.table(columns, iter(shown), width=width)
    else:
        lines = render.FORMATS[style](columns, iter(shown))
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def length(seconds: float) -> str:
    """A length of time in its two largest digits' unit: 45s, 12m, 3.5h, 2d."""
    for unit, size_s in (("d", _DAY_S), ("h", _HOUR_S), ("m", _MINUTE_S)):
        if seconds >= size_s:
            return (
                f"{seconds / size_s:.2g}{unit}" if seconds < 10 * size_s else f"{seconds / size_s:.0f}{unit}"
            )
    return f"{seconds:.0f}s"


def _entry(source: Source) -> Row:
    return source.id, source.kind, source.enabled, source.name, source.url or source.path


def _done(known: SourceHealth | None, *, exact: bool) -> Row:
    if known is None:
        return (None,) * len(_HEALTH)
    state, delay_s = known.state, known.median_delay_s
    if exact:
        success, upcoming, a_day, errors, delay = (
            state.succeeded_at,
            state.next_poll_at,
            known.articles_a_day,
            known.error_rate,
            delay_s,
        )
        return success, a_day, errors, delay, known.backlog, upcoming, state.problem
    return (
        _minute(state.succeeded_at),
        round(known.articles_a_day, 1),
        f"{known.error_rate:.0%}",
        None if delay_s is None else length(delay_s),
        known.backlog,
        _minute(state.next_poll_at),
        state.problem,
    )


def _minute(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"
