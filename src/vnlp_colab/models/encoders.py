"""Encoding short sequences of symbols (a word's characters, an analysis's tags) with small GRUs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vnlp_colab.runtime.recurrence import Floats, advance, longest_first, ragged_schedule
from vnlp_colab.runtime.session import Graph

Symbols = Sequence[int]


def read_leading(step: Graph, padding: Sequence[Floats], length: int, sequences: Sequence[Symbols]) -> Floats:
    """Final states of a stack that reads padding first and then the symbols.

    The padding is not run: its states are looked up.

    Args:
        step: One step of the stack; the symbols' projections are constants of the graph.
        padding: ``(length + 1, units)`` a layer: the states after so many paddings.
        length: Padding and symbols together.
        sequences: Symbol numbers, at most ``length`` each.

    Returns:
        ``(n, units)`` float32, the top layer's states.
    """
    order = longest_first([len(sequence) for sequence in sequences])
    ordered = [sequences[i] for i in order]
    start = np.array([length - len(sequence) for sequence in ordered], np.int64)
    states = [table[start] for table in padding]
    result = np.empty_like(states[-1])
    result[order] = advance(step, (), ragged_schedule(ordered), states)
    return result


def read_trailing(step: Graph, padding: Sequence[Floats], length: int, sequences: Sequence[Symbols]) -> Floats:
    """Final states of a stack that reads the symbols first and then padding, which has to be run.

    Arguments and result are those of ``read_leading``.
    """
    symbols = np.zeros((len(sequences), length), np.int32)
    for row, sequence in enumerate(sequences):
        symbols[row, : len(sequence)] = sequence
    states = [np.zeros((len(sequences), table.shape[1]), np.float32) for table in padding]
    return advance(step, (), [np.ascontiguousarray(column) for column in symbols.T], states)


class BidirectionalEncoder:
    """A bidirectional GRU over padded sequences of symbols, without running the padding that comes first."""

    def __init__(
        self, graph: Callable[[str], Graph], tables: dict[str, Floats], name: str, length: int, padded: str
    ) -> None:
        """Open the two directions.

        Args:
            graph: Opens a graph by name.
            tables: Padding states by name.
            name: Prefix of the graphs and tables.
            length: Length of padded sequences; longer ones keep their last symbols.
            padded: ``"pre"`` or ``"post"``: where padding goes.
        """
        self._steps = [graph(f"{name}_{direction}") for direction in ("forward", "backward")]
        self._padding = [[tables[f"{name}_{direction}_padding"]] for direction in ("forward", "backward")]
        self._readers = (read_leading, read_trailing) if padded == "pre" else (read_trailing, read_leading)
        self._length = length
        self.size = sum(padding[0].shape[1] for padding in self._padding)

    def encode(self, sequences: Sequence[Symbols]) -> Floats:
        """Encode sequences of symbol numbers to ``(n, size)`` float32: forward state, then backward state."""
        kept = [sequence[-self._length :] for sequence in sequences]
        directions = (kept, [sequence[::-1] for sequence in kept])
        states = [
            reader(step, padding, self._length, given)
            for reader, step, padding, given in zip(self._readers, self._steps, self._padding, directions, strict=True)
        ]
        return np.concatenate(states, axis=1)
