"""Numbers for strings, as Keras gives them."""

from __future__ import annotations

import pytest

from vnlp_colab.encoding.vocabulary import Vocabulary
from vnlp_colab.encoding.words import normalise_word, split_filtered, zero_digits


def test_numbers_count_from_one() -> None:
    vocabulary = Vocabulary(["<OOV>", "ev", "at"], oov=1)
    assert [vocabulary.number(word) for word in ("<OOV>", "ev", "at", "it")] == [1, 2, 3, 1]
    assert vocabulary.numbers(["at", "it", "ev"]) == [3, 1, 2]
    assert len(vocabulary) == 3 and "ev" in vocabulary and "it" not in vocabulary
    assert vocabulary.labels() == ("", "<OOV>", "ev", "at")


def test_without_a_number_for_the_unknown() -> None:
    vocabulary = Vocabulary(["ev", "at"], oov=None)
    assert vocabulary.numbers(["at", "it", "ev"]) == [2, 1]
    with pytest.raises(KeyError, match="it"):
        vocabulary.number("it")


@pytest.mark.parametrize(("limit", "known"), [(None, 3), (4, 3), (3, 2), (2, 1), (1, 0), (0, 0)])
def test_limit_cuts_as_keras_does(limit: int | None, known: int) -> None:
    # num_words=n keeps the numbers below n
    vocabulary = Vocabulary(["<OOV>", "ev", "at"], oov=1, limit=limit)
    assert [word in vocabulary for word in ("<OOV>", "ev", "at")] == [i < known for i in range(3)]
    assert vocabulary.numbers(["at"]) == [3 if known == 3 else 1]
    assert vocabulary.labels() == ("", "<OOV>", "ev", "at")


def test_config_there_and_back() -> None:
    config = Vocabulary(["<OOV>", "ev"], oov=1).config(limit=2)
    assert config == {"words": ["<OOV>", "ev"], "oov": 1, "limit": 2}
    assert Vocabulary.from_config(config).numbers(["ev"]) == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1987'de", "0000'de"), ("a", "a"), ("½ ² ٣ 一 Ⅷ", "0 0 0 0 0"), ("ı9ğ", "ı0ğ"), ("", ""), ("0", "0")],
)
def test_digits(text: str, expected: str) -> None:
    assert zero_digits(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Ankara’da", "ankara'da"), ("IŞIK", "ışık"), ("İZMİR", "izmir"), ("3.500", "0.000"), ("", "")],
)
def test_words(word: str, expected: str) -> None:
    assert normalise_word(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("çok güzel, bence!", ["çok", "güzel", "bence"]),
        ("a-b_c\td\ne", ["a", "b", "c", "d", "e"]),
        # Keras filters these characters only: the apostrophe, other quotation marks and other spaces stay.
        ("ankara'da “x” a\u00a0b\rc", ["ankara'da", "“x”", "a\u00a0b\rc"]),
        (" !? ", []),
        ("", []),
    ],
)
def test_splitting_texts(text: str, expected: list[str]) -> None:
    assert split_filtered(text) == expected
