"""Where the words of a batch lie in the arrays that the incremental engine advances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vnlp_colab.runtime.recurrence import Indices, running

Rows = npt.NDArray[np.int64]


class Layout:
    """Where each position of each sentence lies: position descending, then sentence ascending.

    Attributes:
        lengths: Length of each sentence, descending.
        position: Position of each row in its sentence.
        sentence: Sentence of each row.
        later: ``later[p]``: how many rows have a position greater than p (so rows of position p start there).
    """

    def __init__(self, lengths: Rows) -> None:
        self.lengths = lengths
        self.counts = np.array(running(lengths), np.int64)
        self.later = np.cumsum(self.counts[::-1])[::-1] - self.counts
        self.position = np.repeat(np.arange(len(self.counts))[::-1], self.counts[::-1])
        self.sentence = np.arange(len(self.position)) - self.later[self.position]

    def by_sentence(self) -> tuple[Rows, list[tuple[int, int]]]:
        """The rows of all sentences' words one after another, and where each sentence begins and ends among them.

        Returns:
            ``(rows,)`` int64, and a start and a stop a sentence.
        """
        stops = np.cumsum(self.lengths)
        starts = stops - self.lengths
        sentence = np.repeat(np.arange(len(starts)), self.lengths)
        position = np.arange(len(sentence)) - starts[sentence]
        return self.later[position] + sentence, list(zip(starts.tolist(), stops.tolist(), strict=True))

    def mirrored(self) -> Rows:
        """For each row, the row of the same word in the layout of the reversed sentences: ``(rows,)`` int64."""
        position = self.lengths[self.sentence] - 1 - self.position
        return np.asarray(self.later[position] + self.sentence)


@dataclass(frozen=True)
class Words:
    """Rows of word vectors: ``matrix``, ``(sentences, longest)`` int32, not read beyond a sentence's end."""

    matrix: Indices

    @classmethod
    def of(cls, sentences: Sequence[Indices], lengths: Rows) -> Words:
        """Lay out the words of sentences, longest first."""
        matrix = np.zeros((len(sentences), int(lengths[0])), np.int32)
        matrix[np.arange(matrix.shape[1]) < lengths[:, None]] = np.concatenate(sentences)
        return cls(matrix)

    def reversed(self, lengths: Rows) -> Words:
        """The same sentences, last word first."""
        place = lengths[:, None] - 1 - np.arange(self.matrix.shape[1])
        return Words(np.take_along_axis(self.matrix, np.maximum(place, 0), axis=1))
