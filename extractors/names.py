"""The persons and the organisations that a credit names: "By Jane Doe, editor, and John Roe | AP"."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib import resources


@dataclass(frozen=True, slots=True)
class Credits:
    """Who is credited, in the order given, each once.

    Attributes:
        persons: without "By", titles, addresses and links.
        organizations: agencies, desks, the publication itself.
    """

    persons: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()

    def __or__(self, other: "Credits") -> "Credits":
        """Both, each name once; what one calls an organisation is no person to the other."""
        named = _once((*self.organizations, *other.organizations))
        known = frozenset(map(_loose, named))
        return Credits(
            tuple(name for name in _once((*self.persons, *other.persons)) if _loose(name) not in known), named
        )


_MAX_CHARS = 1_000
_MAX_NAME_WORDS = 6

_TAG = re.compile(r"<[^<>]{0,200}>")
_ADDRESS = re.compile(r"\S*(?:@|https?://|www\.)\S*", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[（【《][^()\[\]（）【】《》]{0,80}[)\]）】》]")
_LEAD = re.compile(
    r"""^\W*(?:
      (?:(?:written|reported|posted|published|produced|story|words|text|article|analysis|opinion|comment(?:ary)?
         |review|interview|reportage|news|exclusive|(?:ein\s|eine\s)?(?:kommentar|kolumne|gastbeitrag|analyse)
         |texte?|testo|texto|tekst|propos\s+recueillis|traduit|publié|escrito|publicado|scritto)\s*)?
      (?:(?:by|von|par|por|door|av|af|przez|kirjoittanut)(?=[\s:])|(?-i:[Bb]y|[Vv]on)(?=(?-i:[A-ZÄÖÜÉ])))
      (?!\W*(?:der|den|dem)\s)\s*:?\s*
    | (?:author|autor|autorin|auteur|autore|text|texte|testo|texto|tekst|reporter|editor|penulis|yazar
        |автор|текст|作者|記者|记者|著者|執筆者?|文|投稿者|글|기자)\s*[:：／/●]\s*
    | 投稿者\s+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LEAD_OF = re.compile(r"^(?:di|de|da|a\s+cura\s+di)\s+(?=\S+\s+\S)")
_PARTS = re.compile(r"\s*[|;•·●／、・]\s*|\s+[/–—-]\s+|\s*/\s*(?=[^\W\d])")
_NUMBER = re.compile(r"\d+")
_FOOTNOTE = re.compile(r"(?<=[^\W\d])\d(?=\W|$)")
_COMMAS = re.compile(r"\s*[,，]\s*(?:(?:and|und|et|y|e|og|och)\s+)?")
_AND = re.compile(
    r"\s+(?:and|und|et|og|och|ja|en|with|mit|avec|con|med|и|та|ve|dan|và)\s+|\s*[&＆]\s*|\s*(?:および|와\s|및)\s*"
)
_AND_LETTER = re.compile(r"\s+(?:y|e|i|a)\s+")
_AFTER_NAME = re.compile(
    r"\s+(?:for|für|in|from|of|at|aus|à|posted|published|updated|last\s+updated|veröffentlicht|aktualisiert|"
    r"publié|says|is|외|via|(?-i:The))(?:\s.*|)$",
    re.IGNORECASE,
)
_TITLE_BEFORE = re.compile(r"^(?:dr|prof|professor|mr|mrs|ms|sir|dame|dipl\.-ing)\.?\s+(?=\w)", re.IGNORECASE)
_DEGREE = re.compile(r"^(?:ph\.?\s?d|m\.?d|m\.?a|m\.?sc|mba|esq|rn|cfa)\.?$", re.IGNORECASE)
_JOB_SUFFIX = re.compile(r"\s*(?:선임기자|기자|특파원|논설위원|記者|编辑|編集委員)$")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_DOMAIN = re.compile(r"^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}$", re.IGNORECASE)


@cache
def _words() -> Mapping[str, frozenset[str]]:
    """The lists of words in `names.toml`."""
    text = (resources.files("extractors") / "names.toml").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


def credits_of(text: str, *, organizations: Iterable[str] = (), visible: bool = False) -> Credits:
    """Read a credit.

    Args:
        text: a byline, or what metadata gives as the author.
        organizations: names known to be no person's: the publication's own.
        visible: whether it is a line of the page, which may go on with a date, a place or a button, rather
            than a field for the author's name.
    """
    known = frozenset(_loose(name) for name in organizations)
    if visible:
        text = _before_date(_FOOTNOTE.sub("", text))
    names = [name for part in _parts(text) for name in _names(part, known)]
    named = [name for name in names if _is_organization(name, known)]
    persons = [name for name in names if name not in named and _is_name(name, capitals=visible)]
    if named or any(" " in name for name in persons):
        # Beside full names a single word is a place, a section or an alias; scripts without spaces know none.
        persons = [name for name in persons if " " in name or not name[0].isascii()]
    return Credits(_once(persons), _once(named))


def _before_date(line: str) -> str:
    """What stands before the first number, and before the month that leads to it."""
    before, number, _ = line.partition(found[0]) if (found := _NUMBER.search(line)) else (line, "", "")
    head, _, last = before.rstrip().rpartition(" ")
    is_month = number and any(last.lower().startswith(month) for month in _words()["months"])
    return head if is_month else before


def _parts(text: str) -> Iterable[str]:
    plain = unescape(_TAG.sub(" ", unescape(text[:_MAX_CHARS])))
    plain = _BRACKETS.sub(" ", _ADDRESS.sub(" ", plain))
    for part in _PARTS.split(plain):
        folded = " ".join(part.split())
        while folded and (lead := _LEAD.match(folded)) and lead.end():
            folded = folded[lead.end() :]
        if folded:
            yield _LEAD_OF.sub("", folded)


def _names(part: str, known: frozenset[str]) -> list[str]:
    """The names between the commas and conjunctions of a part, titles and jobs gone."""
    if _loose(part) in known:
        return [part]
    pieces = [piece for piece in _COMMAS.split(part) if piece]
    if _is_inverted(pieces, known):
        return [f"{pieces[1]} {pieces[0]}"]
    cleaned = (_without_job(name) for piece in pieces for name in _split_and(piece))
    return [name for name in cleaned if name]


def _is_inverted(pieces: list[str], known: frozenset[str]) -> bool:
    """Whether this is "Doe, Jane"."""
    return len(pieces) == 2 and all(  # noqa: PLR2004 - family name and given name
        " " not in piece and _is_name(piece, capitals=True) and not _is_organization(piece, known)
        for piece in pieces
    )


def _split_and(piece: str) -> list[str]:
    names = _AND.split(piece)
    parted: list[str] = []
    for name in names:
        letters = _AND_LETTER.split(name)
        # "Ana Gil y Eva Paz" are two, "José Ortega y Gasset" is one.
        parted.extend(letters if all(len(part.split()) > 1 for part in letters) else [name])
    return [name for name in parted if name]


def _without_job(name: str) -> str:
    """A name without what he or she does: "Jane Doe Senior Reporter", "Prof. Jane Doe"."""
    name = _JOB_SUFFIX.sub("", _AFTER_NAME.sub("", name)).strip(' ,:;*_"“”„»«–—-')
    if len(name.rpartition(" ")[2]) > len("Jr."):
        name = name.rstrip(".")
    while (title := _TITLE_BEFORE.match(name)) is not None:
        name = name[title.end() :]
    if _DEGREE.match(name):
        return ""
    words = name.split()
    jobs, modifiers = _words()["jobs"], _words()["job_modifiers"]
    job = next((place for place, word in enumerate(words) if word.lower().strip(".,") in jobs), None)
    if job is None:
        return name
    while job > 0 and words[job - 1].lower() in modifiers:
        job -= 1
    return " ".join(words[:job]) if job > 1 else ""


def _is_organization(name: str, known: frozenset[str]) -> bool:
    loose = _loose(name)
    words = loose.split()
    if not words:
        return False
    first = name.split(maxsplit=1)[0]
    lists = _words()
    return (
        loose in known
        or words[0] == "the"
        or loose in lists["agencies"]
        or (words[0] in lists["acronyms"] and (first.isupper() or (first.islower() and len(words) == 1)))
        or any(word in lists["organizations"] for word in words)
        or any(part in loose for part in lists["organization_parts"])
        or _DOMAIN.match(name) is not None
    )


def _is_name(name: str, *, capitals: bool) -> bool:
    words = name.split()
    return (
        0 < len(words) <= _MAX_NAME_WORDS
        and len(name) > 1
        and not any(character.isdigit() for character in name)
        and _HAS_LETTER.search(name) is not None
        and _loose(name) not in _words()["nobody"]
        and not (capitals and (words[0][0].islower() or words[-1][0].islower()))
    )


def _loose(text: str) -> str:
    return " ".join(re.sub(r"[^\w.-]+", " ", text.casefold()).split()).strip(".-")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(_loose(name), name)
    return tuple(found.values())
