"""Which sources.toml is meant, and who asks on its behalf; shared by the commands that need sources."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from sources.config import Config

DEFAULT_SOURCES = "sources.toml"

_Command = TypeVar("_Command", bound=Callable[..., object])


def sources_option(command: _Command) -> _Command:
    """Which sources.toml, as the parameter `file`."""
    option = click.option(
        "--sources",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        default=DEFAULT_SOURCES,
        show_default=True,
        help="The list of sources.",
    )
    return option(command)


def loaded(file: Path, text: str | None = None, *, environ: Mapping[str, str] | None = None) -> "Config":
    """The sources of a file, or of its text where that was read already.

    Args:
        file: the sources.toml.
        text: what it holds; None to read it, which it must then be there for.
        environ: where secrets are looked up; None where they aren't needed.

    Raises:
        UsageError: it is not there, or something in it is not understood.
    """
    from sources import config  # noqa: PLC0415  # `--help` needs none of it

    if text is None:
        return config.load(file, environ=environ)
    return config.read(text, path=file, environ=environ)


def agent_of(config: "Config") -> str:
    """What Dateline calls itself on behalf of these sources: `Dateline/0.1.0 (+newsroom@example.org)`."""
    from flows.settings import program_version  # noqa: PLC0415  # as above

    name = config.user_agent or f"Dateline/{program_version()}"
    return f"{name} (+{config.contact})" if config.contact else name
