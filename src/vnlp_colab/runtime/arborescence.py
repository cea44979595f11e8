"""The most probable dependency tree with exactly one root."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_FLOOR = 1e-30
"""Probabilities below this count as this: a tree must exist whatever the network says."""

_ONE_ROOT = 1e6
"""Price of a second root; more than all other differences together for any sentence that fits in memory."""

Scores = npt.NDArray[np.float64]


def best_tree(probabilities: npt.NDArray[np.floating]) -> list[int]:
    """Heads of the tree with the greatest product of probabilities.

    The maximum spanning arborescence (Chu and Liu 1965, Edmonds 1967), as McDonald et al. 2005
    (https://aclanthology.org/H05-1066/) use it for parsing. Every edge from the root costs so much that the best
    arborescence has just one, which always exists, because any token may head any other.

    Args:
        probabilities: ``(n, n + 1)``: of each token, how probable each head is; column 0 is the root.

    Returns:
        A head each token, counted from 1; 0 for the one root.
    """
    size = len(probabilities)
    if size == 0:
        return []
    # scores[head, dependent], node 0 being the root
    scores = np.full((size + 1, size + 1), -np.inf)
    scores[:, 1:] = np.log(np.maximum(probabilities.astype(np.float64), _FLOOR)).T
    scores[0, 1:] -= _ONE_ROOT
    np.fill_diagonal(scores, -np.inf)
    heads = _arborescence(scores)
    return [int(head) for head in heads[1:]]


def _arborescence(scores: Scores) -> npt.NDArray[np.int64]:
    """Best heads of nodes 1, 2, ... for edge scores ``(nodes, nodes)``; node 0 is the root."""
    heads: npt.NDArray[np.int64] = scores.argmax(axis=0)
    heads[0] = -1
    cycle = _find_cycle(heads)
    if cycle is None:
        return heads
    # Contract the cycle to one node, solve, and open it where the solution enters it.
    inside = np.array(cycle)
    outside = np.array([node for node in range(len(scores)) if node not in set(cycle)])
    kept = scores[heads[inside], inside]
    size = len(outside)
    smaller = np.full((size + 1, size + 1), -np.inf)
    smaller[:size, :size] = scores[np.ix_(outside, outside)]
    entering = scores[np.ix_(outside, inside)] - kept
    leaving = scores[np.ix_(inside, outside)]
    smaller[:size, size] = entering.max(axis=1)
    smaller[size, :size] = leaving.max(axis=0)
    solved = _arborescence(smaller)
    result = heads.copy()
    for i, node in enumerate(outside):
        if node == 0:
            continue
        head = solved[i]
        result[node] = inside[leaving[:, i].argmax()] if head == size else outside[head]
    entry = solved[size]
    broken = entering[entry].argmax()
    result[inside[broken]] = outside[entry]
    return result


def _find_cycle(heads: npt.NDArray[np.int64]) -> list[int] | None:
    """Some cycle of a head assignment, or None."""
    state = np.zeros(len(heads), np.int64)  # 0 new, otherwise the walk that came by
    state[0] = -1
    for walk, start in enumerate(range(1, len(heads)), 1):
        node = start
        while state[node] == 0:
            state[node] = walk
            node = int(heads[node])
        if state[node] == walk:
            cycle = [node]
            while int(heads[cycle[-1]]) != node:
                cycle.append(int(heads[cycle[-1]]))
            return cycle
    return None
