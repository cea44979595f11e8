"""The SPUContext family: pickled Keras weights to the incremental engine's graphs and the stepwise graph."""

from __future__ import annotations

from collections.abc import Callable

import onnx

from vnlp_colab.convert.context import ContextWeights, context_graphs
from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value, constants_model
from vnlp_colab.convert.gru import padding_states, projection, step_model
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW, SpuWeights, split_weights
from vnlp_colab.convert.stepwise import stepwise_model
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_npy, read_pickled_arrays

_LABELLED = {"pos": "PoS labels", "ner": "NER labels", "dep": "DP labels"}


def builder(kind: str) -> Callable[[Callable[[str], bytes]], Files]:
    """The builder of SPUContextPoS (``"pos"``), SPUContextNER (``"ner"``) or SPUContextDP (``"dep"``)."""

    def build(read: Callable[[str], bytes]) -> Files:
        arrays = read_pickled_arrays(read("weights"), f"SPUContext weights for {kind!r}")
        weights = split_weights(arrays, read_npy(read("embedding"), "embedding of pieces"), kind)
        labels = read_keras_tokenizer(read("labels"), _LABELLED[kind])
        if weights.heads[-1] != len(labels["words"]) + 1:
            raise ConversionError(f"{len(labels['words'])} labels for a network that knows {weights.heads[-1] - 1}")
        return {**context_files(weights), "labels.json": dump_json(labels), "pieces.model": read("pieces")}

    return build


def context_files(weights: SpuWeights) -> Files:
    """The graphs of a model, and what the engine needs to know of them."""
    padding = padding_states(weights.word, weights.embedding[0], PIECES_A_WORD)
    context = ContextWeights(
        left=weights.left,
        right=weights.right,
        history=weights.history,
        dense=weights.dense,
        dense_order=("word", "left", "right", "history"),
        padding_word=padding[-1][PIECES_A_WORD],
        heads=weights.heads,
        activation=weights.activation,
        window=WINDOW,
    )
    files: Files = {**context_graphs(context)}
    files["pieces_project.onnx"] = _pieces_model(weights)
    files["word_step.onnx"] = step_model("word_step", weights.word)
    tables = {f"word_padding{i}": table for i, table in enumerate(padding)}
    files["word_tables.onnx"] = constants_model("word_tables", tables)
    files["stepwise.onnx"] = stepwise_model(weights)
    files["config.json"] = dump_json({"context": context.config(), "pieces": PIECES_A_WORD})
    return files


def _pieces_model(weights: SpuWeights) -> onnx.ModelProto:
    """Graph: ``pieces (P,) int32`` -> their projections ``z, r, c``, each ``(P, units)``."""
    graph = GraphBuilder()
    vectors = graph.op("Gather", graph.constant(weights.embedding), "pieces")
    projection(graph, vectors, weights.word[0], ("z", "r", "c"))
    outputs = [Value(gate, FLOAT, ("P", weights.word[0].units)) for gate in "zrc"]
    return graph.model("pieces_project", [Value("pieces", INT32, ("P",))], outputs)
