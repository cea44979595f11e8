"""What the family's models share: the two engines over one set of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnlp_colab import catalog
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.errors import InputError
from vnlp_colab.models.labelling import Labelled, label_sentences
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.spu_context.stepwise import StepwiseEngine
from vnlp_colab.models.spu_context.words import WordEncoder
from vnlp_colab.runtime.context import ContextEngine
from vnlp_colab.store import Bundle

ENGINES = ("incremental", "stepwise")


class Network:
    """A model of the family behind one of its engines.

    Attributes:
        labels: Label names by number, of the last head.
        window: Words of context on each side.
        inference_session: The session that is run once a step.
        input_names: Its inputs.
        output_name: Its probabilities.
    """

    def __init__(self, model: str | Bundle, device: str, engine: str) -> None:
        parts = Parts(model, device)
        config = parts.json("config")
        context = config["context"]
        self.labels = parts.vocabulary("labels").labels()
        self.window: int = context["window"]
        tokenizer = PieceTokenizer(parts.file("pieces.model"))
        self._words = WordEncoder(parts, tokenizer, config["pieces"])
        self._incremental: ContextEngine | None = None
        self._stepwise: StepwiseEngine | None = None
        self.inference_session: Any
        if engine == "incremental":
            self._incremental = ContextEngine(parts.graph, context)
            graph = self._incremental.decode
        else:
            graph = parts.graph("stepwise")
            self._stepwise = StepwiseEngine(graph, self._words, self.window, context["heads"])
        self.inference_session = graph.session
        self.input_names = graph.input_names
        self.output_name = graph.output_names[0]

    @classmethod
    def load(cls, name: str, device: str, engine: str, evaluate: bool, precision: str | None = None) -> Network:
        """The process's one instance of a configuration.

        Args:
            name: The model's name in the catalog.
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            engine: ``"incremental"`` or ``"stepwise"``.
            evaluate: Take the weights that have not seen the test sets.
            precision: Take the variant whose weights are stored so.

        Raises:
            InputError: Another engine or precision.
        """
        if engine not in ENGINES:
            raise InputError(f"engine is {' or '.join(map(repr, ENGINES))}, not {engine!r}")
        chosen = catalog.with_precision(f"{name}{catalog.EVAL_SUFFIX}" if evaluate else name, precision)
        return shared((chosen, device, engine), lambda: cls(chosen, device, engine))

    def label(self, sentences: Sequence[Sequence[str]], threads: int) -> list[Labelled]:
        """Label token lists of any length, in any order; empty ones give empty arrays."""
        if self._incremental is not None:
            return label_sentences(self._words, self._incremental, sentences, threads)
        assert self._stepwise is not None
        return self._stepwise.label(sentences, threads)
