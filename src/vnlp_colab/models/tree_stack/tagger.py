"""TreeStackPoS: part of speech from words, morphological tags and the labels so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vnlp_colab import catalog
from vnlp_colab.models.inputs import Batch, as_tokens, check_parallel
from vnlp_colab.models.labelling import Labelled, label_sentences, own_probabilities
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.registry import create
from vnlp_colab.models.tree_stack.features import TokenEncoder
from vnlp_colab.runtime.context import ContextEngine
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.tokenise import TreebankWordTokenize


class Stemmer(Protocol):
    """What gives the analyses."""

    def predict_batch(self, batch: Batch) -> list[list[str]]:
        """The chosen analysis of every token of every item."""


class TreeStackPoS:
    """UPOS tags.

    Attributes:
        inference_session: The session of the autoregressive step.
        input_names: Its inputs.
        output_name: Its probabilities.
    """

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        stemmer: Stemmer | None = None,
        precision: str | None = None,
        compat: bool = False,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            stemmer: Gives the analyses where ``predict_batch`` is called without; the project's own if not given,
                loaded when it is first needed.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits; then its own stemmer's are too.
            compat: Reproduce upstream's faults: those of ``StemmerAnalyzer(compat=True)``, and a plus sign in a word
                that ends its stem here too.

        Raises:
            InputError: Another precision.
        """
        name = catalog.with_precision("TreeStackPoS", precision)
        self._network = shared((name, device), lambda: _Network(name, device))
        self._threads = resolve_threads(threads)
        self._options = {"device": device, "threads": threads, "precision": precision, "compat": compat}
        self._stemmer = stemmer
        self._compat = compat
        decode = self._network.engine.decode
        self.inference_session: Any = decode.session
        self.input_names = decode.input_names
        self.output_name = decode.output_names[0]

    def predict(self, sentence: str) -> list[tuple[str, str]]:
        """``(token, UPOS)`` of every token of a sentence."""
        return self.predict_batch([sentence])[0]

    def predict_batch(self, batch: Batch, morph: Sequence[Sequence[str]] | None = None) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists.
            morph: The analysis of every token, as the stemmer writes them; predicted if not given.

        Raises:
            InputError: An item is neither a string nor a token list, or ``morph`` does not match.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        names = self._network.labels
        return [
            [(token, names[label]) for token, label in zip(tokens, found.labels[:, 0].tolist(), strict=True)]
            for tokens, found in zip(sentences, self._label(sentences, morph), strict=True)
        ]

    def predict_proba_batch(self, batch: Batch, morph: Sequence[Sequence[str]] | None = None) -> list[Floats]:
        """Probabilities ``(tokens, 18)`` float32 of every item; column 0 is padding's label."""
        sentences = as_tokens(batch, TreebankWordTokenize)
        return own_probabilities(self._label(sentences, morph))

    def _label(self, sentences: Sequence[Sequence[str]], morph: Sequence[Sequence[str]] | None) -> list[Labelled]:
        if morph is None:
            if self._stemmer is None:
                self._stemmer = create("StemmerAnalyzer", **self._options)
            morph = self._stemmer.predict_batch(sentences)
        check_parallel("morph", morph, sentences)
        read = self._network.encoder.tokens
        tokens = [read(*item, compat=self._compat) for item in zip(sentences, morph, strict=True)]
        return label_sentences(self._network.encoder, self._network.engine, tokens, self._threads)


class _Network:
    """The graphs and vocabularies."""

    def __init__(self, name: str, device: str) -> None:
        parts = Parts(name, device)
        self.encoder = TokenEncoder(parts)
        self.engine = ContextEngine(parts.graph, parts.json("config")["context"])
        self.labels = parts.vocabulary("labels").labels()
