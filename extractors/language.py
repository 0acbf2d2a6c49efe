"""The language of a text, or None where the text does not tell."""

from functools import cache
from typing import Any

# A text shorter than this says too little; measured on the identifier's own confidence.
_FEWEST_LETTERS = 40
_CONFIDENCE = 0.9
# More text changes no answer and costs time.
_READ_CHARS = 4000


def identify(text: str) -> str | None:
    """ISO 639-1 code of the language of a text; None where it is too short or reads like two.

    The identifier's probability, normalised by length, must be 0.9 at the least.
    """
    head = text[:_READ_CHARS]
    if sum(mark.isalpha() for mark in head) < _FEWEST_LETTERS:
        return None
    code, confidence = _identifier().classify(head)
    return str(code) if confidence >= _CONFIDENCE and len(code) == 2 else None  # noqa: PLR2004 - ISO 639-1


@cache
def _identifier() -> Any:
    # An immutable model, 0.1 s to read: once a process, and only where it is needed.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
