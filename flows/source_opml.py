"""Sources from the list of a feed reader, and as one."""

from dataclasses import dataclass

from records import InputError, Source, UsageError
from sources import opml
from sources.config import Config
from sources.config_edit import new_id
from sources.urls import canonical_url, host_of


@dataclass(frozen=True, slots=True)
class Imported:
    """What an OPML file brings.

    Attributes:
        new: entries to add.
        known: how many of its feeds there were already.
        broken: addresses that are none, each with the sentence that says why.
    """

    new: tuple[Source, ...]
    known: int
    broken: tuple[tuple[str, str], ...]


def entries(content: bytes, config: Config, *, name: str) -> Imported:
    """The feeds of an OPML file that are not among the sources yet, each address once.

    Raises:
        UsageError: it is no OPML.
    """
    try:
        outlines = opml.read(content)
    except InputError as error:
        raise UsageError(f"{name}: {error}") from error
    known = {canonical_url(source.url) for source in config.sources if source.url}
    taken = {source.id for source in config.sources}
    new: list[Source] = []
    broken: list[tuple[str, str]] = []
    already = 0
    for outline in outlines:
        try:
            key = canonical_url(outline.url)
        except InputError as error:
            broken.append((outline.url, str(error)))
            continue
        if key in known:
            already += 1
            continue
        title = _plain(outline.title)
        source_id = new_id((title, host_of(outline.url)), taken)
        known.add(key)
        taken.add(source_id)
        new.append(Source(id=source_id, kind="feed", url=outline.url.strip(), name=title))
    return Imported(tuple(new), already, tuple(broken))


def exported(config: Config) -> bytes:
    """The feeds among the sources as OPML, those that are switched off too."""
    return opml.write(
        opml.Outline(title=source.name or source.id, url=source.url)
        for source in config.sources
        if source.kind == "feed" and source.url is not None
    )


def _plain(title: str | None) -> str | None:
    plain = "".join(each if each.isprintable() else " " for each in title or "")
    return " ".join(plain.split()) or None
