"""Named entity data: one token a line, a blank line between sentences, the label last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

KINDS = ("PER", "LOC", "ORG")
LABELS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))

_KIND = {"PERSON": "PER", "PER": "PER", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG"}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence's words and their BIO labels (``LABELS``)."""

    words: tuple[str, ...]
    labels: tuple[str, ...]


def read_entities(path: Path, prefix: str = "") -> list[Tagged]:
    """Read a file of any of the corpora; entities of other kinds than ``KINDS`` are nothing.

    Args:
        path: The file: columns between tabs or spaces, the word first and the label last.
        prefix: What each word starts with and is no part of it (``tr:``).
    """
    sentences = []
    words: list[str] = []
    labels: list[str] = []
    for line in [*path.read_text(encoding="utf-8-sig").split("\n"), ""]:
        cells = line.split()
        if cells:
            words.append(cells[0].removeprefix(prefix) or "-")
            labels.append(_label(cells[-1]))
        elif words:
            sentences.append(Tagged(tuple(words), tuple(as_bio(labels))))
            words, labels = [], []
    return sentences


def as_bio(labels: Sequence[str]) -> list[str]:
    """Make every entity start with B: adjacent entities of a kind that only I marks become one."""
    fixed: list[str] = []
    for label in labels:
        before = fixed[-1][2:] if fixed else ""
        fixed.append(f"B-{label[2:]}" if label.startswith("I-") and before != label[2:] else label)
    return fixed


def spans(labels: Iterable[str]) -> set[tuple[int, int, str]]:
    """The entities of BIO labels: first token, token after the last, kind."""
    found = set()
    start, kind = 0, ""
    for i, label in enumerate([*labels, "O"]):
        if kind and label != f"I-{kind}":
            found.add((start, i, kind))
            kind = ""
        if label != "O" and not kind:
            start, kind = i, label[2:]
    return found


def _label(label: str) -> str:
    mark, _, kind = label.partition("-")
    known = _KIND.get(kind)
    return f"{mark}-{known}" if known else "O"
