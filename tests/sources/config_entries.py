"""Entries of sources.toml for tests: right ones, wrong ones, and a mixture of both."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sources import config
from sources.config_keys import KINDS, OF_SOURCE

HERE = Path("sources.toml")
FEED = '[[source]]\nid = "a"\nkind = "feed"\nurl = "https://news.example.org/rss"\n'


def read(text: str, environ: dict[str, str] | None = None) -> config.Config:
    return config.read(text, path=HERE, environ=environ)


SOUND: dict[str, list[Any]] = {
    "id": ["a", "a.b-C_9"],
    "kind": list(KINDS),
    "url": ["https://news.example.org/rss", "HTTP://example.org"],
    "path": ["dumps"],
    "name": ["Harbour News"],
    "country": ["IE"],
    "language": ["en"],
    "interval": ["90s", "1.5h"],
    "include": [[], ["/news/", "x$"]],
    "exclude": [["/video/"]],
    "archive": [True, False],
    "headers": [{}, {"X-A": "b"}],
    "network": ["public", "local"],
    "enabled": [True, False],
    "delay": ["5s", "1m"],
    "max_items": [1, 500],
    "max_bytes": [1],
    "columns": [{}, {"text": "body"}],
}
BROKEN: dict[str, list[Any]] = {
    "id": ["", "-a", "a b", 1],
    "kind": ["rss", 1, ""],
    "url": ["ftp://example.org", "news", 1, "https://"],
    "path": ["", "a\tb", 1],
    "name": ["", True],
    "country": ["ie", "IRL", 1],
    "language": ["EN", "eng"],
    "interval": ["90", 90, "-5m", "5 m", "5w"],
    "include": ["/news/", [1], [""]],
    "exclude": [{}],
    "archive": ["yes", 1],
    "headers": [{"X A": "b"}, {"X-A": 1}, []],
    "network": ["intranet"],
    "enabled": [0, "false"],
    "delay": ["fast", 1.5],
    "max_items": [0, -1, 1.5, "1", True],
    "max_bytes": [0],
    "columns": [{"text": 1}, "text"],
}


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """An entry that is mostly right, so that the rare one is right in all."""
    kind = draw(st.sampled_from(KINDS))
    names = [name for name, key in OF_SOURCE.items() if kind in key.kinds]
    entry: dict[str, Any] = {"id": "a", "kind": kind}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        entry[name] = draw(st.sampled_from(SOUND[name]))
    entry["kind"] = kind
    if draw(st.booleans()):
        entry[draw(st.sampled_from(["url", "path"]))] = "https://news.example.org/rss"
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(BROKEN)))
        entry[name] = draw(st.sampled_from(BROKEN[name]))
    if draw(st.integers(0, 9)) == 0:
        entry["unheard_of"] = 1
    if draw(st.integers(0, 9)) == 0:
        del entry[draw(st.sampled_from(sorted(entry)))]
    return entry
