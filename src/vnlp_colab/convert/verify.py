"""Comparing a converted network with its source, side by side on real sentences.

The source's own labels are the history of both, so that each position is compared on equal input: a label that
flips on a margin of rounding would otherwise change all that comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW
from vnlp_colab.errors import InputError

TOLERANCE = 1e-5
"""Largest difference of a probability that counts as the same network in another order of additions."""

TEXT_TOLERANCE = 1e-4
"""The same for the sentiment network, whose 768 steps a direction add up more rounding: with an output layer of large
weights Keras itself is 1.2e-5 from what double precision gives."""

_BATCH = 64

Array = npt.NDArray[np.float32]
Network = Callable[..., npt.NDArray[np.floating]]
"""Inputs as arrays, in the stepwise graph's order, to probabilities ``(N, outputs)``."""


@dataclass(frozen=True)
class Comparison:
    """What came of a comparison.

    Attributes:
        compared: Number of outputs compared: positions of sentences, or texts.
        max_difference: The largest absolute difference of two probabilities.
        mean_difference: The mean absolute difference.
        agreeing: Number of outputs whose labels agree in every part.
        smallest_margin: The smallest distance between the first and the second label, in the source.
        tolerance: The largest difference that passes.
    """

    compared: int
    max_difference: float
    mean_difference: float
    agreeing: int
    smallest_margin: float
    tolerance: float = TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether no probability differs by more than the tolerance."""
        # Written this way round so that a difference that is not a number does not pass.
        return bool(self.max_difference <= self.tolerance)

    def report(self) -> dict[str, object]:
        """The comparison in JSON types."""
        return {
            "compared": self.compared,
            "max_difference": self.max_difference,
            "mean_difference": self.mean_difference,
            "labels_agreeing": self.agreeing,
            "label_agreement": self.agreeing / self.compared,
            "smallest_margin": self.smallest_margin,
            "tolerance": self.tolerance,
            "passed": self.passed,
        }


def decode(network: Network, sentences: Sequence[npt.NDArray[np.int32]], heads: Sequence[int]) -> list[Array]:
    """Label sentences with a stepwise network, each label becoming history of the next.

    Args:
        network: Takes word, left context, right context and history.
        sentences: The pieces of each sentence's words, ``(words, 8)``.
        heads: Sizes of the output's parts.

    Returns:
        Probabilities of each sentence, ``(words, outputs)``.
    """
    found = [np.zeros((len(words), sum(heads)), np.float32) for words in sentences]
    for t in range(max(map(len, sentences), default=0)):
        active = [i for i, words in enumerate(sentences) if len(words) > t]
        for start in range(0, len(active), _BATCH):
            rows = active[start : start + _BATCH]
            inputs = [step_inputs(sentences[i], t, found[i], heads) for i in rows]
            outputs = network(*(np.stack(arrays) for arrays in zip(*inputs, strict=True)))
            for i, row in zip(rows, outputs, strict=True):
                found[i][t] = row
    return found


def step_inputs(
    words: npt.NDArray[np.int32], position: int, probabilities: Array, heads: Sequence[int]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32], Array]:
    """Make the inputs of one position of a sentence.

    Args:
        words: ``(words, 8)`` pieces.
        position: Which word.
        probabilities: ``(words, outputs)``; the rows before ``position`` decide the history.
        heads: Sizes of the output's parts.

    Returns:
        Word ``(8,)``, left and right context ``(40, 8)``, history ``(40, outputs)``.
    """
    left, right = np.zeros((2, WINDOW, PIECES_A_WORD), np.int32)
    history = np.zeros((WINDOW, sum(heads)), np.float32)
    first = max(0, position - WINDOW)
    after = words[position + 1 : position + 1 + WINDOW]
    if position > 0:
        left[first - position :] = words[first:position]
        for row, label in zip(history[first - position :], _labels(probabilities[first:position], heads), strict=True):
            row[np.cumsum([0, *heads[:-1]]) + label] = 1
    right[: len(after)] = after
    return words[position], left, right, history


def compare_stepwise(
    result: Network, sentences: Sequence[npt.NDArray[np.int32]], expected: Sequence[Array], heads: Sequence[int]
) -> Comparison:
    """Compare a stepwise network with a source position by position, the source's labels being both's history.

    Args:
        result: The network to be compared.
        sentences: The pieces of each sentence's words, ``(words, 8)``.
        expected: What ``decode`` made of them with the source.
        heads: Sizes of the output's parts.

    Raises:
        InputError: There is nothing to compare.
    """
    found: list[Array] = []
    for words, probabilities in zip(sentences, expected, strict=True):
        inputs = [step_inputs(words, t, probabilities, heads) for t in range(len(words))]
        for start in range(0, len(inputs), _BATCH):
            batch = zip(*inputs[start : start + _BATCH], strict=True)
            found.append(np.asarray(result(*(np.stack(arrays) for arrays in batch)), np.float32))
    return compare(expected, found, heads)


def compare_decoded(expected: Sequence[Array], found: Sequence[Array], heads: Sequence[int]) -> Comparison:
    """Compare two networks that labelled the same sentences, each with its own history.

    Of a sentence only what comes up to the first label that differs is compared: beyond it the histories differ.

    Raises:
        InputError: There is nothing to compare, or there are not as many of one as of the other.
    """
    pairs = []
    for source, other in zip(expected, found, strict=True):
        differ = (_labels(source, heads) != _labels(other, heads)).any(axis=1)
        end = int(differ.argmax()) + 1 if differ.any() else len(source)
        pairs.append((source[:end], other[:end]))
    return compare([source for source, _ in pairs], [other for _, other in pairs], heads)


def compare(
    expected: Sequence[Array], found: Sequence[Array], heads: Sequence[int], tolerance: float = TOLERANCE
) -> Comparison:
    """Compare probabilities that were made of equal inputs.

    Raises:
        InputError: There is nothing to compare, or there are not as many of one as of the other.
    """
    rows, others = (np.concatenate([np.zeros((0, sum(heads))), *arrays]) for arrays in (expected, found))
    if not len(rows) or rows.shape != others.shape:
        raise InputError(f"nothing to compare: {rows.shape} probabilities of the source, {others.shape} of the result")
    difference = np.abs(rows - others)
    agreeing = (_labels(rows, heads) == _labels(others, heads)).all(axis=1)
    return Comparison(
        compared=len(rows),
        max_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        agreeing=int(agreeing.sum()),
        smallest_margin=min(_margin(part) for part in _parts(rows, heads)),
        tolerance=tolerance,
    )


def _parts(probabilities: npt.NDArray[np.floating], heads: Sequence[int]) -> list[npt.NDArray[np.floating]]:
    return np.split(probabilities, np.cumsum(heads)[:-1], axis=1)


def _labels(probabilities: npt.NDArray[np.floating], heads: Sequence[int]) -> npt.NDArray[np.int64]:
    """Labels ``(N, heads)``; an output of one number is a yes from a half upwards."""
    parts = _parts(probabilities, heads)
    return np.stack([part[:, 0] > 0.5 if part.shape[1] == 1 else part.argmax(axis=1) for part in parts], axis=1)


def _margin(part: npt.NDArray[np.floating]) -> float:
    if part.shape[1] == 1:
        return float(np.abs(part - 0.5).min())
    ranked = np.sort(part, axis=1)
    return float((ranked[:, -1] - ranked[:, -2]).min())
