"""Stop words: the list, the knee, and what has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.text.stopwords import StopwordRemover

np = pytest.importorskip("numpy")


def test_drop_and_add() -> None:
    remover = StopwordRemover(["ve", "şu"])
    assert remover.drop_stop_words(["Ve", "ve", "s\u0327u", "kedi"]) == ["Ve", "kedi"]
    remover.add_to_stop_words(["kedi"])
    assert list(remover.stop_words) == ["ve", "şu", "kedi"]
    assert StopwordRemover(["ve"]).drop_stop_words(["kedi"]) == ["kedi"]


def test_detected_words_unite_with_the_list() -> None:
    remover = StopwordRemover(["ve"])
    corpus = ["de"] * 9 + ["bir", "iki", "üç", "ve", "ve"]
    remover.add_to_stop_words(remover.dynamically_detect_stop_words(corpus))
    assert remover.drop_stop_words(["de", "ve", "bir"]) == ["bir"]


def test_equal_counts_have_no_knee() -> None:
    remover = StopwordRemover([])
    assert remover.dynamically_detect_stop_words(["a", "b", "c", "a", "b", "c"]) == []
    assert remover.dynamically_detect_stop_words(["a", "b", "c"], rare_words_freq=1) == ["c", "b", "a"]


def test_too_few_words() -> None:
    with pytest.raises(InputError, match="at least 3"):
        StopwordRemover([]).dynamically_detect_stop_words(["a", "b", "a"])


@given(st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=60).filter(lambda words: len(set(words)) > 2))
def test_the_knee_is_where_numpy_finds_it(corpus: list[str]) -> None:
    words, counts = np.unique(corpus, return_counts=True)
    order = counts.argsort(kind="stable")[::-1]
    words, counts = words[order], counts[order]
    with np.errstate(all="ignore"):
        steps = np.abs(np.diff(counts) / counts[:-1])
        changes = np.abs(np.diff(steps) / steps[:-1])
    changes = changes[~np.isnan(changes)]
    expected = []
    if len(changes):
        sharpest = int(np.argmax(changes))
        expected = words[: sharpest + int((counts == counts[sharpest]).sum())].tolist()
    assert StopwordRemover([]).dynamically_detect_stop_words(corpus) == expected
