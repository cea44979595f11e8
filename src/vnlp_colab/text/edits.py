"""What typing errors do to a Turkish word: the strings one error away, and how likely a given slip is.

Costs are negative logarithms of odds, estimated by eye and adjusted on held-out sentences: 0 for no error, about 1
for what people do all the time (leaving the dots away), about 4 for a letter from the other end of the keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

ALPHABET: Final = "abcçdefgğhıijklmnoöprsştuüvyz"
_VOWELS: Final = frozenset("aeıioöuü")
# The vowels that a suffix may have after each vowel; the o of -yor comes after any.
_FOLLOWED_BY: Final = {"a": "aıo", "ı": "aıo", "o": "auo", "u": "auo", "e": "eio", "i": "eio", "ö": "eüo", "ü": "eüo"}
_DOTS: Final = {"c": "ç", "g": "ğ", "i": "ı", "o": "ö", "s": "ş", "u": "ü", "ç": "c", "ğ": "g", "ı": "i", "ö": "o",
                "ş": "s", "ü": "u"}  # fmt: skip
_TO_ASCII: Final = str.maketrans("çğıöşüâîû", "cgiosuaiu")
_ASCII: Final = "abcdefghijklmnoprstuvyz"
_RUN: Final = re.compile(r"(.)\1{2,}")

_KEY_ROWS: Final = (("qwertyuıopğü", 0.0), ("asdfghjklşi", 0.25), ("zxcvbnmöç", 0.75))
_KEYS: Final = {key: (x + shift, y) for y, (row, shift) in enumerate(_KEY_ROWS) for x, key in enumerate(row)}
_NEIGHBOURS: Final = frozenset(
    one + other
    for one, (x, y) in _KEYS.items()
    for other, (u, v) in _KEYS.items()
    if one != other and (x - u) ** 2 + (y - v) ** 2 < 1.7
)
# Letters that sound alike, or of which one is what speakers make of the other.
_ALIKE: Final = frozenset(
    one + other
    for pair in (
        "dt",
        "bp",
        "gk",
        "zs",
        "vf",
        "jc",
        "çş",
        "cç",
        "ğy",
        "ğv",
        "mn",
        "ei",
        "ae",
        "ou",
        "öü",
        "ıu",
        "iü",
        "aı",
        "oö",
        "uü",
        "jş",
    )
    for one, other in ((pair[0], pair[1]), (pair[1], pair[0]))
)

_PLAIN_TYPED: Final = 0.6
_DOTTED_TYPED: Final = 1.6
_SOUND: Final = 2.6
_KEY: Final = 3.0
_VOWEL: Final = 3.6
_OTHER: Final = 4.4
_DOUBLED: Final = 1.6
_HELD: Final = 0.3
_EXTRA: Final = 3.8
_EXTRA_NEIGHBOUR: Final = 2.8
_UNDOUBLED: Final = 1.5
_VOWEL_MISSING: Final = 2.7
_MISSING: Final = 3.2
_SWAPPED: Final = 2.3
_FIRST: Final = 1.5


def to_ascii(word: str) -> str:
    """Write a lower-case word without Turkish letters."""
    return word.translate(_TO_ASCII)


def without_runs(word: str) -> str:
    """Write letters that are repeated three times or more once: ``çoook`` as ``çok``."""
    return _RUN.sub(r"\1", word)


def dot_variants(word: str, most: int) -> Iterator[str]:
    """Yield the word with every choice of Turkish letters or their plain partners.

    Args:
        word: A word in lower case.
        most: Words with more letters than this that have a choice yield nothing.
    """
    if sum(letter in _DOTS for letter in word) <= most:
        choices = [letter + _DOTS.get(letter, "") for letter in word]
        yield from map("".join, product(*choices))


def neighbours(word: str, alphabet: str = ALPHABET) -> set[str]:
    """Return the strings one missing, additional, other or swapped letter away."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
    found |= {left + letter + right for left, right in cuts for letter in alphabet}
    found.discard(word)
    return found


def ascii_neighbours(word: str) -> set[str]:
    """``neighbours`` of an ASCII word among ASCII words."""
    return neighbours(word, _ASCII)


def slips(word: str) -> set[str]:
    """Return those of an ASCII word's neighbours that the most usual slips lead to."""
    found = set()
    for place, letter in enumerate(word):
        before, after = word[:place], word[place + 1 :]
        following = after[:1]
        if following == letter:
            found.add(before + after)
        elif following:
            found.add(before + following + letter + after[1:])
        found.add(before + letter + letter + after)
        if letter in _VOWELS:
            found |= {before + vowel + after for vowel in "aeiou"}
            found.add(before + after)
    found.discard(word)
    return found


def cost(typed: str, meant: str) -> float:
    """Return what it costs to type one word for another.

    The least sum over all ways to align the two, neighbours swapped included.

    Args:
        typed: The word as it stands, in lower case.
        meant: The word that may have been meant, in lower case.
    """
    older: list[float] = []
    row = [0.0]
    for j in range(1, len(meant) + 1):
        row.append(row[-1] + _missing(meant, j - 1))
    for i in range(1, len(typed) + 1):
        current = [row[0] + _additional(typed, i - 1)]
        for j in range(1, len(meant) + 1):
            first = _FIRST if i == 1 and j == 1 else 0.0
            best = row[j - 1] + _other(typed[i - 1], meant[j - 1], first)
            best = min(best, row[j] + _additional(typed, i - 1), current[j - 1] + _missing(meant, j - 1))
            if i > 1 and j > 1 and typed[i - 1] == meant[j - 2] != typed[i - 2] == meant[j - 1]:
                best = min(best, older[j - 2] + _SWAPPED)
            current.append(best)
        older, row = row, current
    return row[-1]


def _other(typed: str, meant: str, first: float) -> float:
    """Cost of one letter for another."""
    if typed == meant:
        return 0.0
    if _DOTS.get(typed) == meant:
        return _PLAIN_TYPED if typed in _ASCII or meant == "i" else _DOTTED_TYPED
    pair = typed + meant
    if pair in _ALIKE:
        return first + _SOUND
    if pair in _NEIGHBOURS:
        return first + _KEY
    return first + (_VOWEL if typed in _VOWELS and meant in _VOWELS else _OTHER)


def _additional(typed: str, place: int) -> float:
    """Cost of a letter that should not be there."""
    letter = typed[place]
    if place and typed[place - 1] == letter:
        return _HELD if place > 1 and typed[place - 2] == letter else _DOUBLED
    if place == 0:
        return _EXTRA + _FIRST
    beside = typed[place - 1] + letter in _NEIGHBOURS or letter + typed[place + 1 : place + 2] in _NEIGHBOURS
    return _EXTRA_NEIGHBOUR if beside else _EXTRA


def _missing(meant: str, place: int) -> float:
    """Cost of a letter that was left out."""
    letter = meant[place]
    if place == 0:
        return _MISSING + _FIRST
    if meant[place - 1] == letter:
        return _UNDOUBLED
    return _VOWEL_MISSING if letter in _VOWELS else _MISSING


def disharmony(stem: str, suffix: str) -> int:
    """Count the suffix vowels that Turkish vowel harmony would not have put there."""
    last = next((letter for letter in reversed(stem) if letter in _VOWELS), "")
    count = 0
    for letter in suffix:
        if letter in _VOWELS:
            count += bool(last) and letter not in _FOLLOWED_BY[last]
            last = letter
    return count
