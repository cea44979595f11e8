"""F1 from counts a sentence, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_DRAWS = 1000
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """What a sentence adds to a score: how many things are right, of the system's and of the gold ones."""

    right: int
    system: int
    gold: int


@dataclass(frozen=True, slots=True)
class Score:
    """F1 in percent, which is the accuracy where the system has the gold words, and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def f1(counts: Sequence[Counts]) -> float:
    """F1 in percent over all sentences; 0 where there is nothing to find and nothing was found."""
    total = sum(own.system + own.gold for own in counts)
    return 200 * sum(own.right for own in counts) / total if total else 0.0


def scores(rows: Sequence[Mapping[str, Counts]], seed: int = 1) -> dict[str, Score]:
    """Score sentences by each metric.

    Args:
        rows: The counts of each sentence, by metric; all have the same metrics.
        seed: Of the bootstrap, which draws whole sentences with replacement, the same ones for all metrics.
    """
    metrics = list(rows[0]) if rows else []
    right = np.array([[row[name].right for name in metrics] for row in rows], np.float64)
    total = np.array([[row[name].system + row[name].gold for name in metrics] for row in rows], np.float64)
    drawn = _drawn(right, total, seed) if rows else np.empty((1, 0))
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return {
        name: Score(f1([row[name] for row in rows]), float(low[i]), float(high[i])) for i, name in enumerate(metrics)
    }


def _drawn(right: npt.NDArray[np.float64], total: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    """F1 ``(draws, metrics)`` of drawn sentences, from counts ``(sentences, metrics)``."""
    rng = np.random.default_rng(seed)
    count = len(right)
    parts = []
    for _ in range(_DRAWS // _AT_ONCE):
        times = rng.multinomial(count, np.full(count, 1 / count), size=_AT_ONCE).astype(np.float64)
        parts.append(200 * (times @ right) / np.maximum(times @ total, 1))
    return np.concatenate(parts)
