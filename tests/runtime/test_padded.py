"""Networks over padded sequences give what running all of the padding gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_reference import gru_states, open_graph, random_gru
from vnlp_colab.convert.graphs import FLOAT, GraphBuilder, Value
from vnlp_colab.convert.gru import GruWeights
from vnlp_colab.convert.padded import PaddedStack, outward_model, trimmed_inputs, trimmed_states
from vnlp_colab.errors import ConversionError
from vnlp_colab.runtime import padded
from vnlp_colab.runtime.padded import PaddedNetwork

LENGTH, UNITS, SYMBOLS, SIZE = 96, 5, 7, 4

Layers = Sequence[tuple[GruWeights, GruWeights]]


def make(seed: int, layers: int, scale: float, remembers: bool = False) -> tuple[np.ndarray, Layers]:
    """Weights; update gates that keep nearly everything remember a text to the padding's end."""
    random = np.random.default_rng(seed)
    embedding = random.normal(0, 1, (SYMBOLS, SIZE)).astype(np.float32)
    sizes = [SIZE, *[2 * UNITS] * (layers - 1)]
    pairs = [(random_gru(random, size, UNITS, scale), random_gru(random, size, UNITS, scale)) for size in sizes]
    if remembers:
        for layer in pairs[0]:
            layer.bias[0, :UNITS] = 9.0
    return embedding, pairs


def reference(embedding: np.ndarray, layers: Layers, symbols: np.ndarray) -> np.ndarray:
    """All states of the top layer ``(T, 2 * units)``: forward, backward."""
    x = embedding[symbols].astype(np.float64)
    for forward, backward in layers:
        x = np.concatenate([gru_states(forward, x), gru_states(backward, x[::-1])[::-1]], axis=1)
    return x


def network(embedding: np.ndarray, layers: Layers, mirrored: bool, text_only: bool) -> PaddedNetwork:
    stack = PaddedStack.of(embedding, layers, LENGTH, mirrored)
    builder = GraphBuilder()
    builder.op("Identity", trimmed_states(builder, stack, text_only), to="y")
    model = builder.model("t", trimmed_inputs(stack), [Value("y", FLOAT, ("T", "N", 2 * UNITS))])
    return PaddedNetwork(open_graph(outward_model(stack)), open_graph(model), LENGTH, mirrored)


@pytest.mark.parametrize(("scale", "remembers"), [(0.2, False), (0.6, False), (0.5, True)])
@pytest.mark.parametrize("text_only", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("layers", [3, 4])
def test_states_are_those_of_the_padded_network(
    layers: int, mirrored: bool, text_only: bool, scale: float, remembers: bool
) -> None:
    embedding, weights = make(layers, layers, scale, remembers)
    texts = [np.arange(size, dtype=np.int32) * 3 % SYMBOLS for size in (0, 1, 9, 30, LENGTH)]
    run = network(embedding, weights, mirrored, text_only).run
    for batch in ([texts[0]], texts[:3], texts[2:4], texts):
        (found,) = run(batch)
        longest = max(1, *(len(text) for text in batch))
        assert found.shape == (longest if text_only else LENGTH, len(batch), 2 * UNITS)
        for row, text in enumerate(batch):
            padding = np.zeros(LENGTH - len(text), np.int32)
            expected = reference(embedding, weights, np.concatenate([padding, text] if mirrored else [text, padding]))
            if mirrored:  # the runtime's order: text first, and outward (here backward) states before inward ones
                expected = np.concatenate([expected[::-1, UNITS:], expected[::-1, :UNITS]], axis=1)
            np.testing.assert_allclose(found[:, row], expected[: len(found)], rtol=0, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, LENGTH), min_size=1, max_size=5))
def test_any_company(sizes: list[int]) -> None:
    embedding, weights = make(11, 3, 0.6)
    run = network(embedding, weights, mirrored=False, text_only=False).run
    texts = [np.arange(1, size + 1, dtype=np.int32) % SYMBOLS for size in sizes]
    (found,) = run(texts)
    for row, text in enumerate(texts):
        np.testing.assert_allclose(found[:, row], run([text])[0][:, 0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("settles", [True, False])
def test_runs_into_the_padding_no_further_than_needed(settles: bool) -> None:
    embedding, weights = make(5, 3, 0.2, remembers=not settles)
    made = network(embedding, weights, mirrored=False, text_only=False)
    symbols = np.zeros((LENGTH, 1), np.int32)
    symbols[:5] = 3
    states = made._states(symbols, 5)
    assert (len(states) < LENGTH) is settles and len(states) >= 5
    everything = made._outward(symbols, made._zero)[0]
    np.testing.assert_allclose(states, everything[: len(states)], rtol=0, atol=1e-6)
    beyond = np.abs(everything[len(states) :] - made._settled[len(states) :])
    assert beyond.max(initial=0) <= 2 * padded.TOLERANCE


def test_two_layers_are_no_padded_stack() -> None:
    embedding, weights = make(1, 2, 0.5)
    with pytest.raises(ConversionError, match="three layers"):
        PaddedStack.of(embedding, weights, LENGTH, mirrored=False)
