"""SPUCBiGRU sentiment analyser: pickled Keras weights to ONNX graphs."""

from __future__ import annotations

from collections.abc import Callable

import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.convert.gru import Array, sequence_operator
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.padded import PaddedStack, outward_model, swapped_halves, trimmed_inputs, trimmed_states
from vnlp_colab.convert.spu_weights import TEXT_PIECES, SentimentWeights, split_sentiment_weights
from vnlp_colab.convert.vocabularies import dump_json
from vnlp_colab.store.weights import read_npy, read_pickled_arrays


def build(read: Callable[[str], bytes]) -> Files:
    """Build SPUCBiGRUSentimentAnalyzer: the whole network, and the two graphs of ``convert.padded`` that are run."""
    arrays = read_pickled_arrays(read("weights"), "SPUCBiGRU sentiment weights")
    weights = split_sentiment_weights(arrays, read_npy(read("embedding"), "embedding of pieces"))
    stack = PaddedStack.of(weights.embedding, weights.layers, TEXT_PIECES, mirrored=True)
    return {
        "network.onnx": sentiment_model(weights),
        "outward.onnx": outward_model(stack),
        "trimmed.onnx": trimmed_model(weights, stack),
        "config.json": dump_json({"length": TEXT_PIECES}),
        "pieces.model": read("pieces"),
    }


def sentiment_model(weights: SentimentWeights) -> onnx.ModelProto:
    """Graph: ``pieces (N, 256) int32``, padded in front with 0 -> ``probability (N,)``."""
    graph = GraphBuilder()
    # The GRU operator runs along the first axis.
    steps = graph.op("Transpose", "pieces", perm=[1, 0])
    x = graph.op("Gather", graph.constant(weights.embedding), steps)
    for forward, backward in weights.layers:
        x = sequence_operator(graph, x, forward, backward)
    outputs = _head(graph, x, weights, weights.dense[0][0])
    return graph.model("spu_bigru", [Value("pieces", INT32, ("N", TEXT_PIECES))], outputs)


def trimmed_model(weights: SentimentWeights, stack: PaddedStack) -> onnx.ModelProto:
    """Graph: the same for pieces read backwards, less what is known of the padding."""
    graph = GraphBuilder()
    x = trimmed_states(graph, stack, text_only=False)
    outputs = _head(graph, x, weights, swapped_halves(weights.dense[0][0]))
    return graph.model("spu_bigru_trimmed", trimmed_inputs(stack), outputs)


def _head(graph: GraphBuilder, x: str, weights: SentimentWeights, hidden: Array) -> list[Value]:
    """Write the mean and the dense layers over states ``(T, N, 2 * units)``; returns the graph's output."""
    x = graph.op("ReduceMean", x, axes=[0], keepdims=0)
    (_, hidden_bias), (out, out_bias) = weights.dense
    x = graph.op("Relu", graph.op("Gemm", x, graph.constant(hidden), graph.constant(hidden_bias)))
    x = graph.op("Sigmoid", graph.op("Gemm", x, graph.constant(out), graph.constant(out_bias)))
    graph.op("Squeeze", x, graph.ints(1), to="probability")
    return [Value("probability", FLOAT, ("N",))]
