"""Our Keras models: equal to upstream's way of writing them, to its recorded outputs, and to what tf2onnx makes."""

from __future__ import annotations

import numpy as np
import pytest
from spu_fakes import random_inputs, random_text, small_sentiment, small_weights
from test_stepwise import FILES, recorded_steps

from vnlp_colab.convert import keras as ours
from vnlp_colab.convert import reference
from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW, split_weights
from vnlp_colab.convert.verify import compare
from vnlp_colab.runtime.session import Graph, open_session
from vnlp_colab.store.weights import read_npy, read_pickled_arrays

pytestmark = [
    pytest.mark.tf,
    pytest.mark.skipif(not ours.available(), reason="TensorFlow and tf2onnx (the extra 'tf') are not installed"),
]

NETWORKS = [(1, "Softmax", (5,)), (2, "Sigmoid", (3, 4))]


def time_distributed_model(weights):
    """The network with ``TimeDistributed`` around the word encoder, nested as upstream nests it, dropout and all."""
    keras = ours.tensorflow().keras
    units, layers, dropout = weights.word[0].units, len(weights.word), 0.2

    def recurrent(backwards=False):
        each = [(n < layers - 1) for n in range(layers)]
        return keras.Sequential(
            [keras.layers.GRU(units, dropout=dropout, return_sequences=more, go_backwards=backwards) for more in each]
        )

    def branch(shape, dtype, *parts):
        return keras.Sequential([keras.Input(shape, dtype=dtype), *parts])

    embedding = keras.layers.Embedding(*weights.embedding.shape, trainable=False)
    word = branch((PIECES_A_WORD,), "int32", embedding, recurrent())
    context = (WINDOW, PIECES_A_WORD)
    branches = [
        word,
        branch(context, "int32", keras.layers.TimeDistributed(word), recurrent()),
        branch(context, "int32", keras.layers.TimeDistributed(word), recurrent(backwards=True)),
        branch((WINDOW, weights.outputs), "float32", recurrent()),
    ]
    inputs = [part.inputs[0] for part in branches]
    x = keras.layers.Concatenate()([part.outputs[0] for part in branches])
    for size in (2 * units, units):
        x = keras.layers.Dropout(dropout)(keras.layers.Dense(size, activation="relu")(x))
    output = keras.layers.Dense(weights.outputs, activation=weights.activation.lower())(x)
    return keras.Model(inputs, output)


def flat_arrays(weights):
    """The arrays in the order of upstream's files, the embedding first."""
    stacks = (weights.word, weights.left, weights.right, weights.history)
    layers = [layer for stack in stacks for layer in stack]
    arrays = [array for layer in layers for array in (layer.kernel, layer.recurrent, layer.bias)]
    return [weights.embedding, *arrays, *(array for pair in weights.dense for array in pair)]


@pytest.fixture(scope="module")
def real(request):
    """Reads upstream's real or stand-in weights."""
    folder = request.getfixturevalue("shared_dir") / "golden" / "spucontext"
    embedding = read_npy((folder / "weights" / "SPUTokenized_word_embedding_16k.matrix").read_bytes())

    def read(kind):
        arrays = read_pickled_arrays((folder / "weights" / f"{FILES[kind]}.weights").read_bytes())
        return split_weights(arrays, embedding, kind)

    return folder, read


def outputs(model, inputs):
    return ours.runner(model)(*inputs)


@pytest.mark.parametrize(("layers", "activation", "heads"), NETWORKS)
def test_equals_upstreams_way_of_writing_it(layers, activation, heads):
    weights = small_weights(layers, activation, heads)
    mine, upstreams = ours.keras_model(weights), time_distributed_model(weights)
    # One list of arrays for both: the order in which they take them is the same.
    upstreams.set_weights(flat_arrays(weights))
    for array, expected in zip(mine.get_weights(), flat_arrays(weights), strict=True):
        np.testing.assert_array_equal(array, expected)
    inputs = random_inputs(weights, 4)
    expected = upstreams(inputs, training=False).numpy()
    np.testing.assert_allclose(mine(inputs, training=False).numpy(), expected, atol=1e-6, rtol=0)
    np.testing.assert_allclose(expected, reference.spu_context(weights, *inputs), atol=1e-6, rtol=0)


@pytest.mark.shared
def test_equals_upstreams_way_of_writing_it_on_real_weights_and_sentences(real):
    folder, read = real
    weights = read("pos")
    mine, upstreams = ours.keras_model(weights), time_distributed_model(weights)
    upstreams.set_weights(flat_arrays(weights))
    _, steps = recorded_steps(folder, "pos", weights.heads, most=5)
    inputs = [np.stack(part) for part in zip(*steps[:64], strict=True)]
    expected = upstreams(inputs, training=False).numpy()
    np.testing.assert_allclose(mine(inputs, training=False).numpy(), expected, atol=1e-6, rtol=0)


@pytest.mark.shared
@pytest.mark.parametrize("kind", FILES)
def test_upstreams_recorded_probabilities(real, kind):
    folder, read = real
    weights = read(kind)
    expected, steps = recorded_steps(folder, kind, weights.heads, most=4)
    found = outputs(ours.keras_model(weights), [np.stack(part) for part in zip(*steps, strict=True)])
    compared = compare([np.stack(expected)], [found], weights.heads)
    assert compared.compared > 150
    assert compared.max_difference < 1e-5  # recorded with 6 decimals


@pytest.mark.parametrize(("layers", "activation", "heads"), NETWORKS)
def test_tf2onnx_keeps_names_and_numbers(layers, activation, heads):
    weights = small_weights(layers, activation, heads)
    network = ours.keras_model(weights)
    model = ours.convert_model(network)
    graph = Graph(open_session(model.SerializeToString(), "cpu"))
    assert graph.input_names == ["word_input", "left_input", "right_input", "lc_test_input"]
    assert [node.shape for node in graph.session.get_inputs()] == [
        ["N", PIECES_A_WORD],
        ["N", WINDOW, PIECES_A_WORD],
        ["N", WINDOW, PIECES_A_WORD],
        ["N", WINDOW, sum(heads)],
    ]
    assert graph.output_names == ["probabilities"]
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == OPSET
    for rows in (1, 5):  # the batch is free
        inputs = random_inputs(weights, rows, seed=rows)
        np.testing.assert_allclose(graph(*inputs)[0], outputs(network, inputs), atol=1e-6, rtol=0)


@pytest.mark.shared
def test_tf2onnx_on_weights_of_real_size_and_real_sentences(real):
    folder, read = real
    weights = read("dep")
    network = ours.keras_model(weights)
    graph = Graph(open_session(ours.convert_model(network).SerializeToString(), "cpu"))
    _, steps = recorded_steps(folder, "dep", weights.heads, most=3)
    inputs = [np.stack(part) for part in zip(*steps[:64], strict=True)]
    np.testing.assert_allclose(graph(*inputs)[0], outputs(network, inputs), atol=1e-5, rtol=0)


def test_sentiment_by_both_ways():
    weights = small_sentiment()
    text = random_text(weights, 3)
    network = ours.keras_model(weights)
    expected = reference.sentiment(weights, text)[:, 0]
    np.testing.assert_allclose(outputs(network, [text]), expected, atol=1e-6)
    graph = Graph(open_session(ours.convert_model(network).SerializeToString(), "cpu"))
    assert (graph.input_names, graph.output_names) == (["pieces"], ["probability"])
    np.testing.assert_allclose(graph(text)[0], expected, atol=1e-6)


def test_dropout_is_off_and_every_layer_is_a_keras_gru_with_reset_after():
    network = ours.keras_model(small_weights(2))
    keras = ours.tensorflow().keras

    def grus(layers):
        for layer in layers:
            yield from grus(layer.layers) if hasattr(layer, "layers") else [layer]

    found = [layer for layer in grus(network.layers) if isinstance(layer, keras.layers.GRU)]
    assert len(found) == 8
    assert all(layer.reset_after and not layer.dropout and not layer.recurrent_dropout for layer in found)
    assert sum(layer.go_backwards for layer in found) == 2
