"""The stepwise graph of an SPUContext network: the whole network in one graph, built with onnx alone.

It computes one word's label from the word, all of its context and the labels before it, exactly as upstream's Keras
model does, padding and all. It is slow, since every word's whole context is run anew, and it is what faster ways of
running the same weights are compared with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.convert.gru import Array, GruWeights
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW, SpuWeights

OUTPUT = "probabilities"


def stepwise_model(weights: SpuWeights) -> onnx.ModelProto:
    """Build the graph.

    Its inputs are ``word_input (N, 8) int32``, ``left_input`` and ``right_input (N, 40, 8) int32``, and the history
    under the model's own name, ``(N, 40, outputs) float32``; its output ``probabilities (N, outputs) float32``.
    """
    builder = GraphBuilder()
    table = builder.constant(weights.embedding)
    parts = [_encode(builder, "word", table, "word_input", weights)]
    for side, stack in (("left", weights.left), ("right", weights.right)):
        words = builder.op("Reshape", f"{side}_input", builder.ints(-1, PIECES_A_WORD))
        vectors = _encode(builder, f"{side}_words", table, words, weights)
        vectors = builder.op("Reshape", vectors, builder.ints(-1, WINDOW, weights.word[-1].units))
        parts.append(_stack(builder, side, _time_first(builder, vectors), stack, backwards=side == "right"))
    parts.append(_stack(builder, "history", _time_first(builder, weights.history_input_name), weights.history))
    x = builder.op("Concat", *parts, axis=1)
    for kernel, bias in weights.dense[:-1]:
        x = builder.op("Relu", builder.op("Gemm", x, builder.constant(kernel), builder.constant(bias)))
    logits = builder.op("Gemm", x, *(builder.constant(array) for array in weights.dense[-1]))
    builder.op(weights.activation, logits, to=OUTPUT, **({"axis": 1} if weights.activation == "Softmax" else {}))
    inputs = [
        Value("word_input", INT32, ("N", PIECES_A_WORD)),
        Value("left_input", INT32, ("N", WINDOW, PIECES_A_WORD)),
        Value("right_input", INT32, ("N", WINDOW, PIECES_A_WORD)),
        Value(weights.history_input_name, FLOAT, ("N", WINDOW, weights.outputs)),
    ]
    return builder.model("stepwise", inputs, [Value(OUTPUT, FLOAT, ("N", weights.outputs))])


def _encode(builder: GraphBuilder, name: str, table: str, words: str, weights: SpuWeights) -> str:
    """Words ``(M, 8)`` to their vectors ``(M, units)``."""
    # Pieces first: (8, M), which Gather makes (8, M, embedding), as the GRU operator takes its input.
    pieces = builder.op("Transpose", words, perm=[1, 0])
    return _stack(builder, name, builder.op("Gather", table, pieces), weights.word)


def _time_first(builder: GraphBuilder, x: str) -> str:
    return builder.op("Transpose", x, perm=[1, 0, 2])


def _stack(builder: GraphBuilder, name: str, x: str, layers: Sequence[GruWeights], *, backwards: bool = False) -> str:
    """A stack's last state: ``(T, M, inputs)`` to ``(M, units)``.

    A backwards layer of Keras lists its states in the order in which it made them, farthest word first, and the next
    one reads that list from its end: nearest word first. A reverse GRU of ONNX leaves each state at its input's
    place, where the nearest word is first already. So here directions alternate.
    """
    for i, layer in enumerate(layers):
        inputs = [x, *(builder.constant(array[np.newaxis]) for array in _onnx_layout(layer))]
        direction = "reverse" if backwards and i % 2 == 0 else "forward"
        attributes: dict[str, Any] = {"hidden_size": layer.units, "direction": direction, "linear_before_reset": 1}
        if i < len(layers) - 1:
            x = builder.op("Squeeze", builder.op("GRU", *inputs, **attributes), builder.ints(1))
        else:  # of the last layer only the last state is wanted, the operator's second output
            builder.ops("GRU", *inputs, to=["", f"{name}_last"], **attributes)
    return builder.op("Squeeze", f"{name}_last", builder.ints(0), to=f"{name}_state")


def _onnx_layout(layer: GruWeights) -> tuple[Array, Array, Array]:
    """A layer's arrays as the GRU operator wants them: gates z, r, h as in Keras, input bias before recurrent."""
    return layer.kernel.T, layer.recurrent.T, layer.bias.reshape(-1)
