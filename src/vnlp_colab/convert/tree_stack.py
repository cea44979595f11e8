"""TreeStack tagger and parser: pickled Keras weights to ONNX graphs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vnlp_colab.convert.context import ContextWeights, context_graphs
from vnlp_colab.convert.graphs import constants_model
from vnlp_colab.convert.gru import Array, padding_states, step_model, take_layers
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.convert.word_vectors import read_matrix
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_pickled_arrays

WINDOW = 40
TAGS = 15
"""Tags of an analysis that are read: the last ones, where there are more."""


def build_tagger(read: Callable[[str], bytes]) -> Files:
    """Build TreeStackPoS."""
    arrays = read_pickled_arrays(read("weights"), "TreeStackPoS weights")
    if len(arrays) != 25:
        raise ConversionError(f"TreeStackPoS has 25 arrays of weights, not {len(arrays)}")
    rest = iter(arrays)
    tag_embedding = next(rest)
    tag_layers, history, right = (take_layers(rest, 2) for _ in range(3))
    dense = [(next(rest), next(rest)) for _ in range(3)]
    padding = padding_states(tag_layers, tag_embedding[0], TAGS)
    labels = read_keras_tokenizer(read("labels"), "PoS labels")
    weights = ContextWeights(
        left=None,
        right=right,
        history=history,
        dense=dense,
        dense_order=("word", "history", "right"),
        padding_word=np.concatenate([read_matrix(read)[0], padding[-1][TAGS]]),
        heads=(len(labels["words"]) + 1,),
        activation="Sigmoid",
        window=WINDOW,
    )
    files: Files = {**context_graphs(weights)}
    files["tags_step.onnx"] = step_model("tags_step", tag_layers, tag_embedding)
    files["tags_tables.onnx"] = constants_model("tags_tables", _named("tags_padding", padding))
    files["config.json"] = dump_json({"context": weights.config(), "tags": TAGS})
    files["labels.json"] = dump_json(labels)
    files["tags.json"] = dump_json(read_keras_tokenizer(read("tags"), "morphological tags"))
    return files


def build_parser(read: Callable[[str], bytes]) -> Files:
    """Build TreeStackDP."""
    arrays = read_pickled_arrays(read("weights"), "TreeStackDP weights")
    if len(arrays) != 32:
        raise ConversionError(f"TreeStackDP has 32 arrays of weights, not {len(arrays)}")
    rest = iter(arrays)
    tag_embedding, pos_embedding = next(rest), next(rest)
    tag_layers, left, history, right = (take_layers(rest, 2) for _ in range(4))
    dense = [(next(rest), next(rest)) for _ in range(3)]
    padding = padding_states(tag_layers, tag_embedding[0], TAGS)
    labels = read_keras_tokenizer(read("labels"), "DP labels")
    weights = ContextWeights(
        left=left,
        right=right,
        history=history,
        dense=dense,
        dense_order=("word", "left", "history", "right"),
        padding_word=np.concatenate([read_matrix(read)[0], padding[-1][TAGS], pos_embedding[0]]),
        heads=(WINDOW + 1, len(labels["words"]) + 1),
        activation="Sigmoid",
        window=WINDOW,
    )
    files: Files = {**context_graphs(weights)}
    files["tags_step.onnx"] = step_model("tags_step", tag_layers, tag_embedding)
    tables = {**_named("tags_padding", padding), "pos_embedding": pos_embedding}
    files["tags_tables.onnx"] = constants_model("tags_tables", tables)
    files["config.json"] = dump_json({"context": weights.config(), "tags": TAGS})
    files["labels.json"] = dump_json(labels)
    files["tags.json"] = dump_json(read_keras_tokenizer(read("tags"), "morphological tags"))
    files["pos_labels.json"] = dump_json(read_keras_tokenizer(read("pos_labels"), "PoS labels"))
    return files


def _named(prefix: str, tables: list[Array]) -> dict[str, Array]:
    return {f"{prefix}{i}": table for i, table in enumerate(tables)}
