"""What recognisers of entities in Treebank tokens share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from vnlp_colab.errors import InputError
from vnlp_colab.models.displacy import entity_format
from vnlp_colab.models.inputs import Batch
from vnlp_colab.results.parts import entity_label
from vnlp_colab.text.tokenise import treebank_spans


class SentenceRecogniser:
    """One sentence, displaCy's form of it, and texts that are tokenised already."""

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """Label every token of every item of a batch."""
        raise NotImplementedError

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
        return entity_format(sentence, spans, [entity_label(label) for _, label in found])

    def label_tokens(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[list[str]]:
        """One label a token of texts that are tokenised already; the tokens are this model's own.

        Raises:
            InputError: There are not as many token lists as texts.
        """
        if len(tokens) != len(texts):
            raise InputError(f"there are tokens of {len(tokens)} texts for {len(texts)} texts")
        return [[label for _, label in found] for found in self.predict_batch(tokens)]
