"""The lookup analyser: every way to read a word that the stem list and the suffix table allow.

It cuts the word in two at each place where the rest is a known suffix, undoes the spelling changes of the
stem (``spelling.py``), and keeps the tag sequences of the suffix that the stem admits. What it proposes
equals, as a set, what vngrs-nlp's candidate generator proposes, oddities included: the network that chooses
among the candidates was trained on those. Three faults are mended, unless ``compat`` asks for them: names in
Ç, Ğ, İ, Ö, Ş and Ü are looked up as they are spelt, a typographic apostrophe is one, and decomposed letters
are letters. The order is our own, because the original's is that of a Python set of strings and changes with
the hash seed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vnlp_colab.models.morphology.spelling import (
    CAPITALS,
    DICTIONARY_FORM,
    capitalised,
    dictionary_pairs,
    is_doubled,
    starts_capital,
)
from vnlp_colab.models.morphology.tables import AnalyserTables, Analysis
from vnlp_colab.text.casing import lower_case
from vnlp_colab.text.compose import plain_spelling
from vnlp_colab.text.remembering import Remembered

__all__ = ["UNKNOWN", "AnalyserTables", "Analysis", "LookupAnalyser"]

UNKNOWN: Final = ("Unknown",)

_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzışğüçöÜĞİŞÇÖ")
_MARKED_CAPITALS: Final = frozenset("ÇĞİÖŞÜ")
_NO_LETTERS: Final = re.compile(r"[^A-Za-zışğüçöÜĞİŞÇÖ]+")
_HAS_DIGIT: Final = re.compile(r".*[0-9].*$")


class LookupAnalyser:
    """Proposes the analyses of a word; safe to share between threads.

    Args:
        tables: What is looked up.
        cache_size: How many distinct words to remember.
        compat: Propose exactly what vngrs-nlp proposes, faults included.
    """

    def __init__(self, tables: AnalyserTables, *, cache_size: int = 32_768, compat: bool = False) -> None:
        self._tables = tables
        self._compat = compat
        # Roots with another first letter may be known though the stem list does not have them as they are.
        self._listed_as_spelt = _LETTERS if compat else _LETTERS - _MARKED_CAPITALS
        # Splitting all sequences up front would double the loading time, and a text needs few of them.
        self._tags: dict[int, tuple[str, ...]] = {}
        self._remembered = Remembered(self._analyse, cache_size)

    def candidates(self, token: str) -> list[Analysis]:
        """List the analyses of a word.

        The order is that of first appearance: cuts from left to right; at each cut the lower-case stem before
        the capitalised one, and the literal spelling before the restored ones; the bare word last; the
        analyses of a suffix as the suffix table has them. Of equal stem and tags the first one counts. A word
        of the exact lookup has its analyses from there, repeats included.

        Args:
            token: Any string. Whether its letters are decomposed, and which apostrophe it has, makes no difference.

        Returns:
            At least one analysis; an unknown word has its lower-case form with the tag ``Unknown``.
        """
        if not self._compat:
            token = plain_spelling(token)
        return list(self._remembered(token))

    def _analyse(self, word: str) -> tuple[Analysis, ...]:
        """Find the analyses of a word anew."""
        lowered = lower_case(word)
        exact = self._tables.exact.get(lowered)
        if exact is not None:
            return exact
        stems = self._tables.stems
        found: dict[tuple[str, int], Analysis] = {}
        for stem, suffix in self._cuts(word, lowered):
            for spelled, ending in dictionary_pairs(stem, suffix) if suffix else ((stem, suffix),):
                root = DICTIONARY_FORM.get(spelled, spelled)
                # Nine roots in ten end here, so it is not left to _collect.
                if root in stems or root[:1] not in self._listed_as_spelt or "'" in ending:
                    self._collect(root, ending, found)
        return tuple(found.values()) or (Analysis(lowered, "", UNKNOWN),)

    def _cuts(self, word: str, lowered: str) -> Iterator[tuple[str, str]]:
        """Yield stems and suffixes of all cuts that can lead to an analysis, the uncut word last."""
        capital = word[:1] in CAPITALS
        # A final sigma depends on where the word is cut, and a line break on what counts as capitalised; then
        # each stem is derived by itself instead of sliced.
        uniform = "Σ" not in word and "\n" not in word
        name = capitalised(word, self._compat) if capital else ""
        cuts = self._cut_positions(lowered)
        for cut in (*cuts, len(word)):
            suffix = lowered[cut:]
            if uniform:
                yield lowered[:cut], suffix
                if capital:
                    yield (name[:cut] if cut > 1 else word[0]), suffix
            else:
                yield lower_case(word[:cut]), suffix
                if starts_capital(word[:cut]):
                    yield capitalised(word[:cut], self._compat), suffix

    def _cut_positions(self, lowered: str) -> list[int]:
        """List the places after which a known suffix stands, or one after an apostrophe or doubled letter."""
        suffixes = self._tables.suffixes
        length = len(lowered)
        positions = []
        for cut in range(max(1, length - self._tables.longest_suffix - 1), length):
            if lowered[cut:] in suffixes:
                positions.append(cut)
                continue
            first = lowered[cut]
            if (first == "'" or is_doubled(lowered[cut - 1], first)) and (
                cut + 1 == length or lowered[cut + 1 :] in suffixes
            ):
                positions.append(cut)
        return positions

    def _collect(self, root: str, suffix: str, found: dict[tuple[str, int], Analysis]) -> None:
        """Add the analyses of ``root`` with ``suffix`` to what has been found."""
        admits = self._admitted_classes(root, suffix)
        if not admits:
            return
        lemma = lower_case(root)
        admitted = self._tables.admitted
        for sequence in self._sequences(suffix):
            if admitted[sequence] & admits and (lemma, sequence) not in found:
                found[lemma, sequence] = Analysis(lemma, suffix, self._split(sequence))

    def _admitted_classes(self, root: str, suffix: str) -> int:
        """Say which classes of analyses a root takes before a suffix; zero for none."""
        tables = self._tables
        if root[:1] not in _LETTERS and _NO_LETTERS.fullmatch(root):
            return tables.numeral if _HAS_DIGIT.match(root) else tables.punctuation
        admits = tables.stems.get(root)
        if admits is None and not self._compat and root[:1] in _MARKED_CAPITALS:
            # Some names are listed with a plain first letter only.
            admits = tables.stems.get(capitalised(root, plain=True))
        if admits is None:
            # Anything before a known suffix with an apostrophe may be a name.
            return tables.proper if "'" in suffix and suffix in tables.suffixes else 0
        return admits

    def _sequences(self, suffix: str) -> Sequence[int]:
        """List the tag sequences of a suffix; one with an apostrophe also has those of the plain suffix."""
        tables = self._tables
        if not suffix:
            return tables.bare
        own = tables.suffixes.get(suffix)
        if suffix[0] != "'":
            return tables.lists[own] if own is not None else ()
        both = [index for index in (own, tables.suffixes.get(suffix[1:])) if index is not None]
        # A dict keeps the order and drops repeats.
        return list(dict.fromkeys([sequence for index in both for sequence in tables.lists[index]]))

    def _split(self, sequence: int) -> tuple[str, ...]:
        """Split a tag sequence into tags, once."""
        tags = self._tags.get(sequence)
        if tags is None:
            tags = self._tags[sequence] = tuple(self._tables.sequences[sequence].split("+"))
        return tags
