"""What the network sees of a word: its folded letters, and the shape that folding hides."""

from __future__ import annotations

import re

from vnlp_colab.text.casing import lower_case
from vnlp_colab.text.compose import compose

_DIGIT = re.compile(r"\d")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
# How Penn-style tokenizers write a double quote.
_DOUBLED = {"``": '"', "''": '"'}

SHAPES = 24
"""How many shapes there are."""

MAX_PIECES = 16
"""Pieces of a word that are read: of a longer one the first and the last ``MAX_PIECES // 2``."""


def fold(word: str) -> str:
    """Lower-case a word, with letters composed, every digit as 0 and all quotation marks straight.

    Examples:
        >>> fold("İstanbul’da"), fold("1923'te")
        ("istanbul'da", "0000'te")
    """
    return _DIGIT.sub("0", lower_case(compose(_DOUBLED.get(word, word)).translate(_QUOTES)))


def before_apostrophe(folded: str) -> str:
    """The part of a folded word before its suffixes, which Turkish parts from names by an apostrophe.

    Examples:
        >>> before_apostrophe("istanbul'da"), before_apostrophe("ev")
        ('istanbul', 'ev')
    """
    return folded.partition("'")[0]


def shape(word: str, first: bool) -> int:
    """Number of a word's shape: its kind of letters, whether it has an apostrophe, whether it starts a sentence.

    Args:
        word: The word as it is written.
        first: It is the first of its sentence, where a capital letter says little.
    """
    return 2 * _letters(word) + ("'" in word or "’" in word) + (SHAPES // 2 if first else 0)


def _letters(word: str) -> int:
    if not any(map(str.isalpha, word)):
        return 1 if any(map(str.isdigit, word)) else 0
    if word.isupper() and len(word) > 1:
        return 2
    if word[0].isupper():
        return 3
    return 4 if word.islower() else 5


def shorten(pieces: list[int]) -> list[int]:
    """The pieces of a word that are read; never none, so that every word has a vector."""
    if len(pieces) <= MAX_PIECES:
        return pieces or [0]
    half = MAX_PIECES // 2
    return pieces[:half] + pieces[-half:]
