"""The lookup analyser's tables: from the published text files to one compact JSON.

The suffix file spells out some 170,000 analyses in 12 MB, of which 63,000 are distinct. The JSON holds each
distinct tag sequence and each distinct list of them once, so it loads in a fraction of the time:

    format     version of this layout
    classes    names of the classes of analyses, in order of their bits
    sequences  distinct tag sequences, tags joined by ``+``
    admitted   per sequence, the bit of its class
    lists      distinct lists of indices into ``sequences``
    suffixes   suffix -> index into ``lists``
    bare       index into ``lists`` for a stem without suffix
    stems      stem -> sum of the bits of its classes
    exact      word in lower case -> list of ``[stem, suffix, tags joined by +]``

An analysis belongs to the class of its first tag; proper nouns and time nouns are classes of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from vnlp_colab.errors import ConversionError

FORMAT: Final = 1

# The stem list encodes what a stem may be as a sum of powers of two, in this order.
STEM_CLASSES: Final = (
    "Adj",
    "Adverb",
    "Conj",
    "Det",
    "Dup",
    "Interj",
    "Noun",
    "Postp",
    "Pron",
    "Ques",
    "Verb",
    "Num",
    "Noun+Prop",
)
_BARE: Final = "null"
_TAG_BOUNDARY: Final = re.compile(r"[+^]")


def compile_tables(stems: str, suffixes: str, exact: str) -> bytes:
    """Compile the published tables.

    Args:
        stems: Text of the stem list: a stem, a tab, the sum of its class flags a line.
        suffixes: Text of the suffix table: a suffix (``null`` for none), a tab, one analysis a line.
        exact: Text of the exact lookup: a word, a tab, its whole analyses (``suffix/stem+tags``) a line.

    Returns:
        The JSON, UTF-8; the same bytes for the same input.

    Raises:
        ConversionError: If a line does not have that form.
    """
    pool = _SequencePool()
    by_suffix: dict[str, dict[int, None]] = {}
    for suffix, analysis in _rows(suffixes, "suffix table"):
        # A dict keeps the file's order and drops repeats.
        by_suffix.setdefault(suffix, {})[pool.index(analysis)] = None
    if _BARE not in by_suffix:
        raise ConversionError(f"The suffix table has no entry {_BARE!r} for stems without suffix.")
    lists: dict[tuple[int, ...], int] = {}
    suffix_lists = {suffix: lists.setdefault(tuple(ids), len(lists)) for suffix, ids in by_suffix.items()}
    tables: dict[str, Any] = {
        "format": FORMAT,
        "classes": list(pool.classes),
        "sequences": list(pool.sequences),
        "admitted": pool.admitted,
        "lists": list(lists),
        "suffixes": suffix_lists,
        "bare": suffix_lists[_BARE],
        "stems": _compile_stems(stems),
        "exact": _compile_exact(exact),
    }
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":")).encode()


class _SequencePool:
    """Numbers distinct tag sequences, and their classes, in order of first appearance."""

    def __init__(self) -> None:
        self.classes = {name: bit for bit, name in enumerate(STEM_CLASSES)}
        self.sequences: dict[str, int] = {}
        self.admitted: list[int] = []

    def index(self, analysis: str) -> int:
        tags = _TAG_BOUNDARY.split(analysis)
        joined = "+".join(tags)
        known = self.sequences.get(joined)
        if known is not None:
            return known
        name = "+".join(tags[:2]) if tags[1:2] in (["Prop"], ["Time"]) else tags[0]
        self.admitted.append(1 << self.classes.setdefault(name, len(self.classes)))
        return self.sequences.setdefault(joined, len(self.sequences))


def _compile_stems(stems: str) -> dict[str, int]:
    """Map each stem to its flags."""
    flags: dict[str, int] = {}
    for stem, number in _rows(stems, "stem list"):
        if not number.isdecimal() or int(number) >= 1 << len(STEM_CLASSES):
            raise ConversionError(f"The stem list gives {stem!r} the flags {number!r}.")
        flags[stem] = flags.get(stem, 0) | int(number)
    return flags


def _compile_exact(exact: str) -> dict[str, list[list[str]]]:
    """Split the whole analyses. Repeats stay: the disambiguator sees them as candidates of their own."""
    words: dict[str, list[list[str]]] = {}
    for word, analyses in _rows(exact, "exact lookup"):
        entries = []
        for entry in analyses.split(" "):
            suffix, slash, analysis = entry.partition("/")
            if not slash:
                raise ConversionError(f"The exact lookup gives {word!r} the analysis {entry!r}.")
            stem, *tags = _TAG_BOUNDARY.split(analysis.partition("/")[0])
            entries.append([stem, suffix, "+".join(tags)])
        words[word] = entries
    return words


def _rows(text: str, table: str) -> Iterator[tuple[str, str]]:
    """Yield the first two tab-separated fields of each line."""
    lines = text.removesuffix("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        fields = line.strip().split("\t")
        if len(fields) < 2:
            raise ConversionError(f"Line {number} of the {table} has no tab: {line[:60]!r}")
        yield fields[0], fields[1].strip()
