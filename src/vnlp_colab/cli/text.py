"""``vnlp-colab text``: the analysis of one text, as a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from vnlp_colab.cli import options
from vnlp_colab.cli.app import app

if TYPE_CHECKING:
    from vnlp_colab.results import Sentence


@app.command()
def text(
    content: Annotated[str, typer.Argument(metavar="TEXT", help="The text; put it in quotes.")],
    models: options.Models = "stemmer,pos,ner,dep,sentiment",
    threads: options.Threads = None,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
) -> None:
    """Show the analysis of one text: a line a token, then the sentiment."""
    from vnlp_colab.pipeline.pipeline import VNLPipeline

    pipeline = VNLPipeline(models, device=device, on_long=on_long, progress=False, threads=threads)
    for sentence in pipeline.annotate([content]):
        for line in _lines(sentence):
            typer.echo(line)


def _lines(sentence: Sentence) -> Iterator[str]:
    """Yield the lines of the table, then that of the sentiment."""
    columns: list[tuple[str, Sequence[str]]] = [
        ("#", [str(number + 1) for number in range(len(sentence.tokens))]),
        ("token", sentence.tokens),
    ]
    for name in ("lemma", "morph", "pos", "ner"):
        values = getattr(sentence, name)
        if values is not None:
            columns.append((name, values))
    if sentence.dep is not None:
        columns.append(("head", [str(head) for head, _ in sentence.dep]))
        columns.append(("deprel", [label for _, label in sentence.dep]))
    shown = [[name, *map(_printable, values)] for name, values in columns]
    widths = [max(map(_width, cells)) for cells in shown]
    for row in zip(*shown, strict=True):
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()
    if sentence.sentiment is not None:
        verdict = "positive" if sentence.sentiment > 0.5 else "negative"
        yield f"\nsentiment: {sentence.sentiment:.4f} ({verdict})"


def _printable(cell: str) -> str:
    """Return ``cell`` with all that a terminal would act on, or cannot show, written as an escape."""
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in cell)


def _width(cell: str) -> int:
    """Return how many columns of a terminal ``cell`` takes: emoji take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in cell
    )
