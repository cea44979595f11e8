"""How annotated texts are written to stdout: one layer for all commands that write them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vnlp_colab.cli import layout

if TYPE_CHECKING:
    from vnlp_colab.results import Sentence


class Format(StrEnum):
    """A form of output."""

    TABLE = "table"
    JSONL = "jsonl"
    CONLLU = "conllu"
    TSV = "tsv"


class PageFormat(StrEnum):
    """A form of output, pictures among them."""

    TABLE = "table"
    JSONL = "jsonl"
    CONLLU = "conllu"
    TSV = "tsv"
    HTML = "html"
    SVG = "svg"


# Cells of a line that tabs part; what would part them once more is written as an escape.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_LABELS = ("lemma", "morph", "pos", "feats", "ner", "dep")


class Writer:
    """Turns annotated texts, one after another, into what is printed of them.

    Args:
        form: ``table``: aligned columns for people, a blank line between two texts; ``jsonl``: an object a text;
            ``conllu``: a block a text, texts without tokens left out; ``tsv``: a header, then a line a token, or a
            line a text where tokens have no labels.
        columns: What the pipeline finds, as it names it.
    """

    def __init__(self, form: str, columns: Sequence[str]) -> None:
        self._lines = {"table": self._table, "jsonl": self._json, "conllu": self._conllu, "tsv": self._tsv}[form]
        # Analyses say what the features are, where no model for these runs.
        found = {*columns, "feats"} if "morph" in columns else set(columns)
        self._labels = [name for name in _LABELS if name in found]
        self._sentiment = "sentiment" in columns
        self._number = 0

    def text(self, sentences: Iterable[Sentence]) -> str:
        """What is printed of the next texts, line ends included."""
        parts = []
        for sentence in sentences:
            self._number += 1
            parts += [f"{line}\n" for line in self._lines(sentence)]
        return "".join(parts)

    def _table(self, sentence: Sentence) -> Iterator[str]:
        if not self._labels and self._sentiment:
            score = "-" if sentence.sentiment is None else layout.sentiment(sentence.sentiment)
            yield f"{score}  {layout.printable(sentence.text)}"
            return
        if self._number > 1:
            yield ""
        yield from layout.table(sentence)

    def _json(self, sentence: Sentence) -> Iterator[str]:
        yield json_line(sentence.to_dict())

    def _conllu(self, sentence: Sentence) -> Iterator[str]:
        from vnlp_colab.pipeline.conllu import conllu_block

        if sentence.tokens:
            yield conllu_block(sentence, str(self._number)).removesuffix("\n")

    def _tsv(self, sentence: Sentence) -> Iterator[str]:
        score = "" if sentence.sentiment is None else f"{sentence.sentiment:.6f}"
        scores = [score] if self._sentiment else []
        if self._number == 1:
            names = ["head\tdeprel" if name == "dep" else name for name in self._labels]
            names = ["index", "token", *names] if names else ["text"]
            yield "\t".join(["text_no", *names, *(["sentiment"] if self._sentiment else [])])
        if not self._labels:
            yield tsv_line([str(self._number), sentence.text, *scores])
            return
        rows = zip(sentence.tokens, *(_cells(sentence, name) for name in self._labels), strict=True)
        for index, (token, *cells) in enumerate(rows, 1):
            yield tsv_line([str(self._number), str(index), token, *(part for cell in cells for part in cell), *scores])


def _cells(sentence: Sentence, name: str) -> Iterable[tuple[str, ...]]:
    """A label of every token: one cell, or head and relation."""
    if name == "dep":
        return [(str(head), relation) for head, relation in sentence.dep or ()]
    return [(value,) for value in getattr(sentence, name) or ()]


def write(text: str) -> None:
    """Write to stdout at once, in UTF-8 wherever this runs; half of a surrogate pair, which is no text, escaped."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def json_line(value: Any) -> str:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False)


def tsv_line(cells: Iterable[str]) -> str:
    r"""Cells parted by tabs; tabs and line ends inside them are written ``\t`` and ``\n``."""
    return "\t".join(cell.translate(_ESCAPES) for cell in cells)
