"""One class a task, which makes the model that is asked for: the names that upstream's users know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnlp_colab.models.inputs import Batch
from vnlp_colab.models.registry import create_for
from vnlp_colab.runtime.recurrence import Floats


class _Facade:
    """What all facades share: the model made, and its session.

    Attributes:
        instance: The model.
    """

    _task: str

    def __init__(self, model: str | None = None, evaluate: bool = False, **options: Any) -> None:
        self.instance: Any = create_for(self._task, model, evaluate=evaluate, **options)

    @property
    def inference_session(self) -> Any:
        """The model's ``onnxruntime.InferenceSession``."""
        return self.instance.inference_session

    @property
    def input_names(self) -> list[str]:
        """Names of the session's inputs."""
        names: list[str] = self.instance.input_names
        return names

    @property
    def output_name(self) -> str:
        """Name of the session's output."""
        name: str = self.instance.output_name
        return name


class PoSTagger(_Facade):
    """Part-of-speech tagging.

    Args:
        model: Name of the model; the catalog's default for the task if not given.
        evaluate: Take the weights that have not seen the test sets, where the model has such.
        stemmer_analyzer: What gives TreeStackPoS its analyses; the other models read none.
        options: The model's own keywords: ``device``, ``threads``, ...

    Raises:
        ModelNotAvailable: There is no such model; the message lists those that there are.
        InputError: The model has no such option; the message lists its own.
    """

    _task = "pos"

    def __init__(
        self,
        model: str | None = None,
        evaluate: bool = False,
        stemmer_analyzer: Any = None,
        **options: Any,
    ) -> None:
        if stemmer_analyzer is not None and (model or "").startswith("TreeStackPoS"):
            options["stemmer"] = stemmer_analyzer
        super().__init__(model, evaluate, **options)

    def predict(self, sentence: str) -> list[tuple[str, str]]:
        """``(token, UPOS)`` of every token."""
        return self.predict_batch([sentence])[0]

    def predict_batch(self, batch: Batch, **given: Any) -> list[list[tuple[str, str]]]:
        """``predict`` of every sentence or token list, in order."""
        result: list[list[tuple[str, str]]] = self.instance.predict_batch(batch, **given)
        return result

    def predict_proba_batch(self, batch: Batch, **given: Any) -> list[Floats]:
        """Probabilities ``(tokens, labels)`` float32 of every item."""
        result: list[Floats] = self.instance.predict_proba_batch(batch, **given)
        return result


class NamedEntityRecognizer(_Facade):
    """Named entity recognition; arguments are ``PoSTagger``'s less the stemmer."""

    _task = "ner"

    def predict(self, sentence: str, displacy_format: bool = False) -> Any:
        """``(token, label)`` of every token, or displaCy's form."""
        return self.instance.predict(sentence, displacy_format=displacy_format)

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order."""
        result: list[list[tuple[str, str]]] = self.instance.predict_batch(batch)
        return result

    def predict_proba_batch(self, batch: Batch) -> list[Floats]:
        """Probabilities float32 of every item: a row a token, or a row a character for CharNER."""
        result: list[Floats] = self.instance.predict_proba_batch(batch)
        return result


class DependencyParser(_Facade):
    """Dependency parsing; arguments are ``PoSTagger``'s less the stemmer, and the parsers' ``on_long`` and ``tree``."""

    _task = "dep"

    def predict(
        self, sentence: str, displacy_format: bool = False, pos_result: Sequence[tuple[str, str]] | None = None
    ) -> Any:
        """``(index, token, head, deprel)`` of every token, or displaCy's form with the tags of ``pos_result``."""
        return self.instance.predict(sentence, displacy_format=displacy_format, pos_result=pos_result)

    def predict_batch(self, batch: Batch, **given: Any) -> list[list[tuple[int, str, int, str]]]:
        """``predict`` of every item, in order."""
        result: list[list[tuple[int, str, int, str]]] = self.instance.predict_batch(batch, **given)
        return result

    def predict_proba_batch(self, batch: Batch, **given: Any) -> list[Floats]:
        """Probabilities ``(tokens, heads + relations)`` float32 of every item."""
        result: list[Floats] = self.instance.predict_proba_batch(batch, **given)
        return result


class SentimentAnalyzer(_Facade):
    """Sentiment analysis; arguments are ``PoSTagger``'s less the stemmer."""

    _task = "sentiment"

    def predict(self, text: str) -> int:
        """1 if the text is positive, 0 if it is negative."""
        return self.predict_batch([text])[0]

    def predict_proba(self, text: str) -> float:
        """Probability that the text is positive."""
        return self.predict_proba_batch([text])[0]

    def predict_batch(self, batch: Sequence[str]) -> list[int]:
        """``predict`` of every text."""
        result: list[int] = self.instance.predict_batch(batch)
        return result

    def predict_proba_batch(self, batch: Sequence[str]) -> list[float]:
        """``predict_proba`` of every text."""
        result: list[float] = self.instance.predict_proba_batch(batch)
        return result
