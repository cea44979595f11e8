"""Spellings of one text in other code points: letters in pieces (NFD), and the typographic apostrophe."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MARK: Final = re.compile("[\u0300-\u036f]")
# NFC sorts a letter's marks, in quadratic time: Unicode's stream-safe format has at most 30 (UAX 15), and so has this.
_IN_PIECES: Final = re.compile("[^\u0300-\u036f][\u0300-\u036f]{1,30}")
_APOSTROPHE: Final = "’"


def compose(text: str) -> str:
    """Write letters as one code point each where the text holds combining marks; leave all else as it is.

    Args:
        text: Any string.

    Returns:
        The text with every letter that marks of the block U+0300 to U+036F follow in NFC; marks after a letter's
        thirtieth stay as they are.
    """
    if text.isascii() or not _MARK.search(text):
        return text
    return _IN_PIECES.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)


def compose_with_positions(text: str) -> tuple[str, list[int]]:
    """Compose a text and say where its characters went.

    Args:
        text: Any string.

    Returns:
        ``compose(text)``, and for every character of ``text`` the position in it of what the character is part of.
    """
    parts: list[str] = []
    positions: list[int] = []
    done = length = 0
    for found in [*_IN_PIECES.finditer(text), None]:
        start, end = (found.start(), found.end()) if found else (len(text), len(text))
        before, pieces = text[done:start], unicodedata.normalize("NFC", text[start:end])
        parts += (before, pieces)
        positions += range(length, length + len(before))
        length += len(before)
        # Marks that no code point takes in stay characters of their own, at the end.
        positions += (length + max(0, place - (end - len(pieces))) for place in range(start, end))
        length += len(pieces)
        done = end
    return "".join(parts), positions


def plain_spelling(word: str) -> str:
    """Write a word as the lexicons have it: letters composed, a straight apostrophe.

    Args:
        word: Any string.
    """
    if word.isascii():
        return word
    return compose(word.replace(_APOSTROPHE, "'"))
