"""Reads sources.toml, strictly: what it does not know is an error with its line and, if it can, a guess.

The keys are in `sources.config_keys`; what goes beyond one key (a place where one is needed, unique ids,
secrets) is here.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from records import InputError, Source, UsageError
from sources.config_headers import header_problem, secret_name
from sources.config_keys import KINDS, OF_SOURCE, OTHER_WORDS, TOP
from sources.config_lines import Place, line_of, lines_of
from sources.config_values import did_you_mean, listed, misfit, value_problems
from sources.names import printable
from sources.urls import canonical_url

SHORTEST_INTERVAL_S = 60
SHORTEST_DELAY_S = 1.0
"""Between two requests to a host of the public web, whatever a user asks for."""

_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Config:
    """What a sources.toml says.

    Attributes:
        path: the file, for messages.
        contact: who answers for the requests, an e-mail or web address; None where nobody is named.
        user_agent: the name to go by instead of Dateline's own.
        sources: in the order of the file, those that are switched off too.
    """

    path: Path
    contact: str | None = None
    user_agent: str | None = None
    sources: tuple[Source, ...] = ()

    def find(self, source_id: str) -> Source:
        """The source of this id.

        Raises:
            UsageError: there is none; with a guess at which was meant.
        """
        for source in self.sources:
            if source.id == source_id:
                return source
        guess = did_you_mean(source_id, [source.id for source in self.sources])
        raise UsageError(
            f"there is no source {printable(source_id)!r} in {self.path}"
            f"{guess or '; `dateline source list` shows those that there are'}"
        )


@dataclass(frozen=True, slots=True)
class _Problem:
    line: int
    sentence: str


def load(path: Path, *, environ: Mapping[str, str] | None) -> Config:
    """Read a sources.toml.

    Args:
        path: the file; paths in it are meant from its folder.
        environ: where secrets are looked up; None leaves their names (`env:NAME`) in the headers, for
            whoever only lists or edits.

    Raises:
        UsageError: it is not there, is no TOML, or says something that is not understood; the message names
            file and line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"there is no {path}; `dateline source add URL` makes one, and --sources names another"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or error}); check it") from error
    return read(text, path=path, environ=environ)


def read(text: str, *, path: Path, environ: Mapping[str, str] | None) -> Config:
    """The same from a text; `path` gives the name for messages and the folder for paths."""
    text = text.replace("\r\n", "\n")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_no_toml(str(error), text, path)) from None
    except RecursionError:
        raise UsageError(f"{path} is nested too deeply; write it flat") from None
    lines = lines_of(text)
    problems = list(_problems(tables, lines, environ))
    if problems:
        more = f" (and {len(problems) - 1} more in this file)" if len(problems) > 1 else ""
        raise UsageError(f"{path}:{problems[0].line}: {problems[0].sentence}{more}")
    folder = os.path.dirname(os.path.abspath(path))
    return Config(
        path=path,
        contact=tables.get("contact"),
        user_agent=tables.get("user_agent"),
        sources=tuple(_source(table, folder, environ) for table in tables.get("source", ())),
    )


def seconds(duration: str) -> float:
    """Seconds, from a length of time that fits `config_keys.DURATION`."""
    return float(duration[:-1]) * _UNIT_S[duration[-1]]


def _no_toml(said: str, text: str, path: Path) -> str:
    place = _AT_LINE.search(said)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    what = _AT_LINE.sub("", said)
    return f"{path}:{line}: it is no TOML ({printable(what)}); text stands in quotes, one key on a line"


def _problems(
    tables: Mapping[str, Any], lines: Mapping[Place, int], environ: Mapping[str, str] | None
) -> Iterator[_Problem]:
    for name, value in tables.items():
        line = line_of(lines, (name,))
        if name in TOP:
            yield from (_Problem(line, said) for said in value_problems(TOP[name], value))
        elif name != "source":
            yield _Problem(line, _unknown(name, ("source", *TOP), "at the top"))
    sources = tables.get("source", [])
    if not isinstance(sources, list) or not all(isinstance(table, dict) for table in sources):
        line = line_of(lines, ("source",))
        yield _Problem(line, "a source is a table of its own: begin it with [[source]], in double brackets")
        return
    first_line: dict[str, int] = {}
    for number, table in enumerate(sources):
        place: Place = ("source", number)
        begins = line_of(lines, place)
        for key, said in _source_problems(table, environ):
            yield _Problem(line_of(lines, (*place, *key)), f"{_who(table)}: {said}")
        source_id = table.get("id")
        if isinstance(source_id, str) and first_line.setdefault(source_id, begins) != begins:
            yield _Problem(
                line_of(lines, (*place, "id")),
                f"the id '{printable(source_id)}' is taken since line {first_line[source_id]}; "
                "give each source its own",
            )


def _who(table: Mapping[str, Any]) -> str:
    source_id = table.get("id")
    return f"source '{printable(source_id[:80])}'" if isinstance(source_id, str) else "a source without id"


def _source_problems(
    table: Mapping[str, Any], environ: Mapping[str, str] | None
) -> Iterator[tuple[Sequence[str], str]]:
    """What is wrong with one source: the key (none for the whole) and the sentence."""
    kind = table.get("kind")
    for name, value in table.items():
        key = OF_SOURCE.get(name)
        if key is None:
            yield (name,), _unknown(name, tuple(OF_SOURCE), "of a source")
            continue
        if kind in KINDS and kind not in key.kinds:
            yield (name,), f"{name} means nothing for kind {kind}, only for {listed(key.kinds)}; remove it"
        yield from (((name,), said) for said in value_problems(key, value))
    for name in ("id", "kind"):
        if name not in table:
            example = OF_SOURCE[name].example
            yield (), f"it has no {name}; add one, like {name} = {example}"
    yield from (((), said) for said in _place_problems(table))
    yield from _beyond_one_key(table, environ)


def _place_problems(table: Mapping[str, Any]) -> Iterator[str]:
    """Each kind has its bytes in exactly one place."""
    kind = table.get("kind")
    if kind not in KINDS:
        return
    wanted = [name for name in ("url", "path") if kind in OF_SOURCE[name].kinds]
    given = [name for name in wanted if name in table]
    if not given:
        yield f"kind {kind} needs {' or '.join(f'a {name}' for name in wanted)}; add one"
    elif len(given) > 1:
        yield "it has a url and a path; keep the one that holds the list"


def _beyond_one_key(
    table: Mapping[str, Any], environ: Mapping[str, str] | None
) -> Iterator[tuple[Sequence[str], str]]:
    url = table.get("url")
    if isinstance(url, str) and not misfit(OF_SOURCE["url"], url):
        yield from ((("url",), said) for said in _url_problems(url))
    interval_s = _seconds_of(table.get("interval"))
    if interval_s is not None and interval_s < SHORTEST_INTERVAL_S:
        yield ("interval",), "no source is asked more than once a minute; write 1m or more"
    delay_s = _seconds_of(table.get("delay"))
    if delay_s is not None and delay_s < SHORTEST_DELAY_S and table.get("network") != "local":
        yield ("delay",), 'a host of the public web is given a second or more between requests; write "1s"'
    headers = table.get("headers")
    if isinstance(headers, dict):
        needed = environ if table.get("enabled") is not False else None
        for name, value in headers.items():
            if isinstance(value, str) and (said := header_problem(name, value, needed)):
                yield ("headers", name), said


def _url_problems(url: str) -> Iterator[str]:
    try:
        canonical_url(url)
    except InputError as error:
        yield str(error)
        return
    if "@" in url.partition("//")[2].partition("/")[0]:
        yield "its url holds a user name or password; put them into headers, as env:NAME"


def _seconds_of(value: object) -> float | None:
    """Seconds, where the value is a length of time at all."""
    is_one = isinstance(value, str) and not misfit(OF_SOURCE["interval"], value)
    return seconds(str(value)) if is_one else None


def _unknown(name: str, known: Sequence[str], where: str) -> str:
    meant = OTHER_WORDS.get(name.lower().replace("-", "_"))
    guess = f"; did you mean '{meant}'?" if meant in known else did_you_mean(name, known)
    guess = guess.replace("'source'", "[[source]], a table for each")
    return f"unknown key '{printable(name[:80])}' {where}{guess or f'; known are {listed(known)}'}"


def _source(table: Mapping[str, Any], folder: str, environ: Mapping[str, str] | None) -> Source:
    """The record of a table in which nothing is wrong."""
    enabled = table.get("enabled", True)
    secrets = environ if enabled else None
    path = table.get("path")
    return Source(
        id=table["id"],
        kind=table["kind"],
        url=table["url"].strip() if "url" in table else None,
        path=os.path.join(folder, os.path.expanduser(path)) if path is not None else None,
        name=table.get("name"),
        country=table.get("country"),
        language=table.get("language"),
        interval_s=round(seconds(table["interval"])) if "interval" in table else None,
        include=tuple(table.get("include", ())),
        exclude=tuple(table.get("exclude", ())),
        archive=table.get("archive", True),
        headers={name: _filled_in(value, secrets) for name, value in table.get("headers", {}).items()},
        network=table.get("network", "public"),
        enabled=enabled,
        delay_s=seconds(table["delay"]) if "delay" in table else None,
        max_items=table.get("max_items"),
        max_bytes=table.get("max_bytes"),
        columns=dict(table.get("columns", {})),
    )


def _filled_in(value: str, environ: Mapping[str, str] | None) -> str:
    secret = secret_name(value)
    return environ[secret] if secret is not None and environ is not None else value
