"""Taking the written form of a morphological analysis apart."""

from __future__ import annotations

import re
from typing import Final

# A root is in lower case and a tag begins with an ASCII capital: so a "+" inside the root ("90+3", "c++") is never
# taken for the beginning of the tags.
_TAGS: Final = re.compile(r"(?:[+^][A-Z][^+^]*)+$")
_BORDER: Final = re.compile(r"[+^]")


def split_analysis(analysis: str) -> tuple[str, list[str]]:
    """Split an analysis into root and tags.

    Args:
        analysis: As the stemmer writes it, e.g. ``ev+Noun+A3sg+Pnon+Loc``.

    Returns:
        The root, and the tags in order; none where there are none.

    Example:
        >>> split_analysis("90+3+Num+Card")
        ('90+3', ['Num', 'Card'])
    """
    found = _TAGS.search(analysis)
    if found is None:
        return analysis, []
    return analysis[: found.start()], _BORDER.split(found[0])[1:]
