"""The backlog of a run: which pages are fetched next, what is put off, and which hosts are left alone."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.batches import Item
from flows.desk import Desk
from flows.network import PageEnded
from flows.pages import Pages
from flows.reading import fetched_of, hints_of
from flows.settle import ended
from records import Candidate, HostPause, HostRules, Source
from sources.archive import Place
from sources.web import PutOff, Refused
from warehouse.model import Known
from warehouse.sightings import host_of

_NOT_TRIED = ("breaker", "host_busy")  # reasons of a PutOff before anything was asked
_LOOK_AGAIN_S = 5.0  # what waits for its time is looked for so often
_SHARE = 4  # looking for what is due takes at most a fifth of the time


@dataclass(slots=True)
class Backlog:
    """The pages that wait, as far as this run has them in hand.

    Attributes:
        desk: the run's tools.
        pages: take what was fetched.
        shut: the hosts that are left alone, with the time until when.
        named: whether there is somebody who answers for the requests.
    """

    desk: Desk
    pages: Pages
    shut: dict[str, datetime]
    named: bool
    _asked: dict[str, tuple[Source, Candidate, Known | None]] = field(default_factory=dict)
    _hosts: set[str] = field(default_factory=set)
    _delays: list[tuple[Candidate, datetime, str | None]] = field(default_factory=list)
    _rules: list[HostRules] = field(default_factory=list)
    _pauses: list[HostPause] = field(default_factory=list)
    _unnamed: int = 0
    _look_at: float = 0.0
    _may_be_more: bool = True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being fetched, and nothing more was due when it was looked for last."""
        return not (self._asked or self._hosts or self._may_be_more)

    def look_again(self) -> None:
        """Look for what is due at the next `take_up`: something came, or its time may have come."""
        self._may_be_more = True

    def look_again_in_time(self) -> None:
        """The same every few seconds."""
        self._may_be_more = self._may_be_more or time.monotonic() - self._look_at > _LOOK_AGAIN_S

    def take_up(self) -> None:
        """Hand out what waits, as far as there is room and its hosts are free."""
        began = time.monotonic()
        desk = self.desk
        room = desk.limits.asked - len(self._asked)
        if began < self._look_at or not self._may_be_more or room < desk.limits.asked // 4:
            return
        at = desk.now()
        self.shut = {host: until for host, until in self.shut.items() if until > at}
        in_hand = {*self._asked, *self.pages.uris, *desk.running.batches.uris()}
        writer = desk.running.writer
        with desk.running.batches.interrupts.held():
            found = writer.due(
                at=at,
                limit=room + len(in_hand),
                per_host=desk.limits.per_host + len(in_hand),
                excluding_hosts={*self._hosts, *self.shut},
                sources=self._open_sources(),
            )
            taken = self._wanted([each for each in found if each.uri not in in_hand])[:room]
            known = writer.known([each.uri for each in taken]) if taken else {}
        self._hand_out(taken, known)
        now = time.monotonic()
        # Nothing new can be there before something ends, is found, or has waited long enough.
        self._may_be_more = bool(taken)
        self._look_at = now + _SHARE * (now - began)

    def page_ended(self, event: PageEnded) -> Iterator[Item]:
        """Have a page read that was fetched; gives the outcome of one that cannot be had."""
        source, candidate, known = self._asked.pop(event.candidate.uri)
        error = event.error
        if event.answer is not None:
            self.desk.told.on_progress(source.id, "fetched", 1)
            fetched, signals = fetched_of(event.answer), event.answer.signals
            self.pages.read(source, candidate, known, fetched, place=event.place, signals=signals)
        elif isinstance(error, PutOff):
            self.pause(host_of(candidate), error)
            tried = error.reason not in _NOT_TRIED
            if tried and candidate.attempts + 1 >= self.desk.limits.attempts:
                yield ended(candidate, error)
            else:
                self._delays.append((candidate, error.retry_at, str(error) if tried else None))
        else:
            assert error is not None  # or there were an answer
            signals = error.signals if isinstance(error, Refused) else ()
            yield replace(ended(candidate, error), signals=signals)

    def host_free(self, host: str) -> None:
        """Note that all pages of a host that were handed out have ended."""
        self._hosts.discard(host)
        self._may_be_more = True

    def rules_read(self, rules: HostRules) -> None:
        """Note what a host gave as its rules."""
        self._rules.append(rules)

    def pause(self, host: str, error: PutOff) -> None:
        """Leave a host alone, in this run and the next."""
        known = self.shut.get(host)
        if host and (known is None or known < error.retry_at):
            self.shut[host] = error.retry_at
            self._pauses.append(HostPause(host, error.retry_at, error.reason))

    def save(self) -> None:
        """Store what was put off, and what was learned of hosts."""
        delays, rules, pauses = self._delays, self._rules, self._pauses
        if not (delays or rules or pauses):
            return
        self._delays, self._rules, self._pauses = [], [], []
        running, at = self.desk.running, self.desk.now()
        with running.batches.interrupts.held():
            if delays:
                running.writer.put_off(running.run_id, delays, at=at)
            if rules or pauses:
                running.writer.save_hosts(rules, pauses, at=at)

    def _open_sources(self) -> Collection[str]:
        """Those whose pages may be fetched still."""
        sources = self.desk.sources
        if self.named or self._unnamed < self.desk.limits.unnamed:
            return list(sources)
        return [each.id for each in sources.values() if each.network == "local"]

    def _wanted(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """No more of one host than its share, and of public hosts than strangers are given."""
        wanted = []
        hosts: dict[str, int] = {}
        for each in candidates:
            host = host_of(each)
            hosts[host] = hosts.get(host, 0) + 1
            if host and (hosts[host] > self.desk.limits.per_host or not self._may_be_asked(each)):
                continue
            wanted.append(each)
        return wanted

    def _may_be_asked(self, candidate: Candidate) -> bool:
        """Whether a page may be fetched though nobody is named who answers for it; a note says where not."""
        limit = self.desk.limits.unnamed
        if self.named or self.desk.sources[candidate.source_id].network == "local":
            return True
        self._unnamed += 1
        if self._unnamed == limit + 1:
            self.desk.running.notes.append(
                f"only {limit} pages of public sites are fetched while nobody is named who answers for it; "
                'write contact = "you@example.org" into sources.toml, and what waits is fetched'
            )
        return self._unnamed <= limit

    def _hand_out(self, candidates: Sequence[Candidate], known: Mapping[str, Known]) -> None:
        by_host: dict[str, list[tuple[Source, Candidate]]] = {}
        for each in candidates:
            source = self.desk.sources[each.source_id]
            self.desk.told.on_progress(source.id, "due", 1)
            host = host_of(each)
            if host:
                self._asked[each.uri] = (source, each, known.get(each.uri))
                by_host.setdefault(host, []).append((source, each))
            else:
                self.pages.read(source, each, known.get(each.uri), place=self._kept(source, each))
        for host, pages in by_host.items():
            self._hosts.add(host)
            self.desk.web.ask(host, pages)

    def _kept(self, source: Source, candidate: Candidate) -> Place | None:
        """Where an article that its feed holds is kept."""
        if not source.archive or candidate.content is None or candidate.fetched_at is None:
            return None
        return self.desk.archive.add_content(
            candidate, fetched_at=candidate.fetched_at, hints=hints_of(source)
        )
