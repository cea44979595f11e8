"""The incremental engine gives what the network gives that is run word by word, padding and all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_reference import context_outputs, open_graphs, random_context
from vnlp_colab.convert.context import ContextWeights, context_graphs
from vnlp_colab.errors import ConversionError
from vnlp_colab.runtime import context
from vnlp_colab.runtime.context import ContextEngine
from vnlp_colab.runtime.recurrence import advance
from vnlp_colab.runtime.session import Graph

SHAPES = [
    (layers, left, activation, heads)
    for layers in (1, 2)
    for left in (True, False)
    for activation, heads in (("Softmax", (4,)), ("Sigmoid", (4,)), ("Sigmoid", (6, 3)))
]
# The runtime's float32 against double precision; 8e-7 at most in the runs tried.
TOLERANCE = 2e-6


@lru_cache
def small_network(
    layers: int, left: bool, activation: str, heads: tuple[int, ...]
) -> tuple[ContextWeights, ContextEngine]:
    weights = random_context(7, layers=layers, left=left, activation=activation, heads=heads)
    return weights, ContextEngine(open_graphs(context_graphs(weights)), weights.config())


def vocabulary(weights: ContextWeights, words: int = 9) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 1, (words, weights.word_size)).astype(np.float32)


def sentences_of(lengths: Sequence[int], words: int = 9) -> list[np.ndarray]:
    random = np.random.default_rng(sum(lengths))
    return [random.integers(0, words, length).astype(np.int32) for length in sorted(lengths, reverse=True)]


def assert_same_as_reference(shape: tuple[int, bool, str, tuple[int, ...]], lengths: Sequence[int]) -> list[np.ndarray]:
    weights, engine = small_network(*shape)
    vectors, sentences = vocabulary(weights), sentences_of(lengths)
    found = engine.run(vectors, sentences)
    assert len(found) == len(sentences)
    for sentence, (probabilities, labels) in zip(sentences, found, strict=True):
        expected, expected_labels = context_outputs(weights, vectors[sentence].astype(np.float64))
        assert probabilities.dtype == np.float32 and labels.dtype == np.int64
        assert labels.tolist() == expected_labels.tolist()
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)
    return [labels for _, labels in found]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_length_up_to_beyond_two_windows(shape: tuple[int, bool, str, tuple[int, ...]]) -> None:
    labels = assert_same_as_reference(shape, range(1, 13))
    # A network that says the same everywhere would hide a wrong history.
    assert all(len(np.unique(column)) > 1 for column in np.concatenate(labels).T)


@pytest.mark.parametrize("steps", [1, 7, 40])
@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[5], SHAPES[8], SHAPES[11]], ids=str)
def test_rows_cut_into_blocks(
    shape: tuple[int, bool, str, tuple[int, ...]], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "BLOCK_STEPS", steps)
    assert_same_as_reference(shape, [12, 12, 9, 6, 5, 1, 1])


@settings(max_examples=25, deadline=None)
@given(lengths=st.lists(st.integers(1, 14), min_size=1, max_size=7), shape=st.sampled_from(SHAPES))
def test_any_batch(lengths: list[int], shape: tuple[int, bool, str, tuple[int, ...]]) -> None:
    assert_same_as_reference(shape, lengths)


def test_window_of_one() -> None:
    weights = random_context(5, layers=2, left=True, activation="Softmax", heads=(3,), window=1)
    engine = ContextEngine(open_graphs(context_graphs(weights)), weights.config())
    vectors, (sentence,) = vocabulary(weights), sentences_of([6])
    probabilities, labels = engine.run(vectors, [sentence])[0]
    expected, expected_labels = context_outputs(weights, vectors[sentence].astype(np.float64))
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)
    assert labels.tolist() == expected_labels.tolist()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weights: {"heads": (5,)},
        lambda weights: {"padding_word": weights.padding_word[:-1]},
        lambda weights: {"dense_order": ("word", "history")},
        lambda weights: {"dense": [*weights.dense[:2], (weights.dense[2][0], weights.dense[2][1][:-1])]},
        lambda weights: {"right": weights.history},
        lambda weights: {"left": weights.right[1:]},
    ],
)
def test_layers_that_do_not_fit(spoil: Callable[[ContextWeights], dict[str, object]]) -> None:
    weights = random_context(1, layers=2, left=True, activation="Softmax", heads=(4,))
    values = {name: getattr(weights, name) for name in weights.__dataclass_fields__}
    with pytest.raises(ConversionError, match=r"stack|dense layers"):
        ContextWeights(**{**values, **spoil(weights)})


def test_three_layers_are_refused() -> None:
    weights = random_context(1, layers=3, left=True, activation="Softmax", heads=(4,))
    with pytest.raises(ConversionError, match="3 layers"):
        context_graphs(weights)


def test_sentences_that_end_alike_share_a_right_context(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, engine = small_network(*SHAPES[-1])
    vectors = vocabulary(weights)
    sentences = [np.array(words, np.int32) for words in ([1, 5, 2, 7], [3, 2, 7], [6, 7], [8, 7], [4, 3], [0, 3], [7])]
    rows: list[int] = []

    def counting(*arguments: object) -> np.ndarray:
        rows.append(len(arguments[3][0]))  # type: ignore[index]
        return advance(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(context, "advance", counting)
    found = engine.run(vectors, sentences)
    # 9 words have something after them; of the 6 that have one word after them 4 have "7", and 2 have "3".
    assert 9 - (6 - 2) in rows
    for sentence, (probabilities, _) in zip(sentences, found, strict=True):
        expected, _ = context_outputs(weights, vectors[sentence].astype(np.float64))
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=TOLERANCE)


def counted(graph: Graph, argument: int, rows: list[int]) -> Callable[..., list[np.ndarray]]:
    """A graph that notes at each call how long one of its inputs is."""

    def call(*arrays: np.ndarray) -> list[np.ndarray]:
        rows.append(len(arrays[argument]))
        return graph(*arrays)

    return call


def test_contexts_that_begin_alike_share_their_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, engine = small_network(1, True, "Softmax", (4,))
    vectors = vocabulary(weights)
    sentences = [np.array(words, np.int32) for words in ([1, 5, 2, 7], [1, 2, 7], [6, 7], [8, 7], [4, 3], [0])]
    steps: dict[str, list[int]] = {"_left": [], "_right": []}
    assert engine._left is not None
    for name, rows in steps.items():
        project, step = getattr(engine, name)
        monkeypatch.setattr(engine, name, (project, counted(step, 3, rows)))
    engine.run(vectors, sentences)
    # Words before: 1 for the fourth word, for the third twice, for the second twice and 6, 8 and 4.
    assert steps["_left"] == [1 + 1 + 4, 3, 1]
    # Words after: 7 for the first of four, of three twice, of two four times, and 3.
    assert steps["_right"] == [1 + 1 + 2, 3, 1]


def test_the_first_label_of_a_history_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = (2, True, "Softmax", (4,))
    weights, engine = small_network(*shape)
    vectors, sentences = vocabulary(weights), sentences_of([12, 9, 3, 3, 1])
    rows: list[int] = []
    monkeypatch.setattr(engine, "decode", counted(engine.decode, 2, rows))
    looked_up = engine.run(vectors, sentences)
    assert rows[0] == 0 and rows[1] > 0
    assert_same_as_reference(shape, [12, 9, 3, 3, 1])
    # A model that was converted before there was such a table.
    monkeypatch.setattr(engine, "_first_label", [])
    for (found, labels), (expected, expected_labels) in zip(engine.run(vectors, sentences), looked_up, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)
        assert labels.tolist() == expected_labels.tolist()
    assert rows[-12] > 0
