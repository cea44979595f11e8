"""Figures that others published for Turkish, with the conditions that they hold under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# UPOS and LAS.
Pair = tuple[float, float]


@dataclass(frozen=True)
class Published:
    """Figures of one source.

    Attributes:
        name: The system.
        conditions: Release of the treebanks, words, what it learned from, what LAS compares.
        figures: Treebank to UPOS and LAS.
    """

    name: str
    conditions: str
    figures: Mapping[str, Pair]


VNLP = Published(
    "VNLP SPUContext",
    "UD 2.9, gold words; trained on all train sets; whole relations (its ReadMe)",
    {
        "boun": (87.08, 67.64),
        "kenet": (91.94, 68.80),
        "penn": (94.52, 70.72),
        "tourism": (98.5, 91.0),
        "framenet": (95.1, 81.1),
        "atis": (98.7, 88.5),
        "imst": (90.69, 63.32),
    },
)

TREES = (
    VNLP,
    Published(
        "Stanza 1.3",
        "UD 2.8, raw text; a model a treebank",
        {"boun": (90.70, 69.64), "imst": (92.49, 65.46), "kenet": (93.44, 69.68), "penn": (94.93, 76.70)},
    ),
    Published(
        "Stanza 1.5.1",
        "UD 2.12, raw text; a model a treebank",
        {"boun": (89.92, 65.17), "imst": (93.44, 64.07), "kenet": (93.60, 70.55), "penn": (96.24, 71.95)},
    ),
    Published(
        "UDPipe 2",
        "UD 2.10, raw text; a model a treebank",
        {"boun": (91.56, 72.40), "imst": (94.38, 69.04), "kenet": (93.71, 71.18), "penn": (95.60, 71.67)},
    ),
    Published(
        "UDPipe 2",
        "UD 2.10, gold words; a model a treebank",
        {"boun": (92.53, 74.73), "imst": (95.94, 72.09), "kenet": (93.72, 71.29), "penn": (96.30, 73.91)},
    ),
)

ENTITIES = (
    ("Stanza (Starlang)", "its own test set; span F1", 81.65),
    ("BERTurk", "WikiANN; span F1", 92.47),
    ("VNLP SPUContextNER", "its own test set; F1 by token, macro over four labels with O", 98.33),
    ("VNLP CharNER", "the same", 92.00),
)
