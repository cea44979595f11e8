"""Texts whose tokens are given."""

from __future__ import annotations

from collections.abc import Sequence


class TokenisedText(str):
    """A text that comes with its tokens, which are kept: it is not tokenised again.

    It is a ``str``, so that it goes wherever texts go.

    Attributes:
        tokens: The tokens.
        spans: Start and end of each in the text; those of the words of one multi-word token are the same.

    Examples:
        >>> text = TokenisedText.of("evdeki", ["evde", "ki"], [(0, 6), (0, 6)])
        >>> text, text.tokens
        ('evdeki', ('evde', 'ki'))
    """

    tokens: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str, tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> TokenisedText:
        """Return a text with its tokens and their places."""
        made = cls(text)
        made.tokens, made.spans = tuple(tokens), tuple(spans)
        return made
