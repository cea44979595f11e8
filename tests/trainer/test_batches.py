"""How sentences are packed into batches."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from training.batches import Item, endless, packed  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.slow]


def items(*lengths: int) -> list[Item]:
    return [Item(np.zeros(length, np.int64), np.zeros(length, np.int64)) for length in lengths]


@pytest.mark.parametrize(
    ("lengths", "groups"),
    [
        ([], []),
        ([3], [[3]]),
        ([4, 6, 1], [[4, 6], [1]]),
        ([20, 1, 20], [[20], [1], [20]]),
        ([2, 2, 2, 5, 5], [[2, 2, 2], [5, 5]]),
    ],
)
def test_groups_hold_so_many_words_in_order(lengths: list[int], groups: list[list[int]]) -> None:
    assert [[len(item.words) for item in group] for group in packed(items(*lengths), 10)] == groups


def test_every_sentence_comes_once_a_pass() -> None:
    given = items(*range(1, 30))
    batches = endless(given, 40, random.Random(1))
    for _ in range(2):
        seen: list[int] = []
        while len(seen) < len(given):
            batch = next(batches)
            assert sum(len(item.words) for item in batch) <= 40
            seen += map(id, batch)
        assert sorted(seen) == sorted(map(id, given))


def test_nothing_to_draw_from_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="no sentences to train on"):
        next(endless([], 40, random.Random(1)))
