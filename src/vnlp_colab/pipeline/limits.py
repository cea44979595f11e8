"""How large a row and a batch may be, and what a batch needs. The one place of these numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from vnlp_colab import catalog
from vnlp_colab.errors import InputError

# Bytes that a row may have in its other columns.
_BESIDE = 1 << 24


@dataclass(frozen=True, slots=True)
class Limits:
    """What a row and a batch may be; every row beyond is an error that says so, and no model sees it.

    Attributes:
        characters: Characters of a text. More than a book has: what is longer is no row of a table.
        tokens: Tokens of a text.
        memory: Megabytes that the models may need for a batch, by estimate: rows that need more together go through
            the models apart, and a row that needs more alone is an error.

    Raises:
        InputError: A limit is not a whole number above 0.
    """

    characters: int = 1_000_000
    tokens: int = 50_000
    memory: int = 2048

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"the limit of {field.name} must be a whole number above 0, not {value!r}")

    @property
    def text_bytes(self) -> int:
        """Bytes that no text within the limit of characters exceeds, in UTF-8."""
        return 4 * self.characters

    @property
    def row_bytes(self) -> int:
        """Bytes that a row of a file may have: what the text needs where JSON escapes all of it, and more beside it."""
        return 12 * self.characters + _BESIDE

    def check_text(self, text: str) -> None:
        """Raise ``InputError`` if a text has too many characters."""
        if len(text) > self.characters:
            raise InputError(self.beyond(f"{len(text):,} characters"))

    def beyond(self, size: str, unit: str = "") -> str:
        """Say that a text has more characters than it may have, with the unit where its size is in another."""
        return (
            f"the text has {size}, and the limit is {self.characters:,}{unit}: divide it, or raise the limit "
            "(Limits(characters=...), --max-characters)"
        )

    def check_row(self, tokens: int, need: float) -> None:
        """Raise ``InputError`` if a row has too many tokens, or needs more megabytes than a batch may."""
        if tokens > self.tokens:
            raise InputError(
                f"the text has {tokens:,} tokens, and the limit is {self.tokens:,}: divide it, or raise the limit "
                "(Limits(tokens=...), --max-tokens)"
            )
        if need > self.memory:
            raise InputError(
                f"the text has {tokens:,} tokens, for which the models need about {need:,.0f} MB, and the limit is "
                f"{self.memory:,} MB: divide it, or raise the limit (Limits(memory=...), --batch-memory)"
            )


DEFAULTS = Limits()


class Need(NamedTuple):
    """What a model needs for a text, in kilobytes, beyond what it needs for none.

    Attributes:
        token: For each token.
        square: For each pair of tokens.
    """

    token: float
    square: float = 0.0


# Measured: the growth of the process's largest memory over batches of sentences and over single texts of 4,000 and
# 16,000 tokens, the larger of them, rounded up by at least a half; tests/faults/test_needs.py measures anew. The parser
# needs most where each token is in a cycle of its own: scores and probabilities 8 bytes a pair, their logarithms 8, and
# the cycles 12, which no text exceeds.
_NEEDS = {
    "ContextDP": Need(27.0, 0.032),
    "ContextPoS": Need(27.0),
    "ContextNER": Need(32.0),
    "ContextLemma": Need(27.0),
    "ContextFeats": Need(27.0),
    "StemmerAnalyzer": Need(32.0),
    "TreeStackPoS": Need(32.0),
    "TreeStackDP": Need(40.0),
    "CharNER": Need(4.0),
    "GRUSentimentAnalyzer": Need(1.0),
}
# More than any of them: for models that were not measured.
_UNKNOWN = Need(64.0)

_KILOBYTES = 1024.0


def need_of(names: Iterable[str]) -> Need:
    """Return what models need together: they may run side by side."""
    needs = [_NEEDS.get(catalog.split_precision(name)[0].removesuffix(catalog.EVAL_SUFFIX), _UNKNOWN) for name in names]
    return Need(sum(need.token for need in needs), sum(need.square for need in needs))


def megabytes(need: Need, tokens: Sequence[str]) -> float:
    """Return an estimate of what a text needs."""
    count = len(tokens)
    return (need.token * count + need.square * count * count) / _KILOBYTES
