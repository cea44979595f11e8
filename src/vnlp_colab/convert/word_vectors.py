"""The word vectors that the word-level models share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.convert.gru import Array
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_npy


def build(read: Callable[[str], bytes]) -> Files:
    """Build the lookup graph, ``index (N,) int32`` -> ``vectors (N, 128)``, and its vocabulary."""
    matrix = read_matrix(read)
    vocabulary = read_keras_tokenizer(read("words"), "word vocabulary")
    if len(matrix) != len(vocabulary["words"]) + 1:
        raise ConversionError(
            f"the word vectors {matrix.shape} do not belong to a vocabulary of {len(vocabulary['words'])} words"
        )
    builder = GraphBuilder()
    builder.op("Gather", builder.constant(matrix), "index", to="vectors")
    outputs = [Value("vectors", FLOAT, ("N", matrix.shape[1]))]
    model = builder.model("lookup", [Value("index", INT32, ("N",))], outputs)
    return {"lookup.onnx": model, "words.json": dump_json(vocabulary)}


def read_matrix(read: Callable[[str], bytes]) -> Array:
    """Read the vectors ``(words + 1, size)`` float32; row 0 is padding's, and is not zero.

    Raises:
        ConversionError: The array is no matrix, or is empty.
    """
    matrix = np.asarray(read_npy(read("matrix"), "word vectors"), np.float32)
    if matrix.ndim != 2 or matrix.size == 0:
        raise ConversionError(f"word vectors are a matrix, not an array of shape {matrix.shape}")
    return matrix
