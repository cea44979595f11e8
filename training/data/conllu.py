"""Universal Dependencies treebanks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """A sentence with gold annotation; every list runs parallel to ``words``.

    Attributes:
        words: Syntactic words: multi-word ranges and empty nodes are left out, as the CoNLL-18 scorer does.
        upos: Part of speech.
        feats: The FEATS column, as it is written.
        lemmas: Lemma; ``_`` where there is none.
        heads: Head, counted from 1; 0 is the root.
        labels: Relation to the head.
        text: The raw sentence.
        ranges: The multi-word tokens: number of the first word, of the last, and what stands in the text.
    """

    words: tuple[str, ...]
    upos: tuple[str, ...]
    feats: tuple[str, ...]
    lemmas: tuple[str, ...]
    heads: tuple[int, ...]
    labels: tuple[str, ...]
    text: str = ""
    ranges: tuple[tuple[int, int, str], ...] = ()


def read_conllu(path: Path) -> list[Tree]:
    """Read the sentences of a CoNLL-U file."""
    trees = []
    rows: list[list[str]] = []
    ranges: list[tuple[int, int, str]] = []
    text = ""
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ")
        elif line.startswith("#"):
            continue
        elif line.strip():
            cells = line.split("\t")
            if cells[0].isdigit():
                rows.append(cells)
            elif "-" in cells[0]:
                first, last = map(int, cells[0].split("-"))
                ranges.append((first, last, cells[1]))
        elif rows:
            trees.append(_tree(rows, text, ranges))
            rows, ranges, text = [], [], ""
    return trees


def features(feats: str) -> dict[str, str]:
    """The FEATS column as names and values."""
    if feats == "_":
        return {}
    return dict(pair.split("=", 1) for pair in feats.split("|"))


def _tree(rows: list[list[str]], text: str, ranges: list[tuple[int, int, str]]) -> Tree:
    column = [tuple(row[i] for row in rows) for i in range(8)]
    heads = tuple(map(int, column[6]))
    return Tree(column[1], column[3], column[5], column[2], heads, column[7], text, tuple(ranges))
