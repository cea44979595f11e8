"""SPUContextPoS and SPUContextNER."""

from __future__ import annotations

from typing import Any

from vnlp_colab.models.inputs import Batch, as_tokens
from vnlp_colab.models.labelling import own_probabilities
from vnlp_colab.models.recognising import SentenceRecogniser
from vnlp_colab.models.spu_context.network import Network
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.tokenise import TreebankWordTokenize


class _Tagger:
    """A model that gives each token one label.

    Attributes:
        inference_session: The session that is run once a step.
        input_names: Its inputs.
        output_name: Its probabilities.
    """

    _name: str

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        evaluate: bool = False,
        engine: str = "incremental",
        precision: str | None = None,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            evaluate: Take the weights that have not seen the test sets, to measure quality with.
            engine: ``"incremental"``, or ``"stepwise"``, the slow reference.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.

        Raises:
            InputError: Another value for ``engine`` or ``precision``.
        """
        self._network = Network.load(self._name, device, engine, evaluate, precision)
        self._threads = resolve_threads(threads)
        self.inference_session: Any = self._network.inference_session
        self.input_names = self._network.input_names
        self.output_name = self._network.output_name

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``(token, label)`` of every token of every item, in order.

        Args:
            batch: Sentences, or token lists, of any length.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        names = self._network.labels
        return [
            list(zip(tokens, map(names.__getitem__, found.labels[:, 0].tolist()), strict=True))
            for tokens, found in zip(sentences, self._network.label(sentences, self._threads), strict=True)
        ]

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities ``(tokens, labels)`` float32 of every item; column 0 is padding's label."""
        sentences = as_tokens(batch, TreebankWordTokenize)
        return own_probabilities(self._network.label(sentences, self._threads))


class SPUContextPoS(_Tagger):
    """UPOS tags; VNLP's default tagger."""

    _name = "SPUContextPoS"

    def predict(self, sentence: str) -> list[tuple[str, str]]:
        """``(token, UPOS)`` of every token of a sentence."""
        return self.predict_batch([sentence])[0]


class SPUContextNER(_Tagger, SentenceRecogniser):
    """Entity labels (O, PER, LOC, ORG); VNLP's default recogniser."""

    _name = "SPUContextNER"
