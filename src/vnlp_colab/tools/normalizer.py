"""Normalizer: all of upstream's clean-up, with its tables."""

from __future__ import annotations

from collections.abc import Iterable

from vnlp_colab.text import normalise
from vnlp_colab.tools import tables


class Normalizer(normalise.Normalizer):
    """Text clean-up for Turkish.

    Making one loads nothing. ``deasciify`` fetches its table at its first call; the other
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
