"""This project's models and pipelines as subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.names import PIPELINES
from benchmarks.runners.protocol import Labels, Subject
from vnlp_colab import VNLPipeline
from vnlp_colab.models.registry import create
from vnlp_colab.text.tokenise import TreebankWordTokenize

_ALL = 1 << 30
CONTEXT_MODELS = ("ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats")


class _Model:
    """A model that is given texts."""

    def __init__(self, model: Any, labels: Callable[[Any], Any]) -> None:
        self.model = model
        self._labels = labels

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        return [self._labels(item) for part in _batches(work, batch) for item in self.model.predict_batch(part)]


class _Context(_Model):
    """A head of the shared network, which keeps the result of its last call: each pass begins with another text."""

    def __init__(self, model: Any, labels: Callable[[Any], Any]) -> None:
        super().__init__(model, labels)
        self._passes = 0

    def run(self, work: Any, batch: int | None) -> Labels:
        first = self._passes % len(work)
        self._passes += 1
        found = super().run([*work[first:], *work[:first]], batch)
        return [*found[len(work) - first :], *found[: len(work) - first]]


class _Sentiment(_Model):
    """A sentiment analyser, whose answers are numbers."""

    def run(self, work: Any, batch: int | None) -> Labels:
        return [float(value) for part in _batches(work, batch) for value in self.model.predict_proba_batch(part)]


class _Given(_Model):
    """A TreeStack model without what runs before it: analyses, and for the parser tags, are given."""

    def __init__(self, model: Any, labels: Callable[[Any], Any], stemmer: Any, tagger: Any | None, words: bool) -> None:
        super().__init__(model, labels)
        self._stemmer, self._tagger, self._words = stemmer, tagger, words

    def prepare(self, texts: list[str]) -> Any:
        tokens = [TreebankWordTokenize(text) for text in texts]
        given = {"morph": self._stemmer.predict_batch(tokens)}
        if self._tagger is not None:
            tagged = self._tagger.predict_batch(tokens, **given)
            given["pos"] = [[tag for _, tag in row] for row in tagged]
        return (tokens if self._words else texts), given

    def run(self, work: Any, batch: int | None) -> Labels:
        items, given = work
        found: Labels = []
        for start in range(0, len(items), batch or _ALL):
            part = slice(start, start + (batch or _ALL))
            answers = self.model.predict_batch(items[part], **{key: rows[part] for key, rows in given.items()})
            found.extend(map(self._labels, answers))
        return found


class Pipeline:
    """A whole pipeline, from texts to sentences.

    Attributes:
        pipe: The pipeline.
    """

    def __init__(self, models: Sequence[str], **options: Any) -> None:
        self.pipe = VNLPipeline(models, progress=False, **options)
        self._passes = 0

    def prepare(self, texts: list[str]) -> Any:
        """Return the texts."""
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        """Annotate; the sentences themselves do not travel, only their numbers of tokens.

        Each pass begins with another text: the shared network keeps the result of its last call, which may be all.
        """
        first = self._passes % len(work)
        self._passes += 1
        work = [*work[first:], *work[:first]]
        sentences = self.pipe.annotate(work) if batch is None else self.pipe.annotate(work, batch_size=batch)
        return [len(sentence.tokens) for sentence in sentences]


def make(name: str, threads: int | None = None, device: str = "cpu", workers: int | None = None) -> Subject:
    """Make a subject.

    Args:
        name: A name of ``benchmarks.names``, or a variant of one: ``"SPUContextPoS stepwise"``, ``"TreeStackDP
            compat"``.
        threads: Worker threads.
        device: Where the models run.
        workers: Worker processes, for a pipeline.
    """
    options: dict[str, Any] = {"threads": threads, "device": device}
    if name in PIPELINES:
        return Pipeline(PIPELINES[name], **options, **({"workers": workers} if workers is not None else {}))
    model, _, variant = name.replace(",", "").partition(" ")
    if "Sentiment" in model:
        return _Sentiment(create(model, **options), float)
    if variant == "stepwise":
        options["engine"] = "stepwise"
    labels = _arcs if model.endswith("DP") else _pairs if model.endswith(("PoS", "NER")) else list
    if "given" in variant or "compat" in variant:
        return _tree_stack(model, variant, labels, options)
    kind = _Context if model in CONTEXT_MODELS else _Model
    return kind(create(model, **options), labels)


def _tree_stack(model: str, variant: str, labels: Callable[[Any], Any], options: dict[str, Any]) -> Subject:
    stemmer = create("StemmerAnalyzer", **options)
    parser = model == "TreeStackDP"
    tagger = create("TreeStackPoS", stemmer=stemmer, **options) if parser else None
    extra = {"compat": "compat" in variant} if parser else {}
    # What upstream's fault makes of the words is defined by the text alone.
    return _Given(create(model, **options, **extra), labels, stemmer, tagger, words="compat" not in variant)


def _batches(items: Sequence[Any], batch: int | None) -> Iterable[Sequence[Any]]:
    size = batch or _ALL
    return (items[start : start + size] for start in range(0, len(items), size))


def _pairs(answer: Sequence[tuple[str, str]]) -> list[str]:
    return [label for _, label in answer]


def _arcs(answer: Sequence[tuple[int, str, int, str]]) -> list[str]:
    return [f"{head}:{relation}" for _, _, head, relation in answer]
