"""This project's own network: float16 weights of a PyTorch training to the graphs that run it.

One encoding of a sentence serves every task, so the network is several graphs: distinct words to vectors, sentences
of these to contexts, and a graph a head. Nothing is padded but the end of a batch's shorter sentences, of which the
GRU operators know the lengths.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx

from vnlp_colab.convert.graphs import FLOAT, INT32, GraphBuilder, Value
from vnlp_colab.convert.gru import Array
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.safetensors import read_safetensors

HEADS = ("ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats")
"""Models that run on the shared network, and have no weights of their own."""

_SLOPE = 0.1
"""Slope of the leaky rectifiers below zero."""

_DIRECTIONS = ("", "_reverse")


class Weights:
    """The arrays of a training, in float32.

    Args:
        arrays: Arrays by PyTorch's names.
    """

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> Array:
        if name not in self._arrays:
            raise ConversionError(f"the weights lack {name!r}")
        return np.asarray(self._arrays[name], np.float32)

    def layers(self, name: str) -> int:
        """How many layers a stack of GRUs has."""
        return sum(key.startswith(f"{name}.weight_hh") for key in self._arrays) // len(_DIRECTIONS)

    def integers(self, name: str) -> Any:
        """An array as it is stored.

        Raises:
            ConversionError: The weights lack it.
        """
        if name not in self._arrays:
            raise ConversionError(f"the weights lack {name!r}")
        return self._arrays[name]


def build(read: Callable[[str], bytes]) -> Files:
    """Build all graphs of the network."""
    weights = Weights(read_safetensors(read("weights"), "weights of the shared network"))
    config = json.loads(read("config"))
    config["transitions"] = weights["transitions.weight"].tolist()
    sizes = [len(values) for _, values in config["features"]]
    return {
        "words.onnx": words_model(weights),
        "contexts.onnx": contexts_model(weights),
        "pos.onnx": tagger_model(weights, "pos", "tag_hidden", "upos"),
        "feats.onnx": tagger_model(weights, "feats", "tag_hidden", "feats", groups=sizes),
        "lemma.onnx": tagger_model(weights, "lemma", "lemma_hidden", "scripts"),
        "ner.onnx": entities_model(weights),
        "arcs.onnx": arcs_model(weights),
        "relations.onnx": relations_model(weights),
        "config.json": dump_json(config),
        "words.txt": read("words"),
        "pieces.model": read("pieces"),
    }


def build_head(read: Callable[[str], bytes]) -> Files:
    """Build a model that runs on the shared network: only the names of its labels."""
    return {"config.json": dump_json(json.loads(read("config")))}


def words_model(weights: Weights) -> onnx.ModelProto:
    """Graph: ``pieces (P, N)``, ``counts (N,)``, ``rows (N,)``, all int32 -> ``words (N, size)``.

    A word is the last state of a GRU over its pieces, and its stored vector; where ``rows`` is -1 it has none, and
    the guess at it takes its place.
    """
    graph = GraphBuilder()
    x = graph.op("Gather", graph.constant(weights["words.embedding.weight"]), "pieces")
    state = _gru(graph, x, weights, "words.gru", layer=0, directions=_DIRECTIONS[:1], lengths="counts")[1]
    state = graph.op("Squeeze", state, graph.ints(0))
    guess = _linear(graph, state, weights, "words.guess")
    row = graph.op("Max", "rows", graph.constant(np.array(0, np.int32)))
    stored = graph.op("Gather", graph.constant(weights.integers("vectors.quantised")), row)
    one = (graph.constant(np.array(1, np.float32)), graph.constant(np.array(0, np.int8)))
    stored = graph.op("DequantizeLinear", stored, *one)
    scale = graph.op("Gather", graph.constant(weights["vectors.scales"][:, None]), row)
    stored = graph.op("Mul", stored, scale)
    known = graph.op("GreaterOrEqual", "rows", graph.constant(np.array(0, np.int32)))
    vector = graph.op("Where", graph.op("Unsqueeze", known, graph.ints(1)), stored, guess)
    graph.op("Concat", state, vector, axis=1, to="words")
    inputs = [Value("pieces", INT32, ("P", "N")), Value("counts", INT32, ("N",)), Value("rows", INT32, ("N",))]
    return graph.model("words", inputs, [Value("words", FLOAT, ("N", weights["root"].size))])


def contexts_model(weights: Weights) -> onnx.ModelProto:
    """Graph: distinct words to the contexts of sentences.

    Inputs: ``words (N, size)``; ``index (T, B) int32``, the row of each word, and N where the root stands, which is
    the first position of each sentence; ``shapes (T, B) int32``; ``style (1,) int32``; ``lengths (B,) int32``, the root
    included. Output: ``contexts (B, T, 2 * units)``.
    """
    graph = GraphBuilder()
    words, shapes = _words_in_place(graph, weights)
    style = _everywhere(graph, weights, "styles", "style")
    x = graph.op("Concat", words, shapes, style, axis=2)
    layers = weights.layers("context")
    units = weights["context.weight_hh_l0"].shape[1]
    for layer in range(layers):
        x = _both_ways(graph, x, weights, "context", layer)
    graph.op("Transpose", x, perm=[1, 0, 2], to="contexts")
    words_in, index, shapes_in, count = _sentence_inputs(weights)
    inputs = [words_in, index, shapes_in, Value("style", INT32, (1,)), count]
    return graph.model("contexts", inputs, [Value("contexts", FLOAT, ("B", "T", 2 * units))])


def tagger_model(weights: Weights, name: str, hidden: str, out: str, groups: Sequence[int] = ()) -> onnx.ModelProto:
    """Graph of a head that labels tokens.

    Inputs: ``contexts (M, 2 * units)``, ``words (N, size)``, ``index (M,) int32``, each token's row in ``words``.
    Output: ``probabilities (M, labels)``.

    Args:
        weights: The weights.
        name: Name of the graph.
        hidden: Its hidden layer.
        out: Its output layer.
        groups: Sizes of groups of labels, one label of each group being right; one group if there are none.

    Raises:
        ConversionError: The groups do not make up the labels.
    """
    graph = GraphBuilder()
    inputs = _token_inputs(weights)
    x = graph.op("Concat", "contexts", graph.op("Gather", "words", "index"), axis=1)
    x = _linear(graph, _hidden(graph, x, weights, hidden), weights, out)
    labels = weights[f"{out}.bias"].size
    if groups:
        if sum(groups) != labels:
            raise ConversionError(f"{name}: {labels} outputs for groups of {list(groups)}")
        softened = [graph.op("Softmax", part, axis=1) for part in graph.split(x, groups, axis=1)]
        graph.op("Concat", *softened, axis=1, to="probabilities")
    else:
        graph.op("Softmax", x, axis=1, to="probabilities")
    return graph.model(name, inputs, [Value("probabilities", FLOAT, ("M", labels))])


def entities_model(weights: Weights) -> onnx.ModelProto:
    """Graph of the head for entities, which has a GRU of its own over the contexts.

    Inputs: ``contexts (B, T, 2 * units)``; ``words``, ``index``, ``shapes`` and ``lengths`` as ``contexts_model``'s;
    ``source (1,) int32``, the source of labels. Output: ``scores (B, T, labels)``, the root's among them.
    """
    graph = GraphBuilder()
    words, shapes = _words_in_place(graph, weights)
    contexts = graph.op("Transpose", "contexts", perm=[1, 0, 2])
    parts = [contexts, words, _everywhere(graph, weights, "sources", "source")]
    own = graph.op("Concat", *parts, shapes, axis=2)
    own = _both_ways(graph, own, weights, "entity_context", 0)
    x = _hidden(graph, graph.op("Concat", *parts, own, axis=2), weights, "entity_hidden")
    graph.op("Transpose", _linear(graph, x, weights, "entities"), perm=[1, 0, 2], to="scores")
    units = weights["arc_head.0.weight"].shape[1]
    inputs = [Value("contexts", FLOAT, ("B", "T", units)), *_sentence_inputs(weights), Value("source", INT32, (1,))]
    return graph.model("ner", inputs, [Value("scores", FLOAT, ("B", "T", weights["entities.bias"].size))])


def arcs_model(weights: Weights) -> onnx.ModelProto:
    """Graph: the score of every arc, and what the relations need of each word.

    Input: ``contexts (B, T, 2 * units)``. Outputs: ``arcs (B, T, T)``, dependents along the second axis and heads along
    the third, the root being position 0; ``dependents`` and ``heads``, each ``(B, T, label size)``.
    """
    graph = GraphBuilder()
    dependent = _hidden(graph, "contexts", weights, "arc_dependent")
    head = _hidden(graph, "contexts", weights, "arc_head")
    bilinear = weights["arc_weight"]
    mixed = graph.op("MatMul", dependent, graph.constant(bilinear[:-1]))
    mixed = graph.op("Add", mixed, graph.constant(bilinear[-1]))
    graph.op("MatMul", mixed, graph.op("Transpose", head, perm=[0, 2, 1]), to="arcs")
    _hidden(graph, "contexts", weights, "label_dependent", to="dependents")
    _hidden(graph, "contexts", weights, "label_head", to="heads")
    size = weights["label_head.0.bias"].size
    units = weights["arc_head.0.weight"].shape[1]
    outputs = [Value("arcs", FLOAT, ("B", "T", "T"))]
    outputs += [Value(name, FLOAT, ("B", "T", size)) for name in ("dependents", "heads")]
    return graph.model("arcs", [Value("contexts", FLOAT, ("B", "T", units))], outputs)


def relations_model(weights: Weights) -> onnx.ModelProto:
    """Graph: ``dependents (M, size)``, ``heads (M, size)`` -> ``probabilities (M, relations)``."""
    graph = GraphBuilder()
    trilinear = weights["label_weight"]
    count, side, _ = trilinear.shape
    size = side - 1
    # mixed[m, r, j] = sum_i dependent[m, i] * W[r, i, j], with a one appended to both words
    kernel = trilinear[:, :size].transpose(1, 0, 2).reshape(size, count * side)
    mixed = graph.op("MatMul", "dependents", graph.constant(kernel))
    mixed = graph.op("Add", mixed, graph.constant(trilinear[:, size].reshape(-1)))
    mixed = graph.op("Reshape", mixed, graph.ints(0, count, side))
    linear, constant = graph.split(mixed, [size, 1], axis=2)
    scores = graph.op("MatMul", linear, graph.op("Unsqueeze", "heads", graph.ints(2)))
    scores = graph.op("Squeeze", graph.op("Add", scores, constant), graph.ints(2))
    graph.op("Softmax", scores, axis=1, to="probabilities")
    inputs = [Value("dependents", FLOAT, ("M", size)), Value("heads", FLOAT, ("M", size))]
    return graph.model("relations", inputs, [Value("probabilities", FLOAT, ("M", count))])


def _token_inputs(weights: Weights) -> list[Value]:
    units = weights["arc_head.0.weight"].shape[1]
    return [
        Value("contexts", FLOAT, ("M", units)),
        Value("words", FLOAT, ("N", weights["root"].size)),
        Value("index", INT32, ("M",)),
    ]


def _sentence_inputs(weights: Weights) -> list[Value]:
    return [
        Value("words", FLOAT, ("N", weights["root"].size)),
        Value("index", INT32, ("T", "B")),
        Value("shapes", INT32, ("T", "B")),
        Value("lengths", INT32, ("B",)),
    ]


def _words_in_place(graph: GraphBuilder, weights: Weights) -> tuple[str, str]:
    """Write the lookup of every position's word ``(T, B, size)`` and shape ``(T, B, shape size)``."""
    table = graph.op("Concat", "words", graph.constant(weights["root"][None]), axis=0)
    return graph.op("Gather", table, "index"), graph.op("Gather", graph.constant(weights["shapes.weight"]), "shapes")


def _everywhere(graph: GraphBuilder, weights: Weights, table: str, number: str) -> str:
    """Write the lookup of one embedding, the same at all positions: ``(T, B, size)``."""
    row = graph.op("Gather", graph.constant(weights[f"{table}.weight"]), number)
    return graph.op("Expand", row, graph.op("Concat", graph.op("Shape", "index"), graph.ints(1), axis=0))


def _both_ways(graph: GraphBuilder, x: str, weights: Weights, name: str, layer: int) -> str:
    """Write a bidirectional GRU over ``x (T, B, inputs)``: its states ``(T, B, 2 * units)``."""
    states = _gru(graph, x, weights, name, layer, _DIRECTIONS, "lengths")[0]
    units = weights[f"{name}.weight_hh_l{layer}"].shape[1]
    return graph.op("Reshape", graph.op("Transpose", states, perm=[0, 2, 1, 3]), graph.ints(0, 0, 2 * units))


def _linear(graph: GraphBuilder, x: str, weights: Weights, name: str) -> str:
    """Write a linear layer; MatMul rather than Gemm, because ``x`` may have three axes."""
    product = graph.op("MatMul", x, graph.constant(weights[f"{name}.weight"].T))
    return graph.op("Add", product, graph.constant(weights[f"{name}.bias"]))


def _hidden(graph: GraphBuilder, x: str, weights: Weights, name: str, to: str | None = None) -> str:
    return graph.op("LeakyRelu", _linear(graph, x, weights, f"{name}.0"), alpha=_SLOPE, to=to)


def _gru(
    graph: GraphBuilder, x: str, weights: Weights, name: str, layer: int, directions: Sequence[str], lengths: str
) -> list[str]:
    """Write a GRU over ``x (T, B, inputs)``; returns all states ``(T, directions, B, units)`` and the last ones."""

    def stacked(kind: str) -> list[Array]:
        return [_gates(weights[f"{name}.{kind}_l{layer}{direction}"]) for direction in directions]

    w, r = (np.stack(stacked(kind)) for kind in ("weight_ih", "weight_hh"))
    b = np.concatenate([np.stack(stacked(kind)) for kind in ("bias_ih", "bias_hh")], axis=1)
    constants = [graph.constant(array) for array in (w, r, b)]
    number = f"{name}_l{layer}"
    return graph.ops(
        "GRU",
        x,
        *constants,
        lengths,
        to=[f"{number}_states", f"{number}_last"],
        hidden_size=r.shape[2],
        direction="bidirectional" if len(directions) == 2 else "forward",
        linear_before_reset=1,
    )


def _gates(array: Array) -> Array:
    """PyTorch's gate order r, z, n in ONNX's order z, r, h."""
    reset, update, new = np.split(array, 3)
    return np.concatenate([update, reset, new])
