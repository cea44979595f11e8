"""Graphs of a context tagger: a word, its left and right context, and the labels before it, give its label.

One builder serves every network of that shape (the TreeStack tagger and parser, the SPUContext family); the
engine that runs the graphs is ``vnlp_colab.runtime.context``, and what each graph is for is told there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, INT64, GraphBuilder, Value, constants_model
from vnlp_colab.convert.gru import (
    Array,
    Gates,
    GruWeights,
    check_dense,
    check_stack,
    padding_states,
    project_model,
    stack_step,
    step_model,
)
from vnlp_colab.errors import ConversionError


@dataclass(frozen=True)
class ContextWeights:
    """A context tagger's weights.

    Attributes:
        left: Left context stack over word vectors, or ``None`` where the history reads the words itself.
        right: Right context stack (every layer runs backwards).
        history: Stack over the labels so far (over ``[word vector, labels]`` if ``left`` is ``None``).
        dense: Kernel and bias of the three dense layers.
        dense_order: The parts of the first dense layer's input, in order: of word, left, right, history.
        padding_word: ``(D,)``: the vector of a padding word.
        heads: Sizes of the output's parts, each of which has an argmax of its own.
        activation: ``"Softmax"`` or ``"Sigmoid"``.
        window: How many words of context there are on each side.
    """

    left: Sequence[GruWeights] | None
    right: Sequence[GruWeights]
    history: Sequence[GruWeights]
    dense: Sequence[tuple[Array, Array]]
    dense_order: Sequence[str]
    padding_word: Array
    heads: Sequence[int]
    activation: str
    window: int = 40

    def __post_init__(self) -> None:
        outputs = sum(self.heads)
        check_stack(self.right, self.word_size)
        if self.left is not None:
            check_stack(self.left, self.word_size)
        check_stack(self.history, outputs + (0 if self.left is not None else self.word_size))
        if len({len(stack) for stack in (self.left or self.right, self.right, self.history)}) > 1:
            raise ConversionError("the stacks of a context tagger have as many layers as one another")
        check_dense(self.dense, sum(self.sizes[part] for part in self.dense_order), outputs)

    @property
    def word_size(self) -> int:
        """Size of a word vector."""
        return int(self.padding_word.shape[0])

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of the parts of the first dense layer's input."""
        sizes = {"word": self.word_size, "right": self.right[-1].units, "history": self.history[-1].units}
        if self.left is not None:
            sizes["left"] = self.left[-1].units
        return sizes

    def first_dense(self, part: str) -> Array:
        """The rows of the first dense layer that read one part of its input.

        Raises:
            KeyError: The layer reads no such part.
        """
        start = 0
        for name in self.dense_order:
            if name == part:
                return self.dense[0][0][start : start + self.sizes[name]]
            start += self.sizes[name]
        raise KeyError(part)

    @property
    def word_history(self) -> GruWeights:
        """The share of the history's first layer that reads the word (bias left to the labels' share)."""
        layer = self.history[0]
        return GruWeights(layer.kernel[: self.word_size], layer.recurrent, np.zeros_like(layer.bias))

    def label_tables(self) -> list[Gates]:
        """Projection of every label of every head to the history's gates; the bias is in the first head's."""
        layer = self.history[0]
        kernel = layer.kernel if self.left is not None else layer.kernel[self.word_size :]
        tables, start = [], 0
        for i, size in enumerate(self.heads):
            rows = kernel[start : start + size] + (layer.input_bias if i == 0 else np.float32(0))
            tables.append(layer.gates(rows))
            start += size
        return tables

    def config(self) -> dict[str, object]:
        """What the engine needs to know besides the graphs."""
        return {
            "layers": len(self.right),
            "units": self.right[0].units,
            "window": self.window,
            "heads": list(self.heads),
            "left": self.left is not None,
        }


def context_graphs(weights: ContextWeights) -> dict[str, onnx.ModelProto]:
    """All graphs of a context tagger, by file name.

    Raises:
        ConversionError: The right contexts have another number of layers than 1 or 2.
    """
    if len(weights.right) not in (1, 2):
        raise ConversionError(f"contexts of {len(weights.right)} layers are not supported (1 or 2 are)")
    models = {
        "right_project": project_model("right_project", weights.right[0]),
        "right_step": step_model("right_step", weights.right[:1]),
        "combine": _combine_model(weights),
        "decode": _decode_model(weights),
        "tables": constants_model("tables", _tables(weights)),
    }
    if len(weights.right) == 2:
        models["right2_project"] = project_model("right2_project", weights.right[1])
        models["right2_step"] = step_model("right2_step", weights.right[1:])
    if weights.left is not None:
        models["left_project"] = project_model("left_project", weights.left[0])
        models["left_step"] = step_model("left_step", weights.left)
    else:
        models["history_project"] = project_model("history_project", weights.word_history)
    return {f"{name}.onnx": model for name, model in models.items()}


def _tables(weights: ContextWeights) -> dict[str, Array]:
    """Padding states of every stack; row k is the state after k paddings."""
    window, pad = weights.window, weights.padding_word
    right = padding_states(weights.right[:1], pad, window)[0]
    tables = {"right_padding": right}
    if weights.left is not None:
        for i, table in enumerate(padding_states(weights.left, pad, window)):
            tables[f"left_padding{i}"] = table
        history = padding_states(weights.history, None, window)
    else:
        labels = np.zeros(sum(weights.heads), np.float32)
        history = padding_states(weights.history, np.concatenate([pad, labels]), window)
    for i, table in enumerate(history):
        tables[f"history_padding{i}"] = table
    if weights.left is not None and len(weights.heads) == 1:
        for i, table in enumerate(_first_labels(weights, history)):
            tables[f"history_first{i}"] = table
    if len(weights.right) == 2:
        # The second layer reads the first one's padding states after the words, from row window - m down to 1.
        second = weights.right[1]
        tail = second.project(right)
        state = np.zeros((1, second.units))
        for row in range(window, 0, -1):
            state = second.advance(tail[row : row + 1], state)
        tables["right2_empty"] = state.astype(np.float32)
    return tables


def _first_labels(weights: ContextWeights, paddings: Sequence[Array]) -> list[Array]:
    """The states of a history that has read some paddings and then one label, ``(paddings, labels, units)`` a layer.

    Only where it reads nothing but one label a word: pairs of them would be many, and words more.
    """
    (labels,) = weights.heads
    layers, windows = weights.history, len(paddings[0])
    x: npt.NDArray[np.floating] = np.tile(np.eye(labels), (windows, 1))
    tables = []
    for layer, states in zip(layers, paddings, strict=True):
        before = np.repeat(states.astype(np.float64), labels, axis=0)
        x = layer.advance(layer.project(x), before)
        tables.append(x.astype(np.float32).reshape(windows, labels, layer.units))
    return tables


def _combine_model(weights: ContextWeights) -> onnx.ModelProto:
    """Graph: the first dense layer's share of all that does not depend on the history, ``(R, dense)``."""
    builder = GraphBuilder()
    inputs = [Value("vectors", FLOAT, ("N", weights.word_size)), Value("index", INT32, ("R",))]
    # A word's share once, however often the word occurs.
    word = builder.op(
        "Gemm", "vectors", builder.constant(weights.first_dense("word")), builder.constant(weights.dense[0][1])
    )
    total = builder.op("Gather", word, "index")
    sides = ["right"] if weights.left is None else ["left", "right"]
    for side in sides:
        last = "combined" if side == sides[-1] else None
        total = builder.op("Gemm", side, builder.constant(weights.first_dense(side)), total, to=last)
        inputs.append(Value(side, FLOAT, ("R", weights.sizes[side])))
    return builder.model("combine", inputs, [Value("combined", FLOAT, ("R", weights.dense[0][0].shape[1]))])


def _logits(builder: GraphBuilder, weights: ContextWeights) -> str:
    """Add the dense layers over ``combined`` and ``history``; returns their output's name, ``(C, heads)`` float32."""
    dense = builder.op(
        "Relu", builder.op("Gemm", "history", builder.constant(weights.first_dense("history")), "combined")
    )
    second, third = ((builder.constant(kernel), builder.constant(bias)) for kernel, bias in weights.dense[1:])
    dense = builder.op("Relu", builder.op("Gemm", dense, *second))
    return builder.op("Gemm", dense, *third)


def _decode_model(weights: ContextWeights) -> onnx.ModelProto:
    """Graph of one autoregressive step: labels of the t-th words, and all later positions' new history."""
    builder = GraphBuilder()
    layers = weights.history
    inputs = [
        Value("combined", FLOAT, ("C", weights.dense[0][0].shape[1])),
        Value("history", FLOAT, ("C", layers[-1].units)),
        Value("sentence", INT32, ("A",)),
    ]
    logits = _logits(builder, weights)
    # Labels are the argmax of the probabilities, not of the logits: saturated ties go to the first, as upstream's.
    attributes = {"axis": 1} if weights.activation == "Softmax" else {}
    builder.op(weights.activation, logits, to="probabilities", **attributes)
    parts = builder.split("probabilities", weights.heads, axis=1)
    labels = [builder.op("ArgMax", part, axis=1, keepdims=1) for part in parts]
    builder.op("Concat", *labels, to="labels", axis=1)
    rows: list[str] = ["", "", ""]
    for label, tables in zip(labels, weights.label_tables(), strict=True):
        flat = builder.op("Squeeze", label, builder.ints(1))
        for gate, table in enumerate(tables):
            row = builder.op("Gather", builder.constant(table), flat)
            rows[gate] = builder.op("Add", rows[gate], row) if rows[gate] else row
    if weights.left is None:
        inputs.append(Value("word", INT32, ("C",)))
        for gate, name in enumerate("zrc"):
            inputs.append(Value(name, FLOAT, ("N", layers[0].units)))
            rows[gate] = builder.op("Add", rows[gate], builder.op("Gather", name, "word"))
    gates = [builder.op("Gather", row, "sentence") for row in rows]
    states, following = ([f"{kind}{i}" for i in range(len(layers))] for kind in ("state", "next"))
    stack_step(builder, gates, states, layers, following)
    inputs += [Value(name, FLOAT, ("A", layer.units)) for name, layer in zip(states, layers, strict=True)]
    outputs = [
        Value("probabilities", FLOAT, ("C", sum(weights.heads))),
        Value("labels", INT64, ("C", len(weights.heads))),
        *(Value(name, FLOAT, ("A", layer.units)) for name, layer in zip(following, layers, strict=True)),
    ]
    return builder.model("decode", inputs, outputs)
