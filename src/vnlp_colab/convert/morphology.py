"""StemmerAnalyzer: HDF5 Keras weights and the lookup analyser's lists to ONNX graphs and tables.

The network is that of Shen et al. 2016 (https://aclanthology.org/C16-1018.pdf) with GRUs: an analysis is embedded
by its stem's characters and its tags, a word's place by the characters of the words around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx

from vnlp_colab.convert.analyser_tables import compile_tables
from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value, constants_model
from vnlp_colab.convert.gru import Array, GruWeights, check_dense, padding_states, project_model, step_model
from vnlp_colab.convert.keras_files import array_ending, bidirectional, gru
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.store.weights import read_hdf5

WINDOW = 40
CANDIDATES = 10
LENGTHS = {"stem": 10, "tags": 15, "left_word": 15, "right_word": 15}
_LAYERS = {
    "stem": "time_distributed",
    "tags": "time_distributed_1",
    "left_word": "time_distributed_2",
    "right_word": "time_distributed_3",
}


def build(read: Callable[[str], bytes]) -> Files:
    """Build StemmerAnalyzer."""
    arrays = read_hdf5(read("weights"), "StemmerAnalyzer weights")
    characters = array_ending(arrays, "embedding", "embeddings")
    tags = array_ending(arrays, "embedding_1", "embeddings")
    encoders = {name: bidirectional(arrays, layer) for name, layer in _LAYERS.items()}
    left, right = gru(arrays, "gru_3"), gru(arrays, "gru_5")
    files: Files = {}
    tables: dict[str, Array] = {}
    for name, directions in encoders.items():
        embedding = tags if name == "tags" else characters
        for direction, layer in zip(("forward", "backward"), directions, strict=True):
            files[f"{name}_{direction}.onnx"] = step_model(f"{name}_{direction}", [layer], embedding)
            tables[f"{name}_{direction}_padding"] = padding_states([layer], embedding[0], LENGTHS[name])[0]
    empty_left, empty_right = (_encode_padding(tables, name) for name in ("left_word", "right_word"))
    # After its words, a left context reads padding; before its words, a right context does.
    left_padding = padding_states([left], empty_left, WINDOW)[0]
    tables["left_empty"] = left_padding[WINDOW:]
    for gate, part in zip("zrc", left.gates(left.project(empty_left[None]).astype(np.float32)), strict=True):
        tables[f"left_tail_{gate}"] = part
    tables["right_padding"] = padding_states([right], empty_right, WINDOW)[0]
    dense = [
        (array_ending(arrays, name, "kernel"), array_ending(arrays, name, "bias")) for name in ("dense", "dense_1")
    ]
    check_dense(dense, CANDIDATES, CANDIDATES)
    files |= {
        "left_project.onnx": project_model("left_project", left),
        "left_step.onnx": step_model("left_step", [left]),
        "right_project.onnx": project_model("right_project", right),
        "right_step.onnx": step_model("right_step", [right]),
        "score.onnx": _score_model(left, dense),
        "tables.onnx": constants_model("tables", tables),
        "config.json": dump_json({"window": WINDOW, "candidates": CANDIDATES, "lengths": LENGTHS}),
        "characters.json": dump_json(read_keras_tokenizer(read("characters"), "stemmer characters")),
        "tags.json": dump_json(read_keras_tokenizer(read("tags"), "morphological tags")),
        "analyser.json": compile_tables(*(read(role).decode("utf-8") for role in ("stems", "suffixes", "exact"))),
    }
    return files


def _encode_padding(tables: dict[str, Array], name: str) -> Array:
    """The vector of an all-padding word: both directions after reading padding alone."""
    length = LENGTHS[name]
    return np.concatenate([tables[f"{name}_{direction}_padding"][length] for direction in ("forward", "backward")])


def _score_model(context: GruWeights, dense: Sequence[tuple[Array, Array]]) -> onnx.ModelProto:
    """Graph: how well each candidate analysis fits its place.

    Inputs are ``stems (S, units)`` and ``tags (T, units)`` (distinct ones, encoded), each word's candidates
    ``stem, tag (R, 10) int32`` in them, and its contexts ``left, right (R, units)``; output is
    ``probabilities (R, 10)``.
    """
    builder = GraphBuilder()
    analysis = builder.op("Add", builder.op("Gather", "stems", "stem"), builder.op("Gather", "tags", "tag"))
    analysis = builder.op("Tanh", analysis)  # (R, 10, units)
    place = builder.op("Unsqueeze", builder.op("Tanh", builder.op("Add", "left", "right")), builder.ints(2))
    x = builder.op("Squeeze", builder.op("MatMul", analysis, place), builder.ints(2))
    (first, first_bias), (second, second_bias) = dense
    x = builder.op("Tanh", builder.op("Gemm", x, builder.constant(first), builder.constant(first_bias)))
    x = builder.op("Gemm", x, builder.constant(second), builder.constant(second_bias))
    builder.op("Softmax", x, to="probabilities", axis=1)
    units = context.units
    inputs = [
        Value("stems", FLOAT, ("S", units)),
        Value("tags", FLOAT, ("T", units)),
        Value("stem", INT32, ("R", CANDIDATES)),
        Value("tag", INT32, ("R", CANDIDATES)),
        Value("left", FLOAT, ("R", units)),
        Value("right", FLOAT, ("R", units)),
    ]
    return builder.model("score", inputs, [Value("probabilities", FLOAT, ("R", CANDIDATES))])
