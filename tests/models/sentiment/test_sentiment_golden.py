"""GRUSentimentAnalyzer beside upstream's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vnlp_colab.models.sentiment import GRUSentimentAnalyzer

pytestmark = [pytest.mark.models, pytest.mark.shared]

GOLDEN_OF = ("GRUSentimentAnalyzer",)

Rows = list[dict[str, Any]]


def test_probabilities(sentiment: GRUSentimentAnalyzer, golden_classic: Rows) -> None:
    found = sentiment.predict_proba_batch([row["text"] for row in golden_classic])
    assert all(type(probability) is float for probability in found)
    np.testing.assert_allclose(found, [row["sentiment"] for row in golden_classic], rtol=0, atol=1e-5)


def test_labels(sentiment: GRUSentimentAnalyzer, golden_classic: Rows) -> None:
    found = sentiment.predict_batch([row["text"] for row in golden_classic])
    assert found == [row["sentiment_label"] for row in golden_classic]
    assert set(found) == {0, 1}
