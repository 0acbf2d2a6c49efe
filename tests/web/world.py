"""The local web as a whole: its sites on one port, what is expected of them, and its names."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from records import Source
from sources.urls import canonical_url
from tests.web import faults, lists, server, sites, walls, wire_faults
from tests.web.log import Log, Manners
from tests.web.names import Names
from tests.web.site import Builder, Fault, Good, Place, Site

BUILDERS: tuple[Builder, ...] = (
    *(*lists.BUILDERS, *sites.BUILDERS, *walls.BUILDERS),
    *(*wire_faults.BUILDERS, *faults.BUILDERS),
)

Row = tuple[str, str, str | None]
"""Of the table of outcomes: uri, outcome, reason."""


@dataclass(slots=True)
class LocalWeb:
    """The local web, running.

    Attributes:
        port: of every site.
        sites: by the name of the function that built them.
        log: what was asked.
        names: the name service.
    """

    port: int
    sites: Mapping[str, Site]
    log: Log = field(default_factory=Log)
    names: Names = field(default_factory=Names)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source of every site."""
        return tuple(source for site in self.sites.values() for source in site.sources)

    @property
    def sources_by_number(self) -> tuple[Source, ...]:
        """Those whose hosts are given as addresses, so that no resolver is needed."""
        return tuple(source for source in self.sources if ".example" not in (source.url or ""))

    @property
    def good(self) -> tuple[Good, ...]:
        """Every article that has to be stored, once."""
        return tuple(good for site in self.sites.values() for good in site.good)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every page that is none, or need not be one."""
        return tuple(fault for site in self.sites.values() for fault in site.faults)

    @property
    def broken_sources(self) -> Mapping[str, frozenset[str]]:
        """The sources that cannot be read, with the reasons that may be given (none: any)."""
        return {name: why for site in self.sites.values() for name, why in site.broken_sources.items()}

    @property
    def manners(self) -> Mapping[str, Manners]:
        """What each address asks of its visitors."""
        return {site.place.address: site.manners for site in self.sites.values()}

    def impolite(self, *, default_s: float = 0.0) -> list[str]:
        """Everything in the log that a polite client would not have done."""
        forbidden = {canonical_url(each.url) for each in self.faults if not each.asked}
        tellers = {
            name: self.sites[name].place.address for name in ("secret", "cookies") if name in self.sites
        }
        return [
            *self.log.impolite(self.manners, default_s=default_s),
            *self.log.told_on("authorization", tellers.get("secret")),
            *self.log.told_on("cookie", tellers.get("cookies")),
            *(f"{url} was asked for" for url in self.log.urls(self.port) if url in forbidden),
        ]

    def wrong_articles(self, stored: Iterable[tuple[str | None, str | None]]) -> list[str]:
        """What is wrong with the stored articles, as key and title; those of faults may be among them."""
        titles: dict[str | None, list[str | None]] = defaultdict(list)
        for url, title in stored:
            titles[url].append(title)
        wrong = []
        for good in self.good:
            found = titles.pop(canonical_url(good.url), [])
            if found != [good.title]:
                wrong.append(f"{good.url}, {good.title!r}, is stored as {found}")
            wrong += [f"{url} is stored as well as {good.url}" for url in good.also if url in titles]
        may = {canonical_url(fault.url) for fault in self.faults if "stored" in fault.outcomes}
        wrong += [f"{url} is stored: {found}" for url, found in titles.items() if url not in may]
        return wrong

    def wrong_outcomes(self, rows: Iterable[Row]) -> list[str]:
        """What is wrong with the outcomes of one pass over a web that was new."""
        by_uri: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for uri, outcome, reason in rows:
            by_uri[uri].append((outcome, reason))
        wrong = [f"{uri} has {len(ends)} outcomes: {ends}" for uri, ends in by_uri.items() if len(ends) > 1]
        known = set()
        for good in self.good:
            uris = {canonical_url(url) for url in (good.url, *good.also)}
            known |= uris
            ends = Counter(outcome for uri in uris for outcome, _ in by_uri.get(uri, []))
            if ends["stored"] != 1 or ends["refused"] or ends["failed"]:
                wrong.append(f"{good.url} ended as {[by_uri.get(uri) for uri in sorted(uris)]}")
        for fault in self.faults:
            known.add(canonical_url(fault.url))
            wrong += _wrong_fault(fault, by_uri.get(canonical_url(fault.url), []))
        complaints = {each for site in self.sites.values() for each in site.complaints}
        wrong += [
            f"{uri} is no page of this web, and ended as {ends}"
            for uri, ends in by_uri.items()
            if uri not in known and not ("#" in uri and {reason for _, reason in ends} <= complaints)
        ]
        return wrong

    @property
    def environment(self) -> Mapping[str, str]:
        """The secrets that `toml` names: variables and their values."""
        return {
            variable: source.headers[name] for source in self.sources for name, variable in _secrets(source)
        }

    def toml(self, sources: Iterable[Source] | None = None) -> str:
        """The sources as a user would write them down."""
        return "\n".join(_entry(source) for source in sources or self.sources_by_number)


def _wrong_fault(fault: Fault, ends: Sequence[tuple[str, str | None]]) -> list[str]:
    if not ends:
        return [] if fault.waits or not fault.found else [f"{fault.url} has no outcome"]
    return [
        f"{fault.url} ended as {outcome} ({reason}), not as {sorted(fault.outcomes)} {sorted(fault.reasons)}"
        for outcome, reason in ends
        if outcome not in fault.outcomes
        or (fault.reasons and outcome in ("refused", "failed") and reason not in fault.reasons)
    ]


def _secrets(source: Source) -> list[tuple[str, str]]:
    return [(name, f"LOCAL_WEB_{name.upper()}") for name in source.headers]


def _entry(source: Source) -> str:
    lines = [f'id = "{source.id}"', f'kind = "{source.kind}"', f'url = "{source.url}"', 'network = "local"']
    lines += [
        f"{name} = {json.dumps(patterns)}"
        for name, patterns in (("include", source.include), ("exclude", source.exclude))
        if patterns
    ]
    # A secret may not stand in the file, only the variable that holds it.
    lines += [f'headers = {{ {name} = "env:{variable}" }}' for name, variable in _secrets(source)]
    if source.max_items:
        lines.append(f"max_items = {source.max_items}")
    return "\n".join(["[[source]]", *lines, ""])


@contextmanager
def local_web(builders: Sequence[Builder] = BUILDERS) -> Iterator[LocalWeb]:
    """The local web, fresh, for as long as the `with` lasts; raises `server.Unavailable`."""
    port, sockets = server.free_port([Place(number, 0).address for number in range(1, len(builders) + 1)])
    built = {build.__name__: build(Place(number, port)) for number, build in enumerate(builders, 1)}
    turning = frozenset(site.place.name for name, site in built.items() if name == "rebinding")
    web = LocalWeb(port, built, names=Names(turning))
    by_address = {site.place.address: site for site in built.values()}
    with server.running(sockets, lambda request: by_address[request.address].answer(request), web.log):
        yield web
