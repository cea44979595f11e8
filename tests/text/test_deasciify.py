"""The deasciifier by its definition, on a small table. Equality with upstream is tested in tests/tools."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text.deasciify import Deasciifier

PATTERNS = {
    "c": {"X": -9, "Xag": 2, " X": -5, "X ": 3},
    "g": {"X": -8, "Car": 1, "CaX": 2, "caX": -1, "Xi": 4, "oXi": -2},
    "i": {"X": -7, "lX": 3, "X ": -1},
    "o": {"X": -3, "sX": 2, "SX": -1, " X": 1},
    "s": {"X": 5, "Xo": -2, "  X": 3, "iX": -1, "IX": 1},
    "u": {},
}
BASE = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")


def by_definition(token: str) -> str:
    """Try every pattern at every letter."""
    result = list(token)
    for place, letter in enumerate(token):
        ranks = PATTERNS.get(letter.translate(BASE).lower())
        if ranks is None:
            continue
        behind = "".join(seen_behind(character) for character in result[:place])
        behind = " " * 10 + squeezed(behind) if not behind.startswith(" ") else " " * 9 + squeezed(behind)
        ahead = "".join(seen_ahead(character) for character in token[place + 1 :])
        space = ahead.find(" ")
        ahead = ahead if space < 0 else ahead[: space + 1]
        fitting = [
            rank
            for pattern, rank in ranks.items()
            if behind.endswith(pattern.partition("X")[0]) and ahead.startswith(pattern.partition("X")[2])
        ]
        turkish = min(fitting, key=abs) > 0 if fitting else True
        plain = letter.translate(BASE)
        if plain == "I":
            result[place] = "I" if turkish else "İ"
        else:
            pairs = dict(zip("cgiosuCGOSU", "çğıöşüÇĞÖŞÜ", strict=True))
            result[place] = pairs[plain] if turkish else plain
    return "".join(result)


def seen_behind(character: str) -> str:
    if character in "ıçğöşüÇĞÖŞÜ":
        return character.translate(BASE).upper()
    if character == "İ":
        return "i"
    return character.lower() if character.isascii() and character.isalpha() else " "


def seen_ahead(character: str) -> str:
    plain = character.translate(BASE)
    return plain.lower() if plain.isascii() and plain.isalpha() else " "


def squeezed(text: str) -> str:
    while "  " in text:
        text = text.replace("  ", " ")
    return text


tokens = st.text(alphabet="cgiosuCGIOSUçğıöşüİŞlar .'1â", max_size=14)


@given(tokens)
def test_equals_the_definition(token: str) -> None:
    patterns = {letter: dict(ranks) for letter, ranks in PATTERNS.items()}
    assert Deasciifier(patterns)([token]) == [by_definition(token)]


@given(tokens)
def test_only_the_letters_that_have_a_partner_change(token: str) -> None:
    (done,) = Deasciifier(PATTERNS)([token])
    assert done.translate(BASE) == token.translate(BASE)


@given(tokens)
def test_turkish_letters_are_decided_anew(token: str) -> None:
    call = Deasciifier(PATTERNS)
    assert call([token]) == call([token.translate(BASE)])


def test_decomposed_letters_are_letters() -> None:
    assert Deasciifier(PATTERNS)(["s\u0327al"]) == Deasciifier(PATTERNS)(["şal"])


@pytest.mark.parametrize("unit", ["i", "s", " ", "'", "cagi"])
def test_a_megabyte_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert len(Deasciifier(PATTERNS)([text])[0]) == len(text)
