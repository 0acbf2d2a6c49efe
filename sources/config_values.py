"""Checks single values of sources.toml by what `config_keys` says of them, and guesses what was meant."""

import difflib
import re
from collections.abc import Iterator, Sequence

from sources.config_keys import OTHER_KINDS, Key
from sources.names import printable

_NEAR = 0.6  # difflib's measure of likeness, from 0 to 1
_SHOWN = 80  # characters of a wrong value that stand in a message

_FORMS = {
    "text": (str, "text in quotes"),
    "duration": (str, "a length of time in quotes"),
    "number": (int, "a whole number, without quotes"),
    "switch": (bool, "true or false, without quotes"),
    "patterns": (list, "a list of texts"),
    "texts": (dict, "a table of texts"),
}


def value_problems(key: Key, value: object) -> Iterator[str]:
    """What is wrong with one value by itself, a sentence each."""
    python_type, form = _FORMS[key.form]
    if type(value) is not python_type:
        yield f"{key.name} must be {form}; write it like {key.name} = {key.example}"
    elif isinstance(value, str):
        yield from _text_problems(key, value)
    elif isinstance(value, list):
        yield from (said for each in value if (said := _pattern_problem(key.name, each)))
    elif isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(each, str):
                said = f"{key.name}.{printable(name)} is no text"
                yield f"{said}; write it like {key.name} = {key.example}"
    elif key.form == "number" and isinstance(value, int) and value < 1:
        yield f"{key.name} is {value}, which leaves nothing; give 1 or more, or remove it"


def misfit(key: Key, value: str) -> bool:
    """Whether a text is none of those that the key takes."""
    return key.pattern is not None and re.fullmatch(key.pattern, value) is None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The end of a sentence that asks whether one of the known words was meant; empty where none is near."""
    by_form = {_plain(each): each for each in known}
    near = difflib.get_close_matches(_plain(word), by_form, n=1, cutoff=_NEAR)
    return f"; did you mean '{by_form[near[0]]}'?" if near else ""


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")


def _text_problems(key: Key, value: str) -> Iterator[str]:
    shown = printable(value[:_SHOWN])
    if key.choices and value not in key.choices:
        meant = OTHER_KINDS.get(value.lower()) if key.name == "kind" else None
        guess = f"; did you mean '{meant}'?" if meant else did_you_mean(value, key.choices)
        yield f"{key.name} is '{shown}', and can only be {listed(key.choices)}{guess}"
    elif misfit(key, value):
        yield f"{key.name} is '{shown}'; {key.remedy}"


def _pattern_problem(name: str, pattern: object) -> str | None:
    if not isinstance(pattern, str) or not pattern:
        return f"{name} must be a list of texts, none of them empty; write it like {name} = ['/news/']"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        shown = printable(pattern[:_SHOWN])
        return f"'{shown}' in {name} is no regular expression ({error}); in single quotes, \\ stays \\"
    return None
