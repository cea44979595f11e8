"""The writer of graphs, and the arrays that it is fed."""

from __future__ import annotations

import numpy as np
import pytest

from network_reference import gru_states, open_graph, random_gru
from vnlp_colab.convert.graphs import FLOAT, OPSET, GraphBuilder, Value, constants_model
from vnlp_colab.convert.gru import GruWeights, sequence_operator, take_layers
from vnlp_colab.convert.keras_files import array_ending, bidirectional
from vnlp_colab.errors import ConversionError


def test_equal_constants_are_stored_once() -> None:
    builder = GraphBuilder()
    first = builder.constant(np.zeros(3, np.float32))
    assert builder.constant(np.zeros(3, np.float32)) == first
    # As many bytes, but not the same tensor
    assert len({first, builder.constant(np.zeros(3, np.int32)), builder.constant(np.zeros((1, 3), np.float32))}) == 3


def test_tables() -> None:
    arrays = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.ones(4, np.float32)}
    model = constants_model("tables", arrays)
    assert model.opset_import[0].version == OPSET
    found = open_graph(model).table()
    assert list(found) == ["b", "a"]
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)


def test_a_graph_that_does_not_fit_is_refused() -> None:
    builder = GraphBuilder()
    builder.op("MatMul", "x", builder.constant(np.ones((3, 2), np.float32)), to="y")
    with pytest.raises(ConversionError, match="wrong"):
        builder.model("wrong", [Value("x", FLOAT, ("N", 4))], [Value("y", FLOAT, ("N", 2))])


def test_sequence_operator_is_the_bidirectional_gru() -> None:
    random = np.random.default_rng(8)
    forward, backward = (random_gru(random, 4, 3) for _ in range(2))
    builder = GraphBuilder()
    output = sequence_operator(builder, "x", forward, backward)
    builder.op("Identity", output, to="y")
    graph = open_graph(builder.model("b", [Value("x", FLOAT, ("T", "N", 4))], [Value("y", FLOAT, ("T", "N", 6))]))
    x = random.normal(size=(7, 2, 4)).astype(np.float32)
    (found,) = graph(x)
    for row in range(2):
        expected = [gru_states(forward, x[:, row]), gru_states(backward, x[::-1, row])[::-1]]
        np.testing.assert_allclose(found[:, row], np.concatenate(expected, axis=1), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "shapes",
    [
        [(4, 9), (3, 9), (9,)],
        [(4, 9), (3, 9), (2, 6)],
        [(4, 6), (3, 9), (2, 9)],
        [(4, 9), (9, 3), (2, 9)],
        [(9,), (3, 9), (2, 9)],
        [(), (), ()],
    ],
)
def test_arrays_that_are_no_gru(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ConversionError, match="not the arrays of one GRU"):
        GruWeights(*(np.zeros(shape, np.float32) for shape in shapes))


def test_layers_are_taken_in_order() -> None:
    layers = [random_gru(np.random.default_rng(i), 2, 3) for i in range(2)]
    rest = iter([array for layer in layers for array in (layer.kernel, layer.recurrent, layer.bias)])
    assert all(a.kernel is b.kernel for a, b in zip(take_layers(rest, 2), layers, strict=True))


def test_finding_keras_arrays() -> None:
    arrays = {
        "a/a/forward_gru/cell/kernel:0": np.zeros((2, 3)),
        "a/a/forward_gru/cell/recurrent_kernel:0": np.zeros((1, 3)),
        "a/a/forward_gru/cell/bias:0": np.zeros((2, 3)),
        "ab/kernel:0": np.ones(1),
    }
    assert array_ending(arrays, "ab", "kernel").dtype == np.float32
    assert array_ending(arrays, "a", "kernel", "forward").shape == (2, 3)
    with pytest.raises(ConversionError, match="0 arrays 'kernel' in layer 'a'"):
        bidirectional(arrays, "a")
    with pytest.raises(ConversionError, match="2 arrays 'kernel' in layer 'ab'"):
        array_ending({**arrays, "ab/x/kernel:0": np.ones(1)}, "ab", "kernel")
