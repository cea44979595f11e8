"""Turkish letters back into text that was typed without them (``cagri`` to ``çağrı``).

A table of patterns decides, letter by letter from left to right, whether a letter that has a Turkish partner is
that partner here. A pattern is what stands around the letter ``X``: to the left the text as already decided, with
each Turkish letter written as its capital base letter, to the right the base letters; white space, digits and
marks are one space. Of all patterns that fit, the one of the lowest rank decides, by its sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from vnlp_colab.text.checks import token_list
from vnlp_colab.text.compose import compose
from vnlp_colab.text.remembering import Remembered

_PARTNERS: Final = {"c": "ç", "g": "ğ", "i": "ı", "o": "ö", "s": "ş", "u": "ü", "C": "Ç", "G": "Ğ", "O": "Ö",
                    "S": "Ş", "U": "Ü"}  # fmt: skip
_BASES: Final = {turkish: plain for plain, turkish in _PARTNERS.items()} | {"İ": "I"}
_WIDTH: Final = 10
"""How many characters a pattern may see on each side."""

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
# What a character is to a pattern that sees it on its right; all others are a space.
_AHEAD: Final = {
    **{letter: letter for letter in _LETTERS},
    **{letter.upper(): letter for letter in _LETTERS},
    **{turkish: plain.lower() for turkish, plain in _BASES.items()},
}

# Where no pattern fits, the letter becomes its partner.
_NO_PATTERN: Final = (1 << 40) + 1

# Trees by characters: a leaf and what follows, and such a tree (or none) and what follows.
_Behind = tuple[int, dict[str, Any]]
_Ahead = tuple["_Behind | None", dict[str, Any]]


class Deasciifier:
    """Restores Turkish letters; safe to share between threads.

    Args:
        patterns: For each of the letters c, g, i, o, s, u its patterns and their ranks, positive where the letter is
            to become its Turkish partner. For ``i`` the partner is ``ı``; the capital ``I`` is the partner, and
            becomes ``İ`` where the rank is negative.
        cache_size: How many distinct tokens to remember.
    """

    def __init__(self, patterns: Mapping[str, Mapping[str, int]], *, cache_size: int = 65_536) -> None:
        self._trees = {letter: _compile(ranks) for letter, ranks in patterns.items()}
        self._remembered = Remembered(self._convert, cache_size)

    def __call__(self, tokens: Iterable[str]) -> list[str]:
        """Restore the letters of each token.

        Args:
            tokens: Tokens; each is looked at by itself. Turkish letters in them are decided anew.

        Returns:
            The tokens, code point for code point, but that decomposed letters are composed.
        """
        return [self._remembered(token) for token in token_list(tokens)]

    def _convert(self, token: str) -> str:
        token = compose(token)
        # A space at the end would be a context of its own: the token's end is none.
        ahead = "".join([_AHEAD.get(character, " ") for character in token])
        trees = self._trees
        behind = [" "] * _WIDTH
        result = []
        for place, character in enumerate(token):
            seen = ahead[place]
            tree = trees.get(seen)
            if tree is not None:
                plain = _BASES.get(character, character)
                turkish = bool(_decide(tree, ahead, place, behind) & 1)
                if plain == "I":
                    character = "I" if turkish else "İ"
                elif turkish:
                    character = _PARTNERS[plain]
                    seen = seen.upper()
                else:
                    character = plain
            result.append(character)
            if seen != " " or behind[-1] != " ":
                behind.append(seen)
        return "".join(result)


def _compile(ranks: Mapping[str, int]) -> _Ahead:
    """Build the tree of a letter's patterns: by what is ahead from left to right, then by what is behind backwards.

    A leaf is twice the rank's magnitude, plus one where it is positive, so that the least leaf is the one that counts.
    """
    leaves: dict[str, dict[str, int]] = {"": {"": _NO_PATTERN}}
    for pattern, rank in ranks.items():
        left, _, right = pattern.partition("X")
        if max(len(left), len(right)) <= _WIDTH:
            own = leaves.setdefault(right, {})
            own[left[::-1]] = min(2 * abs(rank) + (rank > 0), own.get(left[::-1], _NO_PATTERN))
    return _ahead_tree(leaves)


def _ahead_tree(leaves: Mapping[str, Mapping[str, int]]) -> _Ahead:
    """Build the tree over what is ahead; at each node stands the tree over what is behind."""
    below = {
        first: _ahead_tree({right[1:]: own for right, own in leaves.items() if right[:1] == first})
        for first in dict.fromkeys(right[0] for right in leaves if right)
    }
    return _behind_tree(leaves[""]) if "" in leaves else None, below


def _behind_tree(leaves: Mapping[str, int]) -> _Behind:
    """Build the tree over what is behind."""
    below = {
        first: _behind_tree({left[1:]: leaf for left, leaf in leaves.items() if left[:1] == first})
        for first in dict.fromkeys(left[0] for left in leaves if left)
    }
    return leaves.get("", _NO_PATTERN), below


def _decide(tree: _Ahead, ahead: str, place: int, behind: list[str]) -> int:
    """Return the least leaf of the patterns that fit at a place of the token."""
    best = _NO_PATTERN
    node: _Ahead | None = tree
    while node is not None:
        lefts, below = node
        position = -1
        while lefts is not None:
            leaf, further = lefts
            if leaf < best:
                best = leaf
            if not further:
                break
            lefts = further.get(behind[position])
            position -= 1
        # A space is as far as a pattern sees ahead.
        if ahead[place] == " " or place + 1 == len(ahead):
            break
        place += 1
        node = below.get(ahead[place])
    return best
