"""One pass over the whole local web, which several tests look at; it takes a quarter of a minute."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flows.fetch import Told, fetch
from flows.pipeline import utc_now
from flows.running import Summary
from records import Outcome, Source
from sources.config import Config
from sources.http import web as client
from sources.web import Get, WebLimits
from tests.web.log import Entry
from tests.web.server import Unavailable
from tests.web.world import LocalWeb, local_web
from warehouse import read

AGENT = "Dateline/0 (+desk@example.org)"
DEADLINE_S = 3.0
"""For one answer, so that what never ends costs no more."""


@dataclass(slots=True)
class Heard:
    """What a run told while it went."""

    outcomes: list[Outcome] = field(default_factory=list)
    progress: list[tuple[str, str, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def told(self) -> Told:
        return Told(
            self.outcomes.append,
            lambda source_id, column, number: self.progress.append((source_id, column, number)),
            self.said.append,
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass that is over: the web, what was asked of it, and where its articles are.

    Attributes:
        web: it runs still; its log holds what was asked last.
        db: the database.
        summary: of the run.
        log: what was asked in the pass.
        heard: what the run told.
    """

    web: LocalWeb
    db: Path
    summary: Summary
    log: Sequence[Entry]
    heard: Heard

    def copy(self, folder: Path) -> Path:
        """The database with all that belongs to it, to go on with; its path."""
        shutil.copytree(self.db.parent, folder, dirs_exist_ok=True)
        return folder / self.db.name


def opened_by(web: LocalWeb) -> Callable[[], AbstractAsyncContextManager[Get]]:
    """Opens a client that knows the web's names."""
    limits = WebLimits(deadline_s=DEADLINE_S)
    return lambda: client(user_agent=AGENT, now=utc_now, resolver=web.names.resolve, limits=limits)


def fetch_web(
    web: LocalWeb, db: Path, *, sources: Sequence[Source] | None = None, **given: Any
) -> tuple[Summary, Heard]:
    """A pass over the web's sources, all of them unless some are given."""
    heard = Heard()
    config = Config(Path("sources.toml"), contact="desk@example.org", sources=tuple(sources or web.sources))
    settings: dict[str, Any] = {"open_web": opened_by(web), "told": heard.told} | given
    return fetch(config, db=db, agent=AGENT, **settings), heard


def rows(db: Path, query: str) -> list[tuple[Any, ...]]:
    """What a published database answers."""
    result = read.query(db, query)
    try:
        return list(result.rows)
    finally:
        result.close()


@pytest.fixture(scope="session")
def first_pass(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pass]:
    """A pass over a local web that was new; do not write into its database, take a copy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
            patch.delenv(name)
        try:
            with local_web() as web:
                db = tmp_path_factory.mktemp("pass") / "news.duckdb"
                summary, heard = fetch_web(web, db)
                yield Pass(web, db, summary, tuple(web.log.entries), heard)
        except Unavailable as error:
            pytest.skip(str(error))
