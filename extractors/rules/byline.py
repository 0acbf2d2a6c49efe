"""The line that names an article's authors, and the names in it."""

import re

_BY = re.compile(r"(?:by|von|par|por|di|door|av|af|przez|kirjoittanut|автор:?)\s+(?=\S)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,5}")
_SEPARATOR = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|y|e|en|og|och|i|&)\s+")
_AGENCIES = frozenset(
    [
        "ap",
        "afp",
        "reuters",
        "bloomberg",
        "xinhua",
        "dpa",
        "apa",
        "ansa",
        "efe",
        "tass",
        "upi",
        "pti",
        "staff",
        "agencies",
        "newsroom",
        "editor",
        "reporter",
    ]
)
_LONGEST = 12


def authors_of_line(line: str) -> tuple[str, ...]:
    """The persons that a line such as "By Jane Doe and John Roe, Reuters" names.

    Empty where the line is anything else: it must start as a byline does, hold nothing but names in which
    every word is capitalised (particles aside), and be no sentence.
    """
    start = _BY.match(line)
    if start is None or len(line.split()) > _LONGEST or line.endswith((".", "?", "!", ":")):
        return ()
    rest = line[start.end() :].strip()
    names = [name.strip() for name in _SEPARATOR.split(rest) if name.strip()]
    persons = [name for name in names if name.lower().split()[0] not in _AGENCIES]
    if not persons or any(not _NAME.fullmatch(name) or not _is_capitalised(name) for name in persons):
        return ()
    return tuple(persons)


def _is_capitalised(name: str) -> bool:
    words = name.split()
    return (
        words[0][0].isupper()
        and words[-1][0].isupper()
        and sum(w[0].isupper() for w in words) * 2 >= len(words)
    )
