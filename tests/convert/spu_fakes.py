"""Weights of the networks over word pieces: random ones, small or of real size, and inputs for them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from network_reference import random_gru
from vnlp_colab.convert.gru import GruWeights
from vnlp_colab.convert.spu_weights import (
    EMBEDDING,
    KINDS,
    PIECES,
    PIECES_A_WORD,
    TEXT_PIECES,
    WINDOW,
    SentimentWeights,
    SpuWeights,
    expected_shapes,
)


def stack(random: np.random.Generator, inputs: int, units: int, layers: int) -> list[GruWeights]:
    return [random_gru(random, units if layer else inputs, units) for layer in range(layers)]


def dense(random: np.random.Generator, *sizes: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (
            random.normal(size=(before, after)).astype(np.float32) / np.float32(np.sqrt(before)),
            random.normal(size=after).astype(np.float32),
        )
        for before, after in pairwise(sizes)
    ]


def small_weights(layers: int, activation: str = "Softmax", heads: tuple[int, ...] = (5,)) -> SpuWeights:
    """A network of the family with 20 pieces and states of 6."""
    random, units, outputs = np.random.default_rng(layers), 6, sum(heads)
    return SpuWeights(
        embedding=random.normal(size=(20, 4)).astype(np.float32),
        word=stack(random, 4, units, layers),
        left=stack(random, units, units, layers),
        right=stack(random, units, units, layers),
        history=stack(random, outputs, units, layers),
        dense=dense(random, 4 * units, 2 * units, units, outputs),
        heads=heads,
        activation=activation,
        history_input_name="lc_test_input",
    )


def small_sentiment() -> SentimentWeights:
    random, units = np.random.default_rng(7), 5
    return SentimentWeights(
        embedding=random.normal(size=(20, 4)).astype(np.float32),
        layers=[(random_gru(random, size, units), random_gru(random, size, units)) for size in (4, 10, 10)],
        dense=dense(random, 10, 3, 1),
    )


def real_size(kind: str, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Random arrays of the shapes that upstream's file of a model has, and an embedding."""
    random = np.random.default_rng(seed)
    arrays = [random.normal(size=shape).astype(np.float32) * 0.1 for shape in expected_shapes(KINDS[kind])]
    return arrays, random.normal(size=(PIECES, EMBEDDING)).astype(np.float32)


def random_inputs(weights: SpuWeights, rows: int, seed: int = 0) -> list[np.ndarray]:
    """Inputs of a stepwise network that no padding rule holds for: any pieces anywhere, any history."""
    random, pieces = np.random.default_rng(seed), len(weights.embedding)
    shapes = [(rows, PIECES_A_WORD), (rows, WINDOW, PIECES_A_WORD), (rows, WINDOW, PIECES_A_WORD)]
    return [
        *(random.integers(pieces, size=shape).astype(np.int32) for shape in shapes),
        random.random((rows, WINDOW, weights.outputs)).astype(np.float32),
    ]


def random_text(weights: SentimentWeights, rows: int) -> np.ndarray:
    return np.random.default_rng(rows).integers(len(weights.embedding), size=(rows, TEXT_PIECES)).astype(np.int32)
