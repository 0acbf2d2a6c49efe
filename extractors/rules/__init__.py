"""The cleaning rules: an ordered list, the phrases of a data file among those that look at structure."""

from functools import cache

from extractors.rules import phrases, structure
from extractors.rules.model import Rule
from extractors.rules.phrases import Phrase


@cache
def bundled_phrases() -> tuple[Phrase, ...]:
    """The entries of the phrase file that comes with Dateline."""
    return phrases.load(phrases.bundled_text())


@cache
def bundled() -> tuple[Rule, ...]:
    """The rules that come with Dateline, in the order in which they are asked."""
    before, after = structure.rules(bundled_phrases())
    return (*before, *phrases.rules_of(bundled_phrases()), *after)
