"""Where in a TOML file each key stands: the parser of the standard library doesn't say."""

import re
import tomllib
from collections.abc import Iterator, Mapping

Place = tuple[str | int, ...]
"""Names of keys from the top, and the number of the table, from 0, where there is an array of them."""

# One piece of valid TOML: text in its four kinds of quotes, a comment, a bracket, an end of line, the rest.
_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|"
    r"#[^\n]*|[\[\]{}=\n]|[^\"'#\[\]{}=\n]+",
    re.DOTALL,
)
_OPEN, _CLOSE = "[{", "]}"


def lines_of(text: str) -> Mapping[Place, int]:
    """The line, from 1, of each key and table header of a text that is valid TOML.

    What stands inside an array or an inline table is not listed: `line_of` gives the line where that begins.
    """
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for line, words in _statements(text):
        if words.startswith("["):
            table = _header(words, counts)
            lines.setdefault(table, line)
        else:
            lines[table + _path(f"{words}=0")] = line
    return lines


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a key, else of the nearest that holds it."""
    while place not in lines and place:
        place = place[:-1]
    return lines.get(place, 1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The line and the words of each header, and of each key up to its equals sign."""
    line = begins = 1
    depth = 0
    words = ""
    is_key = True
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece == "\n" and depth == 0:
            if words.strip():
                yield begins, words.strip()
            words, is_key = "", True
        elif piece == "=" and depth == 0:
            is_key = False
        elif is_key and not piece.startswith("#"):
            if not words.strip():
                begins = line
            words += piece
        if piece in _OPEN:
            depth += 1
        elif piece in _CLOSE:
            depth -= 1
        line += piece.count("\n")
    if words.strip():
        yield begins, words.strip()


def _header(words: str, counts: dict[Place, int]) -> Place:
    """The place of a table: within an array of tables, the last one of them that there is so far."""
    names = _path(words)
    place: Place = ()
    for name in names[:-1]:
        place = _last((*place, name), counts)
    place = (*place, names[-1])
    if words.startswith("[["):
        counts[place] = counts.get(place, 0) + 1
    return _last(place, counts)


def _last(place: Place, counts: Mapping[Place, int]) -> Place:
    return (*place, counts[place] - 1) if place in counts else place


def _path(words: str) -> tuple[str, ...]:
    """The names of a dotted key, quotes undone."""
    names: list[str] = []
    inner: object = tomllib.loads(words)
    while isinstance(inner, dict | list) and inner:
        if isinstance(inner, list):
            inner = inner[0]
            continue
        (name,) = inner
        names.append(name)
        inner = inner[name]
    return tuple(names)
