"""The word vectors that several models share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vnlp_colab import catalog
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.runtime.recurrence import Floats


class WordVectors:
    """A vocabulary of 63,991 words with a vector of 128 floats each.

    Attributes:
        words: The vocabulary; unknown words share a number.
    """

    def __init__(self, parts: Parts) -> None:
        self.words = parts.vocabulary("words")
        self._lookup = parts.graph("lookup")

    @classmethod
    def load(cls, device: str, precision: str | None = None) -> WordVectors:
        """The process's one instance for a device and a precision."""
        name = catalog.with_precision("WordVectors", precision)
        return shared((name, device), lambda: cls(Parts(name, device)))

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """Vectors ``(n, 128)`` float32 of word numbers; 0 is padding, whose vector is not zero."""
        return self._lookup(np.array(numbers, np.int32))[0]
