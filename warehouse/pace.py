"""How often a long run publishes: as often as the cost stays a small share of the time."""

SHARE = 0.05
"""Of the time that publishing may take."""

SHORTEST_S = 1.0
LONGEST_S = 1800.0

_BYTES_PER_S = 200_000_000
"""For a first guess: copying took 2 s for 634 MB and 7 to 18 s for 5.3 GB (issue 4)."""


def wait_s(cost_s: float) -> float:
    """Seconds between the end of one publishing, which took `cost_s`, and the next."""
    return min(max(SHORTEST_S, cost_s * (1 - SHARE) / SHARE), LONGEST_S)


def guess_s(size_bytes: int) -> float:
    """Seconds that publishing a store of this size may take, before one was measured."""
    return 0.05 + size_bytes / _BYTES_PER_S
