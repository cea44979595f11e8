"""Vocabularies: strings to numbers and back, as Keras's ``Tokenizer`` numbered them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class Vocabulary:
    """Numbers for strings, counted from 1; 0 is padding.

    Attributes:
        words: The strings, in the order of their numbers.
        oov: Number of a string that is not there, or ``None`` if there is none for it.
    """

    def __init__(self, words: Sequence[str], oov: int | None, limit: int | None = None) -> None:
        """Make a vocabulary.

        Args:
            words: ``words[i]`` has number ``i + 1``.
            oov: Number of unknown strings.
            limit: Numbers from here on count as unknown.
        """
        self.words = tuple(words)
        self.oov = oov
        kept = self.words if limit is None else self.words[: max(limit - 1, 0)]
        self._numbers = {word: number for number, word in enumerate(kept, 1)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Vocabulary:
        """Make a vocabulary from what ``config`` wrote."""
        return cls(config["words"], config["oov"], config["limit"])

    def config(self, limit: int | None = None) -> dict[str, Any]:
        """Describe the vocabulary in JSON types."""
        return {"words": list(self.words), "oov": self.oov, "limit": limit}

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        """The number of a string; that of unknown strings where it is not there.

        Raises:
            KeyError: The string is not there and unknown strings have no number.
        """
        number = self._numbers.get(word, self.oov)
        if number is None:
            raise KeyError(word)
        return number

    def numbers(self, words: Iterable[str]) -> list[int]:
        """The numbers of several strings; those that have none are left out, as Keras leaves them out."""
        found = (self._numbers.get(word, self.oov) for word in words)
        return [number for number in found if number is not None]

    def labels(self) -> tuple[str, ...]:
        """Strings by number, with the empty string for padding at 0."""
        return ("", *self.words)
