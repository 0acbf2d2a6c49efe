"""Tells the language that a text is written in, or that it cannot be told."""

import math
from types import MappingProxyType

_MIN_BYTES = 20
"""So much of letters in UTF-8 it takes: about four words, or seven ideographs. Fewer may be but a name."""

_MIN_PROBABILITY = 0.7
"""Of texts of forty characters this answers three in four, 97 % of them as their pages declare."""

_SAMPLE_CHARS = 1_000

# What the model knows by a code of ISO 639-3 and the two-letter standard counts to a larger language.
_MACRO = MappingProxyType(
    {
        "yue": "zh",
        "wuu": "zh",
        "arz": "ar",
        "ary": "ar",
        "sdh": "ku",
        "uzs": "uz",
        "gug": "gn",
        "kik": "ki",
        "hbo": "he",
    }
)
_CODE_CHARS = 2


def identify(text: str) -> str | None:
    """Identify the language of a text.

    Args:
        text: an article's body; its beginning and its middle are looked at.

    Returns:
        ISO 639-1 code; None where the text is too short, no language, or one without such a code, and where
        the probability of the best guess is below 0.7.
    """
    middle = len(text) // 2
    sample = (
        text
        if len(text) <= 2 * _SAMPLE_CHARS
        else f"{text[:_SAMPLE_CHARS]} {text[middle : middle + _SAMPLE_CHARS]}"
    )
    if len("".join(filter(str.isalpha, sample)).encode("utf-8", "ignore")) < _MIN_BYTES:
        return None
    # Here because importing it takes a sixth of a second and its model, loaded by the first call and never
    # changed, most of one.
    import py3langid  # noqa: PLC0415 - see above

    scores: list[tuple[str, float]] = py3langid.rank(sample)
    # What the model gives are sums of logarithms over features, whose number grows with the text; divided by
    # the root of its length they make probabilities that hold at any length (py3langid does so too).
    scale = math.sqrt(len(sample.encode("utf-8", "replace")))
    highest = max(score for _, score in scores)
    weights: dict[str, float] = {}
    for label, score in scores:
        code = _MACRO.get(label, label)
        weights[code] = weights.get(code, 0.0) + math.exp((score - highest) / scale)
    best = max(weights, key=lambda code: weights[code])
    sure = weights[best] >= _MIN_PROBABILITY * math.fsum(weights.values())
    return best if sure and len(best) == _CODE_CHARS else None
