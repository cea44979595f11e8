"""Encoders of short sequences give what the padded network gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_reference import gru_states, open_graph, random_gru, random_stack, stack_state
from vnlp_colab.convert.gru import padding_states, step_model
from vnlp_colab.models.encoders import BidirectionalEncoder, read_leading

LENGTH = 6
RANDOM = np.random.default_rng(21)
EMBEDDING = RANDOM.normal(size=(9, 4)).astype(np.float32)
DIRECTIONS = {name: random_gru(RANDOM, 4, 5) for name in ("forward", "backward")}
STACK = random_stack(RANDOM, 4, 5, 2)

batches = st.lists(st.lists(st.integers(1, 8), max_size=LENGTH + 3), min_size=1, max_size=6)


def encoder(padded: str) -> BidirectionalEncoder:
    graphs = {f"x_{name}": open_graph(step_model(name, [gru], EMBEDDING)) for name, gru in DIRECTIONS.items()}
    tables = {f"x_{name}_padding": padding_states([gru], EMBEDDING[0], LENGTH)[0] for name, gru in DIRECTIONS.items()}
    return BidirectionalEncoder(graphs.__getitem__, tables, "x", LENGTH, padded)


ENCODERS = {padded: encoder(padded) for padded in ("pre", "post")}


def padded_symbols(sequence: list[int], padded: str) -> list[int]:
    kept = sequence[-LENGTH:]
    padding = [0] * (LENGTH - len(kept))
    return padding + kept if padded == "pre" else kept + padding


@pytest.mark.parametrize("padded", ["pre", "post"])
@settings(max_examples=40, deadline=None)
@given(batch=batches)
def test_bidirectional(batch: list[list[int]], padded: str) -> None:
    found = ENCODERS[padded].encode(batch)
    assert found.shape == (len(batch), ENCODERS[padded].size) and found.dtype == np.float32
    for sequence, vector in zip(batch, found, strict=True):
        inputs = EMBEDDING[padded_symbols(sequence, padded)]
        expected = [gru_states(DIRECTIONS["forward"], inputs)[-1], gru_states(DIRECTIONS["backward"], inputs[::-1])[-1]]
        np.testing.assert_allclose(vector, np.concatenate(expected), rtol=0, atol=5e-6)


@settings(max_examples=40, deadline=None)
@given(batch=st.lists(st.lists(st.integers(1, 8), max_size=LENGTH), min_size=1, max_size=6))
def test_stack_that_reads_padding_first(batch: list[list[int]]) -> None:
    step = open_graph(step_model("step", STACK, EMBEDDING))
    found = read_leading(step, padding_states(STACK, EMBEDDING[0], LENGTH), LENGTH, batch)
    expected = [stack_state(STACK, EMBEDDING[padded_symbols(sequence, "pre")]) for sequence in batch]
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-6)
