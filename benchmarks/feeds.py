"""Our feed reader beside feedparser: what they make of gofeed's test feeds, and what it costs.

    python -m benchmarks.feeds [--folder ../shared/inputs/feeds/gofeed] [--rounds 5]

prints, for each reader, how many items' title, link and date equal the expectation beside the feed, the time
that reading takes, and what it makes of feeds that are broken as feeds often are; then every difference of
our reader with its reason. Ends with 1 where a difference has none, or where fewer than 95 % are equal.

A title is compared as text: gofeed's expectation keeps its HTML, ours is what a reader would see, so the
expectation is put through lxml's HTML parser first. `as written` counts those differences, too. The date is
when the item was published, else when it was updated, compared as it is written.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it ships no types
import lxml.html

from records import DatelineError, InputError
from sources.feeds import read

FOLDER = Path("../shared/inputs/feeds/gofeed")
FLOOR = 0.95
URL = "http://feed.example/feed"
FIELDS = ("title", "link", "date")

_ID_IS_LINK = "an entry with no link: its id is an http address, and the only one to try"
REASONS = {  # (name of the expectation, field) -> why we differ on purpose
    ("parser/atom/atom03_feed_entry_id", "link"): _ID_IS_LINK,
    ("parser/atom/atom10_feed_entry_id", "link"): _ID_IS_LINK,
    ("translator/atom/feed_item_guid_-_atom03_feed_entry_id", "link"): _ID_IS_LINK,
    ("translator/atom/feed_item_guid_-_atom10_feed_entry_id", "link"): _ID_IS_LINK,
}
MARKUP = "the expectation keeps the title's HTML, ours is its text"


@dataclass(frozen=True, slots=True)
class Item:
    """What is compared of an item; None where it is not said."""

    title: str | None = None
    link: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One feed with what gofeed's authors expect of it."""

    name: str
    content: bytes
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one item that is not as expected; `reason` is empty where nobody knows one."""

    case: str
    field: str
    expected: str | None
    got: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """How one reader did: fields and items equal, titles as text; `as_written`, titles as HTML.

    A field is stated where the expectation or the reader has a value for it.
    """

    fields: int
    stated: int
    stated_equal: int
    as_written: int
    items: int
    items_equal: int
    crashed: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> float:
        """The share of items of which title, link and date are all equal."""
        return self.items_equal / self.items


Reader = Callable[[bytes], tuple[Item, ...]]


def ours(content: bytes) -> tuple[Item, ...]:
    """The items as `sources.feeds` reads them."""
    return tuple(
        Item(each.claimed.title, each.url, each.claimed.published or each.claimed.updated)
        for each in read(content, url=URL).items
    )


def feedparsers(content: bytes) -> tuple[Item, ...]:
    """The items as feedparser reads them."""
    parsed = feedparser.parse(content, response_headers={"content-location": URL})
    return tuple(
        Item(
            each.get("title") or None, each.get("link") or None, each.get("published") or each.get("updated")
        )
        for each in parsed.entries
    )


READERS: dict[str, Reader] = {"sources.feeds (lxml)": ours, "feedparser": feedparsers}


def cases(folder: Path) -> Iterator[Case]:
    """Every feed that has an expectation beside it, which is not one that must fail."""
    for path in sorted(folder.rglob("*.json")):
        name = path.relative_to(folder).as_posix().removesuffix(".json")
        feed = path.with_suffix(".xml")
        if name.endswith("_expected"):
            feed = path.with_name(path.name.replace("_expected.json", ".json"))
            name = name.removesuffix("_expected")
        if feed.exists() and (feed.suffix == ".xml" or feed != path):
            document = json.loads(path.read_bytes())
            listed = document.get("items") or document.get("entries") or []
            yield Case(name, feed.read_bytes(), tuple(map(_expected, listed)))


def _expected(item: dict[str, Any]) -> Item:
    link = item.get("link") or item.get("url")
    if link is None:
        # gofeed's own rule for Atom (its translator): the first link that is an alternate one.
        links = (each for each in item.get("links") or () if isinstance(each, dict))
        link = next((each.get("href") for each in links if each.get("rel") == "alternate"), None)
    dublin_core = (item.get("dcExt") or {}).get("date") or [None]
    dates = (
        item.get(name) for name in ("published", "pubDate", "date_published", "updated", "date_modified")
    )
    return Item(item.get("title") or None, link, next(filter(None, dates), None) or dublin_core[0])


def seen(markup: str | None) -> str | None:
    """What a reader sees of a title that is written in HTML."""
    if not markup:
        return None
    printable = "".join(each for each in markup if each >= " " or each.isspace())
    text = lxml.html.fragment_fromstring(f"<div>{printable}</div>").text_content()
    return " ".join(text.split()) or None


def score(reader: Reader, all_cases: list[Case], *, as_text: bool) -> Score:
    """Compare one reader with the expectations; `as_text` where its titles are text and not HTML."""
    counts = dict.fromkeys(("fields", "stated", "stated_equal", "as_written", "items", "items_equal"), 0)
    crashed = 0
    differences: list[Difference] = []
    for case in all_cases:
        try:
            got = reader(case.content)
        except Exception as error:  # noqa: BLE001 - a reader that raises has lost the feed
            crashed += not isinstance(error, DatelineError)
            got = ()
        for index in range(max(len(got), len(case.items))):
            expected = case.items[index] if index < len(case.items) else Item("(no such item)")
            item = got[index] if index < len(got) else Item("(item missing)")
            as_seen = replace(expected, title=seen(expected.title))
            item_seen = item if as_text else replace(item, title=seen(item.title))
            equal = 0
            for field in FIELDS:
                want, have = getattr(as_seen, field), getattr(item_seen, field)
                written = getattr(expected, field) == getattr(item, field)
                counts["fields"] += 1
                counts["as_written"] += written
                counts["stated"] += bool(want or have)
                counts["stated_equal"] += bool(want or have) and want == have
                equal += want == have
                if want != have or not written:
                    reason = REASONS.get((case.name, field), "") if want != have else MARKUP
                    differences.append(
                        Difference(case.name, field, getattr(expected, field), getattr(item, field), reason)
                    )
            counts["items"] += 1
            counts["items_equal"] += equal == len(FIELDS)
    return Score(**counts, crashed=crashed, differences=tuple(differences))


def news_feed(items: int) -> bytes:
    """A made-up RSS feed as news sites serve it: title, link, date, author, summary, full text, a picture."""
    spaces = " ".join(
        f'xmlns:{prefix}="{space}"'
        for prefix, space in (
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("content", "http://purl.org/rss/1.0/modules/content/"),
            ("media", "http://search.yahoo.com/mrss/"),
        )
    )
    entries = "".join(
        f"<item><title>Council votes on harbour plan, part {n} &amp; more</title>"
        f"<link>https://news.example/2025/11/04/harbour-{n}</link>"
        f'<guid isPermaLink="false">{n}</guid><pubDate>Tue, 04 Nov 2025 10:{n % 60:02}:00 GMT</pubDate>'
        f"<dc:creator>A. Writer</dc:creator><description>The council met on Tuesday.</description>"
        f"<content:encoded><![CDATA[{'<p>The council met on Tuesday to speak of the harbour.</p>' * 40}]]>"
        f'</content:encoded><media:content url="https://news.example/{n}.jpg" medium="image"/></item>'
        for n in range(items)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {spaces}><channel>'
        f"<title>News</title><link>https://news.example/</link>{entries}</channel></rss>"
    ).encode()


def _rss(title: bytes, *, head: bytes = b"", tail: bytes = b"</channel></rss>") -> bytes:
    link = b"<link>http://news.example/1</link>"
    return head + b"<rss><channel><item><title>" + title + b"</title>" + link + b"</item>" + tail


BROKEN = {  # what is wrong -> the feed, the titles that it ought to give
    "a bare ampersand": (_rss(b"Fish & chips"), ["Fish & chips"]),
    "HTML's names, undeclared": (_rss(b"Caf&eacute;&nbsp;news &mdash; today"), ["Café news — today"]),
    "control characters": (_rss(b"Tide\x0b turns\x08"), ["Tide turns"]),
    "Windows-1252 that says UTF-8": (
        _rss(b"It\x92s late", head=b'<?xml version="1.0" encoding="UTF-8"?>'),
        ["It’s late"],
    ),
    "UTF-8 that says Latin-1": (
        _rss("Zürich votes".encode(), head=b'<?xml version="1.0" encoding="ISO-8859-1"?>'),
        ["Zürich votes"],
    ),
    "a comparison in a title": (_rss(b"<![CDATA[Why x <y> z matters]]>"), ["Why x <y> z matters"]),
    "escaped twice": (_rss(b"Peace &amp;amp; quiet &amp;#8217;25"), ["Peace & quiet ’25"]),
    "cut within an address": (
        _rss(b"One", tail=b"<item><title>Two</title><link>http://news.exam"),
        ["One"],
    ),
    "text before the declaration": (_rss(b"One", head=b'\n \n<?xml version="1.0"?>'), ["One"]),
    "an entity of its own": (
        _rss(b"&a;", head=b'<!DOCTYPE rss [<!ENTITY a "1234567890">]>'),
        ["refused: xml_entities"],
    ),
    "a tag that is not closed": (_rss(b"One", tail=b"<image><url>x</image></channel></rss>"), ["One"]),
}


def titles_of(reader: Reader, feed: bytes) -> list[str | None]:
    """The titles that a reader finds, or why it refuses the feed."""
    try:
        return [each.title for each in reader(feed)]
    except InputError as error:
        return [f"{'refused' if error.refused else 'failed'}: {error.reason}"]


def cpu_s(reader: Reader, contents: list[bytes], rounds: int) -> float:
    """The least CPU time of some rounds over these feeds, in seconds."""
    least = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for content in contents:
            try:
                reader(content)
            except DatelineError:
                continue
        least = min(least, time.process_time() - began)
    return least


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say whether our reader is good enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feeds")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    all_cases = list(cases(options.folder))
    if not all_cases:
        print(f"no feeds in {options.folder}; name their folder with --folder", file=sys.stderr)
        return 2
    every_feed = [path.read_bytes() for path in sorted(options.folder.rglob("*.xml"))]
    big = [news_feed(100)]
    scores = {}
    print(
        f"{len(all_cases)} feeds with an expectation, {len(every_feed)} XML files, {options.rounds} rounds\n"
    )
    print("| reader | items equal | fields stated equal | fields equal as written | crashes | ", end="")
    print("broken feeds right | ms CPU all files | ms CPU a feed of 100 articles |")
    print("|---|---|---|---|---|---|---|---|")
    for name, reader in READERS.items():
        found = scores[name] = score(reader, all_cases, as_text=reader is ours)
        right = sum(titles_of(reader, feed) == titles for feed, titles in BROKEN.values())
        print(
            f"| {name} | {found.items_equal} of {found.items} ({found.equal:.1%}) "
            f"| {found.stated_equal} of {found.stated} ({found.stated_equal / found.stated:.1%}) "
            f"| {found.as_written} of {found.fields} ({found.as_written / found.fields:.1%}) "
            f"| {found.crashed} | {right} of {len(BROKEN)} "
            f"| {cpu_s(reader, every_feed, options.rounds) * 1e3:.0f} "
            f"| {cpu_s(reader, big, options.rounds) * 1e3:.1f} |"
        )
    print("\nBroken feeds:")
    for what, (feed, titles) in BROKEN.items():
        made = {name: titles_of(reader, feed) for name, reader in READERS.items()}
        wrong = "; ".join(f"{name} reads {got}" for name, got in made.items() if got != titles)
        print(f"  {what}: {wrong or 'all right'}")
    for name, found in scores.items():
        print(f"\nDifferences of {name}:")
        for each in found.differences:
            why = each.reason if name.startswith("sources") or each.reason == MARKUP else ""
            print(f"  {each.case} {each.field}: expected {each.expected!r}, got {each.got!r}  {why}")
    mine = scores["sources.feeds (lxml)"]
    unexplained = [each for each in mine.differences if not each.reason]
    print(f"\n{mine.equal:.1%} equal (floor {FLOOR:.0%}), {len(unexplained)} differences without a reason")
    return 0 if mine.equal >= FLOOR and not unexplained and not mine.crashed else 1


if __name__ == "__main__":
    sys.exit(main())
