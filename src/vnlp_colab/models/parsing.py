"""From a parser's probabilities to arcs: raw choices, trees, and sentences longer than the parser's window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import InputError
from vnlp_colab.models.displacy import dependency_format
from vnlp_colab.models.inputs import Batch
from vnlp_colab.runtime.arborescence import best_tree

Arc = tuple[int, str, int, str]
"""Index from 1, token, head (0 is the root), relation."""

Span = tuple[int, int, int]
"""A run of tokens: sentence, start, stop."""

ROOT = "root"
JOINED = "parataxis"
"""Relation between the root of a window and the root of the whole sentence: clauses side by side (UD v2)."""


class Found(Protocol):
    """A run's probabilities ``(n, heads + relations)`` and labels ``(n, 2)``."""

    @property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """Probabilities of heads, then of relations."""

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """The most probable head and relation."""


class SentenceParser:
    """What parsers of batches share: one sentence, and displaCy's form of it."""

    def predict_batch(self, batch: Batch) -> list[list[Arc]]:
        """Parse every item of a batch."""
        raise NotImplementedError

    @overload
    def predict(self, sentence: str) -> list[Arc]: ...

    @overload
    def predict(
        self, sentence: str, displacy_format: bool, pos_result: Sequence[tuple[str, str]] | None = None
    ) -> list[Arc] | dict[str, Any]: ...

    def predict(
        self, sentence: str, displacy_format: bool = False, pos_result: Sequence[tuple[str, str]] | None = None
    ) -> list[Arc] | dict[str, Any]:
        """Parse one sentence.

        Args:
            sentence: The sentence.
            displacy_format: Return what spaCy's displaCy renders.
            pos_result: ``(token, UPOS)`` of every token, for displaCy; if not given, those that the parser read, or
                empty ones.

        Returns:
            ``(index, token, head, deprel)`` of every token; indices and heads count from 1, head 0 is the root.
        """
        if not displacy_format:
            return self.predict_batch([sentence])[0]
        arcs, tags = self._parsed(sentence)
        return dependency_format(arcs, [tag for _, tag in pos_result] if pos_result else tags)

    def _parsed(self, sentence: str) -> tuple[list[Arc], list[str]]:
        """Return the parse of one sentence and the tags that the parser read, empty ones if it reads none."""
        arcs = self.predict_batch([sentence])[0]
        return arcs, [""] * len(arcs)


def check_one_window(sentences: Sequence[Sequence[str]], window: int) -> None:
    """Raise ``InputError`` for a sentence that is longer than what the parser reads at once."""
    for row, tokens in enumerate(sentences):
        if len(tokens) > window:
            raise InputError(f"probabilities are defined for up to {window} tokens, not {len(tokens)}", row=row)


def check_on_long(on_long: str) -> None:
    """Raise ``InputError`` for another way to treat long sentences than ``"window"`` and ``"error"``."""
    if on_long not in ("window", "error"):
        raise InputError(f"on_long is 'window' or 'error', not {on_long!r}")


def parse_sentences(
    sentences: Sequence[Sequence[str]],
    label: Callable[[Sequence[Span]], Sequence[Found]],
    relations: Sequence[str],
    window: int,
    on_long: str,
    tree: bool,
) -> list[list[Arc]]:
    """Parse sentences of any length with a parser that reads at most ``window`` tokens.

    Args:
        sentences: Token lists.
        label: Labels runs of tokens, each as if it were a sentence.
        relations: Names of the relations by number.
        window: The most tokens a run may have.
        on_long: ``"window"`` or ``"error"``.
        tree: Decode a tree instead of taking each token's most probable head. The windows of a longer sentence are
            always decoded so, because they are joined at their roots.

    Raises:
        InputError: A sentence is too long and ``on_long`` is ``"error"``.
    """
    spans: list[Span] = []
    for row, tokens in enumerate(sentences):
        if len(tokens) > window and on_long == "error":
            raise InputError(
                f"Sentence is too long: {len(tokens)} tokens where the parser reads {window}. "
                "Split it into smaller pieces, or use on_long='window'.",
                row=row,
            )
        spans.extend((row, start, stop) for start, stop in cut_windows(tokens, window))
    runs: list[list[tuple[int, list[tuple[int, str]]]]] = [[] for _ in sentences]
    for (row, start, stop), found in zip(spans, label(spans), strict=True):
        long = stop - start < len(sentences[row])
        decode = _as_tree if tree or long else _as_chosen
        runs[row].append((start, decode(found, relations, window)))
    return [
        [(i, token, head, relation) for i, (token, (head, relation)) in enumerate(zip(tokens, arcs, strict=True), 1)]
        for tokens, arcs in zip(sentences, (_join(own) for own in runs), strict=True)
    ]


def cut_windows(tokens: Sequence[str], window: int) -> list[tuple[int, int]]:
    """Cut a sentence into runs of at most ``window`` tokens, after punctuation where there is any.

    The last punctuation mark in a window's second half ends it, so that windows stay long; without one, the window
    is filled.
    """
    borders = []
    start = 0
    while len(tokens) - start > window:
        stop = start + window
        for candidate in range(stop, start + window // 2, -1):
            if not any(character.isalnum() for character in tokens[candidate - 1]):
                stop = candidate
                break
        borders.append((start, stop))
        start = stop
    if start < len(tokens):
        borders.append((start, len(tokens)))
    return borders


def _as_chosen(found: Found, relations: Sequence[str], window: int) -> list[tuple[int, str]]:
    return [(head, relations[relation]) for head, relation in found.labels.tolist()]


def _as_tree(found: Found, relations: Sequence[str], window: int) -> list[tuple[int, str]]:
    size = len(found.labels)
    heads = best_tree(found.probabilities[:, : size + 1])
    scores = found.probabilities[:, window + 1 :].copy()
    scores[:, relations.index(ROOT)] = -1.0  # only the root's relation is "root", and it is that one's only relation
    chosen = scores.argmax(axis=1)
    return [(head, ROOT if head == 0 else relations[relation]) for head, relation in zip(heads, chosen, strict=True)]


def _join(runs: Sequence[tuple[int, list[tuple[int, str]]]]) -> list[tuple[int, str]]:
    """Join the windows of one sentence: heads count in the whole sentence, and one root stays.

    It is that of the last window, because Turkish clauses end with their predicate, the main one last.
    """
    if len(runs) <= 1:
        return runs[0][1] if runs else []
    roots = [start + next(i for i, (head, _) in enumerate(arcs) if head == 0) + 1 for start, arcs in runs]
    main = roots[-1]
    joined: list[tuple[int, str]] = []
    for start, arcs in runs:
        for i, (head, relation) in enumerate(arcs, start + 1):
            if head:
                joined.append((start + head, relation))
            else:
                joined.append((0, ROOT) if i == main else (main, JOINED))
    return joined
