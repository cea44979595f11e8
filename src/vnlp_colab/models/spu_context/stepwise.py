"""The stepwise engine: one full graph, called once a position with the whole context.

This is how the networks were trained and how upstream calls them. It repeats nearly all of its work at every call; it
is here as the reference that the incremental engine is measured against.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vnlp_colab.models.labelling import Labelled
from vnlp_colab.models.spu_context.words import WordEncoder
from vnlp_colab.runtime.batching import map_groups, pack_alike
from vnlp_colab.runtime.session import Graph

_SENTENCES = 64
"""Sentences a batch."""


class StepwiseEngine:
    """Labels sentences one position at a time.

    Attributes:
        inference_session: The ``onnxruntime.InferenceSession`` of the full graph.
        input_names: Its inputs: word, left context, right context, history.
        output_name: Its output.
    """

    def __init__(self, graph: Graph, words: WordEncoder, window: int, heads: Sequence[int]) -> None:
        self.inference_session: Any = graph.session
        self.input_names = graph.input_names
        self.output_name = graph.output_names[0]
        self._words = words
        self._window = window
        self._heads = list(heads)

    def label(self, sentences: Sequence[Sequence[str]], threads: int) -> list[Labelled]:
        """Label token lists of any length; empty ones give empty arrays."""
        nothing = Labelled(np.empty((0, sum(self._heads)), np.float32), np.empty((0, len(self._heads)), np.int64))
        result = [nothing] * len(sentences)
        kept = [i for i, words in enumerate(sentences) if words]
        groups = pack_alike([len(sentences[i]) for i in kept], _SENTENCES, threads)
        groups = [[kept[i] for i in group] for group in groups]
        for i, found in map_groups(lambda group: self._run([sentences[i] for i in group]), groups, threads):
            result[i] = found
        return result

    def _run(self, sentences: Sequence[Sequence[str]]) -> list[Labelled]:
        """Label one batch, longest sentence first."""
        pieces = [self._words.padded(words) for words in sentences]
        lengths = np.array([len(words) for words in sentences])
        outputs = sum(self._heads)
        probabilities = [np.empty((length, outputs), np.float32) for length in lengths]
        labels = [np.empty((length, len(self._heads)), np.int64) for length in lengths]
        history = np.zeros((len(sentences), self._window, outputs), np.float32)
        for t in range(int(lengths[0])):
            active = int((lengths > t).sum())
            arrays = (
                np.stack([own[t] for own in pieces[:active]]),
                np.stack([self._before(own[:t]) for own in pieces[:active]]),
                np.stack([self._after(own[t + 1 :]) for own in pieces[:active]]),
                history[:active],
            )
            input_feed = dict(zip(self.input_names, arrays, strict=True))
            found = self.inference_session.run([self.output_name], input_feed)[0]
            history[:active] = np.roll(history[:active], -1, axis=1)
            history[:active, -1] = 0
            for i, row in enumerate(found):
                probabilities[i][t] = row
                for head, (offset, label) in enumerate(self._argmax(row)):
                    labels[i][t, head] = label
                    history[i, -1, offset + label] = 1
        return [Labelled(*pair) for pair in zip(probabilities, labels, strict=True)]

    def _before(self, pieces: np.ndarray) -> np.ndarray:
        """The nearest words before, padding first: ``(window, pieces)`` int32."""
        result = np.zeros((self._window, pieces.shape[1]), np.int32)
        near = pieces[-self._window :]
        result[self._window - len(near) :] = near
        return result

    def _after(self, pieces: np.ndarray) -> np.ndarray:
        """The nearest words after, padding last: ``(window, pieces)`` int32."""
        result = np.zeros((self._window, pieces.shape[1]), np.int32)
        near = pieces[: self._window]
        result[: len(near)] = near
        return result

    def _argmax(self, row: np.ndarray) -> list[tuple[int, int]]:
        """Offset and label of every head."""
        found, offset = [], 0
        for size in self._heads:
            found.append((offset, int(row[offset : offset + size].argmax())))
            offset += size
        return found
