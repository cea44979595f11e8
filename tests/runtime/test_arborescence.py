"""The best tree is a tree, has one root, and none is better."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnlp_colab.runtime.arborescence import best_tree


def is_tree_of_one_root(heads: list[int]) -> bool:
    if sorted(heads).count(0) != 1 or any(head not in range(len(heads) + 1) for head in heads):
        return False
    for node in range(1, len(heads) + 1):
        for _ in heads:
            node = heads[node - 1] if node else 0
        if node:
            return False
    return True


def score(probabilities: np.ndarray, heads: list[int]) -> float:
    chosen = probabilities[np.arange(len(heads)), list(heads)]
    return float(np.log(np.maximum(chosen.astype(np.float64), 1e-30)).sum())


def best_score(probabilities: np.ndarray) -> float:
    size = len(probabilities)
    every = product(range(size + 1), repeat=size)
    return max(score(probabilities, list(heads)) for heads in every if is_tree_of_one_root(list(heads)))


def random_probabilities(size: int, seed: int, kind: str) -> np.ndarray:
    random = np.random.default_rng(seed)
    if kind == "ties":
        return random.integers(0, 3, (size, size + 1)).astype(np.float32) / 2
    if kind == "extreme":
        return (10.0 ** random.uniform(-40, 0, (size, size + 1))).astype(np.float32)
    return random.random((size, size + 1), np.float32)


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 4), seed=st.integers(0, 10_000), kind=st.sampled_from(["plain", "ties", "extreme"]))
def test_none_is_better(size: int, seed: int, kind: str) -> None:
    probabilities = random_probabilities(size, seed, kind)
    heads = best_tree(probabilities)
    assert is_tree_of_one_root(heads)
    assert score(probabilities, heads) == pytest.approx(best_score(probabilities), abs=1e-6)


@pytest.mark.parametrize("kind", ["plain", "ties", "extreme"])
@pytest.mark.parametrize("seed", range(3))
def test_none_is_better_for_five(seed: int, kind: str) -> None:
    probabilities = random_probabilities(5, seed, kind)
    heads = best_tree(probabilities)
    assert score(probabilities, heads) == pytest.approx(best_score(probabilities), abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(size=st.integers(0, 40), seed=st.integers(0, 10_000), kind=st.sampled_from(["plain", "ties", "extreme"]))
def test_always_a_tree(size: int, seed: int, kind: str) -> None:
    heads = best_tree(random_probabilities(size, seed, kind))
    assert len(heads) == size
    assert size == 0 or is_tree_of_one_root(heads)


def ring(size: int) -> np.ndarray:
    """Every token wants the next as its head, the last one the first."""
    probabilities = np.full((size, size + 1), 1e-3, np.float32)
    for i in range(size):
        probabilities[i, (i + 1) % size + 1] = 1
    return probabilities


def nested_rings(size: int) -> np.ndarray:
    """Pairs that want each other, in pairs of pairs that want each other less, and so on."""
    index = np.arange(size)
    apart = np.bitwise_xor(index[:, None], index[None])
    levels = np.ceil(np.log2(apart + 1))
    return np.concatenate([np.full((size, 1), 1e-20), 10.0**-levels], axis=1).astype(np.float32)


ADVERSARIAL = {
    "zeros": lambda size: np.zeros((size, size + 1)),
    "ones": lambda size: np.ones((size, size + 1)),
    "all roots": lambda size: np.eye(1, size + 1).repeat(size, axis=0),
    "all themselves": lambda size: np.eye(size, size + 1, 1),
    "no root": lambda size: np.concatenate([np.zeros((size, 1)), np.ones((size, size))], axis=1),
    "ring": ring,
    "nested rings": nested_rings,
    "all the first": lambda size: np.eye(1, size + 1, 1).repeat(size, axis=0),
    "tiny": lambda size: np.full((size, size + 1), 1e-300),
}


@pytest.mark.parametrize("size", [1, 2, 3, 8, 33, 40])
@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_scores(name: str, size: int) -> None:
    assert is_tree_of_one_root(best_tree(ADVERSARIAL[name](size)))


def test_a_ring_is_broken_once() -> None:
    probabilities = ring(6)
    probabilities[2, 0] = 0.5
    assert best_tree(probabilities) == [2, 3, 0, 5, 6, 1]


def test_a_tree_stays() -> None:
    heads = [2, 0, 2, 5, 3]
    probabilities = np.full((5, 6), 0.1, np.float32)
    probabilities[np.arange(5), heads] = 0.6
    assert best_tree(probabilities) == heads
