"""Graphs of bidirectional GRUs over padded sequences, without the padding whose states are known beforehand.

Padding is not masked: it runs through every layer and changes the numbers, so the networks read all of it. But what
they read there is the same for every text, and so are some of the states, at places counted from the padding's far
end (here a sequence is seen with its text first; where padding comes first, everything is mirrored):

- the first layer's inward states (from the far end towards the text) are a table as far as the text's end;
- its outward states (from the text into the padding) come to those of a text that is padding alone, after as many
  steps as the weights need; ``runtime.padded`` looks when, so here it is a length that the graph is given;
- beyond that place the second layer's inputs are the same for all texts, so its inward states are a table there.

In the trained network nothing settles further up: the second layer's outward states remember the text to the end.
At the last layer outward states are needed only where the output is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.convert.gru import Array, GruWeights, padding_states, sequence_operator
from vnlp_colab.errors import ConversionError

Directions = tuple[GruWeights, GruWeights]


@dataclass(frozen=True)
class PaddedStack:
    """Bidirectional GRUs over symbols, seen with the text first and the padding (symbol 0) after it.

    Attributes:
        embedding: ``(symbols, D)`` float32.
        layers: Outward and inward GRU of each layer; a layer reads ``[outward, inward]`` of the one below.
        length: Symbols of a padded sequence.
    """

    embedding: Array
    layers: Sequence[Directions]
    length: int

    @classmethod
    def of(cls, embedding: Array, layers: Sequence[Directions], length: int, mirrored: bool) -> PaddedStack:
        """Make one of the forward and backward GRUs of each layer.

        Args:
            embedding: ``(symbols, D)`` float32.
            layers: Forward and backward GRU of each layer.
            length: Symbols of a padded sequence.
            mirrored: Padding comes first, so that the stack's sequences are the network's read backwards.

        Raises:
            ConversionError: There are fewer than three layers.
        """
        if len(layers) < 3:
            raise ConversionError(f"a padded stack has three layers or more, not {len(layers)}")
        if not mirrored:
            return cls(embedding, layers, length)
        turned = [(layers[0][1], layers[0][0])]
        for forward, backward in layers[1:]:
            turned.append((_swapped(backward), _swapped(forward)))
        return cls(embedding, turned, length)

    @property
    def units(self) -> int:
        """Size of one direction's state."""
        return self.layers[0][0].units

    def tables(self) -> tuple[Array, Array, Array]:
        """States over padding alone, by place.

        Returns:
            The first layer's outward states ``(length, units)``; its inward states, and the second layer's,
            ``(length + 1, units)``, of which the last row is the zero state that they start from.
        """
        (outward, inward), (_, second) = self.layers[:2]
        padding = self.embedding[0]
        out = padding_states([outward], padding, self.length)[0][1:]
        into = padding_states([inward], padding, self.length)[0][::-1]
        projected = second.project(np.concatenate([out, into[:-1]], axis=1))
        states = [np.zeros((1, second.units))]
        for row in projected[::-1]:
            states.append(second.advance(row[None], states[-1]))
        return out, into, np.concatenate(states[::-1]).astype(np.float32)


def swapped_halves(kernel: Array) -> Array:
    """The rows of a kernel that reads ``[forward, backward]``, for one that reads ``[backward, forward]``."""
    half = len(kernel) // 2
    return np.concatenate([kernel[half:], kernel[:half]])


def _swapped(layer: GruWeights) -> GruWeights:
    return GruWeights(swapped_halves(layer.kernel), layer.recurrent, layer.bias)


def outward_model(stack: PaddedStack) -> onnx.ModelProto:
    """Graph: the first layer outward: ``symbols (T, N) int32``, ``state (1, N, units)`` -> ``states (T, N, units)``."""
    builder = GraphBuilder()
    x = builder.op("Gather", builder.constant(stack.embedding), "symbols")
    _directed(builder, x, stack.layers[0][0], "forward", "state", to="states")
    shape = ("N", stack.units)
    inputs = [Value("symbols", INT32, ("T", "N")), Value("state", FLOAT, (1, *shape))]
    return builder.model("outward", inputs, [Value("states", FLOAT, ("T", *shape))])


def trimmed_states(builder: GraphBuilder, stack: PaddedStack, text_only: bool) -> str:
    """Write all layers but the first one's outward states.

    The graph's inputs are ``symbols (S, N) int32``, which hold every text of the batch, and the first layer's
    ``outward (M, N, units)``, S <= M <= length, as far as they differ from those over padding alone.

    Args:
        builder: Where to write.
        stack: The layers.
        text_only: Give the states of the first S places only.

    Returns:
        The last layer's states, ``[outward, inward]``: ``(S or length, N, 2 * units)``.
    """
    write = _Trimmed(builder, stack)
    x = write.second(write.first())
    for outward, inward in stack.layers[2:-1]:
        x = sequence_operator(builder, x, outward, inward)
    if not text_only:
        return sequence_operator(builder, x, *stack.layers[-1])
    outward, inward = stack.layers[-1]
    out = _directed(builder, write.cut(x, None, write.text), outward, "forward")
    into = _directed(builder, x, inward, "reverse")
    return builder.op("Concat", out, write.cut(into, None, write.text), axis=2)


def trimmed_inputs(stack: PaddedStack) -> list[Value]:
    """The inputs of a graph that ``trimmed_states`` is written into."""
    return [Value("symbols", INT32, ("S", "N")), Value("outward", FLOAT, ("M", "N", stack.units))]


class _Trimmed:
    """Writes the two lowest layers.

    Attributes:
        text: Name of the number of places that hold all texts, ``(1,)`` int64.
    """

    def __init__(self, builder: GraphBuilder, stack: PaddedStack) -> None:
        self._builder, self._stack = builder, stack
        self._outward, self._inward, self._second = (builder.constant(table) for table in stack.tables())
        shape = builder.op("Shape", "symbols")
        self.text = builder.op("Slice", shape, builder.ints(0), builder.ints(1))
        self._rows = builder.op("Slice", shape, builder.ints(1), builder.ints(2))
        self._settled = builder.op("Slice", builder.op("Shape", "outward"), builder.ints(0), builder.ints(1))

    def first(self) -> str:
        """The first layer's states: ``(length, N, 2 * units)``."""
        builder = self._builder
        x = builder.op("Gather", builder.constant(self._stack.embedding), "symbols")
        start = self._spread(builder.op("Gather", self._inward, self.text))
        inward = _directed(builder, x, self._stack.layers[0][1], "reverse", start)
        inward = builder.op("Concat", inward, self._tail(self._inward, self.text), axis=0)
        outward = builder.op("Concat", "outward", self._tail(self._outward, self._settled), axis=0)
        return builder.op("Concat", outward, inward, axis=2)

    def second(self, x: str) -> str:
        """The second layer's states: ``(length, N, 2 * units)``."""
        builder = self._builder
        outward, inward = self._stack.layers[1]
        start = self._spread(builder.op("Gather", self._second, self._settled))
        into = _directed(builder, self.cut(x, None, self._settled), inward, "reverse", start)
        into = builder.op("Concat", into, self._tail(self._second, self._settled), axis=0)
        return builder.op("Concat", _directed(builder, x, outward, "forward"), into, axis=2)

    def cut(self, x: str, start: str | None, stop: str | None) -> str:
        """Places from ``start`` to ``stop``; ``None`` stands for the first and for the sequence's length."""
        first = start or self._builder.ints(0)
        return self._builder.op("Slice", x, first, stop or self._builder.ints(self._stack.length))

    def _tail(self, table: str, start: str) -> str:
        """A table's rows from a place to the sequence's end, for every text."""
        return self._spread(self._builder.op("Unsqueeze", self.cut(table, start, None), self._builder.ints(1)))

    def _spread(self, x: str) -> str:
        """One row for every text: ``(T, 1, units)`` or ``(1, units)`` to ``(T or 1, N, units)``."""
        one = self._builder.ints(1)
        return self._builder.op("Expand", x, self._builder.op("Concat", one, self._rows, one, axis=0))


def _directed(
    builder: GraphBuilder, x: str, layer: GruWeights, direction: str, start: str = "", to: str | None = None
) -> str:
    """Write a GRU of one direction: ``(T, N, inputs)`` to ``(T, N, units)``."""
    constants = [builder.constant(a[None]) for a in (layer.kernel.T, layer.recurrent.T, layer.bias.reshape(-1))]
    y = builder.op(
        "GRU", x, *constants, "", start, hidden_size=layer.units, direction=direction, linear_before_reset=1
    )  # (T, 1, N, units)
    return builder.op("Squeeze", y, builder.ints(1), to=to)
