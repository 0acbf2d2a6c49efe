"""Takes up what an earlier run fetched and did not store before it was cut short: nobody is asked again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from flows.batches import Item
from flows.desk import Desk
from flows.pages import Pages
from flows.reading import from_archive
from sources.archive import Kept, Place
from sources.unsettled import left_over, marked


def take_up_left_over(desk: Desk, pages: Pages, ended: Callable[[], Iterator[Item]]) -> Iterator[Item]:
    """Have read what lies in the archive without an outcome and waits in the backlog still.

    Args:
        desk: the run's tools.
        pages: reads.
        ended: waits for the pages that are being read, and gives what they became.
    """
    folder = desk.archive.folder
    for file in marked(folder):
        beginning = Place(file, 0)  # no response stands there: the mark stays until all is looked at
        desk.unsettled.add(beginning)
        found = left_over(folder, file)
        done = True
        while part := list(islice(found, desk.limits.read)):
            done = _read(desk, pages, part) and done
            while pages.uris:
                yield from ended()
        if done:
            desk.unsettled.settle(beginning)
    desk.unsettled.save()


def _read(desk: Desk, pages: Pages, part: Sequence[tuple[Place, Kept]]) -> bool:
    """Have read what waits still; whether nothing of it has to wait for a run over other sources."""
    done = True
    by_uri = {kept.note.candidate.uri: (place, kept) for place, kept in part if kept.note.candidate}
    with desk.running.batches.interrupts.held():
        waiting = desk.running.writer.waiting(list(by_uri))
        known = desk.running.writer.known(list(waiting))
    for uri, claimed_updated in waiting.items():
        place, kept = by_uri[uri]
        candidate = kept.note.candidate
        assert candidate is not None  # left out above
        source = desk.sources.get(candidate.source_id)
        if source is None or candidate.claimed.updated != claimed_updated:
            done = done and source is not None  # or else it changed since, and is fetched again
            continue
        desk.unsettled.add(place)
        fetched = None
        if kept.status is None:
            candidate = replace(candidate, content=kept.content)
        else:
            fetched = from_archive(kept)
        pages.read(source, candidate, known.get(uri), fetched, place=place, signals=kept.note.signals)
    return done
