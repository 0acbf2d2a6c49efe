"""The line of a plain text that names its authors, told from a sentence that starts like one."""

import re

from extractors.names import credits_of

_BY = re.compile(r"(?:by|von|par|por|di|door|av|af|przez|kirjoittanut|автор:?)\s+(?=\S)", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_][\w'’.-]*")
_JOINTS = re.compile(
    r"and|und|et|y|e|en|og|och|i|de|da|di|do|dos|du|van|von|der|den|la|le|el|al|bin|ibn|for", re.IGNORECASE
)
_LONGEST = 12


def authors_of_line(line: str) -> tuple[str, ...]:
    """The persons that a line such as "By Jane Doe and John Roe, Reuters" names.

    Empty where the line is anything else: it must start as a byline does, name at least one person by two
    words, capitalise every word that is neither a particle nor a conjunction, and be no sentence.
    """
    start = _BY.match(line)
    if start is None or len(line.split()) > _LONGEST or line.endswith((".", "?", "!", ":")):
        return ()
    words = _WORDS.findall(line, start.end())
    if any(word[0].islower() and not _JOINTS.fullmatch(word) for word in words):
        return ()
    return tuple(name for name in credits_of(line, visible=True).persons if " " in name)
