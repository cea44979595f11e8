"""Turkish letter case.

Turkish has two pairs of i: dotless ``I ı`` and dotted ``İ i``. Python's ``str.lower`` and ``str.upper`` know
only the English pairing, and ``"İ".lower()`` even yields two code points.

Two families live here, and they differ in one rare case only:

- ``lower_case`` is what the models and their tables were made with. A model's input must go through
  this one.
- ``turkish_lower``, ``turkish_upper`` and ``turkish_capitalise`` are right for text in decomposed
  form (NFD, as macOS file names and some web pages have it) too, where ``İ`` is ``I`` + U+0307 and ``i`` may
  carry a redundant U+0307. ``lower_case`` sees there a dotless ``I`` and answers ``ı`` + U+0307.
"""

from __future__ import annotations

import re
from typing import Final

_DOT_ABOVE: Final = "\u0307"
# Any letter i with a dot on top of it is the dotted one; further dots add nothing.
_DOTTED_SMALL: Final = re.compile("[iı]\u0307+")
_DOTTED_CAPITAL: Final = re.compile("[Iİ]\u0307+")


def lower_case(text: str) -> str:
    """Lower-case ``text`` exactly as the models' training data was lower-cased.

    The result has as many code points as ``text``: ``İ`` is the only one whose ``str.lower`` is longer.

    Args:
        text: Any string.

    Returns:
        The text in lower case, ``I`` as ``ı`` and ``İ`` as ``i``.
    """
    return text.replace("İ", "i").replace("I", "ı").lower()


def turkish_lower(text: str) -> str:
    """Lower-case ``text`` by Turkish rules, composed or decomposed.

    Args:
        text: Any string.

    Returns:
        The text in lower case; a letter i of any kind with U+0307 becomes ``i``. Lower-casing that again
        changes nothing.
    """
    return lower_case(_composed(text))


def turkish_upper(text: str) -> str:
    """Upper-case ``text`` by Turkish rules, composed or decomposed.

    Args:
        text: Any string.

    Returns:
        The text in upper case, ``i`` as ``İ`` (one code point) and ``ı`` as ``I``. Upper-casing that again
        changes nothing.
    """
    # str.upper maps ı to I by itself.
    return _composed(text).replace("i", "İ").upper()


def turkish_capitalise(text: str) -> str:
    """Upper-case the first letter of ``text`` and lower-case the rest, by Turkish rules.

    Args:
        text: A word, or any string.

    Returns:
        The capitalised text; an empty string stays empty.
    """
    text = _composed(text)
    return turkish_upper(text[:1]) + turkish_lower(text[1:])


def _composed(text: str) -> str:
    """Write both dotted letters as one code point each."""
    if _DOT_ABOVE not in text:
        return text
    return _DOTTED_SMALL.sub("i", _DOTTED_CAPITAL.sub("İ", text))
