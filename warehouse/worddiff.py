"""Compares two lists of words: which runs of one stand in the place of which of the other.

By words that are unique in both (patience diff), so that texts with little in common cost hardly more than
two that are nearly the same; difflib alone takes a tenth of a second for an article that was rewritten.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_SMALL = 2500
"""Up to so many pairs of words difflib compares what holds no word that is unique in both."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Words that were taken out and words that came in their place.

    Attributes:
        start: index in the old list at which they stood.
        removed: may be empty.
        added: may be empty.
    """

    start: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def differences(old: Sequence[str], new: Sequence[str]) -> tuple[Hunk, ...]:
    """What has to be replaced in `old` to make it `new`, in order; nothing where they are equal."""
    hunks: list[Hunk] = []
    todo = [(0, len(old), 0, len(new))]
    while todo:
        low, high, new_low, new_high = _trimmed(old, new, todo.pop())
        if low == high and new_low == new_high:
            continue
        anchors = _anchors(old[low:high], new[new_low:new_high])
        if anchors:
            starts = [(low, new_low), *((low + i + 1, new_low + j + 1) for i, j in anchors)]
            ends = [*((low + i, new_low + j) for i, j in anchors), (high, new_high)]
            gaps = [(a, c, b, d) for (a, b), (c, d) in zip(starts, ends, strict=True) if (a, b) != (c, d)]
            todo.extend(reversed(gaps))  # the first is taken first
        elif (high - low) * (new_high - new_low) in range(1, _SMALL + 1):
            matcher = SequenceMatcher(None, old[low:high], new[new_low:new_high], autojunk=False)
            hunks.extend(
                Hunk(low + a, tuple(old[low + a : low + b]), tuple(new[new_low + c : new_low + d]))
                for tag, a, b, c, d in matcher.get_opcodes()
                if tag != "equal"
            )
        else:
            hunks.append(Hunk(low, tuple(old[low:high]), tuple(new[new_low:new_high])))
    return tuple(hunks)


def _trimmed(
    old: Sequence[str], new: Sequence[str], part: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """The part without what is equal at its beginning and at its end."""
    low, high, new_low, new_high = part
    while low < high and new_low < new_high and old[low] == new[new_low]:
        low += 1
        new_low += 1
    while low < high and new_low < new_high and old[high - 1] == new[new_high - 1]:
        high -= 1
        new_high -= 1
    return low, high, new_low, new_high


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the words that stand once in both, as many as keep their order."""
    old_counts, new_counts = Counter(old), Counter(new)
    places = {word: place for place, word in enumerate(new) if new_counts[word] == 1}
    pairs = [(i, places[word]) for i, word in enumerate(old) if old_counts[word] == 1 and word in places]
    # The longest increasing run of the second numbers: the end of each length, and who came before.
    tails: list[int] = []
    tail_pairs: list[int] = []
    previous: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        previous.append(tail_pairs[length - 1] if length else -1)
        if length == len(tails):
            tails.append(place)
            tail_pairs.append(index)
        else:
            tails[length] = place
            tail_pairs[length] = index
    chain: list[tuple[int, int]] = []
    index = tail_pairs[-1] if tail_pairs else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    chain.reverse()
    return chain
