"""Normalizer: all of upstream's clean-up, and a spelling correction."""

from __future__ import annotations

from collections.abc import Iterable

from vnlp_colab.text import normalise
from vnlp_colab.tools import tables


class Normalizer(normalise.Normalizer):
    """Text clean-up for Turkish.

    Making one loads nothing. ``deasciify`` and ``correct_typos`` fetch their tables at their first call; the other
    methods need none. No method needs an instance.
    """

    @staticmethod
    def deasciify(tokens: Iterable[str]) -> list[str]:
        """Restore Turkish letters in text that was typed without them: ``dusunuyorum`` to ``düşünüyorum``.

        Args:
            tokens: Tokens; each is looked at by itself.

        Returns:
            The tokens, letter for letter.
        """
        return tables.deasciifier()(tokens)

    @staticmethod
    def correct_typos(text: str) -> str:
        """Correct misspelt words.

        A word that is known (in the lexicon, or with a reading as stem and suffixes) is never changed; of the others
        those for which one correction clearly stands out. See :mod:`vnlp_colab.text.typos`.

        Args:
            text: Any string.

        Returns:
            The text; all but the corrected words as it was, letter case and punctuation included.
        """
        return tables.typo_corrector()(text)
