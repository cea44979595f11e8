"""Best sequences and marginal probabilities agree with counting out all sequences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from vnlp_colab.models.shared_context.sequences import best_paths, marginals, transition_scores

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
LENGTHS = np.array([4, 4, 2, 1], np.int32)


@pytest.fixture
def transitions() -> np.ndarray:
    return transition_scores(LABELS, np.random.default_rng(1).normal(size=(6, 5)).tolist())


@pytest.fixture
def scores() -> np.ndarray:
    made = np.random.default_rng(2).normal(size=(4, 4, 5)).astype(np.float32)
    for row, length in enumerate(LENGTHS):
        made[row, length:] = 99  # must not be read
    return made


def every(scores: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, ...], float]:
    """The score of every sequence for one sentence, by hand."""
    found = {}
    for path in product(range(5), repeat=len(scores)):
        steps = sum(transitions[before, label] for before, label in zip((5, *path), path, strict=False))
        found[path] = float(steps + sum(float(scores[i, label]) for i, label in enumerate(path)))
    return found


def test_the_best_of_all_sequences(scores: np.ndarray, transitions: np.ndarray) -> None:
    for own, length, path in zip(scores, LENGTHS, best_paths(scores, LENGTHS, transitions), strict=True):
        scored = every(own[:length], transitions)
        assert tuple(path) == max(scored, key=lambda key: scored[key])


def test_probabilities_over_all_sequences(scores: np.ndarray, transitions: np.ndarray) -> None:
    for own, length, found in zip(scores, LENGTHS, marginals(scores, LENGTHS, transitions), strict=True):
        scored = every(own[:length], transitions)
        values = np.exp(np.array(list(scored.values())) - max(scored.values()))
        values /= values.sum()
        expected = np.zeros((length, 5))
        for path, share in zip(scored, values, strict=True):
            expected[np.arange(length), list(path)] += share
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_entity_never_starts_inside(transitions: np.ndarray) -> None:
    certain = np.full((1, 3, 5), -50, np.float32)
    certain[0, :, 2] = 50
    (path,) = best_paths(certain, np.array([3], np.int32), transitions)
    assert [LABELS[label] for label in path] == ["B-PER", "I-PER", "I-PER"]
