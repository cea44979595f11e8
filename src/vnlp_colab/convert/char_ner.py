"""CharNER: HDF5 Keras weights to ONNX graphs (Kuru et al. 2016, https://aclanthology.org/C16-1087/)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vnlp_colab.convert.graphs import FLOAT, INT32, INT64, GraphBuilder, Value
from vnlp_colab.convert.gru import Array, check_dense, check_stack, sequence_operator
from vnlp_colab.convert.keras_files import array_ending, bidirectional
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.padded import PaddedStack, outward_model, trimmed_inputs, trimmed_states
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.store.weights import read_hdf5

LENGTH = 256
STACKS = 5


def build(read: Callable[[str], bytes]) -> Files:
    """Build CharNER.

    The whole network takes ``characters (N, 256) int32`` and gives ``probabilities (N, 256, labels)`` and
    ``labels (N, 256) int64``. What runs are the two graphs of ``convert.padded``, which give the same for the
    places that hold text.
    """
    arrays = read_hdf5(read("weights"), "CharNER weights")
    labels = read_keras_tokenizer(read("labels"), "NER labels")
    classes = len(labels["words"]) + 1
    kernels = [(_array(arrays, name, "kernel"), _array(arrays, name, "bias")) for name in ("dense", "dense_1")]
    embedding = _array(arrays, "embedding", "embeddings")
    stacks = [bidirectional(arrays, "bidirectional" + (f"_{i}" if i else "")) for i in range(STACKS)]
    size = int(embedding.shape[-1])
    for forward, backward in stacks:
        check_stack([forward], size)
        check_stack([backward], size)
        size = forward.units + backward.units
    check_dense(kernels, size, classes)
    stack = PaddedStack.of(embedding, stacks, LENGTH, mirrored=False)
    builder = GraphBuilder()
    # The GRU operator runs along the first axis.
    steps = builder.op("Transpose", "characters", perm=[1, 0])
    x = builder.op("Gather", builder.constant(embedding), steps)
    for layers in stacks:
        x = sequence_operator(builder, x, *layers)
    whole = builder.model(
        "char_ner", [Value("characters", INT32, ("N", LENGTH))], _head(builder, x, kernels, LENGTH, classes)
    )
    builder = GraphBuilder()
    states = trimmed_states(builder, stack, text_only=True)
    trimmed = builder.model("char_ner_trimmed", trimmed_inputs(stack), _head(builder, states, kernels, "S", classes))
    characters = read_keras_tokenizer(read("characters"), "NER characters")
    return {
        "network.onnx": whole,
        "outward.onnx": outward_model(stack),
        "trimmed.onnx": trimmed,
        "config.json": dump_json({"length": LENGTH}),
        "labels.json": dump_json(labels),
        "characters.json": dump_json(characters),
    }


def _head(
    builder: GraphBuilder, x: str, kernels: Sequence[tuple[Array, Array]], length: int | str, classes: int
) -> list[Value]:
    """Write the dense layers over states ``(T, N, 2 * units)``; returns the graph's outputs."""
    for i, (kernel, bias) in enumerate(kernels):
        x = builder.op("Add", builder.op("MatMul", x, builder.constant(kernel)), builder.constant(bias))
        x = builder.op("Relu", x) if i == 0 else builder.op("Softmax", x, axis=2)
    builder.op("Transpose", x, to="probabilities", perm=[1, 0, 2])
    builder.op("ArgMax", "probabilities", to="labels", axis=2, keepdims=0)
    return [Value("probabilities", FLOAT, ("N", length, classes)), Value("labels", INT64, ("N", length))]


def _array(arrays: Mapping[str, np.ndarray], layer: str, name: str) -> Array:
    return array_ending(arrays, layer, name)
