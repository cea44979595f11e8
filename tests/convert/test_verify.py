"""Comparing networks: what is fed to them, what counts as equal, what a fault does."""

from __future__ import annotations

import numpy as np
import pytest
from spu_fakes import small_weights

from vnlp_colab.convert import reference
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW
from vnlp_colab.convert.verify import TOLERANCE, compare, compare_decoded, compare_stepwise, decode, step_inputs
from vnlp_colab.errors import InputError


def words(count, first=1):
    return np.arange(first, first + count * PIECES_A_WORD, dtype=np.int32).reshape(count, PIECES_A_WORD)


def test_inputs_in_mid_sentence():
    sentence = words(5)
    probabilities = np.array([[0.1, 0.9, 0.8, 0.2], [0.7, 0.3, 0.1, 0.2], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    word, left, right, history = step_inputs(sentence, 2, probabilities.astype(np.float32), (2, 2))
    np.testing.assert_array_equal(word, sentence[2])
    np.testing.assert_array_equal(left, np.concatenate([np.zeros((WINDOW - 2, PIECES_A_WORD)), sentence[:2]]))
    np.testing.assert_array_equal(right, np.concatenate([sentence[3:], np.zeros((WINDOW - 2, PIECES_A_WORD))]))
    np.testing.assert_array_equal(history[:-2], 0)
    np.testing.assert_array_equal(history[-2:], [[0, 1, 1, 0], [1, 0, 0, 1]])


def test_inputs_at_the_edges():
    (word, left, right, history) = step_inputs(words(1), 0, np.zeros((1, 3), np.float32), (3,))
    np.testing.assert_array_equal(word, words(1)[0])
    assert not left.any()
    assert not right.any()
    assert not history.any()


def test_inputs_beyond_the_window_keep_the_nearest():
    sentence = words(100)
    probabilities = np.eye(3, dtype=np.float32)[np.arange(100) % 3]
    _, left, right, history = step_inputs(sentence, 50, probabilities, (3,))
    np.testing.assert_array_equal(left, sentence[10:50])
    np.testing.assert_array_equal(right, sentence[51:91])
    np.testing.assert_array_equal(history, probabilities[10:50])


def run(weights):
    return lambda *arrays: reference.spu_context(weights, *arrays)


def test_a_network_equals_itself():
    weights = small_weights(2, "Sigmoid", (3, 4))
    sentences = [words(3) % 20, words(1, 5) % 20, words(6, 3) % 20]
    expected = decode(run(weights), sentences, weights.heads)
    assert [found.shape for found in expected] == [(3, 7), (1, 7), (6, 7)]
    same = compare_stepwise(run(weights), sentences, expected, weights.heads)
    assert (same.compared, same.agreeing, same.passed) == (10, 10, True)
    assert same.max_difference < 1e-6  # float64 against its own float32
    assert same.report()["label_agreement"] == 1


def test_order_of_sentences_changes_nothing():
    weights = small_weights(1)
    sentences = [words(3) % 20, words(2, 5) % 20, words(6, 3) % 20]
    forwards = decode(run(weights), sentences, weights.heads)
    backwards = decode(run(weights), sentences[::-1], weights.heads)
    for one, other in zip(forwards, backwards[::-1], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


@pytest.mark.parametrize("part", ["left", "right"])
def test_swapped_contexts_are_found(part):
    weights = small_weights(1)
    sentences = [words(4) % 20]
    expected = decode(run(weights), sentences, weights.heads)

    def faulty(word, left, right, history):
        return run(weights)(
            word, left[:, ::-1] if part == "left" else left, right[:, ::-1] if part == "right" else right, history
        )

    assert not compare_stepwise(faulty, sentences, expected, weights.heads).passed


def test_differences_and_margins():
    source = [np.array([[0.6, 0.4], [0.2, 0.8]], np.float32)]
    result = [np.array([[0.4, 0.6], [0.2, 0.8]], np.float32)]
    found = compare(source, result, (2,))
    assert (found.compared, found.agreeing, found.passed) == (2, 1, False)
    assert found.max_difference == pytest.approx(0.2)
    assert found.mean_difference == pytest.approx(0.1)
    assert found.smallest_margin == pytest.approx(0.2)


def test_tolerance_is_the_limit():
    source = [np.array([[0.5, 0.25]])]
    assert compare(source, [np.array([[0.5 + 0.9 * TOLERANCE, 0.25]])], (2,)).passed
    assert not compare(source, [np.array([[0.5 + 1.1 * TOLERANCE, 0.25]])], (2,)).passed


def test_not_a_number_does_not_pass():
    assert not compare([np.array([[0.5, 0.5]])], [np.array([[np.nan, 0.5]])], (2,)).passed


def test_one_probability_is_a_label_from_a_half_upwards():
    found = compare([np.array([[0.7], [0.2]])], [np.array([[0.7], [0.6]])], (1,))
    assert (found.agreeing, found.smallest_margin) == (1, pytest.approx(0.2))


def test_after_a_flip_nothing_is_compared():
    source = [np.array([[0.9, 0.1], [0.51, 0.49], [0.9, 0.1]]), np.array([[0.9, 0.1]])]
    result = [np.array([[0.9, 0.1], [0.49, 0.51], [0.0, 1.0]]), np.array([[0.9, 0.1]])]
    found = compare_decoded(source, result, (2,))
    assert (found.compared, found.agreeing) == (3, 2)
    assert found.max_difference == pytest.approx(0.02)


@pytest.mark.parametrize("sides", [([], []), ([np.zeros((2, 3))], [np.zeros((1, 3))]), ([np.zeros((0, 3))], [])])
def test_nothing_to_compare(sides):
    with pytest.raises(InputError, match="nothing to compare"):
        compare(*sides, (3,))
