"""Dependency trees of sentences of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vnlp_colab.models.inputs import Batch, as_tokens
from vnlp_colab.models.parsing import ROOT, Arc, SentenceParser, check_on_long
from vnlp_colab.models.shared_context.encoder import Encoding
from vnlp_colab.models.shared_context.heads import Head
from vnlp_colab.runtime.arborescence import best_tree
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.text.tokenise import TreebankWordTokenize


class Parse(NamedTuple):
    """A sentence's heads ``(n,)`` and, for these, relations ``(n, relations)``; of each token every head's ``arcs``.

    ``arcs`` are probabilities ``(n, n + 1)``; column 0 is the root.
    """

    heads: npt.NDArray[np.int64]
    relations: Floats
    arcs: Floats


class ContextDP(Head, SentenceParser):
    """Dependency parses: always a tree with one root, for a sentence of any length."""

    graph_name = "arcs"

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        style: str = "boun",
        on_long: str = "window",
        tree: bool = True,
    ) -> None:
        """Load the network, which all heads of a process share.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            style: The treebank whose annotation is imitated, or ``"unk"`` for none in particular.
            on_long: For the sake of the other parsers' keywords: no sentence is too long for this one.
            tree: Give the best tree with exactly one root; else each token's most probable head, which need not
                form one.

        Raises:
            InputError: There is no such style, or another value for ``on_long``.
        """
        check_on_long(on_long)
        super().__init__(device, threads, style)
        self._tree = tree
        self._relate = self._encoder.head("relations")

    @property
    def labels(self) -> list[str]:
        """The relations, by column of the probabilities after those of the heads."""
        return list(self._encoder.config["relations"])

    def predict_batch(self, batch: Batch) -> list[list[Arc]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists, of any length.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        names = self.labels
        found = []
        for tokens, parse in zip(sentences, self._parse(sentences), strict=True):
            chosen = choose_relations(parse.heads, parse.relations, names.index(ROOT), self._tree)
            rows = zip(tokens, parse.heads, chosen, strict=True)
            found.append([(i, token, int(head), names[label]) for i, (token, head, label) in enumerate(rows, 1)])
        return found

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities float32 of every item, ``(n, n + 1 + relations)``.

        Of each token every head, the root first, and then the relations to the head that was chosen; ``labels``
        names these.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        return [np.concatenate([parse.arcs, parse.relations], axis=1) for parse in self._parse(sentences)]

    def _parse(self, sentences: Sequence[Sequence[str]]) -> list[Parse]:
        relations = len(self.labels)
        empty = Parse(np.empty(0, np.int64), np.empty((0, relations), np.float32), np.empty((0, 1), np.float32))
        return self._map(sentences, self._parse_batch, empty)

    def _parse_batch(self, encoding: Encoding) -> list[Parse]:
        arcs, dependents, heads = self._graph(encoding.contexts)
        probabilities = [
            arc_probabilities(arcs[row, 1 : length + 1, : length + 1]) for row, length in enumerate(encoding.lengths)
        ]
        chosen = [choose_heads(own, self._tree) for own in probabilities]
        rows = np.repeat(np.arange(len(chosen)), encoding.lengths)
        related = self._relate(dependents[:, 1:][encoding.real], heads[rows, np.concatenate(chosen)])[0]
        return list(map(Parse, chosen, encoding.split(related), probabilities))


def arc_probabilities(scores: Floats) -> Floats:
    """Probabilities of every head, from scores ``(n, n + 1)``; a token is never its own head."""
    scores = np.array(scores)
    np.fill_diagonal(scores[:, 1:], -np.inf)
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def choose_heads(probabilities: Floats, tree: bool) -> npt.NDArray[np.int64]:
    """A head ``(n,)`` of each token: of the best tree, or simply the most probable one."""
    greedy: npt.NDArray[np.int64] = probabilities.argmax(axis=1)
    if not tree or is_tree(greedy):
        return greedy
    return np.array(best_tree(probabilities), np.int64)


def choose_relations(heads: npt.NDArray[np.int64], relations: Floats, root: int, tree: bool) -> npt.NDArray[np.int64]:
    """The most probable relation ``(n,)`` of each token; in a tree ``root`` is that of the root and of no other.

    Args:
        heads: ``(n,)``, 0 for the root.
        relations: Probabilities ``(n, relations)``.
        root: The column of the relation ``root``.
        tree: Whether the heads are a tree; else the raw choice is given.
    """
    if tree:
        relations = relations.copy()
        relations[:, root] = np.where(heads == 0, 2, -1)
    chosen: npt.NDArray[np.int64] = relations.argmax(axis=1)
    return chosen


def is_tree(heads: npt.NDArray[np.int64]) -> bool:
    """Whether heads ``(n,)``, counted from 1, form a tree with one root."""
    if np.count_nonzero(heads == 0) != 1:
        return False
    # Following heads, pointers double in length; in a tree all end at the root.
    pointers = np.concatenate([np.zeros(1, np.int64), heads])
    for _ in range(len(heads).bit_length()):
        pointers = pointers[pointers]
    return not pointers.any()
