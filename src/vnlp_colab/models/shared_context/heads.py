"""Running a head over encoded sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from vnlp_colab.models.shared_context.encoder import Encoding, SharedEncoder
from vnlp_colab.runtime.batching import map_groups
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import Graph, resolve_threads

Result = TypeVar("Result")


class Head:
    """What the models of all tasks share: the encoder, a graph, and how a batch goes through them.

    Attributes:
        style: The annotation style.
        inference_session: The head's session.
        input_names: Its inputs.
        output_name: Its first output.
    """

    graph_name: str

    def __init__(self, device: str = "auto", threads: int | None = None, style: str = "boun") -> None:
        """Load the network, which all heads of a process share.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            style: The treebank whose annotation is imitated, or ``"unk"`` for none in particular. Heads of one
                style share their work on a sentence.

        Raises:
            InputError: There is no such style.
        """
        self._encoder = SharedEncoder.load(device)
        self.style = style
        self._style = self._encoder.style(style)
        self._threads = resolve_threads(threads)
        self._graph: Graph = self._encoder.head(self.graph_name)
        self.inference_session = self._graph.session
        self.input_names = self._graph.input_names
        self.output_name = self._graph.output_names[0]

    def _map(
        self, sentences: Sequence[Sequence[str]], run: Callable[[Encoding], Sequence[Result]], empty: Result
    ) -> list[Result]:
        """Run a head over sentences, in order; ``empty`` is the result for those without tokens."""
        encodings = self._encoder.encode(sentences, self._style, self._threads)
        result = [empty] * len(sentences)

        def run_some(group: list[int]) -> list[list[tuple[int, Result]]]:
            (number,) = group
            return [list(zip(encodings[number].items, run(encodings[number]), strict=True))]

        numbers = [[i] for i in range(len(encodings))]
        for _, pairs in map_groups(run_some, numbers, self._threads):
            for item, found in pairs:
                result[item] = found
        return result

    def _probabilities(self, sentences: Sequence[Sequence[str]]) -> list[Floats]:
        """Probabilities ``(n, labels)`` float32 of every sentence's tokens."""
        width = int(self._graph.session.get_outputs()[0].shape[1])

        def run(encoding: Encoding) -> Sequence[Floats]:
            return encoding.split(self._graph(*encoding.flat())[0])

        return self._map(sentences, run, np.empty((0, width), np.float32))
