"""SPUCBiGRUSentimentAnalyzer beside upstream's, with the weights for use and those for evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.models, pytest.mark.shared]

GOLDEN_OF = ("SPUCBiGRUSentimentAnalyzer",)

Rows = list[dict[str, Any]]

# The stand-in for the evaluation weights has an output layer of large weights, which makes rounding larger too: Keras
# itself is 1.2e-5 from what double precision gives.
WEIGHTS = {"sentiment": (False, 1e-6), "sentiment_eval": (True, 3e-5)}


@pytest.fixture
def rows(golden_spu: Rows) -> Rows:
    """The rows that upstream gave an answer for; over the one left out it recurses without end."""
    found = [row for row in golden_spu if row["sentiment"] is not None]
    assert len(golden_spu) - len(found) == 1
    return found


@pytest.mark.parametrize("key", WEIGHTS)
def test_probabilities_and_labels(key: str, rows: Rows, stand_ins: Any) -> None:
    evaluate, tolerance = WEIGHTS[key]
    model = stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=evaluate)
    texts = [row["text"] for row in rows]
    found = model.predict_proba_batch(texts)
    assert all(type(probability) is float for probability in found)
    np.testing.assert_allclose(found, [row[key] for row in rows], rtol=0, atol=tolerance)
    assert model.predict_batch(texts) == [row[f"{key}_label"] for row in rows]


def test_the_whole_network_gives_the_same(rows: Rows, stand_ins: Any) -> None:
    """What is left out of the padding changes nothing, whatever the text's length."""
    model = stand_ins("SPUCBiGRUSentimentAnalyzer")
    texts = [row["text"] for row in rows if row["num_text_pieces"] <= 256]
    assert len(texts) > 40
    padded = np.zeros((len(texts), 256), np.int32)
    for row, text in zip(padded, texts, strict=True):
        pieces = model._network.tokenizer.text(text)
        row[256 - len(pieces) :] = pieces
    whole = model.inference_session.run([model.output_name], {model.input_names[0]: padded})[0]
    np.testing.assert_allclose(model.predict_proba_batch(texts), whole, rtol=0, atol=1e-6)


def test_both_labels_are_met(rows: Rows) -> None:
    assert {row["sentiment_eval_label"] for row in rows} == {0, 1}


@pytest.mark.parametrize("key", WEIGHTS)
def test_halves_of_long_texts(key: str, rows: Rows, stand_ins: Any) -> None:
    """A long text's probability is the mean of its halves', and theirs of their own."""
    evaluate, tolerance = WEIGHTS[key]
    model = stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=evaluate)
    long = [row for row in rows if row["num_text_pieces"] > 256]
    assert sorted(len(row[f"{key}_leaf_probs"]) for row in long) == [2, 2, 4]
    for row in long:
        words = row["text"].split()
        middle = len(words) // 2
        halves = [" ".join(words[:middle]), " ".join(words[middle:])]
        assert model.predict_proba(row["text"]) == pytest.approx(
            sum(model.predict_proba_batch(halves)) / 2, abs=tolerance
        )
        if len(row[f"{key}_leaf_probs"]) == 2:
            assert sorted(model.predict_proba_batch(halves)) == pytest.approx(
                sorted(row[f"{key}_leaf_probs"]), abs=tolerance
            )


def test_a_text_without_spaces(golden_spu: Rows, stand_ins: Any) -> None:
    """Upstream's recursion finds no space to halve at and no end; here there is an answer."""
    (row,) = (row for row in golden_spu if row["sentiment"] is None)
    assert row["errors"]["sentiment"]["type"] == "RecursionError"
    for evaluate in (False, True):
        probability = stand_ins("SPUCBiGRUSentimentAnalyzer", evaluate=evaluate).predict_proba(row["text"])
        assert 0 <= probability <= 1
