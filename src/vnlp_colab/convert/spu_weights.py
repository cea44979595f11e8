"""The SPUContext family's weights: what belongs where in upstream's lists of arrays.

Upstream pickles what Keras's ``get_weights()`` gives, less the embedding that all its models share: four GRU stacks
(word pieces, left context, right context, labels so far), three arrays a layer, then kernel and bias of three dense
layers. Nothing in such a list says whose it is, so every shape is checked.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vnlp_colab.convert.gru import Array, GruWeights
from vnlp_colab.errors import ConversionError

PIECES = 16_000
"""Size of the SentencePiece vocabulary that the family shares."""

EMBEDDING = 128
"""Size of a piece's vector."""

PIECES_A_WORD = 8
"""A word's pieces are padded and cut in front to this many."""

WINDOW = 40
"""Words of context on each side."""

TEXT_PIECES = 256
"""Pieces of a text that the sentiment analyser reads, padded in front."""

SENTIMENT_LAYERS = 3
"""Bidirectional GRU layers of the sentiment analyser."""

STACKS = ("word", "left", "right", "history")


@dataclass(frozen=True)
class SpuKind:
    """What tells one model of the family from another.

    Attributes:
        units: Size of every GRU's state.
        layers: GRU layers of every stack.
        heads: Sizes of the output's parts, each of which has an argmax of its own.
        activation: ``"Softmax"`` or ``"Sigmoid"``, the output's.
        history_input_name: Name of the stepwise graph's input of labels so far.
    """

    units: int
    layers: int
    heads: tuple[int, ...]
    activation: str
    history_input_name: str

    @property
    def outputs(self) -> int:
        """Size of the output, and of one step of the history."""
        return sum(self.heads)


KINDS = {
    "pos": SpuKind(128, 1, (18,), "Softmax", "lc_pos_input"),
    "ner": SpuKind(256, 2, (5,), "Softmax", "lc_entity_input"),
    "dep": SpuKind(256, 2, (WINDOW + 1, 49), "Sigmoid", "lc_arc_label_input"),
}


@dataclass(frozen=True)
class SpuWeights:
    """One model's weights, float32.

    Attributes:
        embedding: ``(PIECES, EMBEDDING)``: the pieces' vectors.
        word: GRU stack over the pieces of a word.
        left: GRU stack over the word vectors before the word.
        right: GRU stack over the word vectors after it, every layer backwards.
        history: GRU stack over the one-hot labels of the words before it.
        dense: Kernel and bias of the three dense layers.
        heads: Sizes of the output's parts.
        activation: ``"Softmax"`` or ``"Sigmoid"``.
        history_input_name: Name of the stepwise graph's input of labels so far.
    """

    embedding: Array
    word: Sequence[GruWeights]
    left: Sequence[GruWeights]
    right: Sequence[GruWeights]
    history: Sequence[GruWeights]
    dense: Sequence[tuple[Array, Array]]
    heads: tuple[int, ...]
    activation: str
    history_input_name: str

    @property
    def outputs(self) -> int:
        """Size of the output, and of one step of the history."""
        return sum(self.heads)


def split_weights(
    arrays: Sequence[npt.NDArray[np.floating]], embedding: npt.NDArray[np.floating], kind: str
) -> SpuWeights:
    """Tell what each array of a list is, after checking that the list is that of the model meant.

    Args:
        arrays: Upstream's list, without the embedding.
        embedding: The pieces' vectors.
        kind: ``"pos"``, ``"ner"`` or ``"dep"``.

    Raises:
        ConversionError: The arrays are of another architecture, too few, too many, of wrong shape, or not finite; or
            the embedding is of another vocabulary.
    """
    spec = KINDS.get(kind)
    if spec is None:
        raise ConversionError(f"there is no SPUContext model {kind!r}; there are {', '.join(KINDS)}")
    check_embedding(embedding)
    check_shapes(arrays, expected_shapes(spec), f"SPUContext weights for {kind!r}")
    single = [np.ascontiguousarray(array, np.float32) for array in arrays]
    layers = [GruWeights(*single[i : i + 3]) for i in range(0, 3 * spec.layers * len(STACKS), 3)]
    word, left, right, history = (layers[i : i + spec.layers] for i in range(0, len(layers), spec.layers))
    rest = single[3 * len(layers) :]
    return SpuWeights(
        embedding=np.ascontiguousarray(embedding, np.float32),
        word=word,
        left=left,
        right=right,
        history=history,
        dense=list(zip(rest[::2], rest[1::2], strict=True)),
        heads=spec.heads,
        activation=spec.activation,
        history_input_name=spec.history_input_name,
    )


@dataclass(frozen=True)
class SentimentWeights:
    """The SPUCBiGRU sentiment analyser's weights, float32.

    Attributes:
        embedding: ``(PIECES, EMBEDDING)``: the pieces' vectors.
        layers: Forward and backward GRU of each layer.
        dense: Kernel and bias of the two dense layers.
    """

    embedding: Array
    layers: Sequence[tuple[GruWeights, GruWeights]]
    dense: Sequence[tuple[Array, Array]]


def split_sentiment_weights(
    arrays: Sequence[npt.NDArray[np.floating]], embedding: npt.NDArray[np.floating]
) -> SentimentWeights:
    """Do for the sentiment analyser what ``split_weights`` does for the taggers.

    Raises:
        ConversionError: As there.
    """
    check_embedding(embedding)
    check_shapes(arrays, sentiment_shapes(), "SPUCBiGRU sentiment weights")
    single = [np.ascontiguousarray(array, np.float32) for array in arrays]
    single_layers = [GruWeights(*single[i : i + 3]) for i in range(0, 6 * SENTIMENT_LAYERS, 3)]
    rest = single[6 * SENTIMENT_LAYERS :]
    return SentimentWeights(
        embedding=np.ascontiguousarray(embedding, np.float32),
        layers=list(zip(single_layers[::2], single_layers[1::2], strict=True)),
        dense=list(zip(rest[::2], rest[1::2], strict=True)),
    )


def expected_shapes(kind: SpuKind) -> list[tuple[int, ...]]:
    """The shapes of a model's arrays, in the order of ``get_weights()``, without the embedding."""
    units = kind.units
    shapes: list[tuple[int, ...]] = []
    for inputs in (EMBEDDING, units, units, kind.outputs):
        for layer in range(kind.layers):
            shapes += [(units if layer else inputs, 3 * units), (units, 3 * units), (2, 3 * units)]
    sizes = (len(STACKS) * units, 2 * units, units, kind.outputs)
    for before, after in itertools.pairwise(sizes):
        shapes += [(before, after), (after,)]
    return shapes


def sentiment_shapes() -> list[tuple[int, ...]]:
    """The shapes of the sentiment analyser's arrays, in the order of ``get_weights()``, without the embedding."""
    units, hidden = 128, 16
    shapes: list[tuple[int, ...]] = []
    for layer in range(SENTIMENT_LAYERS):
        shapes += 2 * [(2 * units if layer else EMBEDDING, 3 * units), (units, 3 * units), (2, 3 * units)]
    return [*shapes, (2 * units, hidden), (hidden,), (hidden, 1), (1,)]


def check_embedding(embedding: npt.NDArray[np.floating]) -> None:
    """Raise ``ConversionError`` unless the matrix has a row for every piece of the vocabulary."""
    if embedding.shape != (PIECES, EMBEDDING):
        raise ConversionError(
            f"the embedding has shape {embedding.shape}, so it belongs to another vocabulary: "
            f"these models read {PIECES} pieces of {EMBEDDING} numbers"
        )
    if not np.isfinite(embedding).all():
        raise ConversionError("the embedding holds numbers that are not finite")


def check_shapes(arrays: Sequence[npt.NDArray[np.floating]], expected: Sequence[tuple[int, ...]], name: str) -> None:
    """Raise ``ConversionError`` unless the arrays have the shapes expected, in that order, and are finite."""
    if len(arrays) != len(expected):
        raise ConversionError(f"{name} are {len(expected)} arrays, not {len(arrays)}: is this another model's file?")
    for i, (array, shape) in enumerate(zip(arrays, expected, strict=True)):
        if array.shape != shape:
            raise ConversionError(f"{name}: array {i} has shape {array.shape} where {shape} belongs")
        if not np.isfinite(array).all():
            raise ConversionError(f"{name}: array {i} holds numbers that are not finite")
