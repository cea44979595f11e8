"""Named entities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import InputError
from vnlp_colab.models.displacy import entity_format
from vnlp_colab.models.inputs import Batch, as_tokens, check_parallel
from vnlp_colab.models.shared_context.heads import Head
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.text.tokenise import TreebankWordTokenize, treebank_spans

_FLOOR = 1e-12
_NEVER = -1e9


class ContextNER(Head):
    """Entity labels: O, PER, LOC, ORG; with ``bio`` the first token of an entity is told from the others."""

    graph_name = "ner"

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        style: str = "boun",
        source: str = "unk",
        bio: bool = False,
    ) -> None:
        """Load the network, which all heads of a process share.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            style: As the other heads', which share their work with those of the same style. Entities hardly depend
                on it.
            source: The corpus whose idea of an entity is imitated: ``"wikiner"``, ``"xtreme"``, ``"gungor"``, or
                ``"unk"`` for none in particular.
            bio: Give ``B-PER``, ``I-PER``, ... instead of ``PER``.

        Raises:
            InputError: There is no such style or source.
        """
        super().__init__(device, threads, style)
        sources: list[str] = self._encoder.config["sources"]
        if source not in sources:
            raise InputError(f"there is no source {source!r}; known sources: {', '.join(sources)}")
        self._source = np.array([sources.index(source)], np.int32)
        self._bio = bio
        self._allowed = _transitions(self.labels)

    @property
    def labels(self) -> list[str]:
        """The BIO labels, by column of the probabilities."""
        return list(self._encoder.config["entities"])

    @overload
    def predict(self, sentence: str) -> list[tuple[str, str]]: ...

    @overload
    def predict(self, sentence: str, displacy_format: bool) -> list[tuple[str, str]] | dict[str, Any]: ...

    def predict(self, sentence: str, displacy_format: bool = False) -> list[tuple[str, str]] | dict[str, Any]:
        """``(token, label)`` of every token of a sentence, or displaCy's form of it."""
        found = self.predict_batch([sentence])[0]
        if not displacy_format:
            return found
        spans = [(span.start, span.end) for span in treebank_spans(sentence)]
        return entity_format(sentence, spans, [label[2:] if label[1:2] == "-" else label for _, label in found])

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists, of any length.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        found = self._probabilities(sentences, self._source)
        return [list(zip(tokens, self._decode(own), strict=True)) for tokens, own in zip(sentences, found, strict=True)]

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities ``(tokens, BIO labels)`` float32 of every item; the columns are ``labels``."""
        return self._probabilities(as_tokens(batch, TreebankWordTokenize), self._source)

    def label_tokens(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[list[str]]:
        """One label a token of texts that are tokenised already; the tokens are this model's own."""
        check_parallel("texts", [[None] * len(row) for row in tokens], tokens)
        return [[label for _, label in found] for found in self.predict_batch(tokens)]

    def _decode(self, probabilities: Floats) -> list[str]:
        labels = self.labels
        chosen = [labels[i] for i in best_path(probabilities, self._allowed)]
        return chosen if self._bio else [label.partition("-")[2] or label for label in chosen]


def best_path(probabilities: Floats, allowed: npt.NDArray[np.float64]) -> list[int]:
    """The most probable labels ``(n,)`` of which each may follow the one before.

    Args:
        probabilities: ``(n, labels)``.
        allowed: ``(labels + 1, labels)``: 0 where the column's label may follow the row's, else very low; the last
            row is the start of the sentence.
    """
    if not len(probabilities):
        return []
    scores = np.log(np.maximum(probabilities.astype(np.float64), _FLOOR))
    chosen = scores.argmax(axis=1)
    if allowed[-1, chosen[0]] == 0 and not allowed[chosen[:-1], chosen[1:]].any():
        return [int(label) for label in chosen]
    best = scores[0] + allowed[-1]
    back = []
    for row in scores[1:]:
        reached = best[:, None] + allowed[:-1]
        back.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def _transitions(labels: Sequence[str]) -> npt.NDArray[np.float64]:
    """0 where a label may follow another: I only after B or I of its kind."""
    result = np.zeros((len(labels) + 1, len(labels)))
    for column, label in enumerate(labels):
        if label.startswith("I-"):
            for row, before in enumerate([*labels, "O"]):
                if before[2:] != label[2:]:
                    result[row, column] = _NEVER
    return result
