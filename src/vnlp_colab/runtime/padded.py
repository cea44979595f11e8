"""Running the graphs of ``convert.padded``: bidirectional GRUs over padded sequences, less what is known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import Graph

TOLERANCE = 1e-6
"""States nearer than this to those of padding alone are taken to be the same: what float32 keeps of a state."""

_FIRST, _NEXT = 32, 8
"""Steps into the padding before looking whether the states have settled, and between looks."""


class PaddedNetwork:
    """A network over sequences of symbols padded to one length. Safe to use from several threads.

    Attributes:
        length: Symbols of a padded sequence.
    """

    def __init__(self, outward: Graph, network: Graph, length: int, mirrored: bool) -> None:
        """Take the two graphs.

        Args:
            outward: Runs the first layer from the text into the padding.
            network: Runs everything else.
            length: Symbols of a padded sequence.
            mirrored: Padding comes first, so that sequences are read backwards.
        """
        self.length = length
        self._outward, self._network, self._mirrored = outward, network, mirrored
        units = outward.session.get_outputs()[0].shape[-1]
        self._zero = np.zeros((1, 1, units), np.float32)
        # Run here rather than stored, so that they are what these weights give, however they are rounded.
        self._settled: Floats = outward(np.zeros((length, 1), np.int32), self._zero)[0]

    def run(self, sequences: Sequence[Sequence[int] | npt.NDArray[np.int32]]) -> list[npt.NDArray[np.float32]]:
        """Run a batch.

        Args:
            sequences: Symbols without padding, at most ``length`` each; best of like length.

        Returns:
            The network's outputs.
        """
        longest = max(1, *(len(sequence) for sequence in sequences))
        symbols = np.zeros((self.length, len(sequences)), np.int32)
        for row, sequence in enumerate(sequences):
            symbols[: len(sequence), row] = sequence[::-1] if self._mirrored else sequence
        return self._network(symbols[:longest], self._states(symbols, longest))

    def _states(self, symbols: npt.NDArray[np.int32], longest: int) -> Floats:
        """The first layer's outward states as far as they differ from those of padding: ``(M, N, units)``."""
        state = np.repeat(self._zero, symbols.shape[1], axis=1)
        parts: list[Floats] = []
        start, stop = 0, min(longest + _FIRST, self.length)
        while True:
            parts.append(self._outward(symbols[start:stop], state)[0])
            state = parts[-1][-1:]
            if stop == self.length or np.abs(state - self._settled[stop - 1]).max() <= TOLERANCE:
                return parts[0] if len(parts) == 1 else np.concatenate(parts)
            start, stop = stop, min(stop + _NEXT, self.length)
