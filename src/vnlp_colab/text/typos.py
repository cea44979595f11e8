"""Correction of misspelt words.

A word is known if the lexicon has it or the morphological analyser can read it as a stem and suffixes; a known word is
never changed. For any other, the known words a few slips away are weighed: how frequent the word is against how
unlikely the slips are (``edits.py``). The word is replaced if one candidate stands out from the others, and from the
possibility that the word is right and merely not known, as names and foreign words are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, log
from typing import Final, NamedTuple, Protocol

from vnlp_colab.text.casing import turkish_capitalise, turkish_lower, turkish_upper
from vnlp_colab.text.checks import check_text
from vnlp_colab.text.compose import compose
from vnlp_colab.text.edits import (
    ALPHABET,
    ascii_neighbours,
    cost,
    disharmony,
    dot_variants,
    neighbours,
    slips,
    to_ascii,
    without_runs,
)
from vnlp_colab.text.remembering import Remembered

_LETTERS: Final = frozenset(ALPHABET + "âîû")
_FLAT: Final = str.maketrans("âîû", "aiu")
_WORD: Final = re.compile(r"(?<![^\W\d_]['’])(?:[^\W\d_][\u0300-\u036f]*)+")
# Addresses, names of users and files, and whatever has a figure in it are no words.
_NO_WORDS: Final = re.compile(r"[@#\d_\\/=]|\w\.\w")
_STARTS_SENTENCE: Final = re.compile(r"(?:^|[.?!…:\n])[\s\"'“”‘’«»(\[-]*$")
_LOOK_BACK: Final = 8

_SHORTEST: Final = 3
_SHORTEST_EDITED: Final = 4
_LONGEST: Final = 32
# Two slips in a longer word would have too many outcomes to look at.
_LONGEST_TWICE: Final = 16
_MOST_CHOICES: Final = 9

# Logarithms of ranks by frequency: of words that only the lexicon has, and of words that only the analyser reads, to
# which a share of their stem's rank is added and something for each vowel that breaks the harmony.
_LEXICON_ONLY: Final = log(120_000)
_READ_ONLY: Final = log(150_000)
_STEM_SHARE: Final = 0.25
_DISHARMONY: Final = 1.0
# The longer an unknown word is, the less likely it is a name or a foreign word.
_UNKNOWN: Final = 12.5
_UNKNOWN_LETTER: Final = 0.5
_CAPITAL_BONUS: Final = 2.0
_OUTSTANDING: Final = 1.8
_OUTSTANDING_SHORT: Final = 2.5
_GAIN: Final = 1.0
_SHORT_GAIN: Final = 3.0
_SHORT: Final = 5
_SPACE: Final = 4.5


class Reading(Protocol):
    """One way to read a word."""

    @property
    def root(self) -> str:
        """The stem as the lexicon has it."""

    @property
    def suffix(self) -> str:
        """The end of the word that is not the stem's."""


class Place(NamedTuple):
    """What a word's place says of it.

    Attributes:
        name: Whether it looks like a name or an abbreviation; then only dots are put on or taken off.
        capital: Whether it is capitalised where any word would be.
    """

    name: bool
    capital: bool


class TypoCorrector:
    """Corrects misspelt words; safe to share between threads.

    Args:
        lexicon: Known words in lower case.
        frequent: Words in lower case by descending frequency; some may be misspelt.
        readings: Gives the ways to read a word, none for an unknown one.
        cache_size: How many distinct words to remember.
    """

    def __init__(
        self,
        lexicon: frozenset[str],
        frequent: Sequence[str],
        readings: Callable[[str], Sequence[Reading]],
        *,
        cache_size: int = 65_536,
    ) -> None:
        self._lexicon = lexicon
        self._readings = readings
        self._ranks = {word: log(rank) for rank, word in enumerate(frequent, 1)}
        self._by_ascii = _group(word for word in {*lexicon, *frequent} if _LETTERS.issuperset(word))
        self._remembered = Remembered(self._correct, cache_size)

    def __call__(self, text: str) -> str:
        """Correct a text; all but the corrected words stays as it is."""
        check_text(text)
        pieces = []
        done = 0
        shouted = text.upper() == text
        for chunk in re.finditer(r"\S+", text):
            if _NO_WORDS.search(chunk[0]):
                continue
            for found in _WORD.finditer(text, *chunk.span()):
                corrected = self._in_place(found, text, shouted)
                if corrected is not None:
                    pieces += [text[done : found.start()], corrected]
                    done = found.end()
        return "".join([*pieces, text[done:]])

    def known(self, word: str) -> bool:
        """Whether a word is in the lexicon or can be read, as it stands or in lower case or capitalised."""
        lowered = turkish_lower(word)
        # Whether a circumflex is written is a matter of taste, and the lists have most words without.
        forms = {lowered, lowered.translate(_FLAT), turkish_capitalise(lowered), word}
        return not self._lexicon.isdisjoint(forms) or any(self._readings(form) for form in forms)

    def correct(self, word: str) -> str:
        """Correct a single word in lower case; it may become two."""
        return self._remembered(word, Place(name=False, capital=False)) or word

    def _in_place(self, found: re.Match[str], text: str, shouted: bool) -> str | None:
        """Return the correction of a word of the text in its letter case, ``None`` if it stays."""
        if not _SHORTEST <= len(found[0]) <= _LONGEST:
            return None
        word = compose(found[0])
        lowered = turkish_lower(word)
        recase = _recasing(word, lowered)
        if recase is None or not _LETTERS.issuperset(lowered) or self.known(word):
            return None
        before = text[max(0, found.start() - _LOOK_BACK) : found.start()]
        starts = bool(_STARTS_SENTENCE.search(before)) and (found.start() <= _LOOK_BACK or before.strip() != "")
        capital = word != lowered and not shouted
        apostrophe = text[found.end() : found.end() + 1] in ("'", "’")
        upper = recase is turkish_upper and not shouted
        name = upper or apostrophe or (capital and not starts)
        corrected = self._remembered(lowered, Place(name, capital))
        return None if corrected is None else recase(corrected)

    def _correct(self, word: str, place: Place) -> str | None:
        """Return what a word in lower case should be, ``None`` if it should stay."""
        if self.known(word):
            return None
        weighed = [(self._log_rank(other) + cost(word, other), other) for other in self._candidates(word, place)]
        short = len(word) <= _SHORT
        if not place.name and not short:
            weighed += self._parted(word)
        if not weighed:
            return None
        weighed.sort()
        best, chosen = weighed[0]
        second = weighed[1][0] if len(weighed) > 1 else inf
        stays = self._ranks.get(word, _UNKNOWN + _UNKNOWN_LETTER * len(word)) - _CAPITAL_BONUS * place.capital
        gain = _SHORT_GAIN if short and to_ascii(chosen) != to_ascii(word) else _GAIN
        outstanding = _OUTSTANDING_SHORT if short else _OUTSTANDING
        return chosen if second - best >= outstanding and stays - best >= gain else None

    def _candidates(self, word: str, place: Place) -> set[str]:
        """Return known words a few slips away."""
        plain = to_ascii(word)
        found = set(self._by_ascii.get(plain, ()))
        found |= {variant for variant in dot_variants(word, _MOST_CHOICES) if self._readings(variant)}
        if not place.name and len(word) >= _SHORTEST_EDITED:
            single = without_runs(word)
            for other in {word, single}:
                found |= {edited for edited in neighbours(other) | {other} if self._readings(edited)}
            bases = {plain, to_ascii(single)}
            for base in bases:
                found |= self._lookup({base, *ascii_neighbours(base)})
            if _SHORT < len(word) <= _LONGEST_TWICE and not found:
                for base in bases:
                    found |= self._lookup({twice for once in slips(base) for twice in ascii_neighbours(once)})
        found.discard(word)
        return {other for other in found if other in self._lexicon or self._readings(other)}

    def _lookup(self, plain: Iterable[str]) -> set[str]:
        """Return the words that are one of the given ones in ASCII."""
        return {word for one in plain for word in self._by_ascii.get(one, ())}

    def _parted(self, word: str) -> list[tuple[float, str]]:
        """Weigh the ways to part a word into two frequent ones."""
        found = []
        for cut in range(2, len(word) - 1):
            left, right = word[:cut], word[cut:]
            if left in self._ranks and right in self._ranks and self.known(left) and self.known(right):
                found.append((self._ranks[left] + self._ranks[right] + _SPACE, f"{left} {right}"))
        return found

    def _log_rank(self, word: str) -> float:
        """Return the logarithm of a known word's rank by frequency, estimated where it is not listed."""
        rank = self._ranks.get(word)
        if rank is not None:
            return rank
        if word in self._lexicon:
            return _LEXICON_ONLY
        return _READ_ONLY + min(
            _STEM_SHARE * self._ranks.get(reading.root, _LEXICON_ONLY)
            + _DISHARMONY * disharmony(word.removesuffix(reading.suffix), reading.suffix)
            for reading in self._readings(word)
        )


def _group(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Group words by how they are written in ASCII."""
    groups: dict[str, tuple[str, ...]] = {}
    for word in words:
        plain = to_ascii(word)
        groups[plain] = (*groups.get(plain, ()), word)
    return groups


def _recasing(word: str, lowered: str) -> Callable[[str], str] | None:
    """Return what puts a correction into the letter case of the word, ``None`` for a mixture."""
    if word == lowered:
        return str
    if word == turkish_capitalise(lowered):
        return _capitalise_first
    return turkish_upper if word == turkish_upper(lowered) else None


def _capitalise_first(words: str) -> str:
    return turkish_capitalise(words[:1]) + words[1:]
