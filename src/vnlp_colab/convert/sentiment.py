"""The word-level GRU sentiment analyser: pickled Keras weights to ONNX graphs."""

from __future__ import annotations

from collections.abc import Callable

from vnlp_colab.convert.graphs import FLOAT, GraphBuilder, Value, constants_model
from vnlp_colab.convert.gru import check_dense, padding_states, project_model, step_model, take_layers
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json
from vnlp_colab.convert.word_vectors import read_matrix
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_pickled_arrays

LENGTH = 128


def build(read: Callable[[str], bytes]) -> Files:
    """Build GRUSentimentAnalyzer: two GRUs over 128 pre-padded words, then two dense layers."""
    arrays = read_pickled_arrays(read("weights"), "sentiment weights")
    if len(arrays) != 10:
        raise ConversionError(f"the sentiment analyser has 10 arrays of weights, not {len(arrays)}")
    rest = iter(arrays)
    layers = take_layers(rest, 2)
    (hidden, hidden_bias), (out, out_bias) = ((next(rest), next(rest)) for _ in range(2))
    check_dense([(hidden, hidden_bias), (out, out_bias)], layers[1].units, 1)
    padding = read_matrix(read)[0]
    tables = {f"padding{i}": table for i, table in enumerate(padding_states(layers, padding, LENGTH))}
    builder = GraphBuilder()
    x = builder.op("Relu", builder.op("Gemm", "state", builder.constant(hidden), builder.constant(hidden_bias)))
    x = builder.op("Sigmoid", builder.op("Gemm", x, builder.constant(out), builder.constant(out_bias)))
    builder.op("Squeeze", x, builder.ints(1), to="probability")
    head = builder.model("head", [Value("state", FLOAT, ("N", layers[1].units))], [Value("probability", FLOAT, ("N",))])
    return {
        "project.onnx": project_model("project", layers[0]),
        "step.onnx": step_model("step", layers),
        "head.onnx": head,
        "tables.onnx": constants_model("tables", tables),
        "config.json": dump_json({"length": LENGTH}),
    }
