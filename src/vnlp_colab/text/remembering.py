"""Functions of words that remember what they answered, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Concatenate, Final, Generic, ParamSpec, TypeVar, cast

LONGEST: Final = 64
"""Characters of the longest word that is remembered: longer ones are rare, hardly ever come twice, and kept by the
thousand they would fill the memory."""

LONGEST_ANALYSIS: Final = 256
"""The same for analyses, of which long ones do come again."""

_Others = ParamSpec("_Others")
_Answer = TypeVar("_Answer")


class Remembered(Generic[_Others, _Answer]):
    """A function whose latest answers are kept. Safe to use from several threads if the function is.

    Attributes:
        statistics: Gives hits, misses, how many answers may be kept and how many are; words too long to be kept are in
            none of them.
    """

    def __init__(
        self, function: Callable[Concatenate[str, _Others], _Answer], size: int, longest: int = LONGEST
    ) -> None:
        """Wrap a function.

        Args:
            function: Takes a word, or another text, and hashable arguments.
            size: How many answers are kept; those asked for longest ago go first.
            longest: Characters of the longest text whose answer is kept.
        """
        self._function = function
        self._longest = longest
        kept = lru_cache(size)(function)
        self.statistics = kept.cache_info
        self._kept = cast("Callable[Concatenate[str, _Others], _Answer]", kept)

    def __call__(self, word: str, *others: _Others.args, **named: _Others.kwargs) -> _Answer:
        """Ask the function, or answer from memory."""
        if len(word) > self._longest:
            return self._function(word, *others, **named)
        return self._kept(word, *others, **named)
