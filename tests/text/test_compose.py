"""Composed letters, and where their parts went."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text.compose import compose, compose_with_positions, plain_spelling

MARKS = "\u0327\u0306\u0302\u0308\u0307"
# Marks that stand on nothing stay as they are; NFC would sort them.
TEXTS = st.text(alphabet="aşğıİüÖçâéx .'’" + MARKS, max_size=20).map(lambda text: text.lstrip(MARKS))


@given(TEXTS)
def test_equals_nfc_of_turkish(text: str) -> None:
    assert compose(text) == unicodedata.normalize("NFC", text)
    assert compose(compose(text)) == compose(text)


@given(TEXTS)
def test_positions(text: str) -> None:
    composed, positions = compose_with_positions(text)
    assert composed == compose(text)
    assert len(positions) == len(text)
    assert positions == sorted(positions)
    assert set(positions) == set(range(len(composed)))
    for at, position in enumerate(positions):
        if unicodedata.normalize("NFC", text) == text:
            assert position == at


def test_parts_of_a_letter_share_its_position() -> None:
    assert compose_with_positions("as\u0327k I\u0307") == ("aşk İ", [0, 1, 1, 2, 3, 4, 4])
    # There is no q with a cedilla.
    assert compose_with_positions("q\u0327a") == ("q\u0327a", [0, 1, 2])


@pytest.mark.parametrize("unit", ["\u0301\u0327", "a\u0327", "\u0327", "a"])
def test_a_megabyte_takes_linear_time(unit: str) -> None:
    # Sorting that many marks, as NFC does, would run into the suite's time limit.
    text = "s" + unit * (1_000_000 // len(unit))
    assert compose_with_positions(text)[0] == compose(text)


def test_nothing_else_is_composed() -> None:
    assert compose("\u1112\u1161\u11ab \u212b") == "\u1112\u1161\u11ab \u212b"


def test_plain_spelling() -> None:
    assert plain_spelling("I\u0307zmir’de") == "İzmir'de"
    assert plain_spelling("İzmir'de") == "İzmir'de"
