"""The most probable dependency tree with exactly one root."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_FLOOR = 1e-30
"""Probabilities below this count as this: a tree must exist whatever the network says."""

_ONE_ROOT = 1e6
"""Price of a second root; more than all other differences together for any sentence that fits in memory."""

Scores = npt.NDArray[np.float64]
Nodes = npt.NDArray[np.int64]


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
    # In place, because one such matrix of a long text takes hundreds of megabytes.
    by_dependent = np.full((size + 1, size + 1), -np.inf)
    np.maximum(probabilities, _FLOOR, out=by_dependent[1:])
    np.log(by_dependent[1:], out=by_dependent[1:])
    by_dependent[1:, 0] -= _ONE_ROOT
    np.fill_diagonal(by_dependent, -np.inf)
    # scores[head, dependent], node 0 being the root
    heads = _arborescence(by_dependent.T)
    return [int(head) for head in heads[1:]]


class _Contraction(NamedTuple):
    """A cycle that became one node, which goes by the number of the cycle's first.

    Attributes:
        cycle: The nodes of the cycle.
        heads: Their heads in it.
        outside: The nodes that were left beside it.
        entered: For each of these, the node of the cycle that an edge from it would best enter.
        left: For each of these, the node of the cycle from which an edge would best reach it.
    """

    cycle: Nodes
    heads: Nodes
    outside: Nodes
    entered: Nodes
    left: Nodes


def _arborescence(scores: Scores) -> Nodes:
    """Best heads of nodes 1, 2, ... for edge scores ``(nodes, nodes)``, which are overwritten; node 0 is the root.

    From each node heads are followed to the root. Where that runs into a cycle, the cycle is contracted to one node
    in place, and the walk goes on from there: no recursion, and work and memory that grow with the square of the
    sentence, however many cycles there are.
    """
    heads: Nodes = scores.argmax(axis=0)
    heads[0] = -1
    contractions: list[_Contraction] = []
    active = np.ones(len(scores), bool)
    done = np.zeros(len(scores), bool)
    done[0] = True
    for start in range(1, len(scores)):
        path: list[int] = []
        on_path: set[int] = set()
        node = start
        while active[node] and not done[node]:
            if node not in on_path:
                path.append(node)
                on_path.add(node)
            else:
                cycle = path[path.index(node) :]
                del path[-len(cycle) + 1 :]
                on_path.difference_update(cycle[1:])
                contractions.append(_contract(scores, heads, active, np.array(cycle)))
            node = int(heads[node])
        done[path] = True
    for contraction in reversed(contractions):
        _expand(heads, contraction)
    return heads


def _contract(scores: Scores, heads: Nodes, active: npt.NDArray[np.bool_], cycle: Nodes) -> _Contraction:
    """Make one node of a cycle: its edges are the best ones in and out."""
    node = cycle[0]
    active[cycle] = False
    outside = np.flatnonzero(active)
    active[node] = True
    own = heads[cycle]
    # An edge into the cycle takes the place of the one that the node it enters has there.
    entering = scores[np.ix_(outside, cycle)] - scores[own, cycle]
    leaving = scores[np.ix_(cycle, outside)]
    contraction = _Contraction(cycle, own, outside, cycle[entering.argmax(axis=1)], cycle[leaving.argmax(axis=0)])
    best = entering.max(axis=1)
    scores[outside, node] = best
    scores[node, outside] = leaving.max(axis=0)
    heads[outside[np.isin(heads[outside], cycle)]] = node
    heads[node] = outside[best.argmax()]
    return contraction


def _expand(heads: Nodes, contraction: _Contraction) -> None:
    """Give the nodes of a cycle, and those that hang on it, their own heads again."""
    node = contraction.cycle[0]
    entry = heads[node]
    below = heads[contraction.outside] == node
    heads[contraction.outside[below]] = contraction.left[below]
    heads[contraction.cycle] = contraction.heads
    heads[contraction.entered[np.flatnonzero(contraction.outside == entry)]] = entry
