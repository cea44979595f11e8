"""Annotated sentences as lines for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vnlp_colab.results import Sentence


def table(sentence: Sentence) -> Iterator[str]:
    """Yield a line a token under a header, with everything that is known of it, then the sentiment."""
    columns: list[tuple[str, Sequence[str]]] = [
        ("#", [str(number + 1) for number in range(len(sentence.tokens))]),
        ("token", sentence.tokens),
    ]
    for name in ("lemma", "morph", "pos", "feats", "ner"):
        values = getattr(sentence, name)
        if values is not None:
            columns.append((name, values))
    if sentence.dep is not None:
        columns.append(("head", [str(head) for head, _ in sentence.dep]))
        columns.append(("deprel", [label for _, label in sentence.dep]))
    yield from _aligned(list(zip(*([name, *values] for name, values in columns), strict=True)))
    if sentence.sentiment is not None:
        yield f"\nsentiment: {sentiment(sentence.sentiment)}"


def interlinear(sentence: Sentence, width: int) -> Iterator[str]:
    """Yield the tokens side by side, what is known of each below it, in as many stripes as ``width`` demands.

    The analyses are left out, being far longer than their tokens, and so is a line that has nothing to say.
    """
    rows: list[tuple[str, Sequence[str]]] = [
        ("", [str(number + 1) for number in range(len(sentence.tokens))]),
        ("token", sentence.tokens),
    ]
    rows += [(name, values) for name in ("lemma", "pos") if (values := getattr(sentence, name)) is not None]
    if sentence.ner is not None and any(label != "O" for label in sentence.ner):
        rows.append(("ner", ["" if label == "O" else label for label in sentence.ner]))
    if sentence.dep is not None:
        rows.append(("dep", [label if head == 0 else f"{label}→{head}" for head, label in sentence.dep]))
    names = [name for name, _ in rows]
    for stripe in _stripes(list(zip(*(values for _, values in rows), strict=True)), width - max(map(len, names)) - 2):
        yield from _aligned(list(zip(names, *stripe, strict=True)))
    if sentence.sentiment is not None:
        yield f"sentiment  {sentiment(sentence.sentiment)}"


def printable(cell: str) -> str:
    """Return ``cell`` with all that a terminal would act on, or cannot show, written as an escape."""
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in cell)


def _stripes(tokens: Sequence[Sequence[str]], width: int) -> Iterator[list[Sequence[str]]]:
    """Cut the tokens where a line is full; a token that is wider than a line has one for itself."""
    stripe: list[Sequence[str]] = []
    used = 0
    for cells in tokens:
        needed = max(_width(printable(cell)) for cell in cells) + 2
        if stripe and used + needed > width + 2:
            yield stripe
            stripe, used = [], 0
        stripe.append(cells)
        used += needed
    if stripe:
        yield stripe


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def sentiment(probability: float) -> str:
    """Write a probability with what it says."""
    return f"{probability:.4f} ({'positive' if probability > 0.5 else 'negative'})"


def _width(cell: str) -> int:
    """Return how many columns of a terminal ``cell`` takes: emoji take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in cell
    )
