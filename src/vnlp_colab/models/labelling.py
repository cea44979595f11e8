"""Running a context tagger over any number of sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from vnlp_colab.runtime.batching import map_groups, pack
from vnlp_colab.runtime.context import ContextEngine
from vnlp_colab.runtime.recurrence import Floats, Indices


class Labelled(NamedTuple):
    """A sentence's probabilities ``(n, outputs)`` float32 and label numbers ``(n, heads)`` int64."""

    probabilities: Floats
    labels: npt.NDArray[np.int64]


TokenT = TypeVar("TokenT", contravariant=True)


class Encoder(Protocol[TokenT]):
    """What turns tokens into vectors."""

    def encode(self, sentences: Sequence[Sequence[TokenT]]) -> tuple[Floats, list[Indices]]:
        """Vectors ``(N, D)`` float32 of the distinct tokens, and for each sentence the rows of its tokens."""


def label_sentences(
    encoder: Encoder[TokenT], engine: ContextEngine, sentences: Sequence[Sequence[TokenT]], threads: int
) -> list[Labelled]:
    """Label sentences of any length, in any order; empty ones give empty arrays."""
    nothing = Labelled(np.empty((0, sum(engine.heads)), np.float32), np.empty((0, len(engine.heads)), np.int64))
    result = [nothing] * len(sentences)

    def run(group: list[int]) -> list[Labelled]:
        vectors, indices = encoder.encode([sentences[i] for i in group])
        return [Labelled(*found) for found in engine.run(vectors, indices)]

    groups = pack([len(tokens) for tokens in sentences], tokens_a_batch(engine.units), threads)
    for i, found in map_groups(run, groups, threads):
        result[i] = found
    return result


def own_probabilities(found: Iterable[Labelled]) -> list[Floats]:
    """Each sentence's probabilities in an array of its own: a view would keep its whole batch's in memory."""
    return [sentence.probabilities.copy() for sentence in found]


def tokens_a_batch(units: int) -> int:
    """How many tokens a network with states of a size labels at once.

    Measured: a narrow network needs large batches to outweigh the calls (2,048 words beside 512: ten percent), but not
    so large that threads wait for the last ones (beside 4,096: five percent); a wide one needs small batches, whose
    states stay in a core's cache (six percent for 256 units).
    """
    return 2048 if units <= 128 else 256
