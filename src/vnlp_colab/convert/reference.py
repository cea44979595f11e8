"""The networks in plain NumPy, in double precision: what conversions are compared with where Keras is not installed.

Written from the definition of Keras's layers and not from the graphs' builders, so that a fault of theirs is not
repeated here: every position's whole padded context is run, one step after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab.convert.gru import Array, GruWeights
from vnlp_colab.convert.spu_weights import SentimentWeights, SpuWeights

Doubles = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int32]


def spu_context(weights: SpuWeights, word: Ids, left: Ids, right: Ids, history: Array) -> Doubles:
    """Run an SPUContext network on the inputs of its stepwise graph.

    Args:
        weights: Its weights.
        word: ``(N, 8)`` pieces.
        left: ``(N, 40, 8)``, padded in front.
        right: ``(N, 40, 8)``, padded behind.
        history: ``(N, 40, outputs)``, padded in front.

    Returns:
        ``(N, outputs)`` probabilities.
    """
    # A word's vector depends on nothing but its pieces, so each distinct one is computed once.
    every = np.concatenate([words.reshape(-1, word.shape[1]) for words in (word, left, right)])
    distinct, place = np.unique(every, axis=0, return_inverse=True)
    vectors = _last_state(weights.word, weights.embedding[distinct])[place.reshape(-1)]
    cuts = np.cumsum([len(word), left.shape[0] * left.shape[1]])
    own, before, after = np.split(vectors, cuts)
    parts = [
        own,
        _last_state(weights.left, before.reshape(*left.shape[:2], -1)),
        _last_state(weights.right, after.reshape(*right.shape[:2], -1), backwards=True),
        _last_state(weights.history, history),
    ]
    logits = _dense(weights.dense, np.concatenate(parts, axis=1))
    return _softmax(logits) if weights.activation == "Softmax" else _sigmoid(logits)


def sentiment(weights: SentimentWeights, text: Ids) -> Doubles:
    """Run the SPUCBiGRU network: ``(N, 256)`` pieces, padded in front, to ``(N, 1)`` probabilities."""
    x: npt.NDArray[np.floating] = weights.embedding[text]
    for forward, backward in weights.layers:
        # The backward half is turned round, so that both halves of a position have seen that position last.
        halves = _states(forward, x), _states(backward, x[:, ::-1])[:, ::-1]
        x = np.concatenate(halves, axis=2)
    return _sigmoid(_dense(weights.dense, x.mean(axis=1)))


def _states(layer: GruWeights, x: npt.NDArray[np.floating]) -> Doubles:
    """All states of one GRU, in the order in which they come: ``(N, T, inputs)`` to ``(N, T, units)``."""
    kernel, recurrent, bias = (array.astype(np.float64) for array in (layer.kernel, layer.recurrent, layer.bias))
    units = recurrent.shape[0]
    state = np.zeros((len(x), units))
    states = np.empty((len(x), x.shape[1], units))
    for t in range(x.shape[1]):
        seen, remembered = x[:, t] @ kernel + bias[0], state @ recurrent + bias[1]
        gates = _sigmoid(seen[:, : 2 * units] + remembered[:, : 2 * units])
        update, reset = gates[:, :units], gates[:, units:]
        candidate = np.tanh(seen[:, 2 * units :] + reset * remembered[:, 2 * units :])
        state = states[:, t] = update * state + (1 - update) * candidate
    return states


def _last_state(layers: Sequence[GruWeights], x: npt.NDArray[np.floating], *, backwards: bool = False) -> Doubles:
    """A stack's last state; with ``backwards`` every layer reads what it is given from the end."""
    states = np.asarray(x, np.float64)
    for layer in layers:
        states = _states(layer, states[:, ::-1] if backwards else states)
    return states[:, -1]


def _dense(layers: Sequence[tuple[Array, Array]], x: Doubles) -> Doubles:
    """Dense layers with relu between them and nothing after the last."""
    for i, (kernel, bias) in enumerate(layers):
        x = x @ kernel.astype(np.float64) + bias
        if i < len(layers) - 1:
            x = np.maximum(x, 0)
    return x


def _sigmoid(x: Doubles) -> Doubles:
    # By way of tanh, which cannot overflow.
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


def _softmax(x: Doubles) -> Doubles:
    raised = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
