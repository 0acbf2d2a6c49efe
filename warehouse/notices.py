"""Recognises the paragraph or headline by which a publisher says that an article was corrected."""

import re

_LABELS = (
    r"corrections?(?: and clarifications?)?",
    r"clarifications?",
    r"errat(?:um|a)",
    r"corrected",
    r"rectificatif",
    r"précisions?",
    r"korrektur(?:hinweis)?",
    r"berichtigung",
    r"richtigstellung",
    r"correcci[oó]n(?:es)?",
    r"fe de errat[ao]s",
    r"errata corrige",
    r"rettifica",
    r"correzione",
    r"correção",
    r"errata",
    r"erramos",
    r"correctie",
    r"rectificatie",
    r"rättelse",
    r"rettelse",
    r"oikaisu",
    r"sprostowanie",
    r"исправление",
    r"更正",
    r"訂正",
    r"정정",
)
"""What stands before a colon or dash at the beginning of a notice."""

_SENTENCES = (
    r"an? (?:earlier|previous) version of (?:this|the) (?:article|story|report|post|piece|headline|caption)",
    r"this (?:article|story|report|post|piece) (?:was|has been) (?:\w+ )?(?:amend|correct|clarifi)ed",
    r"\(?(?:this|the) (?:story|article|\w+ \d+ story) (?:has been )?(?:corrects|refiles|corrected) ",
    r"\(?(?:corrects|refiles) (?:to|the|in|paragraph|headline|spelling|name|day|date)",
    r"editor['’]?s['’]? note\W.{0,300}\b(?:correct(?:ed|ion|s)?|amended|clarif\w+|earlier version|erroneous)",
    r"une version (?:précédente|antérieure) de cet article",
    r"cet article a été (?:corrigé|rectifié)",
    r"in einer (?:früheren|vorherigen|ersten) (?:version|fassung)",
    r"(?:anmerkung|anm\.) der redaktion\W.{0,300}\b(?:früheren|korrigiert|berichtigt)",
    r"(?:en )?una versión (?:anterior|previa) de (?:este|esta)",
    r"una versione precedente di questo articolo",
    r"uma versão anterior d(?:este|esta)",
    r"in een eerdere versie van dit (?:artikel|bericht)",
)

_NOTICE = re.compile(
    rf"[\W_]*(?:(?:{'|'.join(_LABELS)})(?:\s*\([^)]{{1,40}}\)|,? [^:–—-]{{1,30}})?\s*[:：–—-]\s*\S"
    rf"|(?:{'|'.join(_SENTENCES)}))",
    re.IGNORECASE,
)


def notice_in(paragraph: str) -> bool:
    """Whether the paragraph or headline, white space folded, begins as a correction notice does."""
    return _NOTICE.match(paragraph) is not None
