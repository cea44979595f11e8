"""StemmerAnalyzer beside upstream's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from vnlp_colab.models.morphology import StemmerAnalyzer

pytestmark = [pytest.mark.models, pytest.mark.shared]

GOLDEN_OF = ("StemmerAnalyzer",)

Rows = list[dict[str, Any]]


def test_choice_among_the_recorded_candidates(stemmer: StemmerAnalyzer, golden_tokens: Rows) -> None:
    found = stemmer.disambiguate_batch(
        [row["tokens"] for row in golden_tokens], [row["candidates"] for row in golden_tokens]
    )
    assert found == [row["stemmer"] for row in golden_tokens]


def test_probabilities(
    stemmer: StemmerAnalyzer, golden_tokens: Rows, golden_probabilities: Mapping[str, np.ndarray]
) -> None:
    found = stemmer.predict_proba_batch(
        [row["tokens"] for row in golden_tokens], [row["candidates"] for row in golden_tokens]
    )
    for row, probabilities in zip(golden_tokens, found, strict=True):
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, golden_probabilities[f"{row['id']}/stemmer"], rtol=0, atol=1e-5)


def test_candidate_sets(stemmer: StemmerAnalyzer, golden_tokens: Rows) -> None:
    for row in golden_tokens:
        for token, recorded in zip(row["tokens"], row["candidates"], strict=True):
            assert as_set(stemmer.candidates(token)) == as_set(recorded), token


def as_set(candidates: Rows) -> set[tuple[str, str, str | tuple[str, ...]]]:
    return {(root, suffix, tags if isinstance(tags, str) else tuple(tags)) for root, suffix, tags in candidates}


def test_from_text_with_our_own_order(stemmer: StemmerAnalyzer, golden_tokens: Rows) -> None:
    # The order of the candidates is an input of the network, and upstream's changes with the hash seed.
    found = stemmer.predict_batch([row["text"] for row in golden_tokens])
    same = [
        ours == theirs
        for own, row in zip(found, golden_tokens, strict=True)
        for ours, theirs in zip(own, row["stemmer"], strict=True)
    ]
    assert np.mean(same) >= 0.985


def test_lemmas_are_the_roots(stemmer: StemmerAnalyzer, golden_tokens: Rows) -> None:
    texts = [row["text"] for row in golden_tokens]
    analysed = stemmer.analyse_batch(texts)
    assert [[token.analysis for token in row] for row in analysed] == stemmer.predict_batch(texts)
    for row, source in zip(analysed, golden_tokens, strict=True):
        for (analysis, lemma), token in zip(row, source["tokens"], strict=True):
            assert analysis.startswith(lemma + "+")
            assert lemma in {root for root, _, _ in stemmer.candidates(token)}
