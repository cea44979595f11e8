"""Spelling changes of a stem, undone."""

from __future__ import annotations

import pytest

from vnlp_colab.models.morphology.spelling import capitalised, dictionary_pairs, is_doubled, starts_capital


@pytest.mark.parametrize(
    ("stem", "suffix", "others"),
    [
        ("ev", "de", []),
        ("kitab", "ı", [("kitap", "ı")]),
        ("ağac", "ı", [("ağaç", "ı")]),
        ("kanad", "ı", [("kanat", "ı")]),
        ("ayağ", "ı", [("ayak", "ı")]),
        ("reng", "i", [("renig", "i"), ("renk", "i")]),
        ("hak", "kı", [("hak", "ı")]),
        ("hak", "k", [("hak", "")]),
        ("ağz", "ım", [("ağız", "ım")]),
        ("alnn", "e", [("alnin", "e"), ("alnün", "e")]),
        ("burn", "a", [("burın", "a"), ("burun", "a")]),
        ("burn", "o", []),
        ("bekli", "yor", [("bekle", "yor")]),
        ("atlı", "yordu", [("atla", "yordu")]),
        ("i", "yor", []),
        ("ab", "ı", []),
        ("ab[", "[a", [("ab[", "a")]),
        ("kitab", "'ı", []),
    ],
)
def test_dictionary_pairs(stem: str, suffix: str, others: list[tuple[str, str]]) -> None:
    assert dictionary_pairs(stem, suffix) == [(stem, suffix), *others]


def test_irregular_datives_replace_the_literal_reading() -> None:
    assert dictionary_pairs("ban", "a") == [("ben", "a")]
    assert dictionary_pairs("San", "a") == [("Sen", "a")]


def test_doubled() -> None:
    assert is_doubled("s", "s")
    assert not is_doubled("s", "t")
    assert not is_doubled("a", "a")
    assert not is_doubled("ç", "ç")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Ev", True),
        ("İş", True),
        ("ev", False),
        ("Wi", False),
        ("Â", False),
        ("", False),
        ("A\nb", False),
        ("A\n", True),
    ],
)
def test_starts_capital(text: str, answer: bool) -> None:
    assert starts_capital(text) is answer


@pytest.mark.parametrize(
    ("text", "expected", "plain"),
    [
        ("Çin", "Çin", "Cin"),
        ("İZMİR", "İzmir", "Izmir"),
        ("ISPARTA", "Isparta", "Isparta"),
        ("Ö", "Ö", "Ö"),
        ("A", "A", "A"),
    ],
)
def test_capitalised(text: str, expected: str, plain: str) -> None:
    assert capitalised(text) == expected
    assert capitalised(text, plain=True) == plain
