"""SPUCBiGRUSentimentAnalyzer, VNLP's default sentiment analyser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vnlp_colab import catalog
from vnlp_colab.encoding.halving import halve_text
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.models.inputs import as_texts
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.runtime.batching import map_groups, pack_alike
from vnlp_colab.runtime.padded import PaddedNetwork
from vnlp_colab.runtime.session import Graph, resolve_threads

_BUDGET = 8
"""Texts a batch. Measured: with more of them the states of 256 places no longer stay in a core's cache."""


class SPUCBiGRUSentimentAnalyzer:
    """Probability that a text is positive: three bidirectional GRUs over its pieces, averaged over all positions.

    A text of more than 256 pieces is halved at a space, again and again, and the halves' probabilities are averaged,
    as upstream does it. Where there is no space left to halve at, upstream recurses without end; here the pieces are
    halved instead.

    ``inference_session`` (with ``input_names`` and ``output_name``) is the whole network, padding and all, for those
    who run it themselves; it is opened when asked for. The analyser's own two graphs leave out what is known of the
    padding beforehand, and give the same.
    """

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

    @property
    def inference_session(self) -> Any:
        """The whole network's session."""
        return self._network.whole.session

    @property
    def input_names(self) -> list[str]:
        """Its input."""
        return self._network.whole.input_names

    @property
    def output_name(self) -> str:
        """Its output."""
        return self._network.whole.output_names[0]

    def predict(self, text: str) -> int:
        """1 if the text is positive, 0 if it is negative."""
        return self.predict_batch([text])[0]

    def predict_proba(self, text: str) -> float:
        """Probability that the text is positive."""
        return self.predict_proba_batch([text])[0]

    def predict_batch(self, batch: Sequence[str]) -> list[int]:
        """``predict`` of every text."""
        return [int(probability > 0.5) for probability in self.predict_proba_batch(batch)]

    def predict_proba_batch(self, batch: Sequence[str]) -> list[float]:
        """``predict_proba`` of every text, in order; an empty text has the probability of padding alone.

        Raises:
            InputError: An item is not a string.
        """
        network = self._network
        pieces: list[list[int]] = []
        shares: list[list[tuple[int, float]]] = []
        for text in as_texts(batch):
            found = halve_text(text, network.tokenizer.text, network.length)
            shares.append([(len(pieces) + i, share) for i, (_, share) in enumerate(found)])
            pieces.extend(numbers for numbers, _ in found)
        probability = np.empty(len(pieces), np.float64)
        groups = pack_alike([len(piece) for piece in pieces], _BUDGET, self._threads)
        for i, value in map_groups(lambda group: network.run([pieces[i] for i in group]), groups, self._threads):
            probability[i] = value
        return [float(sum(share * probability[i] for i, share in parts)) for parts in shares]


class _Network:
    """The graphs and their tokenizer."""

    def __init__(self, name: str, device: str) -> None:
        self._parts = parts = Parts(name, device)
        self.length: int = parts.json("config")["length"]
        self._padded = PaddedNetwork(parts.graph("outward"), parts.graph("trimmed"), self.length, mirrored=True)
        self.tokenizer = PieceTokenizer(parts.file("pieces.model"))

    @cached_property
    def whole(self) -> Graph:
        """The whole network, over padded sequences."""
        return self._parts.graph("network")

    def run(self, texts: Sequence[Sequence[int]]) -> list[float]:
        """Probabilities of runs of pieces."""
        return [float(value) for value in self._padded.run(texts)[0]]
