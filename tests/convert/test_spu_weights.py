"""Lists of arrays that are, or are not, the weights they are said to be."""

from __future__ import annotations

import numpy as np
import pytest
from spu_fakes import real_size

from vnlp_colab.convert.spu_weights import (
    EMBEDDING,
    KINDS,
    PIECES,
    expected_shapes,
    split_sentiment_weights,
    split_weights,
)
from vnlp_colab.errors import ConversionError


@pytest.mark.parametrize("kind", KINDS)
def test_every_array_finds_its_place(kind):
    arrays, embedding = real_size(kind)
    weights = split_weights(arrays, embedding, kind)
    stacks = (weights.word, weights.left, weights.right, weights.history)
    layers = [layer for stack in stacks for layer in stack]
    parts = [array for layer in layers for array in (layer.kernel, layer.recurrent, layer.bias)]
    parts += [array for pair in weights.dense for array in pair]
    assert [part.tobytes() for part in parts] == [array.tobytes() for array in arrays]
    assert weights.embedding is embedding or np.array_equal(weights.embedding, embedding)
    assert weights.outputs == KINDS[kind].outputs


def test_double_precision_becomes_single():
    arrays, embedding = real_size("pos")
    weights = split_weights([array.astype(np.float64) for array in arrays], embedding.astype(np.float64), "pos")
    assert weights.embedding.dtype == weights.dense[0][0].dtype == weights.word[0].kernel.dtype == np.float32


def broken(change):
    arrays, embedding = real_size("pos")
    return change(arrays, embedding)


def with_array(arrays, position, array):
    return [*arrays[:position], array, *arrays[position + 1 :]]


FAULTS = {
    "one too few": (lambda a, e: (a[:-1], e), "are 18 arrays, not 17"),
    "one too many": (lambda a, e: ([*a, a[-1]], e), "are 18 arrays, not 19"),
    "none": (lambda a, e: ([], e), "not 0"),
    "embedding left in": (lambda a, e: ([e, *a], e), "not 19"),
    "transposed": (lambda a, e: (with_array(a, 12, a[12].T), e), "array 12 has shape"),
    "swapped": (lambda a, e: ([a[1], a[2], a[0], *a[3:]], e), "array 1 has shape"),
    "a label more": (lambda a, e: (with_array(a, 17, np.zeros(19, np.float32)), e), "array 17"),
    "no axes": (lambda a, e: (with_array(a, 0, np.float32(1)), e), "array 0 has shape ()"),
    "not a number": (lambda a, e: (with_array(a, 5, a[5] * np.nan), e), "array 5 holds numbers"),
    "other vocabulary": (lambda a, e: (a, e[:-1]), "another vocabulary"),
    "other vectors": (lambda a, e: (a, np.zeros((PIECES, EMBEDDING // 2), np.float32)), "another vocabulary"),
    "word-level matrix": (lambda a, e: (a, np.zeros((64_000, 128), np.float32)), "another vocabulary"),
    "infinite vectors": (lambda a, e: (a, np.where(e > 3, np.inf, e)), "not finite"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_other_lists_are_refused(fault):
    change, message = FAULTS[fault]
    arrays, embedding = broken(change)
    with pytest.raises(ConversionError) as caught:
        split_weights(arrays, embedding, "pos")
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_weights_of_a_sibling_are_refused(kind, other):
    if kind == other:
        return
    with pytest.raises(ConversionError):
        split_weights(*real_size(other), kind)


def test_unknown_kind():
    with pytest.raises(ConversionError, match="there are pos, ner, dep"):
        split_weights(*real_size("pos"), "sentiment")


def test_sentiment_weights_are_no_taggers_and_the_other_way_round():
    arrays, embedding = real_size("ner")
    with pytest.raises(ConversionError, match="22 arrays, not 30"):
        split_sentiment_weights(arrays, embedding)


def test_shapes_of_upstreams_files():
    """The parser's, as far as its README and code state them: two layers of 256, 41 heads and 49 labels."""
    shapes = expected_shapes(KINDS["dep"])
    assert len(shapes) == 30
    assert shapes[0] == (128, 768)
    assert shapes[18] == (90, 768)
    assert shapes[-6:] == [(1024, 512), (512,), (512, 256), (256,), (256, 90), (90,)]
