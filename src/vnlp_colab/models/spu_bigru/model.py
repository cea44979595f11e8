"""SPUCBiGRUSentimentAnalyzer, VNLP's default sentiment analyser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab import catalog
from vnlp_colab.encoding.halving import Part, halve_text
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.models.loading import shared
from vnlp_colab.models.padded import PaddedGraphs, PaddedModel
from vnlp_colab.models.sentiments import TextSentiment
from vnlp_colab.runtime.batching import map_groups, pack_alike
from vnlp_colab.runtime.session import resolve_threads

_BUDGET = 8
"""Texts a batch. Measured: with more of them the states of 256 places no longer stay in a core's cache."""


class SPUCBiGRUSentimentAnalyzer(PaddedModel, TextSentiment):
    """Probability that a text is positive: three bidirectional GRUs over its pieces, averaged over all positions.

    A text of more than 256 pieces is halved at a space, again and again, and the halves' probabilities are averaged,
    as upstream does it. Where there is no space left to halve at, upstream recurses without end; here the pieces are
    halved instead.

    ``inference_session`` (with ``input_names`` and ``output_name``) is the whole network, padding and all, for those
    who run it themselves; it is opened when asked for. The analyser's own two graphs leave out what is known of the
    padding beforehand, and give the same.
    """

    _network: _Network

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        evaluate: bool = False,
        precision: str | None = None,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            evaluate: Take the weights that have not seen the test set, to measure quality with.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.

        Raises:
            InputError: Another precision.
        """
        name = "SPUCBiGRUSentimentAnalyzer" + (catalog.EVAL_SUFFIX if evaluate else "")
        name = catalog.with_precision(name, precision)
        self._network = shared((name, device), lambda: _Network(name, device))
        self._threads = resolve_threads(threads)

    def _cut(self, text: str) -> list[Part]:
        return halve_text(text, self._network.tokenizer.text, self._network.length)

    def _probabilities(self, parts: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        probability = np.empty(len(parts), np.float64)
        groups = pack_alike([len(part) for part in parts], _BUDGET, self._threads)
        for i, value in map_groups(lambda group: self._network.run([parts[i] for i in group]), groups, self._threads):
            probability[i] = value
        return probability


class _Network(PaddedGraphs):
    """The graphs and their tokenizer."""

    def __init__(self, name: str, device: str) -> None:
        super().__init__(name, device, mirrored=True)
        self.tokenizer = PieceTokenizer(self._parts.file("pieces.model"))

    def run(self, texts: Sequence[Sequence[int]]) -> list[float]:
        """Probabilities of runs of pieces."""
        return [float(value) for value in self._padded.run(texts)[0]]
