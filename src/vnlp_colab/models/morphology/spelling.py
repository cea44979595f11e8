"""How a stem's spelling changes before a suffix, undone.

Given a word cut in two, these rules propose the dictionary forms that the first half may stand for. They
propose generously: what is not in the stem list falls away afterwards.
"""

from __future__ import annotations

import re
from typing import Final

from vnlp_colab.text.casing import lower_case

_CONSONANTS: Final = frozenset("bcdfgğhjklmnprsştvyzxwq")
# The published rule tests membership in the text of a character class, brackets included.
_DOUBLED: Final = _CONSONANTS | frozenset("[]")
_SOFTENED: Final = {"b": "p", "c": "ç", "d": "t", "ğ": "k", "g": "k"}
_NARROWED: Final = {"i": "e", "ü": "e", "ı": "a", "u": "a"}
_DROPPED: Final = {"ı": "ı", "i": "i", "u": "u", "ü": "ü", "e": "iü", "a": "ıu"}
_IRREGULAR_DATIVE: Final = {"ban": "ben", "Ban": "Ben", "san": "sen", "San": "Sen"}
# Short forms of stems, and what the stem list has for them.
DICTIONARY_FORM: Final = {
    "tıp": "tıb",
    "prof.": "profesör",
    "dr.": "doktor",
    "yi": "ye",
    "ed": "et",
    "di": "de",
}

# W is missing from the published set: a word in W is never tried as a proper noun.
CAPITALS: Final = frozenset("ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜQVYXZ")
_PLAIN_CAPITAL: Final = str.maketrans("ÇĞİÖŞÜ", "CGIOSU")
_STARTS_CAPITAL: Final = re.compile(f"[{''.join(sorted(CAPITALS))}].*$")


def is_doubled(before: str, after: str) -> bool:
    """Tell whether a consonant stands on both sides of a cut, as in ``his|si``.

    Args:
        before: The last character before the cut, in lower case.
        after: The first character after it.

    Returns:
        Whether the second one may belong to the stem's inflected spelling rather than to the suffix.
    """
    return before == after and before in _DOUBLED


def dictionary_pairs(stem: str, suffix: str) -> list[tuple[str, str]]:
    """Propose dictionary forms for a word cut into stem and suffix.

    Args:
        stem: What stands before the cut; lower case apart from its first letter.
        suffix: What stands after it, not empty, in lower case.

    Returns:
        Pairs of dictionary form and suffix, the most literal one first.
    """
    if "'" in suffix:
        # What stands before an apostrophe is a name, and names keep their spelling.
        return [(stem, suffix)]
    if suffix == "a" and stem in _IRREGULAR_DATIVE:
        return [(_IRREGULAR_DATIVE[stem], suffix)]
    pairs = [(stem, suffix)]
    last, first = stem[-1], suffix[0]
    long_enough = len(stem) > 2
    if long_enough and is_doubled(last, first):
        # hissi < his + i, hakkı < hak + ı
        pairs.append((stem, suffix[1:]))
    elif last in _NARROWED and len(stem) > 1 and "yor" in suffix:
        # bekliyor < bekle + yor
        pairs.append((stem[:-1] + _NARROWED[last], suffix))
    if not long_enough or last not in _CONSONANTS:
        return pairs
    if first in _DROPPED and stem[-2] in _CONSONANTS:
        # ağzım < ağız + ım, burnu < burun + u
        pairs.extend((stem[:-1] + vowel + last, suffix) for vowel in _DROPPED[first])
    if last in _SOFTENED:
        # kitabı < kitap + ı
        pairs.append((stem[:-1] + _SOFTENED[last], suffix))
    return pairs


def starts_capital(text: str) -> bool:
    """Tell whether the analyser takes ``text`` for a capitalised word.

    Args:
        text: A word or the beginning of one.

    Returns:
        Whether it begins with one of ``CAPITALS`` and is one line.
    """
    return _STARTS_CAPITAL.match(text) is not None


def capitalised(text: str, plain: bool = False) -> str:
    """Spell a capitalised word as the stem list spells proper nouns.

    Args:
        text: A word that :func:`starts_capital`.
        plain: Take the mark off the first letter of a longer word (``Cin`` for ``Çin``), as vngrs-nlp does before it
            looks: so it never finds the thousands of names in Ç, Ğ, İ, Ö, Ş and Ü, and takes some for others.

    Returns:
        First letter as it is, or plain; the rest in lower case.
    """
    if len(text) == 1:
        return text
    return (text[0].translate(_PLAIN_CAPITAL) if plain else text[0]) + lower_case(text[1:])
