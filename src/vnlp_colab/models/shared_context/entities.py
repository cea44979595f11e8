"""Named entities."""

from __future__ import annotations

import numpy as np

from vnlp_colab.errors import InputError
from vnlp_colab.models.inputs import Batch, as_tokens
from vnlp_colab.models.recognising import SentenceRecogniser
from vnlp_colab.models.shared_context.encoder import Encoding
from vnlp_colab.models.shared_context.heads import Head
from vnlp_colab.models.shared_context.sequences import best_paths, marginals, transition_scores
from vnlp_colab.results.parts import entity_label
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.text.tokenise import TreebankWordTokenize


class ContextNER(Head, SentenceRecogniser):
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
        self._transitions = transition_scores(self.labels, self._encoder.config["transitions"])
        self._names = self.labels if bio else [entity_label(label) or "O" for label in self.labels]

    @property
    def labels(self) -> list[str]:
        """The BIO labels, by column of the probabilities."""
        return list(self._encoder.config["entities"])

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists, of any length.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        nothing: list[int] = []
        found = self._map(sentences, self._paths, nothing)
        return [
            list(zip(tokens, (self._names[label] for label in own), strict=True))
            for tokens, own in zip(sentences, found, strict=True)
        ]

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities ``(tokens, BIO labels)`` float32 of every item; the columns are ``labels``.

        They are those of single tokens, over all sequences of labels; ``predict`` gives the best sequence.
        """
        empty = np.empty((0, len(self.labels)), np.float32)
        return self._map(as_tokens(batch, TreebankWordTokenize), self._marginals, empty)

    def _encoded(self, encoding: Encoding) -> Floats:
        """Scores ``(B, T, BIO labels)`` of a batch's tokens."""
        found = self._graph(
            encoding.contexts, encoding.words, encoding.with_root, encoding.shapes, encoding.lengths + 1, self._source
        )
        return found[0][:, 1:]

    def _paths(self, encoding: Encoding) -> list[list[int]]:
        return best_paths(self._encoded(encoding), encoding.lengths, self._transitions)

    def _marginals(self, encoding: Encoding) -> list[Floats]:
        return marginals(self._encoded(encoding), encoding.lengths, self._transitions)
