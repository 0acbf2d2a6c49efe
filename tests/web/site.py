"""What a site of the local web is: its routes, the sources that lead to it, and what has to come of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from records import OutcomeKind, Source
from tests.web import feeds
from tests.web.feeds import Item
from tests.web.log import Manners
from tests.web.pages import Dress, Story, page, story
from tests.web.replies import MISSING, Reply, Request, Route, text

TROUBLE: frozenset[OutcomeKind] = frozenset({"refused", "failed"})

RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml"
XML = "application/xml"
JSON = "application/feed+json"


@dataclass(frozen=True, slots=True)
class Good:
    """An article that has to be stored, once.

    Attributes:
        url: the one it has to be stored under.
        title: it has to be stored with.
        source_ids: every source that leads to it.
        also: other addresses of it, which may have been asked for and are no articles.
    """

    url: str
    title: str
    source_ids: frozenset[str]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A page that must not become an article, or need not.

    Attributes:
        url: as its source gives it.
        source_id: that leads to it.
        outcomes: that it may end in.
        reasons: of a refusal or failure; empty for any.
        waits: it may also stay in the backlog, for its host wants to be left alone.
        asked: False where there must be no request for it at all.
        found: False where its source may pass it over, so that it need not have an outcome.
    """

    url: str
    source_id: str
    outcomes: frozenset[OutcomeKind] = TROUBLE
    reasons: frozenset[str] = frozenset()
    waits: bool = False
    asked: bool = True
    found: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site stands: on 127.0.1.N; it may have a name as well."""

    number: int
    port: int

    @property
    def address(self) -> str:
        """The IP address."""
        return f"127.0.1.{self.number}"

    @property
    def name(self) -> str:
        """What a test's resolver knows it as."""
        return f"site{self.number}.example"

    @property
    def base(self) -> str:
        """The site's address without the closing slash."""
        return f"http://{self.address}:{self.port}"

    @property
    def named(self) -> str:
        """The same by its name."""
        return f"http://{self.name}:{self.port}"


@dataclass(slots=True)
class Site:
    """One site. Routes may be changed while it is served.

    Attributes:
        place: its addresses.
        about: what is special about it, for people.
        routes: by path, with the query or without.
        otherwise: what answers where there is no route.
        sources: that lead to it.
        good: its articles.
        faults: its other pages.
        broken_sources: those that cannot be read, with the reasons that may be given for it (none: any).
        complaints: reasons of outcomes that its lists may have for lines that name no page; their uri is the
            list's with a fragment.
        manners: what it asks of its visitors.
        edit: changes an article, where the site has one that changes; the article.
    """

    place: Place
    about: str
    routes: dict[str, Route] = field(default_factory=dict)
    otherwise: Callable[[Request], Reply] = lambda _: MISSING
    sources: list[Source] = field(default_factory=list)
    good: list[Good] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken_sources: dict[str, frozenset[str]] = field(default_factory=dict)
    complaints: frozenset[str] = frozenset()
    manners: Manners = field(default_factory=Manners)
    edit: Callable[[], Good] | None = None

    def answer(self, request: Request) -> Reply:
        """What stands at a path; the query counts only where a route has one."""
        route = self.routes.get(request.path) or self.routes.get(request.bare_path) or self.otherwise
        return route if isinstance(route, Reply) else route(request)

    def source(self, kind: Any, path: str, *, tail: str = "", **given: Any) -> str:
        """Add a source that leads here; its id."""
        source_id = f"s{self.place.number:02}{tail}"
        base = given.pop("base", self.place.base)
        self.sources.append(Source(id=source_id, kind=kind, url=base + path, network="local", **given))
        return source_id

    def article(
        self,
        path: str,
        *source_ids: str,
        hours: float = 0.0,
        reply: Route | None = None,
        dress: Dress | None = None,
        base: str | None = None,
        **given: Any,
    ) -> Story:
        """Add a good article, with its page at its path unless another reply is given."""
        told = story(f"{self.place.number} {path}", hours=hours)
        self.routes[path] = reply or Reply(page(told, dress).encode(), **given)
        self.good.append(Good((base or self.place.base) + path, told.title, frozenset(source_ids)))
        return told

    def articles(self, count: int, *source_ids: str, stem: str = "/news/", **given: Any) -> list[Item]:
        """Add so many good articles, an hour apart, the newest first; what a feed says of them."""
        made = []
        for number in range(count, 0, -1):
            path = f"{stem}{self.place.number}-{number}.html"
            told = self.article(path, *source_ids, hours=self.place.number / 8 + number, **given)
            base = given.get("base") or self.place.base
            made.append(Item(base + path, told, guid=f"tag:{self.place.name},2025:{number}"))
        return made

    def fault(self, path: str, source_id: str, reply: Route, *, hours: float = 1.0, **given: Any) -> Item:
        """Add a page that is none, or not as it should be; what a feed says of it."""
        self.routes[path] = reply
        url = self.place.base + path
        self.faults.append(Fault(url, source_id, **given))
        return Item(url, story(f"{self.place.number} {path}", hours=hours), guid=url)

    def with_feed(self, items: Sequence[Item]) -> "Site":
        """Give it an RSS feed of these items; the site itself, whose last step this is."""
        self.routes["/rss.xml"] = text(feeds.rss(items, site=self.place.base), RSS)
        return self

    def robots(self, *lines: str) -> None:
        """Give it a robots.txt."""
        self.routes["/robots.txt"] = text("\n".join([*lines, ""]))


Builder = Callable[[Place], Site]


def reasons(*names: str) -> frozenset[str]:
    """A set of reasons."""
    return frozenset(names)


def links(items: Sequence[Item]) -> list[tuple[str, str]]:
    """What a list of articles on a page links to."""
    return [(item.link, item.story.title) for item in items]
