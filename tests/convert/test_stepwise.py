"""The stepwise graph beside the networks in plain NumPy, and beside upstream's recorded probabilities."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from spu_fakes import random_inputs, random_text, small_sentiment, small_weights

from vnlp_colab.convert import reference
from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.spu_bigru import sentiment_model
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW, split_weights
from vnlp_colab.convert.stepwise import stepwise_model
from vnlp_colab.convert.verify import compare, step_inputs
from vnlp_colab.runtime.session import Graph, open_session
from vnlp_colab.store.weights import read_npy, read_pickled_arrays

FILES = {"pos": "PoS_SPUContext_prod", "ner": "NER_SPUContext_prod", "dep": "DP_SPUContext_prod"}
RECORDED = {"pos": "pos", "ner": "ner", "dep": "dp"}
NETWORKS = [(1, "Softmax", (5,)), (2, "Softmax", (5,)), (2, "Sigmoid", (3, 4)), (3, "Softmax", (5,))]


def open_graph(model: onnx.ModelProto) -> Graph:
    return Graph(open_session(model.SerializeToString(), "cpu"))


@pytest.mark.parametrize(("layers", "activation", "heads"), NETWORKS)
@pytest.mark.parametrize("rows", [1, 3])
def test_equals_the_definition(layers, activation, heads, rows):
    weights = small_weights(layers, activation, heads)
    inputs = random_inputs(weights, rows)
    (found,) = open_graph(stepwise_model(weights))(*inputs)
    expected = reference.spu_context(weights, *inputs)
    assert found.shape == (rows, sum(heads))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_sentiment_equals_the_definition():
    weights = small_sentiment()
    text = random_text(weights, 3)
    (found,) = open_graph(sentiment_model(weights))(text)
    np.testing.assert_allclose(found, reference.sentiment(weights, text)[:, 0], atol=1e-6)


def test_contract():
    model = stepwise_model(small_weights(2, "Sigmoid", (3, 4)))
    graph = open_graph(model)
    described = {node.name: (node.type, node.shape) for node in graph.session.get_inputs()}
    assert described == {
        "word_input": ("tensor(int32)", ["N", PIECES_A_WORD]),
        "left_input": ("tensor(int32)", ["N", WINDOW, PIECES_A_WORD]),
        "right_input": ("tensor(int32)", ["N", WINDOW, PIECES_A_WORD]),
        "lc_test_input": ("tensor(float)", ["N", WINDOW, 7]),
    }
    assert graph.output_names == ["probabilities"]
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", OPSET)]


def test_same_weights_give_the_same_bytes():
    first, second = (stepwise_model(small_weights(2)).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


# How many of a sentence's tokens are compared at most, and how many of all of them at least.
WHOLE, BEGINNINGS = (60, 350), (4, 150)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("kind", "most", "least"),
    [
        ("pos", *WHOLE),
        ("ner", *BEGINNINGS),
        ("dep", *BEGINNINGS),
        pytest.param("ner", *WHOLE, marks=pytest.mark.slow),
        pytest.param("dep", *WHOLE, marks=pytest.mark.slow),
    ],
)
def test_upstreams_recorded_probabilities(shared_dir, kind, most, least):
    """The first tokens of all sentences, the recorded labels being the history."""
    folder = shared_dir / "golden" / "spucontext"
    arrays = read_pickled_arrays((folder / "weights" / f"{FILES[kind]}.weights").read_bytes())
    embedding = read_npy((folder / "weights" / "SPUTokenized_word_embedding_16k.matrix").read_bytes())
    weights = split_weights(arrays, embedding, kind)
    graph = open_graph(stepwise_model(weights))
    expected, inputs = recorded_steps(folder, kind, weights.heads, most)
    found = [
        graph(*(np.stack(part) for part in zip(*inputs[i : i + 64], strict=True)))[0] for i in range(0, len(inputs), 64)
    ]
    compared = compare([np.stack(expected)], found, weights.heads)
    assert compared.compared > least
    assert compared.max_difference < 1e-5  # recorded with 6 decimals
    assert compared.agreeing >= compared.compared - 3


def recorded_steps(folder, kind, heads, most):
    """Recorded probabilities and the inputs that they were made of, one a position."""
    probabilities = np.load(folder / "predictions.npz")
    expected, inputs = [], []
    for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        key = f"{row['id']}/{RECORDED[kind]}"
        if key not in probabilities:
            continue
        words = np.zeros((len(row["tokens"]), PIECES_A_WORD), np.int32)
        for word, pieces in zip(words, row["spu_ids_per_token"], strict=True):
            kept = pieces[-PIECES_A_WORD:]
            word[PIECES_A_WORD - len(kept) :] = kept
        for t in range(min(most, len(words))):
            expected.append(probabilities[key][t])
            inputs.append(step_inputs(words, t, probabilities[key], heads))
    return expected, inputs
