"""Cleaning text before it is tokenised."""

from __future__ import annotations

from typing import Final

from vnlp_colab.text.casing import lower_case

# The capitals but Â lose their case too, and î its dot: this is the published behaviour of vngrs-nlp, which
# texts prepared with it already carry.
_WITHOUT_ACCENT: Final = str.maketrans("âôîêûÂÔÎÊÛ", "aoıeuAoıeu")


class Normalizer:
    """Text clean-up for Turkish; no instance is needed."""

    @staticmethod
    def lower_case(text: str) -> str:
        """Lower-case by Turkish rules (``I`` to ``ı``, ``İ`` to ``i``), as the models expect it.

        For decomposed text see :func:`vnlp_colab.text.casing.turkish_lower`.

        Args:
            text: Any string.

        Returns:
            The text in lower case.
        """
        return lower_case(text)

    @staticmethod
    def remove_accent_marks(text: str) -> str:
        """Drop the circumflex from vowels (``hâlâ`` to ``hala``); the Turkish letters proper stay.

        Args:
            text: Any string.

        Returns:
            The text, code point for code point; of the capitals only ``Â`` stays one, and
            ``Î`` and ``î`` give ``ı``.
        """
        return text.translate(_WITHOUT_ACCENT)

    @staticmethod
    def remove_punctuations(text: str) -> str:
        """Keep letters, digits and plain spaces only.

        Args:
            text: Any string.

        Returns:
            The text without punctuation, symbols, and white space other than the space.
        """
        return "".join([character for character in text if character == " " or character.isalnum()])
