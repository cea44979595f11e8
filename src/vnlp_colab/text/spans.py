"""Where given tokens stand in the text that they were cut from."""

from __future__ import annotations

from collections.abc import Sequence

from vnlp_colab.errors import InputError

_QUOTES = "`'’"


def align(text: str, tokens: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Find each token in the text.

    Args:
        text: A text.
        tokens: Its tokens in order. They leave nothing out but white space; ``"`` may stand for two characters of a
            quotation mark, as ``TreebankWordTokenize`` writes it.

    Returns:
        Start and end of each, in characters: ``text[start:end]`` is what the user wrote.

    Raises:
        InputError: The tokens are not those of this text; it names the first that is not.

    Examples:
        >>> align("``Gel'' dedi", ['"', "Gel", '"', "dedi"])
        ((0, 2), (2, 5), (5, 7), (8, 12))
    """
    found: list[tuple[int, int]] = []
    at = 0
    for token in tokens:
        while at < len(text) and text[at].isspace():
            at += 1
        start = at
        if token and text.startswith(token, at):
            at += len(token)
        elif token == '"' and text[at : at + 2].strip(_QUOTES) == "" and len(text) - at > 1:
            at += 2
        else:
            raise InputError(f"token {len(found) + 1}, {token!r:.60}, does not stand in the text at character {at + 1}")
        found.append((start, at))
    return tuple(found)
