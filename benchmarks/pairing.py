"""Paired, interleaved runs: A B C, A B C, ... so that what disturbs the machine disturbs all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key")


def interleave(
    runs: Mapping[Key, Callable[[], float]], rounds: int, fewer: Mapping[Key, int] | None = None
) -> dict[Key, list[float]]:
    """Call every function once a round.

    Every other round goes backwards, so that none always follows the same neighbour.

    Args:
        runs: The functions.
        rounds: How many rounds.
        fewer: Those that take part in so many of the first rounds only.

    Returns:
        Each function's results, one a round.
    """
    last = fewer or {}
    found: dict[Key, list[float]] = {key: [] for key in runs}
    for number in range(rounds):
        order = list(runs) if number % 2 == 0 else list(runs)[::-1]
        for key in order:
            if number < last.get(key, rounds):
                found[key].append(runs[key]())
    return found


def spread(values: Sequence[float]) -> dict[str, float]:
    """Least, median and greatest value, and how many there were."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "runs": len(values)}


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """The spread of round-by-round ratios, over the rounds in which both took part."""
    return spread([a / b for a, b in zip(ours, theirs, strict=False)])
