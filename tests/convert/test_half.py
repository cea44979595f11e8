"""Weights in half precision: rounded, half as large, the same bytes always, and the default as it was."""

from __future__ import annotations

import convert_fakes as fakes
import numpy as np
import onnx
from convert_fakes import pickled, reader

from vnlp_colab.convert import tree_stack
from vnlp_colab.convert.builders import finish
from vnlp_colab.convert.graphs import FLOAT, GraphBuilder, Value
from vnlp_colab.convert.half import halve
from vnlp_colab.runtime.session import Graph, open_session

SIZE = 64


def product(kernel: np.ndarray, bias: np.ndarray) -> onnx.ModelProto:
    builder = GraphBuilder()
    builder.op("Gemm", "x", builder.constant(kernel), builder.constant(bias), to="y")
    return builder.model("product", [Value("x", FLOAT, ("N", SIZE))], [Value("y", FLOAT, ("N", SIZE))])


def weights() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(SIZE, SIZE)).astype(np.float32), random.normal(size=SIZE).astype(np.float32)


def kinds(model: onnx.ModelProto) -> set[int]:
    return {tensor.data_type for tensor in model.graph.initializer}


def test_what_runs_is_the_graph_over_rounded_weights() -> None:
    kernel, bias = weights()
    x = np.random.default_rng(1).normal(size=(5, SIZE)).astype(np.float32)
    rounded = product(kernel.astype(np.float16).astype(np.float32), bias)
    found, expected = (
        Graph(open_session(model.SerializeToString(), "cpu"))(x)[0] for model in (halve(product(kernel, bias)), rounded)
    )
    # Equal in every bit: the arithmetic is float32, as in the default.
    np.testing.assert_array_equal(found, expected)
    assert np.abs(found - (x @ kernel + bias)).max() > 0


def test_large_weights_halve_and_small_ones_stay_exact() -> None:
    kernel, bias = weights()
    model = halve(product(kernel, bias))
    assert {tuple(t.dims): t.data_type for t in model.graph.initializer} == {
        (SIZE, SIZE): onnx.TensorProto.FLOAT16,
        (SIZE,): onnx.TensorProto.FLOAT,
    }
    assert model.ByteSize() < 0.55 * product(kernel, bias).ByteSize()


def test_what_half_precision_cannot_hold_stays_exact() -> None:
    kernel, bias = weights()
    kernel[3, 4] = 70_000
    assert halve(product(kernel, bias)) == product(kernel, bias)


def test_the_same_bytes_and_the_given_graph_untouched() -> None:
    model = product(*weights())
    before = model.SerializeToString(deterministic=True)
    first, second = (finish(model, {"precision": "fp16"}) for _ in range(2))
    assert first == second
    # A graph of the default is what it was before there were variants.
    assert kinds(onnx.load_model_from_string(finish(product(*weights()), {}))) == {onnx.TensorProto.FLOAT}
    assert kinds(onnx.load_model_from_string(first)) == {onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT}
    other = product(*weights())
    halve(other)
    assert other.SerializeToString(deterministic=True) == before


def test_whole_models_stay_valid() -> None:
    for content in tree_stack.build_tagger(reader(weights=pickled(fakes.tagger_arrays()))).values():
        if isinstance(content, onnx.ModelProto):
            halved = halve(content)
            assert [value.name for value in halved.graph.output] == [value.name for value in content.graph.output]
