"""Rows of different lengths advance together and end where they would alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_reference import gru_states, open_graph, random_gru, random_stack
from vnlp_colab.convert.gru import padding_states, project_model, step_model
from vnlp_colab.runtime.recurrence import advance, longest_first, ragged_schedule

# The runtime's tanh and sigmoid are float32 approximations, whose errors add up over the steps.
TOLERANCE = 1e-5
RANDOM = np.random.default_rng(11)
LAYERS = random_stack(RANDOM, 4, 5, 2)
VECTORS = RANDOM.normal(0, 1, (7, 4)).astype(np.float32)
PROJECT = open_graph(project_model("project", LAYERS[0]))
STEP = open_graph(step_model("step", LAYERS))

batches = st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=6)


def reference(sequence: list[int], starts: list[np.ndarray]) -> list[np.ndarray]:
    """Every state of the top layer, the one that it starts from included."""
    inputs = VECTORS[sequence]
    for layer, start in zip(LAYERS, starts, strict=True):
        inputs = gru_states(layer, inputs, start)
    return [starts[-1], *inputs]


@settings(max_examples=60, deadline=None)
@given(batch=batches.filter(len), seed=st.integers(0, 99))
def test_advance(batch: list[list[int]], seed: int) -> None:
    batch = sorted(batch, key=len, reverse=True)
    starts = [np.random.default_rng(seed).normal(0, 1, (len(batch), 5)).astype(np.float32) for _ in LAYERS]
    before = [start.copy() for start in starts]
    kept: list[np.ndarray] = []
    final = advance(STEP, PROJECT(VECTORS), ragged_schedule(batch), starts, kept)
    expected = [reference(sequence, [start[row] for start in starts]) for row, sequence in enumerate(batch)]
    np.testing.assert_allclose(final, [states[-1] for states in expected], rtol=0, atol=TOLERANCE)
    assert len(kept) == len(batch[0])
    for k, states in enumerate(kept):
        running = [own[k + 1] for own in expected if len(own) > k + 1]
        np.testing.assert_allclose(states, running, rtol=0, atol=TOLERANCE)
    # The states that were handed in may be rows of a table that others read.
    assert all(np.array_equal(start, old) for start, old in zip(starts, before, strict=True))


def test_no_steps_at_all() -> None:
    states = [np.ones((3, 5), np.float32), np.full((3, 5), 2, np.float32)]
    assert advance(STEP, PROJECT(VECTORS), [], states).tolist() == states[-1].tolist()
    nobody = [np.empty(0, np.int32)]
    assert advance(STEP, PROJECT(VECTORS), nobody, states).tolist() == states[-1].tolist()


@given(batch=batches)
def test_ragged_schedule(batch: list[list[int]]) -> None:
    batch = sorted(batch, key=len, reverse=True)
    schedule = ragged_schedule(batch)
    assert len(schedule) == (len(batch[0]) if batch else 0)
    for k, column in enumerate(schedule):
        assert column.dtype == np.int32 and column.flags["C_CONTIGUOUS"]
        assert column.tolist() == [sequence[k] for sequence in batch if len(sequence) > k]


@given(lengths=st.lists(st.integers(0, 5), max_size=20))
def test_longest_first_is_stable(lengths: list[int]) -> None:
    assert longest_first(lengths).tolist() == sorted(range(len(lengths)), key=lambda i: -lengths[i])


@pytest.mark.parametrize("vector", [None, np.arange(4, dtype=np.float32) / 3])
def test_padding_states_are_the_states_after_padding(vector: np.ndarray | None) -> None:
    tables = padding_states(LAYERS, vector, 6)
    inputs = np.tile(np.zeros(4) if vector is None else vector, (6, 1))
    for layer, table in zip(LAYERS, tables, strict=True):
        inputs = gru_states(layer, inputs)
        assert table.dtype == np.float32 and not table[0].any()
        np.testing.assert_allclose(table[1:], inputs, rtol=0, atol=TOLERANCE)


def test_embedding_inside_the_graph() -> None:
    layer = random_gru(np.random.default_rng(2), 4, 5)
    step = open_graph(step_model("step", [layer], VECTORS))
    assert step.input_names == ["index", "state0"]
    batch = [[3, 1, 0], [6]]
    final = advance(step, (), ragged_schedule(batch), [np.zeros((2, 5), np.float32)])
    np.testing.assert_allclose(final, [gru_states(layer, VECTORS[row])[-1] for row in batch], rtol=0, atol=TOLERANCE)
