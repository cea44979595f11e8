"""Runs this project's Keras models in a ``tf.function``, 64 sentences a call, one position after the other.

The driver is the stepwise engine's, so that nothing but what executes the network differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.runners.protocol import Bench, Labels, Subject, serve
from vnlp_colab.convert import keras
from vnlp_colab.convert.spu_weights import (
    KINDS,
    PIECES_A_WORD,
    TEXT_PIECES,
    WINDOW,
    split_sentiment_weights,
    split_weights,
)
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.models.loading import Parts
from vnlp_colab.models.spu_context.stepwise import StepwiseEngine
from vnlp_colab.store.weights import read_npy, read_pickled_arrays
from vnlp_colab.text.tokenise import TreebankWordTokenize

FILES = {
    "SPUContextPoS": ("pos", "PoS_SPUContext_prod.weights"),
    "SPUContextNER": ("ner", "NER_SPUContext_prod.weights"),
    "SPUContextDP": ("dep", "DP_SPUContext_prod.weights"),
    "SPUCBiGRUSentimentAnalyzer": ("", "Sentiment_SPUCBiGRU_prod.weights"),
}
EMBEDDING = "SPUTokenized_word_embedding_16k.matrix"
_BATCH = 64
_FOLDER: list[Path] = []


def name_labels(labels: npt.NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """A sentence's labels ``(tokens, heads)`` as the other runners name them: a head goes before its relation."""
    return [":".join([*map(str, head), names[label]]) for *head, label in labels]


class _Function:
    """A Keras model as a compiled function that looks like a session and its graph."""

    def __init__(self, model: Any) -> None:
        tf = keras.tensorflow()
        signature = [tf.TensorSpec((None, *node.shape[1:]), node.dtype) for node in model.inputs]
        self.input_names = [node.name for node in model.inputs]
        self.output_names = [keras.OUTPUT]
        self.session = self

        @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
        def call(*inputs: Any) -> Any:
            return model(list(inputs), training=False)

        self._call = call

    def run(self, names: list[str], feed: dict[str, Any]) -> list[Any]:
        return [self._call(*(feed[name] for name in self.input_names)).numpy()]


class _Words:
    """The stepwise engine's view of words."""

    def __init__(self, tokenizer: PieceTokenizer) -> None:
        self._tokenizer = tokenizer

    def padded(self, words: list[str]) -> npt.NDArray[np.int32]:
        result = np.zeros((len(words), PIECES_A_WORD), np.int32)
        for row, word in enumerate(words):
            pieces = self._tokenizer.word(word, PIECES_A_WORD)
            result[row, PIECES_A_WORD - len(pieces) :] = pieces
        return result


class _Tagger:
    def __init__(self, name: str) -> None:
        kind, filename = FILES[name]
        parts = Parts(name, "cpu")
        self._labels = parts.vocabulary("labels").labels()
        weights = split_weights(_arrays(filename), _embedding(), kind)
        function: Any = _Function(keras.spu_context_model(weights))
        words: Any = _Words(PieceTokenizer(parts.file("pieces.model")))
        self._engine = StepwiseEngine(function, words, WINDOW, KINDS[kind].heads)

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        found = self._engine.label([TreebankWordTokenize(text) for text in work], 1)
        return [name_labels(item.labels, self._labels) for item in found]


class _Sentiment:
    def __init__(self, name: str) -> None:
        weights = split_sentiment_weights(_arrays(FILES[name][1]), _embedding())
        self._function = _Function(keras.sentiment_model(weights))
        self._tokenizer = PieceTokenizer(Parts(name, "cpu").file("pieces.model"))

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        numbers = np.zeros((len(work), TEXT_PIECES), np.int32)
        for row, text in enumerate(work):
            pieces = self._tokenizer.text(text)[:TEXT_PIECES]
            numbers[row, TEXT_PIECES - len(pieces) :] = pieces
        found: Labels = []
        for start in range(0, len(work), _BATCH):
            feed = {self._function.input_names[0]: numbers[start : start + _BATCH]}
            found.extend(float(value) for value in self._function.run([], feed)[0].reshape(-1))
        return found


def _arrays(filename: str) -> Any:
    return read_pickled_arrays((_FOLDER[0] / filename).read_bytes(), filename)


def _embedding() -> Any:
    return read_npy((_FOLDER[0] / EMBEDDING).read_bytes(), EMBEDDING)


def make(name: str) -> Subject:
    """Make the model of that name."""
    return _Sentiment(name) if "Sentiment" in name else _Tagger(name)


def setup(weights: str) -> str:
    """Take upstream's weight files from a folder; returns TensorFlow's version."""
    _FOLDER[:] = [Path(weights)]
    tf = keras.tensorflow()
    return f"TensorFlow {tf.__version__}, Keras {tf.keras.__version__}"


if __name__ == "__main__":
    serve({**Bench(make).operations(), "setup": setup})
