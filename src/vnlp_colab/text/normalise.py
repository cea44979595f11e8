"""Cleaning text before it is tokenised."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from vnlp_colab.text.casing import turkish_lower
from vnlp_colab.text.checks import check_text
from vnlp_colab.text.compose import compose
from vnlp_colab.text.numbers import convert_numbers_to_words

# The capitals but Â lose their case too, and î its dot: this is the published behaviour of vngrs-nlp, which
# texts prepared with it already carry.
_WITHOUT_ACCENT: Final = str.maketrans("âôîêûÂÔÎÊÛ", "aoıeuAoıeu")
_CIRCUMFLEX: Final = "\u0302"
_DECOMPOSED: Final = re.compile("[aoieuAOIEU]\u0302")


class Normalizer:
    """Text clean-up for Turkish that needs no tables; no instance is needed.

    Letters may be decomposed (``s`` + U+0327): they are taken for the letters that they are.
    """

    @staticmethod
    def lower_case(text: str) -> str:
        """Lower-case by Turkish rules (``I`` to ``ı``, ``İ`` to ``i``), as the models expect it.

        Args:
            text: Any string.

        Returns:
            The text in lower case.
        """
        check_text(text)
        return turkish_lower(text)

    @staticmethod
    def remove_accent_marks(text: str) -> str:
        """Drop the circumflex from vowels (``hâlâ`` to ``hala``); the Turkish letters proper stay.

        Args:
            text: Any string.

        Returns:
            The text, letter for letter; of the capitals only ``Â`` stays one, and
            ``Î`` and ``î`` give ``ı``.
        """
        check_text(text)
        if _CIRCUMFLEX in text:
            text = _DECOMPOSED.sub(lambda found: compose(found[0]), text)
        return text.translate(_WITHOUT_ACCENT)

    @staticmethod
    def remove_punctuations(text: str) -> str:
        """Keep letters, digits and plain spaces only.

        Args:
            text: Any string.

        Returns:
            The text without punctuation, symbols, and white space other than the space.
        """
        check_text(text)
        return "".join([character for character in compose(text) if character == " " or character.isalnum()])

    @staticmethod
    def convert_numbers_to_words(
        tokens: Iterable[str], num_dec_digits: int = 6, decimal_seperator: str = ","
    ) -> list[str]:
        """Write the tokens that are numbers in words; see :mod:`vnlp_colab.text.numbers`.

        Args:
            tokens: Tokens.
            num_dec_digits: Digits after the separator; what is longer is rounded.
            decimal_seperator: ``","`` or ``"."``; the other one groups thousands.

        Returns:
            The tokens, a number as one token a word.

        Raises:
            InputError: There is a figure in the tokens and the separator is neither of the two.
        """
        return convert_numbers_to_words(tokens, num_dec_digits, decimal_seperator)
