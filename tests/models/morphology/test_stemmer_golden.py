"""StemmerAnalyzer beside upstream's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.models.morphology import StemmerAnalyzer

pytestmark = [pytest.mark.models, pytest.mark.shared]

GOLDEN_OF = ("StemmerAnalyzer",)

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def faithful() -> StemmerAnalyzer:
    """The model with upstream's faults, which the recorded outputs have."""
    return StemmerAnalyzer(device="cpu", threads=1, compat=True)


def test_choice_among_the_recorded_candidates(faithful: StemmerAnalyzer, golden_tokens: Rows) -> None:
    found = faithful.disambiguate_batch(
        [row["tokens"] for row in golden_tokens], [row["candidates"] for row in golden_tokens]
    )
    assert found == [row["stemmer"] for row in golden_tokens]


def test_probabilities(
    faithful: StemmerAnalyzer, golden_tokens: Rows, golden_probabilities: Mapping[str, np.ndarray]
) -> None:
    found = faithful.predict_proba_batch(
        [row["tokens"] for row in golden_tokens], [row["candidates"] for row in golden_tokens]
    )
    for row, probabilities in zip(golden_tokens, found, strict=True):
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, golden_probabilities[f"{row['id']}/stemmer"], rtol=0, atol=1e-5)


def test_candidate_sets(faithful: StemmerAnalyzer, golden_tokens: Rows) -> None:
    for row in golden_tokens:
        for token, recorded in zip(row["tokens"], row["candidates"], strict=True):
            assert as_set(faithful.candidates(token)) == as_set(recorded), token


def as_set(candidates: Rows) -> set[tuple[str, str, str | tuple[str, ...]]]:
    return {(root, suffix, tags if isinstance(tags, str) else tuple(tags)) for root, suffix, tags in candidates}


def test_with_our_own_order(faithful: StemmerAnalyzer, golden_tokens: Rows) -> None:
    # The order of the candidates is an input of the network, and upstream's changes with the hash seed.
    found = faithful.predict_batch([row["tokens"] for row in golden_tokens])
    same = [
        ours == theirs
        for own, row in zip(found, golden_tokens, strict=True)
        for ours, theirs in zip(own, row["stemmer"], strict=True)
    ]
    assert np.mean(same) >= 0.985


def test_lemmas_are_the_roots(stemmer: StemmerAnalyzer, golden_tokens: Rows) -> None:
    tokens = [row["tokens"] for row in golden_tokens]
    analysed = stemmer.analyse_batch(tokens)
    assert [[token.analysis for token in row] for row in analysed] == stemmer.predict_batch(tokens)
    for row, source in zip(analysed, golden_tokens, strict=True):
        for (analysis, lemma), token in zip(row, source["tokens"], strict=True):
            assert analysis.startswith(lemma + "+")
            assert lemma in {root for root, _, _ in stemmer.candidates(token)}


def test_the_mended_faults_change_nothing_else(
    stemmer: StemmerAnalyzer, faithful: StemmerAnalyzer, golden_tokens: Rows
) -> None:
    tokens = [row["tokens"] for row in golden_tokens]
    changed = equal = 0
    for row, ours, theirs in zip(tokens, stemmer.predict_batch(tokens), faithful.predict_batch(tokens), strict=True):
        mended = [token[0] in "ÇĞİÖŞÜ" or "’" in token or "+" in token for token in row]
        if not any(mended):
            # Nor is there a mended word beside it that its choice could depend on.
            assert ours == theirs
        changed += sum(mended)
        equal += sum(a == b for a, b in zip(ours, theirs, strict=True))
    assert changed > 40 and equal >= sum(map(len, tokens)) - changed


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("İZMİR çok güzel.", "izmir+Noun+Prop+A3sg+Pnon+Nom"),
        ("ŞIRNAK çok güzel.", "şırnak+Noun+Prop+A3sg+Pnon+Nom"),
        ("İzmir’de yaşıyorum.", "izmir+Noun+Prop+A3sg+Pnon+Loc"),
        ("I\u0307zmir'de yas\u0327ıyorum.", "izmir+Noun+Prop+A3sg+Pnon+Loc"),
        ("Çin uzak.", "çin+Noun+Prop+A3sg+Pnon+Nom"),
    ],
)
def test_what_upstream_loses(stemmer: StemmerAnalyzer, sentence: str, expected: str) -> None:
    assert stemmer.predict(sentence)[0] == expected


def test_a_plus_sign_is_part_of_the_stem(stemmer: StemmerAnalyzer, faithful: StemmerAnalyzer) -> None:
    sentence = "C++ dersinden A+ aldım, 90+3 oldu."
    analysed = dict(zip(["C++", "dersinden", "A+"], stemmer.analyse_batch([sentence])[0], strict=False))
    assert analysed["C++"].lemma == "c++" and analysed["A+"].lemma == "a+"
    assert analysed["C++"].analysis == "c+++Unknown"
    # The network reads the stem whole: it is told apart from a word that ends at the sign.
    given = [("c++", "", ["Noun"]), ("c", "", ["+", "Noun"])]
    whole, cut = (
        model.predict_proba_batch([["C++"]], [[[given[0], ("ev", "", ["Verb"])]]]) for model in (stemmer, faithful)
    )
    assert np.abs(whole[0] - cut[0]).max() > 1e-4


@pytest.mark.parametrize("wrong", [5, None, ["ev"], b"ev"])
def test_candidates_of_no_string(stemmer: StemmerAnalyzer, wrong: Any) -> None:
    with pytest.raises(InputError, match=f"a token must be a string, not {type(wrong).__name__}"):
        stemmer.candidates(wrong)
