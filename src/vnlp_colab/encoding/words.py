"""How the word-level networks see words."""

from __future__ import annotations

from vnlp_colab.text.casing import lower_case
from vnlp_colab.text.compose import plain_spelling

_FILTERED = {ord(character): " " for character in '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'}


def zero_digits(text: str) -> str:
    """Replace every numeric character (fractions and other scripts' numerals too) with ``0``."""
    for character in set(text):
        if character.isnumeric():
            text = text.replace(character, "0")
    return text


def normalise_word(word: str) -> str:
    """Bring a word to the form that the word vocabulary has.

    Letters are composed, the apostrophe is straight, the case lower, and each digit a zero.
    """
    return zero_digits(lower_case(plain_spelling(word)))


def split_filtered(text: str) -> list[str]:
    """Split a normalised text as Keras's ``text_to_word_sequence`` does: at spaces, punctuation dropped."""
    return [word for word in text.translate(_FILTERED).split(" ") if word]
