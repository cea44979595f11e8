"""Turkish letter case, composed and decomposed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text.casing import lower_case, turkish_capitalise, turkish_lower, turkish_upper

TURKISH_LOWER = "abcçdefgğhıijklmnoöprsştuüvyz"
TURKISH_UPPER = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ"


def test_alphabet() -> None:
    assert turkish_lower(TURKISH_UPPER) == lower_case(TURKISH_UPPER) == TURKISH_LOWER
    assert turkish_upper(TURKISH_LOWER) == TURKISH_UPPER


@pytest.mark.parametrize(
    ("text", "lower", "upper", "capitalised"),
    [
        ("", "", "", ""),
        ("ISPARTA", "ısparta", "ISPARTA", "Isparta"),
        ("İZMİR", "izmir", "İZMİR", "İzmir"),
        ("I\u0307zmir", "izmir", "İZMİR", "İzmir"),
        ("i\u0307zmir", "izmir", "İZMİR", "İzmir"),
        ("ılık ilik", "ılık ilik", "ILIK İLİK", "Ilık ilik"),
        ("i", "i", "İ", "İ"),
    ],
)
def test_examples(text: str, lower: str, upper: str, capitalised: str) -> None:
    assert turkish_lower(text) == lower
    assert turkish_upper(text) == upper
    assert turkish_capitalise(text) == capitalised


@given(st.text(alphabet=TURKISH_LOWER + TURKISH_UPPER))
def test_round_trips_in_turkish(text: str) -> None:
    assert turkish_lower(turkish_upper(text)) == turkish_lower(text) == lower_case(text)
    assert turkish_upper(turkish_lower(text)) == turkish_upper(text)


@given(st.text(alphabet="Iİıi \u0307"))
def test_decomposed_equals_composed(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert turkish_lower(text) == turkish_lower(composed)


@given(st.text())
def test_lower_case_is_the_models_definition(text: str) -> None:
    expected = text
    for capital, small in zip("İIĞÜÖŞÇ", "iığüöşç", strict=True):
        expected = expected.replace(capital, small)
    assert lower_case(text) == expected.lower()
    assert len(lower_case(text)) == len(text)


@given(st.one_of(st.text(), st.text(alphabet="Iİıi\u0307\u0323ßŉΣς")))
def test_casing_twice_is_casing_once(text: str) -> None:
    lower, upper = turkish_lower(text), turkish_upper(text)
    assert turkish_lower(lower) == lower
    assert turkish_upper(upper) == upper
    assert lower_case(lower_case(text)) == lower_case(text)


@given(st.text(alphabet=TURKISH_LOWER + TURKISH_UPPER + "\u0307 "))
def test_capitalising_twice_is_capitalising_once(text: str) -> None:
    assert turkish_capitalise(turkish_capitalise(text)) == turkish_capitalise(text)
