"""What the network sees of words, and how lemmas come out of scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.models.shared_context.forms import MAX_PIECES, SHAPES, fold, shape, shorten
from vnlp_colab.models.shared_context.scripts import apply_script, make_script

LETTERS = st.text("abcçdefgğhıijklmnoöprsştuüvyzABCÇDIİĞŞ'’0123-. ", max_size=20)


@pytest.mark.parametrize(
    ("word", "folded"),
    [("IŞIK", "ışık"), ("İzmir’de", "izmir'de"), ("1923'te", "0000'te"), ("``", '"'), ("''", '"'), ("", "")],
)
def test_folding(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_shapes() -> None:
    words = ["...", "12", "TL", "Ankara", "ev", "eBay", "İzmir'de", "a"]
    assert [shape(word, False) for word in words] == [0, 2, 4, 6, 8, 10, 7, 8]
    assert shape("Ev", True) == shape("Ev", False) + SHAPES // 2


@given(st.text(max_size=10), st.booleans())
def test_shapes_are_in_range(word: str, first: bool) -> None:
    assert 0 <= shape(word, first) < SHAPES


@given(st.lists(st.integers(0, 99), max_size=40))
def test_words_are_cut_in_the_middle(pieces: list[int]) -> None:
    kept = shorten(pieces)
    assert 0 < len(kept) <= MAX_PIECES
    assert not pieces or (kept[0], kept[-1]) == (pieces[0], pieces[-1])


@pytest.mark.parametrize(
    ("word", "lemma", "script"),
    [
        ("evler", "ev", "l3+"),
        ("Kitabı", "kitap", "l2+p"),
        ("IŞIKLAR", "ışık", "l3+"),
        ("Ankara'da", "Ankara", "k3+"),
        ("ANKARA'DA", "Ankara", "c3+"),
        ("TBMM'nin", "TBMM", "k4+"),
        ("bana", "ben", "l3+en"),
        (".", ".", "l0+"),
    ],
)
def test_scripts(word: str, lemma: str, script: str) -> None:
    assert make_script(word, lemma) == script
    assert apply_script(word, script) == lemma


@given(LETTERS, LETTERS.filter(bool))
def test_scripts_give_the_lemma_back(word: str, lemma: str) -> None:
    assert apply_script(word, make_script(word, lemma)) == lemma


def test_too_short_words_stay() -> None:
    assert apply_script("ev", "l5+") == "ev"
    assert apply_script("Ev", "l2+") == "ev"
    assert apply_script("", "l0+") == ""
