"""Labels of a whole sentence: the best sequence, and probabilities that look at all sequences.

A linear chain: a sequence is worth the sum of its labels' scores and of the scores of each label after the one before
(Lafferty, McCallum and Pereira 2001). Sentences go batch by batch, longest first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab.runtime.recurrence import Floats, Indices

Scores = npt.NDArray[np.float64]

_NEVER = -1e9


def transition_scores(labels: Sequence[str], learnt: Sequence[Sequence[float]]) -> Scores:
    """Scores of a label after another, ``(labels + 1, labels)``; the last row is the start of a sentence.

    Args:
        labels: BIO labels; I never stands but after B or I of its kind.
        learnt: What the training found.
    """
    result = np.array(learnt, np.float64)
    for column, label in enumerate(labels):
        for row, before in enumerate([*labels, "O"]):
            if label.startswith("I-") and before[2:] != label[2:]:
                result[row, column] = _NEVER
    return result


def best_paths(scores: Floats, lengths: Indices, transitions: Scores) -> list[list[int]]:
    """The best labels of every sentence.

    Args:
        scores: ``(B, T, labels)``; what lies after a sentence's end is not read.
        lengths: ``(B,)`` tokens of each, none of them 0, longest first.
        transitions: ``(labels + 1, labels)``.
    """
    reached = scores[:, 0] + transitions[-1]
    active = _active(lengths)
    back = []
    for token in range(1, int(lengths[0])):
        n = active[token]
        candidates = reached[:n, :, None] + transitions[:-1]
        back.append(candidates.argmax(axis=1))
        reached[:n] = candidates.max(axis=1) + scores[:n, token]
    chosen = reached.argmax(axis=1)
    paths = np.zeros(scores.shape[:2], np.int64)
    for token in range(int(lengths[0]) - 1, -1, -1):
        n = active[token]
        paths[:n, token] = chosen[:n]
        if token:
            chosen[:n] = back[token - 1][np.arange(n), chosen[:n]]
    return [path[:length].tolist() for path, length in zip(paths, lengths, strict=True)]


def marginals(scores: Floats, lengths: Indices, transitions: Scores) -> list[Floats]:
    """Probabilities ``(n, labels)`` float32 of every sentence's labels, over all sequences; arguments as above."""
    active = _active(lengths)
    before = scores.astype(np.float64)
    before[:, 0] += transitions[-1]
    after = np.zeros_like(before)
    for token in range(1, int(lengths[0])):
        n = active[token]
        before[:n, token] += _log_sum(before[:n, token - 1, :, None] + transitions[:-1], axis=1)
    for token in range(int(lengths[0]) - 2, -1, -1):
        n = active[token + 1]
        ahead = (scores[:n, token + 1] + after[:n, token + 1])[:, None, :]
        after[:n, token] = _log_sum(ahead + transitions[:-1], axis=2)
    total = before + after
    found = np.exp(total - _log_sum(total, axis=2)[:, :, None]).astype(np.float32)
    return [own[:length] for own, length in zip(found, lengths, strict=True)]


def _active(lengths: Indices) -> list[int]:
    """How many of the sentences have a token at each position."""
    return [int(np.count_nonzero(lengths > token)) for token in range(int(lengths[0]))]


def _log_sum(values: Scores, axis: int) -> Scores:
    highest = values.max(axis=axis, keepdims=True)
    summed: Scores = np.log(np.exp(values - highest).sum(axis=axis)) + highest.squeeze(axis)
    return summed
