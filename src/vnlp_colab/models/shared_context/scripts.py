"""Lemmas as edit scripts: how much of a word's end to cut off, and what to put there instead.

A script is ``<casing><characters to cut>+<text to append>``, for instance ``l3+``: lower-case *evler*, cut 3, append
nothing: *ev*. The network chooses among the scripts of its training data, so that it can lemmatise words that it has
never seen (Chrupała 2006 and, for UD, Straka 2018, https://aclanthology.org/K18-2020/).
"""

from __future__ import annotations

from vnlp_colab.text.casing import lower_case, turkish_capitalise

LOWER, KEEP, CAPITAL = "lkc"
"""Casings: all lower case, as written, only the first letter a capital."""


def make_script(word: str, lemma: str) -> str:
    """The script that turns a word into its lemma.

    The casing is the first of lower, as written, capitalised that leaves the shortest text to append.
    """
    found = []
    for rank, casing in enumerate((LOWER, KEEP, CAPITAL)):
        base = _cased(word, casing)
        common = _common_prefix(base, lemma)
        found.append((len(lemma) - common, rank, f"{casing}{len(base) - common}+{lemma[common:]}"))
    return min(found)[2]


def apply_script(word: str, script: str) -> str:
    """The lemma that a script makes of a word; the word itself, cased, where there is too little to cut.

    Examples:
        >>> apply_script("Kitabı", "l2+p")
        'kitap'
    """
    casing, (cut, _, appended) = script[0], script[1:].partition("+")
    base = _cased(word, casing)
    count = int(cut)
    if count > len(base) or (count == len(base) and not appended):
        return base
    return base[: len(base) - count] + appended


def _cased(word: str, casing: str) -> str:
    if casing == LOWER:
        return lower_case(word)
    return word if casing == KEEP else turkish_capitalise(word)


def _common_prefix(one: str, other: str) -> int:
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))
