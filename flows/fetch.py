"""Fetches what is due: polls sources, fetches the pages they lead to, reads and stores them, all at once."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from flows.backlog import Backlog
from flows.batches import Item, uri_of
from flows.desk import Desk, FetchLimits, Told
from flows.engine import Engine, ReadEnded
from flows.network import OpenWeb, RulesRead, network
from flows.pages import Pages
from flows.pipeline import utc_now
from flows.polls import Polls
from flows.readers import readers
from flows.running import Running, Summary, run
from flows.settings import program_version
from records import Source, UsageError
from sources.archive import Place, open_archive
from sources.config import Config
from sources.unsettled import Unsettled
from sources.web import Get
from warehouse.places import archive_of

__all__ = ["FetchLimits", "Told", "fetch"]


def fetch(
    config: Config,
    *,
    db: Path,
    agent: str,
    only: str | None = None,
    watch: bool = False,
    allow_private: bool = False,
    told: Told | None = None,
    open_web: OpenWeb | None = None,
    now: Callable[[], datetime] = utc_now,
    stop: Callable[[], bool] = lambda: False,
    wait_s: float = 0.0,
    limits: FetchLimits | None = None,
    command: str = "fetch",
) -> Summary:
    """Fetch what is due of the sources that are written down, and publish the database.

    Every address that a source lists is in the backlog before it is fetched, and leaves it with its outcome;
    every answer is in the archive before anything else is done with it. So a kill at any moment loses
    nothing, and what was fetched is not fetched again.

    Args:
        config: the sources.
        db: the database; made where it is missing.
        agent: what Dateline calls itself.
        only: the id of the one source that is asked, due or not.
        watch: go on until it is stopped, asking each source when it is due.
        allow_private: opens loopback and intranets for every source.
        told: who is told how it goes.
        open_web: opens the client, for tests; the real one by default.
        now: the clock.
        stop: asked again and again whether to end as Ctrl-C would, which reaches the main thread alone.
        wait_s: seconds to wait for another writer to end.
        limits: how much may be in hand at once.
        command: what the run is called in the ledger.

    Raises:
        UsageError: there is no such source, or none that is switched on.
        WarehouseError: the database cannot be used; nothing was stored.
    """
    limits = limits or FetchLimits()
    told = told or Told()
    chosen = _chosen(config, only)
    archive_folder = archive_of(db.resolve())
    software = f"Dateline/{program_version()}"
    with open_archive(archive_folder, software=software, now=now) as archive:
        journal = _Journal(Unsettled(archive_folder))
        events: SimpleQueue[Any] = SimpleQueue()

        def stream(running: Running) -> Generator[Item | None, None, None]:
            writer = running.writer
            with running.batches.interrupts.held():
                writer.sync_sources(config.sources, at=now())
                states = dict(writer.source_states())
                rules, pauses = writer.host_rules(at=now()), dict(writer.host_pauses(at=now()))

            def opened() -> AbstractAsyncContextManager[Get]:
                from sources import http  # noqa: PLC0415  # httpx costs a quarter of a second, in its thread

                return http.web(
                    user_agent=agent,
                    now=now,
                    allow_private=allow_private,
                    remembered=rules,
                    remember=lambda each: events.put(RulesRead(each)),
                )

            with ExitStack() as stack:
                pool = stack.enter_context(
                    readers(
                        lambda page, item: events.put(ReadEnded(page, item)),
                        workers=limits.workers,
                        deadline_s=limits.reading_s,
                    )
                )
                web = stack.enter_context(
                    network(
                        open_web or opened,
                        events=events,
                        now=now,
                        archive=archive,
                        unsettled=journal.unsettled,
                    )
                )
                stack.callback(running.batches.interrupts.ignore)
                desk = Desk(
                    sources=chosen,
                    running=running,
                    web=web,
                    pool=pool,
                    archive=archive,
                    unsettled=journal.unsettled,
                    places=journal.places,
                    now=now,
                    told=told,
                    limits=limits,
                )
                pages = Pages(desk)
                asked_for = frozenset({only} if only else ())
                named = config.contact is not None or allow_private
                yield from Engine(
                    polls=Polls(desk, pages, states, asked_for, again=watch),
                    backlog=Backlog(desk, pages, pauses, named),
                    pages=pages,
                    events=events,
                    watch=watch,
                ).items()

        return run(
            db,
            stream,
            command=command,
            arguments={"sources": str(config.path), "source": only, "watch": watch},
            on_outcome=told.on_outcome,
            now=now,
            stop=stop,
            wait_s=wait_s,
            limits=limits.batch,
            before_write=archive.sync,
            on_stored=journal.stored,
        )


@dataclass(frozen=True, slots=True)
class _Journal:
    """Where what is not stored yet lies in the archive, by the candidate's uri."""

    unsettled: Unsettled
    places: dict[str, Place] = field(default_factory=dict)

    def stored(self, items: Sequence[Item]) -> None:
        for item in items:
            place = self.places.pop(uri_of(item), None)
            if place is not None:
                self.unsettled.settle(place)
        self.unsettled.save()


def _chosen(config: Config, only: str | None) -> Mapping[str, Source]:
    """The sources that are asked, by id."""
    if only is not None:
        source = config.find(only)
        if not source.enabled:
            raise UsageError(f"source '{only}' is switched off; switch it on: dateline source enable {only}")
        return {only: source}
    chosen = {source.id: source for source in config.sources if source.enabled}
    if not chosen:
        raise UsageError(f"no source is switched on in {config.path}; add one with `dateline source add URL`")
    return chosen
