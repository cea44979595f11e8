"""Stop words: a fixed list, and those that a corpus shows by itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from vnlp_colab.errors import InputError
from vnlp_colab.text.checks import token_list
from vnlp_colab.text.compose import compose

_FEWEST = 3


class StopwordRemover:
    """Drops stop words from token lists.

    Attributes:
        stop_words: The stop words, as keys.
    """

    def __init__(self, stop_words: Iterable[str]) -> None:
        self.stop_words: dict[str, None] = dict.fromkeys(stop_words)

    def drop_stop_words(self, list_of_tokens: Iterable[str]) -> list[str]:
        """Return the tokens that are no stop words. Letter case counts: the list is in lower case."""
        return [token for token in token_list(list_of_tokens) if compose(token) not in self.stop_words]

    def add_to_stop_words(self, novel_stop_words: Iterable[str]) -> None:
        """Add words to the stop words of this object."""
        self.stop_words.update(dict.fromkeys(map(compose, token_list(novel_stop_words))))

    def dynamically_detect_stop_words(self, list_of_tokens: Iterable[str], rare_words_freq: int = 0) -> list[str]:
        """Find the words of a corpus that are so frequent, or so rare, that they tell nothing.

        The frequent ones end at the knee of the curve of counts: where the relative step from count to count
        changes most, itself relatively. The result is not added to ``stop_words``; ``add_to_stop_words`` unites the
        two.

        Args:
            list_of_tokens: The corpus; a few hundred distinct tokens are needed for a sensible result.
            rare_words_freq: Words that occur at most this often are found too.

        Returns:
            The frequent words by count, the last of the alphabet first among equal counts, then the rare ones. Where
            all words occur equally often there is no knee, and no word is frequent.

        Raises:
            InputError: There are fewer than three distinct tokens.
        """
        ranked = sorted(((count, word) for word, count in Counter(token_list(list_of_tokens)).items()), reverse=True)
        if len(ranked) < _FEWEST:
            raise InputError(f"Number of unique tokens must be at least {_FEWEST} for Dynamic Stop Word Detection.")
        words = [word for _, word in ranked]
        frequent = _knee([count for count, _ in ranked])
        return words[:frequent] + [word for count, word in ranked if count <= rare_words_freq]


def _knee(counts: Sequence[int]) -> int:
    """Return how many of the counts, which descend, lie before the knee; 0 if there is none."""
    steps = [(here - after) / here for here, after in pairwise(counts)]
    # Nothing to nothing is no change that could be compared, and is left out as in vngrs-nlp: the index of the
    # sharpest change then counts the changes that are left, not the words.
    changes = [abs(after - here) / here if here else math.inf for here, after in pairwise(steps) if here or after]
    if not changes:
        return 0
    sharpest = changes.index(max(changes))
    return sharpest + counts.count(counts[sharpest])
