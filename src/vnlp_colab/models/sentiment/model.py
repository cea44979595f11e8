"""The word-level GRU sentiment analyser of vngrs-nlp 0.1.4.4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab import catalog
from vnlp_colab.encoding.halving import Part, halve_text
from vnlp_colab.encoding.words import normalise_word, split_filtered
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.sentiments import TextSentiment
from vnlp_colab.models.word_vectors import WordVectors
from vnlp_colab.runtime.batching import map_groups, pack
from vnlp_colab.runtime.recurrence import advance, longest_first, ragged_schedule
from vnlp_colab.runtime.session import resolve_threads

_BUDGET = 2048
"""Words a batch."""


class GRUSentimentAnalyzer(TextSentiment):
    """Probability that a text is positive: two GRUs over its words.

    A text of more than 128 known words is halved at a space, again and again, and the halves' probabilities are
    averaged, as upstream does it. Where there is no space left to halve at, upstream recurses without end; here the
    words are halved instead.

    Attributes:
        inference_session: The session that reads one word of every text in the batch.
        input_names: Its inputs.
        output_name: Its (top layer's) output.
    """

    def __init__(self, device: str = "auto", threads: int | None = None, precision: str | None = None) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.

        Raises:
            InputError: Another precision.
        """
        name = catalog.with_precision("GRUSentimentAnalyzer", precision)
        self._network = shared((name, device), lambda: _Network(name, device))
        self._threads = resolve_threads(threads)
        step = self._network.step
        self.inference_session: Any = step.session
        self.input_names = step.input_names
        self.output_name = step.output_names[-1]

    def _cut(self, text: str) -> list[Part]:
        return self._network.cut(text)

    def _probabilities(self, parts: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        probability = np.full(len(parts), self._network.empty, np.float64)
        groups = pack([len(part) for part in parts], _BUDGET, self._threads)
        for i, value in map_groups(lambda group: self._network.run([parts[i] for i in group]), groups, self._threads):
            probability[i] = value
        return probability


class _Network:
    """The graphs, and how a text is cut for them."""

    def __init__(self, name: str, device: str) -> None:
        parts = Parts(name, device)
        self._vectors = WordVectors.load(device, parts.precision)
        self.length: int = parts.json("config")["length"]
        self._project, self.step, self._head = (parts.graph(name) for name in ("project", "step", "head"))
        tables = parts.tables("tables")
        self._padding = [tables["padding0"], tables["padding1"]]
        self.empty = float(self._head(self._padding[1][self.length :])[0][0])

    def cut(self, text: str) -> list[Part]:
        """Cut a text into runs of word numbers that the network can read, each with its share of the answer."""
        words = self._vectors.words
        return halve_text(normalise_word(text), lambda part: words.numbers(split_filtered(part)), self.length)

    def run(self, pieces: Sequence[Sequence[int]]) -> list[float]:
        """Probabilities of runs of word numbers, none empty."""
        order = longest_first([len(piece) for piece in pieces])
        distinct = sorted({number for piece in pieces for number in piece})
        row = {number: i for i, number in enumerate(distinct)}
        tables = self._project(self._vectors.vectors(distinct))
        sequences = [[row[number] for number in pieces[i]] for i in order]
        start = np.array([self.length - len(sequence) for sequence in sequences])
        states = [padding[start] for padding in self._padding]
        state = advance(self.step, tables, ragged_schedule(sequences), states)
        result = np.empty(len(pieces), np.float32)
        result[order] = self._head(state)[0]
        return [float(value) for value in result]
