"""Weights of small networks in the files that upstream publishes, so that converting takes no time and no network."""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable

import h5py
import numpy as np

from network_reference import random_gru
from vnlp_colab.convert.gru import GruWeights

WORDS, TAGS, LABELS, POS = 5, 6, 3, 2
WORD_SIZE, UNITS, TAG_SIZE = 4, 3, 2


def keras_tokenizer(count: int, oov: str | None = None, *, twice: bool = True, limit: int | None = None) -> bytes:
    """A tokenizer file as upstream writes it: a JSON string that holds JSON that holds JSON."""
    words = ([oov] if oov else []) + [f"w{i}" for i in range(count - bool(oov))]
    index = {word: number for number, word in enumerate(words, 1)}
    text = json.dumps({"class_name": "Tokenizer", "config": {
        "num_words": limit, "oov_token": oov, "word_index": json.dumps(index)}})  # fmt: skip
    return (json.dumps(text) if twice else text).encode()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def arrays_of(layers: list[GruWeights]) -> list[np.ndarray]:
    return [array for layer in layers for array in (layer.kernel, layer.recurrent, layer.bias)]


def grus(random: np.random.Generator, *inputs: int) -> list[np.ndarray]:
    return arrays_of([random_gru(random, size, UNITS) for size in inputs])


def dense(random: np.random.Generator, *sizes: int) -> list[np.ndarray]:
    arrays = []
    for i in range(len(sizes) - 1):
        arrays += [random.normal(size=sizes[i : i + 2]), random.normal(size=sizes[i + 1])]
    return [array.astype(np.float32) for array in arrays]


def matrix() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(WORDS + 1, WORD_SIZE)).astype(np.float32)


def tagger_arrays() -> list[np.ndarray]:
    random = np.random.default_rng(2)
    outputs, word = LABELS + 1, WORD_SIZE + UNITS
    return [
        random.normal(size=(TAGS + 1, TAG_SIZE)).astype(np.float32),
        *grus(random, TAG_SIZE, UNITS, word + outputs, UNITS, word, UNITS),
        *dense(random, word + 2 * UNITS, 8, 7, outputs),
    ]


def parser_arrays() -> list[np.ndarray]:
    random = np.random.default_rng(3)
    outputs, word = 41 + LABELS + 1, WORD_SIZE + UNITS + 2
    return [
        random.normal(size=(TAGS + 1, TAG_SIZE)).astype(np.float32),
        random.normal(size=(POS + 1, 2)).astype(np.float32),
        *grus(random, TAG_SIZE, UNITS, word, UNITS, outputs, UNITS, word, UNITS),
        *dense(random, word + 3 * UNITS, 8, 7, outputs),
    ]


def sentiment_arrays() -> list[np.ndarray]:
    random = np.random.default_rng(4)
    return [*grus(random, WORD_SIZE, UNITS), *dense(random, UNITS, 5, 1)]


def ner_layers() -> dict[str, np.ndarray]:
    """Path to array, as Keras lays CharNER out in HDF5."""
    random = np.random.default_rng(5)
    layers = {"embedding/embedding/embeddings:0": random.normal(size=(7, 4)).astype(np.float32)}
    for i in range(5):
        layer = "bidirectional" + (f"_{i}" if i else "")
        for direction in ("forward", "backward"):
            weights = random_gru(random, 4 if i == 0 else 2 * UNITS, UNITS)
            scope = f"{layer}/{layer}/{direction}_gru_{i}/gru_cell"
            layers[f"{scope}/kernel:0"] = weights.kernel
            layers[f"{scope}/recurrent_kernel:0"] = weights.recurrent
            layers[f"{scope}/bias:0"] = weights.bias
    for name, kernel, bias in zip(
        ("dense", "dense_1"), *(iter(dense(random, 2 * UNITS, 5, LABELS + 1)),) * 2, strict=True
    ):
        layers[f"{name}/{name}/kernel:0"], layers[f"{name}/{name}/bias:0"] = kernel, bias
    return layers


def hdf5(arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for path, array in arrays.items():
            file[path] = array
    return stream.getvalue()


def pickled(arrays: list[np.ndarray]) -> bytes:
    return pickle.dumps(arrays, protocol=4)


def reader(**files: bytes) -> Callable[[str], bytes]:
    """A ``read`` of a builder: small files for every role, some of them replaced."""
    known = {
        "labels": keras_tokenizer(LABELS),
        "tags": keras_tokenizer(TAGS),
        "pos_labels": keras_tokenizer(POS),
        "characters": keras_tokenizer(6, "<OOV>", limit=7),
        "words": keras_tokenizer(WORDS, "<OOV>"),
        "matrix": npy(matrix()),
        **files,
    }
    return known.__getitem__
