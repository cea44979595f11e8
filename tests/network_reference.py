"""The networks as they are defined: every padding step run, one word at a time, in double precision.

Slow, plain, and written without the package's engine, so that the engine can be compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import onnx

from vnlp_colab.convert.context import ContextWeights
from vnlp_colab.convert.gru import GruWeights
from vnlp_colab.runtime.session import Graph, open_session


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gru_states(layer: GruWeights, inputs: np.ndarray, state: np.ndarray | None = None) -> np.ndarray:
    """All states ``(T, units)`` of a Keras GRU (``reset_after=True``) over ``(T, inputs)``."""
    kernel, recurrent, bias = (array.astype(np.float64) for array in (layer.kernel, layer.recurrent, layer.bias))
    units = recurrent.shape[0]
    h = np.zeros(units) if state is None else state.astype(np.float64)
    states = []
    for x in inputs.astype(np.float64):
        from_input, from_state = x @ kernel + bias[0], h @ recurrent + bias[1]
        z = sigmoid(from_input[:units] + from_state[:units])
        r = sigmoid(from_input[units : 2 * units] + from_state[units : 2 * units])
        candidate = np.tanh(from_input[2 * units :] + r * from_state[2 * units :])
        h = z * h + (1 - z) * candidate
        states.append(h)
    return np.array(states).reshape(len(states), units)


def stack_state(layers: Sequence[GruWeights], inputs: np.ndarray) -> np.ndarray:
    """Last state of the top layer, each layer reading the one below."""
    for layer in layers:
        inputs = gru_states(layer, inputs)
    return inputs[-1]


def backward_stack_state(layers: Sequence[GruWeights], inputs: np.ndarray) -> np.ndarray:
    """The same with ``go_backwards=True`` on every layer: each reads what it is given from the end."""
    for layer in layers:
        inputs = gru_states(layer, inputs[::-1])
    return inputs[-1]


def context_outputs(weights: ContextWeights, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities ``(n, outputs)`` and labels ``(n, heads)`` of one sentence ``(n, D)``, word by word."""
    window, pad = weights.window, weights.padding_word.astype(np.float64)
    outputs = sum(weights.heads)
    chosen: list[np.ndarray] = []
    probabilities, labels = [], []
    for i, word in enumerate(words):
        before = words[max(0, i - window) : i]
        after = words[i + 1 : i + 1 + window]
        padded_before = np.concatenate([np.tile(pad, (window - len(before), 1)), before])
        padded_after = np.concatenate([after, np.tile(pad, (window - len(after), 1))])
        past = np.zeros((window, outputs))
        recent = chosen[max(0, i - window) :]
        if recent:
            past[window - len(recent) :] = recent
        parts = {"word": word, "right": backward_stack_state(weights.right, padded_after)}
        if weights.left is None:
            past = np.concatenate([padded_before, past], axis=1)
        else:
            parts["left"] = stack_state(weights.left, padded_before)
        parts["history"] = stack_state(weights.history, past)
        x = np.concatenate([parts[name] for name in weights.dense_order])
        for j, (kernel, bias) in enumerate(weights.dense):
            x = x @ kernel.astype(np.float64) + bias
            x = np.maximum(x, 0) if j < 2 else x
        if weights.activation == "Softmax":
            x = np.exp(x - x.max())
            x /= x.sum()
        else:
            x = sigmoid(x)
        starts = np.cumsum([0, *weights.heads[:-1]])
        best = [int(x[start : start + size].argmax()) for start, size in zip(starts, weights.heads, strict=True)]
        one_hot = np.zeros(outputs)
        one_hot[[start + label for start, label in zip(starts, best, strict=True)]] = 1
        chosen.append(one_hot)
        probabilities.append(x)
        labels.append(best)
    return np.array(probabilities), np.array(labels)


def random_gru(random: np.random.Generator, inputs: int, units: int, scale: float = 0.5) -> GruWeights:
    shapes = (inputs, 3 * units), (units, 3 * units), (2, 3 * units)
    return GruWeights(*(random.normal(0, scale, shape).astype(np.float32) for shape in shapes))


def random_stack(random: np.random.Generator, inputs: int, units: int, layers: int) -> list[GruWeights]:
    return [random_gru(random, inputs if i == 0 else units, units) for i in range(layers)]


def random_context(
    seed: int,
    *,
    layers: int,
    left: bool,
    activation: str,
    heads: Sequence[int],
    word: int = 6,
    units: int = 8,
    window: int = 5,
) -> ContextWeights:
    """Weights of a small context tagger, large enough numbers that labels differ from place to place."""
    random = np.random.default_rng(seed)
    outputs = sum(heads)
    order = ("word", "left", "history", "right") if left else ("word", "history", "right")
    sizes = [word + units * (len(order) - 1), 10, 9, outputs]
    dense = [
        (random.normal(0, 0.7, shape).astype(np.float32), random.normal(0, 0.3, shape[1]).astype(np.float32))
        for shape in pairwise(sizes)
    ]
    return ContextWeights(
        left=random_stack(random, word, units, layers) if left else None,
        right=random_stack(random, word, units, layers),
        history=random_stack(random, outputs + (0 if left else word), units, layers),
        dense=dense,
        dense_order=order,
        padding_word=random.normal(0, 1, word).astype(np.float32),
        heads=heads,
        activation=activation,
        window=window,
    )


def open_graphs(models: Mapping[str, onnx.ModelProto]) -> Callable[[str], Graph]:
    """Open graphs in memory, as ``Parts.graph`` opens files."""
    return lambda name: Graph(open_session(models[f"{name}.onnx"].SerializeToString(), "cpu"))


def open_graph(model: onnx.ModelProto) -> Graph:
    return Graph(open_session(model.SerializeToString(), "cpu"))
