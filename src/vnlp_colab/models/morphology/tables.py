"""What the lookup analyser looks up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from vnlp_colab.errors import ConversionError
from vnlp_colab.models.morphology.spelling import CAPITALS

_FORMAT: Final = 1


class Analysis(NamedTuple):
    """One way to read a word.

    Attributes:
        root: The stem, in lower case.
        suffix: The surface form of what follows the stem, in lower case.
        tags: Part of speech and inflection, e.g. ``("Noun", "A3sg", "Pnon", "Loc")``. A derivation begins
            with ``DB``.
    """

    root: str
    suffix: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class AnalyserTables:
    """The analyser's tables in memory; read-only.

    Classes of analyses are bits: a stem admits an analysis if the two share one.

    Attributes:
        sequences: Distinct tag sequences, tags joined by ``+``.
        admitted: Per sequence, the bit of its class.
        lists: Distinct lists of indices into ``sequences``.
        suffixes: Suffix -> index into ``lists``.
        bare: The sequences of a stem without suffix.
        stems: Stem -> bits of the classes that it admits; zero for a known stem that admits none.
        exact: Word in lower case -> all of its analyses, for words that are looked up whole.
        proper: Bit of the proper nouns.
        numeral: Bits that a number admits.
        punctuation: Bit of the punctuation marks.
        longest_suffix: Length of the longest suffix.
    """

    sequences: Sequence[str]
    admitted: Sequence[int]
    lists: Sequence[Sequence[int]]
    suffixes: Mapping[str, int]
    bare: Sequence[int]
    stems: Mapping[str, int]
    exact: Mapping[str, tuple[Analysis, ...]]
    proper: int
    numeral: int
    punctuation: int
    longest_suffix: int

    @classmethod
    def from_json(cls, data: bytes) -> AnalyserTables:
        """Load tables that ``vnlp_colab.convert.analyser_tables.compile_tables`` wrote.

        Args:
            data: The JSON, UTF-8.

        Returns:
            The tables.

        Raises:
            ConversionError: If this is not such a JSON, or one of another version.
        """
        try:
            tables = json.loads(data)
            found = tables["format"]
        except (ValueError, TypeError, KeyError) as error:
            raise ConversionError("These are no analyser tables; build the StemmerAnalyzer anew.") from error
        if found != _FORMAT:
            raise ConversionError(
                f"Analyser tables of format {found!r}, needed is {_FORMAT}; build the StemmerAnalyzer anew."
            )
        bits = {name: 1 << bit for bit, name in enumerate(tables["classes"])}
        exact = {
            word: tuple(Analysis(root, suffix, tuple(tags.split("+"))) for root, suffix, tags in entries)
            for word, entries in tables["exact"].items()
        }
        return cls(
            sequences=tables["sequences"],
            admitted=tables["admitted"],
            lists=tables["lists"],
            suffixes=tables["suffixes"],
            bare=tables["lists"][tables["bare"]],
            stems=_admitted_classes(tables["stems"], bits["Noun+Prop"], everything=(1 << len(bits)) - 1),
            exact=exact,
            proper=bits["Noun+Prop"],
            numeral=bits["Num"] | bits.get("Noun+Time", 0),
            punctuation=bits.get("Punc", 0),
            longest_suffix=max(map(len, tables["suffixes"])),
        )


def _admitted_classes(stems: Mapping[str, int], proper: int, everything: int) -> dict[str, int]:
    """Say which classes of analyses each stem admits, its letter case taken into account.

    A capitalised stem is a proper noun or nothing. A lower-case one is never a proper noun, and one that is
    listed as nothing else admits everything: the original ends up with an empty condition there.
    """
    return {
        stem: flags & proper if stem[:1] in CAPITALS else (flags & ~proper) or everything
        for stem, flags in stems.items()
    }
