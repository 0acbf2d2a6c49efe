"""Changes sources.toml for its user: adds entries and switches them on and off, comments and layout kept."""

import contextlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from records import Source, UsageError
from sources.config import Config, read
from sources.config_keys import SOURCE_KEYS

NEW_FILE = """\
# Where Dateline's news comes from: one [[source]] table a source. docs/sources.md explains every key.

# Who answers for the requests, sent with each of them: without it only a few pages are fetched.
# contact = "newsroom@example.org"
"""
"""What a sources.toml begins with that Dateline makes."""

_ID_LENGTH = 40
_PLAIN_MODE = 0o644


def with_sources(text: str, sources: Sequence[Source], *, path: Path) -> str:
    """The text of a sources.toml with entries added at its end; `path` for messages.

    Raises:
        UsageError: the text is no good sources.toml, or would be none with them.
    """
    entries = [tomlkit.dumps({"source": _array(source)}) for source in sources]
    added = "\n".join([text.rstrip() + "\n" if text.strip() else "", *entries])
    read(added, path=path, environ=None)
    return added


def with_enabled(text: str, source_id: str, *, enabled: bool, path: Path) -> str:
    """The text of a sources.toml with one source switched on or off; the same text where it was so.

    Raises:
        UsageError: the text is no good sources.toml, or has no such source.
    """
    if read(text, path=path, environ=None).find(source_id).enabled == enabled:
        return text
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:  # what tomllib took and tomlkit doesn't
        raise UsageError(f"{path} cannot be edited ({error}); set enabled by hand") from error
    for table in document["source"]:
        if table["id"] == source_id:
            if enabled:
                del table["enabled"]
            else:
                table["enabled"] = False
    changed = tomlkit.dumps(document)
    read(changed, path=path, environ=None)
    return changed


def text_of(path: Path) -> str:
    """The text of a sources.toml, or how a new one begins where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return NEW_FILE
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or error}); check it") from error


def save(path: Path, text: str) -> None:
    """Put a text in the place of a file, at once or not at all; a link stays a link.

    Raises:
        UsageError: it cannot be written.
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else _PLAIN_MODE
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or error}); check its folder") from error


def new_id(names: Iterable[str | None], taken: Collection[str]) -> str:
    """An id made of the first of the names, a title or a host, that has Latin letters or digits.

    In small letters, digits and hyphens; with a number after it where it is taken.
    """
    stem = next((stem for name in names if name and (stem := _stem(name))), "source")
    number, new = 1, stem
    while new in taken:
        number += 1
        new = f"{stem}-{number}"
    return new


def _stem(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.removeprefix("www.")).strip("-")[:_ID_LENGTH].rstrip("-")


def has_url(config: Config, url: str) -> Source | None:
    """The source that has this very address, None where none has."""
    return next((source for source in config.sources if source.url == url), None)


def _array(source: Source) -> AoT:
    """One source as an array of one table, with what is not said by default, in the order of the manual."""
    table = tomlkit.table()
    for key in SOURCE_KEYS:
        value = getattr(source, _FIELDS.get(key.name, key.name))
        if value == _DEFAULTS.get(key.name, value):
            continue
        if key.form == "duration":
            value = _duration(value)
        if key.form == "patterns":
            value = list(value)
        table.add(key.name, dict(value) if key.form == "texts" else value)
    array = tomlkit.aot()
    array.append(table)
    return array


_FIELDS = {"interval": "interval_s", "delay": "delay_s"}
_EMPTY = Source(id="", kind="feed")
_DEFAULTS = {key.name: getattr(_EMPTY, _FIELDS.get(key.name, key.name)) for key in SOURCE_KEYS} | {
    "id": None,
    "kind": None,
}


def _duration(value_s: float) -> str:
    for unit, length_s in (("d", 86400), ("h", 3600), ("m", 60)):
        if value_s >= length_s and value_s % length_s == 0:
            return f"{value_s / length_s:g}{unit}"
    return f"{value_s:g}s"
