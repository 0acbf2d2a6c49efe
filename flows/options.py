"""The options that several commands share, and how their values are read."""

import re
from collections.abc import Callable
from typing import TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., object])

_SECONDS = {"s": 1, "m": 60, "h": 3600}


def duration(_: click.Context, __: click.Parameter, value: str) -> float:
    """Seconds, from a length of time like 60s, 5m or 1h."""
    read = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)?", value.strip())
    if read is None:
        raise click.BadParameter(f"{value!r} is no length of time; write it like 60s, 5m or 1h")
    return float(read[1]) * _SECONDS[read[2] or "s"]


def db_option(command: _Command) -> _Command:
    """Which database."""
    option = click.option(
        "--db", metavar="FILE", help="The database.  [default: DATELINE_DB, else news.duckdb]"
    )
    return option(command)


def wait_option(command: _Command) -> _Command:
    """How long to wait for another writer."""
    option = click.option(
        "--wait",
        "wait_s",
        metavar="TIME",
        default="0s",
        callback=duration,
        help="How long to wait for another writer to end, like 60s or 5m.  [default: not at all]",
    )
    return option(command)


def say(notes: tuple[str, ...]) -> None:
    """Tell a person what else there is to know, beside the output."""
    for note in notes:
        click.echo(f"dateline: {note}", err=True)


def size(count: int) -> str:
    """Bytes in words."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":  # noqa: PLR2004 - a kilo is a thousand
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"  # noqa: PLR2004 - two digits


def many(count: int, one: str, several: str | None = None) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
