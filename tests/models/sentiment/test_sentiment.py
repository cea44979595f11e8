"""GRUSentimentAnalyzer: texts longer than it reads."""

from __future__ import annotations

import pytest

from vnlp_colab.models.sentiment import GRUSentimentAnalyzer

pytestmark = pytest.mark.models


def test_good_and_bad(sentiment: GRUSentimentAnalyzer) -> None:
    assert sentiment.predict("Bu film çok güzeldi, bayıldım.") == 1
    assert sentiment.predict("Berbat bir ürün, sakın almayın.") == 0


def test_the_empty_text_is_padding_alone(sentiment: GRUSentimentAnalyzer) -> None:
    empty = sentiment.predict_proba("")
    assert sentiment.predict_proba_batch(["", "  ", ".", "ev"])[:3] == [empty] * 3
    assert empty == pytest.approx(0.17468532919883728, abs=1e-5)


@pytest.mark.parametrize("words", [127, 128])
def test_texts_that_fit_are_read_whole(sentiment: GRUSentimentAnalyzer, words: int) -> None:
    text = " ".join(["güzel", "kötü", "film"][i % 3] for i in range(words))
    half = words // 2
    parts = [" ".join(text.split()[:half]), " ".join(text.split()[half:])]
    assert sentiment.predict_proba(text) != pytest.approx(sum(sentiment.predict_proba_batch(parts)) / 2, abs=1e-7)


@pytest.mark.parametrize("words", [129, 255, 256, 600])
def test_longer_texts_are_halved_and_averaged(sentiment: GRUSentimentAnalyzer, words: int) -> None:
    texts = ["güzel", "kötü", "film", "bence"]
    text = [texts[i * i % 4] for i in range(words)]

    def average(part: list[str]) -> float:
        if len(part) <= 128:
            return sentiment.predict_proba(" ".join(part))
        return (average(part[: len(part) // 2]) + average(part[len(part) // 2 :])) / 2

    assert sentiment.predict_proba(" ".join(text)) == pytest.approx(average(text), abs=1e-6)


def test_nowhere_to_halve(sentiment: GRUSentimentAnalyzer) -> None:
    # Upstream recurses without end here: many words, no space.
    text = ",".join(["güzel"] * 1000)
    assert 0 <= sentiment.predict_proba(text) <= 1
    assert sentiment.predict_proba(text) == pytest.approx(sentiment.predict_proba(text + "!"), abs=1e-6)


def test_case_and_digits_do_not_matter(sentiment: GRUSentimentAnalyzer) -> None:
    found = sentiment.predict_proba_batch(["İyi film 1987", "iyi film 2020", "İYİ FİLM 4444"])
    assert found[0] == pytest.approx(found[1], abs=1e-6) and found[0] == pytest.approx(found[2], abs=1e-6)
