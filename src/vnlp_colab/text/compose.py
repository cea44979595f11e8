"""Letters that arrive in pieces: a base letter followed by its combining mark (NFD)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MARK: Final = re.compile("[\u0300-\u036f]")


def compose(text: str) -> str:
    """Write letters as one code point each where the text holds combining marks; leave any other text as it is.

    Args:
        text: Any string.

    Returns:
        The text in NFC if it holds a mark of the block U+0300 to U+036F, else the very same text.
    """
    if text.isascii() or not _MARK.search(text):
        return text
    return unicodedata.normalize("NFC", text)
