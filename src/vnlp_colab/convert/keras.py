"""Upstream's networks as Keras 3 models, and their conversion by tf2onnx. Needs the extra ``tf``.

Besides the loader of ``tf.data`` nothing else in this package imports TensorFlow. The models compute what upstream's
do, written differently in one place: upstream applies the word encoder to the 40 words of a context through
``TimeDistributed``, which Keras 3 unrolls into 40 copies of the encoder, too much for tf2onnx. Here the words of all
contexts are laid one after the other, ``(N * 40, 8)``, and go through the encoder at once: the same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.gru import GruWeights
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, TEXT_PIECES, WINDOW, SentimentWeights, SpuWeights
from vnlp_colab.errors import ConversionError, MissingExtra

OUTPUT = "probabilities"


def available() -> bool:
    """Tell whether the extra is installed, without importing it."""
    return find_spec("tensorflow") is not None and find_spec("tf2onnx") is not None


@cache
def tensorflow() -> Any:
    """Import TensorFlow, quietly, with Keras 3 on top of it.

    Raises:
        MissingExtra: TensorFlow is not installed.
        ConversionError: Its Keras is not Keras 3, or runs on another backend.
    """
    # At import it logs a page of hints; who wants to see them has set the level.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow as tf
    except ImportError as error:
        raise MissingExtra("tensorflow", "tf", "a Keras model") from error
    if not tf.keras.__version__.startswith("3.") or tf.keras.backend.backend() != "tensorflow":
        raise ConversionError(
            "this needs Keras 3 on TensorFlow: unset TF_USE_LEGACY_KERAS and KERAS_BACKEND, and take "
            f"tensorflow >= 2.16 (this is {tf.__version__} with Keras {tf.keras.__version__})"
        )
    return tf


def versions() -> str:
    """The versions of what converts, to be written down with the result."""
    tf = tensorflow()
    import tf2onnx

    return f"tf2onnx {tf2onnx.__version__}, tensorflow {tf.__version__}, keras {tf.keras.__version__}"


def keras_model(weights: SpuWeights | SentimentWeights) -> Any:
    """Make the Keras model that the weights belong to."""
    return spu_context_model(weights) if isinstance(weights, SpuWeights) else sentiment_model(weights)


def spu_context_model(weights: SpuWeights) -> Any:
    """Make the Keras model of an SPUContext network, with its weights.

    Returns:
        A functional ``keras.Model``. Inputs: ``word_input (N, 8) int32``, ``left_input`` and ``right_input
        (N, 40, 8) int32``, and the history ``(N, 40, outputs) float32``. Output: ``(N, outputs) float32``.
    """
    keras = tensorflow().keras
    word = keras.Input((PIECES_A_WORD,), dtype="int32", name="word_input")
    left, right = (keras.Input((WINDOW, PIECES_A_WORD), dtype="int32", name=f"{s}_input") for s in ("left", "right"))
    history = keras.Input((WINDOW, weights.outputs), dtype="float32", name=weights.history_input_name)
    embedding = keras.layers.Embedding(*weights.embedding.shape, name="piece_vectors")
    encoder = keras.Sequential([embedding, *_stack(weights.word)], name="word_encoder")

    def encode(words: Any) -> Any:
        vectors = encoder(keras.ops.reshape(words, (-1, PIECES_A_WORD)))
        return keras.ops.reshape(vectors, (-1, WINDOW, weights.word[-1].units))

    # Each stack is one layer of the model, so that its arrays stay together in get_weights().
    parts = [
        encoder(word),
        keras.Sequential(_stack(weights.left), name="left_context")(encode(left)),
        keras.Sequential(_stack(weights.right, backwards=True), name="right_context")(encode(right)),
        keras.Sequential(_stack(weights.history), name="history")(history),
    ]
    x = keras.layers.Concatenate(name="parts")(parts)
    for i, (kernel, _) in enumerate(weights.dense[:-1]):
        x = keras.layers.Dense(kernel.shape[1], activation="relu", name=f"dense{i}")(x)
    output = keras.layers.Dense(weights.outputs, activation=weights.activation.lower(), name=OUTPUT)(x)
    network = keras.Model([word, left, right, history], output, name="spu_context")
    stacks = (weights.word, weights.left, weights.right, weights.history)
    arrays = [array for stack in stacks for layer in stack for array in (layer.kernel, layer.recurrent, layer.bias)]
    return _with_weights(network, [weights.embedding, *arrays, *(array for pair in weights.dense for array in pair)])


def sentiment_model(weights: SentimentWeights) -> Any:
    """Make the Keras model of the SPUCBiGRU sentiment analyser, with its weights.

    Returns:
        A functional ``keras.Model``: ``pieces (N, 256) int32`` to ``probability (N,) float32``.
    """
    keras = tensorflow().keras
    text = keras.Input((TEXT_PIECES,), dtype="int32", name="pieces")
    x = keras.layers.Embedding(*weights.embedding.shape, name="piece_vectors")(text)
    for i, (forward, _) in enumerate(weights.layers):
        layer = keras.layers.GRU(forward.units, return_sequences=True, use_cudnn=False)
        x = keras.layers.Bidirectional(layer, name=f"both_ways{i}")(x)
    x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    for i, (kernel, _) in enumerate(weights.dense[:-1]):
        x = keras.layers.Dense(kernel.shape[1], activation="relu", name=f"dense{i}")(x)
    x = keras.layers.Dense(1, activation="sigmoid", name="output")(x)
    output = keras.layers.Reshape((), name="probability")(x)
    directions = [layer for pair in weights.layers for layer in pair]
    arrays = [array for layer in directions for array in (layer.kernel, layer.recurrent, layer.bias)]
    arrays += [array for pair in weights.dense for array in pair]
    return _with_weights(keras.Model([text], output, name="spucbigru"), [weights.embedding, *arrays])


def runner(network: Any) -> Callable[..., npt.NDArray[np.float32]]:
    """Make a function of a model: arrays in the order of its inputs, to its output."""
    tf = tensorflow()
    # Traced once for every batch size; run eagerly, each step of each GRU would cost as much as a whole call.
    signature = [tf.TensorSpec((None, *node.shape[1:]), node.dtype) for node in network.inputs]
    traced = tf.function(lambda *inputs: network(list(inputs), training=False), input_signature=signature)

    def run(*arrays: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        output: npt.NDArray[np.float32] = traced(*arrays).numpy()
        return output

    return run


def convert_model(network: Any) -> onnx.ModelProto:
    """Convert one of the models above with tf2onnx; the batch stays free, inputs and output keep their names.

    Equal weights give an equal network but not equal bytes: tf2onnx orders and names things differently in each run.

    Raises:
        MissingExtra: tf2onnx is not installed.
        ConversionError: The graph that comes out does not have the inputs and the output that went in.
    """
    tf = tensorflow()
    try:
        import tf2onnx
    except ImportError as error:
        raise MissingExtra("tf2onnx", "tf", "conversion by way of Keras") from error
    # Keras 3 calls the output after its last layer, and tf2onnx looks that name up among the traced function's results,
    # which have names only if they are a dict.
    (output,) = network.output_names
    named = tf.keras.Model(network.inputs, {output: network.outputs[0]}, name=network.name)
    signature = [tf.TensorSpec((None, *node.shape[1:]), node.dtype, name=node.name) for node in network.inputs]
    with tf.device("/cpu:0"):
        proto, _ = tf2onnx.convert.from_keras(named, input_signature=(signature,), opset=OPSET)
    found = [value.name for value in proto.graph.input], [value.name for value in proto.graph.output]
    if found != ([spec.name for spec in signature], [output]):
        raise ConversionError(f"tf2onnx has renamed the model's inputs and outputs to {found}")
    for value in (*proto.graph.input, *proto.graph.output):  # tf2onnx names the free axis of each differently
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.checker.check_model(proto)
    converted: onnx.ModelProto = proto
    return converted


def _stack(layers: Sequence[GruWeights], *, backwards: bool = False) -> list[Any]:
    """GRU layers, of which the last returns its last state only."""
    gru = tensorflow().keras.layers.GRU
    last = len(layers) - 1
    return [
        # Without cuDNN's variant the graph is the same on machines with a GPU, and can be converted.
        gru(layer.units, return_sequences=i < last, go_backwards=backwards, reset_after=True, use_cudnn=False)
        for i, layer in enumerate(layers)
    ]


def _with_weights(network: Any, arrays: Sequence[npt.NDArray[np.float32]]) -> Any:
    """Set a network's weights, which it has in the order of upstream's files."""
    network.set_weights(list(arrays))
    return network
