"""Parts of speech, features, lemmas: one label, or one of each kind, a token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnlp_colab.models.inputs import Batch, as_tokens
from vnlp_colab.models.shared_context.heads import Head
from vnlp_colab.models.shared_context.scripts import apply_script
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.text.compose import compose
from vnlp_colab.text.tokenise import TreebankWordTokenize


class _Tagger(Head):
    """A head that gives each token a string."""

    def predict(self, sentence: str) -> list[tuple[str, str]]:
        """``(token, label)`` of every token of a sentence."""
        return self.predict_batch([sentence])[0]

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists, of any length.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        return [
            list(zip(tokens, self._labels(tokens, found), strict=True))
            for tokens, found in zip(sentences, self._probabilities(sentences), strict=True)
        ]

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities ``(tokens, labels)`` float32 of every item; the columns are ``labels``."""
        return self._probabilities(as_tokens(batch, TreebankWordTokenize))

    def _labels(self, tokens: Sequence[str], probabilities: Floats) -> list[str]:
        raise NotImplementedError


class ContextPoS(_Tagger):
    """UPOS tags.

    Attributes:
        labels: The tags, by column of the probabilities.
    """

    graph_name = "pos"

    @property
    def labels(self) -> list[str]:
        """The tags, by column of the probabilities."""
        return list(self._encoder.config["upos"])

    def _labels(self, tokens: Sequence[str], probabilities: Floats) -> list[str]:
        names: list[str] = self._encoder.config["upos"]
        return [names[i] for i in probabilities.argmax(axis=1)]


class ContextLemma(_Tagger):
    """Lemmas; each is made from its word by the most probable edit script."""

    graph_name = "lemma"

    @property
    def labels(self) -> list[str]:
        """The edit scripts, by column of the probabilities."""
        return list(self._encoder.config["scripts"])

    def _labels(self, tokens: Sequence[str], probabilities: Floats) -> list[str]:
        scripts: list[str] = self._encoder.config["scripts"]
        chosen = probabilities.argmax(axis=1)
        return [apply_script(compose(token), scripts[i]) for token, i in zip(tokens, chosen, strict=True)]


class ContextFeats(_Tagger):
    """Morphological features of Universal Dependencies, as FEATS writes them; ``_`` where a word has none."""

    graph_name = "feats"

    @property
    def labels(self) -> list[str]:
        """``Name=Value`` by column of the probabilities; ``Name=`` is the column of a word without the feature."""
        return [f"{name}={value}" for name, values in self._encoder.config["features"] for value in values]

    def _labels(self, tokens: Sequence[str], probabilities: Floats) -> list[str]:
        pairs: list[list[str]] = [[] for _ in tokens]
        # UD sorts features by name without regard to case.
        for name, values, start in sorted(self._columns(), key=lambda column: column[0].lower()):
            chosen = probabilities[:, start : start + len(values)].argmax(axis=1)
            for row in np.flatnonzero(chosen):
                pairs[row].append(f"{name}={values[chosen[row]]}")
        return ["|".join(own) or "_" for own in pairs]

    def _columns(self) -> list[tuple[str, list[str], int]]:
        """Name, values and first column of every feature."""
        found = []
        start = 0
        for name, values in self._encoder.config["features"]:
            found.append((name, values, start))
            start += len(values)
        return found
