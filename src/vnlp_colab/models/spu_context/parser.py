"""SPUContextDP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnlp_colab.models.inputs import Batch, as_tokens
from vnlp_colab.models.labelling import Labelled, own_probabilities
from vnlp_colab.models.parsing import Arc, SentenceParser, check_on_long, check_one_window, parse_sentences
from vnlp_colab.models.spu_context.network import Network
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.tokenise import TreebankWordTokenize


class SPUContextDP(SentenceParser):
    """Dependency parses; VNLP's default parser.

    Attributes:
        inference_session: The session that is run once a step.
        input_names: Its inputs.
        output_name: Its probabilities.
    """

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        evaluate: bool = False,
        engine: str = "incremental",
        on_long: str = "window",
        tree: bool = False,
        precision: str | None = None,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            evaluate: Take the weights that have not seen the test sets, to measure quality with.
            engine: ``"incremental"``, or ``"stepwise"``, the slow reference.
            on_long: For a sentence of more than 40 tokens: ``"window"`` parses it in windows cut at punctuation
                and joins them to one tree; ``"error"`` raises, as upstream does.
            tree: Give the best tree with exactly one root instead of the network's most probable head of each
                token, which need not form one.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.

        Raises:
            InputError: Another value for ``on_long``, ``engine`` or ``precision``.
        """
        check_on_long(on_long)
        self._network = Network.load("SPUContextDP", device, engine, evaluate, precision)
        self._threads = resolve_threads(threads)
        self._on_long, self._tree = on_long, tree
        self.inference_session: Any = self._network.inference_session
        self.input_names = self._network.input_names
        self.output_name = self._network.output_name

    @property
    def labels(self) -> list[str]:
        """The relations, by column of the probabilities after those of the heads."""
        return list(self._network.labels)

    def predict_batch(self, batch: Batch) -> list[list[Arc]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists.

        Raises:
            InputError: An item is neither, or a sentence is too long and ``on_long="error"``.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)

        def label(spans: Sequence[tuple[int, int, int]]) -> list[Labelled]:
            runs = [sentences[row][start:stop] for row, start, stop in spans]
            return self._network.label(runs, self._threads)

        network = self._network
        return parse_sentences(sentences, label, network.labels, network.window, self._on_long, self._tree)

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities ``(tokens, 90)`` float32 of every item: 41 heads, then 49 relations.

        Raises:
            InputError: As ``predict_batch``; and for a sentence of more than 40 tokens, for which no such array is
                defined.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        check_one_window(sentences, self._network.window)
        return own_probabilities(self._network.label(sentences, self._threads))
