"""StemmerAnalyzer's two halves, and what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.models.morphology import StemmerAnalyzer, network
from vnlp_colab.runtime.recurrence import advance

pytestmark = pytest.mark.models

TOKENS = [["Üniversite", "sınavlarına", "girdi", "."]]


def candidates(stemmer: StemmerAnalyzer, tokens: Sequence[Sequence[str]]) -> list[list[Any]]:
    return [[stemmer.candidates(token) for token in row] for row in tokens]


def test_the_halves_make_the_whole(stemmer: StemmerAnalyzer) -> None:
    assert stemmer.disambiguate_batch(TOKENS, candidates(stemmer, TOKENS)) == stemmer.predict_batch(TOKENS)


def test_unknown_words_say_so(stemmer: StemmerAnalyzer) -> None:
    assert stemmer.candidates("xyzqw") == [("xyzqw", "", "Unknown")]
    assert stemmer.predict("xyzqw") == ["xyzqw+Unknown"]


def test_the_only_candidate_is_chosen(stemmer: StemmerAnalyzer) -> None:
    given = [[[("ev", "", ["Noun", "A3sg"])] for _ in TOKENS[0]]]
    assert stemmer.disambiguate_batch(TOKENS, given) == [["ev+Noun+A3sg"] * 4]


def test_more_than_ten_candidates(stemmer: StemmerAnalyzer) -> None:
    given = [("ev", str(i), ["Noun", "A3sg", "Pnon", "Nom"]) for i in range(10)]
    extra = [("gel", "", ["Verb", "Pos", "Imp", "A2sg"])] * 5
    ten = stemmer.predict_proba_batch([["ev"]], [[given]])[0]
    fifteen = stemmer.predict_proba_batch([["ev"]], [[given + extra]])[0]
    assert fifteen.shape == (1, 10) and np.array_equal(ten, fifteen)
    assert stemmer.disambiguate_batch([["ev"]], [[given + extra]]) == [["ev+Noun+A3sg+Pnon+Nom"]]


def test_derivation_borders(stemmer: StemmerAnalyzer) -> None:
    given = [[[("güzel", "ce", ["Adj", "DB", "Adverb", "Ly"])]]]
    assert stemmer.disambiguate_batch([["güzelce"]], given) == [["güzel+Adj^DB+Adverb+Ly"]]


def test_strange_candidates(stemmer: StemmerAnalyzer) -> None:
    # A plus sign in a root, no tags at all, an unknown tag, a root longer than the network reads.
    odd = [("a+b", "", ["Punc"]), ("", "", []), ("ev", "", ["Quux"]), ("x" * 500, "", ["Noun"] * 40)]
    (found,) = stemmer.disambiguate_batch([["a+b"] * 3], [[odd] * 3])
    assert len(found) == 3 and set(found) <= {"a+b+Punc", "", "ev+Quux", "x" * 500 + "+Noun" * 40}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "candidates has 0 items for 1 sentences"),
        ([[[("ev", "", ["Noun"])]]], "row 0: candidates has 1 items for 4 tokens"),
        ([[[("ev", "", ["Noun"])], [], [("ev", "", ["Noun"])], []]], "row 0: token 1 has no candidate"),
    ],
)
def test_candidates_that_do_not_match(stemmer: StemmerAnalyzer, given: list[Any], message: str) -> None:
    for call in (stemmer.disambiguate_batch, stemmer.predict_proba_batch):
        with pytest.raises(InputError, match=message):
            call(TOKENS, given)


def test_nothing_is_chosen_beyond_the_candidates(stemmer: StemmerAnalyzer) -> None:
    tokens = [["bu", "kitap", "çok", "güzel", "yazılmış"] * 10]
    own = candidates(stemmer, tokens)
    for chosen, options in zip(stemmer.predict_batch(tokens)[0], own[0], strict=True):
        texts = {"+".join([root, *([tags] if isinstance(tags, str) else tags)]) for root, _, tags in options}
        assert chosen.replace("^", "+") in texts


def test_probabilities(stemmer: StemmerAnalyzer) -> None:
    (found,) = stemmer.predict_proba_batch(TOKENS)
    assert found.shape == (4, 10) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_first_words_share_their_left_context(stemmer: StemmerAnalyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []

    def counting(*arguments: Any) -> np.ndarray:
        rows.append(len(arguments[3][0]))
        return advance(*arguments)

    sentences = [["yüzün", "güldü"], ["bakan", "yüzün"], ["kazan"], ["yüzün"]]
    assert all(len(stemmer.candidates(token)) > 1 for token in ("yüzün", "bakan", "kazan"))
    alone = [stemmer.predict_proba_batch([tokens])[0] for tokens in sentences]
    monkeypatch.setattr(network, "advance", counting)
    together = stemmer.predict_proba_batch(sentences)
    # Six words; the left context of the four that begin a sentence is run once.
    assert 6 - 3 in rows
    for found, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
