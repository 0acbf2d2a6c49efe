"""The keys of sources.toml, as data: the reader, the schema for editors and the manual are made from them."""

from dataclasses import dataclass
from typing import Literal, get_args

from records import SourceKind

KINDS: tuple[SourceKind, ...] = get_args(SourceKind)
WEB: tuple[SourceKind, ...] = ("feed", "sitemap", "page", "urls")
"""The kinds that lead to the network."""

Form = Literal["text", "duration", "number", "switch", "patterns", "texts"]
"""What a value looks like: `duration` is text like 15m, `patterns` a list of regular expressions, `texts` a
table of text by name."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    Attributes:
        name: as it is written.
        form: what its value looks like.
        meaning: for people, one or two sentences.
        example: a value, as TOML.
        kinds: the kinds of source for which it means anything.
        pattern: text must fit the whole of it; plain enough to mean the same in Python and in JavaScript,
            where editors run it.
        remedy: what is said where it does not fit.
        choices: nothing but these.
    """

    name: str
    form: Form
    meaning: str
    example: str
    kinds: tuple[SourceKind, ...] = KINDS
    pattern: str | None = None
    remedy: str = ""
    choices: tuple[str, ...] = ()


PLAIN = "[^\\u0000-\\u001f\\u007f]+"
DURATION = "[0-9]{1,6}(\\.[0-9]{1,3})?(s|m|h|d)"

TOP_KEYS = (
    Key(
        "contact",
        "text",
        "Who answers for the requests: an e-mail address, or the address of a page that says it. It is sent "
        "in the User-Agent header with every request. Without it only a few pages of public sites are "
        "fetched.",
        '"newsroom@example.org"',
        pattern="[!#-'*-~]+@[!#-'*-~]+\\.[!#-'*-~]+|https?://[!#-'*-~]+",
        remedy="give an e-mail address or a web address, without brackets",
    ),
    Key(
        "user_agent",
        "text",
        "The name in the User-Agent header, and the one that is looked for in robots.txt, where you run "
        "Dateline under a name of your own.",
        '"ExampleNewsBot/1.0"',
        pattern="(?![Mm]ozilla)[A-Za-z][A-Za-z_-]{2,39}(/[A-Za-z0-9._-]{1,20})?",
        remedy="give one name with its version, like ExampleNewsBot/1.0, and no browser's",
    ),
)

SOURCE_KEYS = (
    Key(
        "id",
        "text",
        "Its name in every table and on the command line; unique.",
        '"harbour-news"',
        pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,79}",
        remedy="use letters a to z, digits, and . _ - within, 80 at most",
    ),
    Key("kind", "text", "What stands at its address.", '"feed"', choices=KINDS),
    Key(
        "url",
        "text",
        "The address of the feed, sitemap, page or list.",
        '"https://news.example.org/rss.xml"',
        kinds=WEB,
        pattern=f"[Hh][Tt][Tt][Pp][Ss]?://{PLAIN}",
        remedy="give an address that begins with https:// or http://",
    ),
    Key(
        "path",
        "text",
        "A file, folder or pattern on this machine, from the folder of sources.toml.",
        '"dumps/**/*.jsonl.gz"',
        kinds=("urls", "files", "warc"),
        pattern=PLAIN,
        remedy="give a file, a folder or a pattern",
    ),
    Key(
        "name",
        "text",
        "Its name for people.",
        '"Harbour News"',
        pattern=PLAIN,
        remedy="give a name, on one line",
    ),
    Key(
        "country",
        "text",
        "The publisher's country.",
        '"IE"',
        pattern="[A-Z]{2}",
        remedy="give the two capital letters of ISO 3166-1, like IE",
    ),
    Key(
        "language",
        "text",
        "The language that it writes in.",
        '"en"',
        pattern="[a-z]{2}",
        remedy="give the two small letters of ISO 639-1, like en",
    ),
    Key(
        "interval",
        "duration",
        "Time between two polls, a minute or more. Without it, its own rhythm decides, between five minutes "
        "and a day.",
        '"30m"',
        pattern=DURATION,
        remedy="write a length of time like 90s, 30m, 6h or 1d",
    ),
    Key(
        "include",
        "patterns",
        "Only addresses in which one of these regular expressions is found.",
        "['/news/']",
    ),
    Key(
        "exclude",
        "patterns",
        "No address in which one of these regular expressions is found.",
        "['/video/', '[?&]print=']",
    ),
    Key(
        "archive",
        "switch",
        "Whether the responses are kept, so that they can be extracted again without fetching. true by "
        "default.",
        "false",
        kinds=WEB,
    ),
    Key(
        "headers",
        "texts",
        "Headers that are sent to its own host. A secret stands in an environment variable, and here only "
        'its name: "env:NAME".',
        '{ Authorization = "env:HARBOUR_TOKEN" }',
        kinds=WEB,
    ),
    Key(
        "network",
        "text",
        "Which addresses it may lead to: public (the default), or local for a server on this machine or in "
        "your own network as well.",
        '"local"',
        kinds=WEB,
        choices=("public", "local"),
    ),
    Key("enabled", "switch", "false switches it off. true by default.", "false"),
    Key(
        "delay",
        "duration",
        "Least time between two requests to one of its hosts, a second or more unless network is local. A "
        "longer one that its robots.txt asks for goes first.",
        '"5s"',
        kinds=WEB,
        pattern=DURATION,
        remedy="write a length of time like 5s or 1m",
    ),
    Key("max_items", "number", "At most so many addresses a poll, the newest first.", "500"),
    Key("max_bytes", "number", "The limit for one document, unpacked, in bytes.", "5_000_000"),
    Key(
        "columns",
        "texts",
        "For CSV and Parquet: which column holds what (url, html, text, title, authors, published, ...).",
        '{ text = "body", published = "date" }',
        kinds=("files",),
    ),
)

TOP = {key.name: key for key in TOP_KEYS}
OF_SOURCE = {key.name: key for key in SOURCE_KEYS}

OTHER_WORDS = {
    "active": "enabled",
    "agent": "user_agent",
    "category": "name",
    "cookies": "headers",
    "disabled": "enabled",
    "email": "contact",
    "every": "interval",
    "feed": "url",
    "feed_url": "url",
    "file": "path",
    "filter": "include",
    "folder": "path",
    "format": "kind",
    "frequency": "interval",
    "href": "url",
    "ignore": "exclude",
    "lang": "language",
    "limit": "max_items",
    "link": "url",
    "mail": "contact",
    "only": "include",
    "pause": "delay",
    "period": "interval",
    "skip": "exclude",
    "sleep": "delay",
    "title": "name",
    "ttl": "interval",
    "type": "kind",
    "uri": "url",
    "useragent": "user_agent",
    "xmlurl": "url",
}
"""What people call the keys elsewhere, for "did you mean"; in lower case."""

OTHER_KINDS = {
    "atom": "feed",
    "csv": "files",
    "directory": "files",
    "file": "files",
    "folder": "files",
    "home": "page",
    "html": "page",
    "jsonfeed": "feed",
    "jsonl": "files",
    "list": "urls",
    "parquet": "files",
    "rdf": "feed",
    "rss": "feed",
    "section": "page",
    "url": "urls",
    "web": "page",
}
"""The same for kinds of source."""
