"""Polars frames: the only module that knows Polars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl
import pyarrow as pa

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.arrow import new_columns
from vnlp_colab.pipeline.columns import TOKENS, check_free
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.runner import Runs
from vnlp_colab.results import Sentence
from vnlp_colab.runtime.forking import ForkLock

_ROW = "_vnlp_colab_row"
"""What the column is called, if no other one is, that numbers a lazy frame's rows until they are annotated."""


def texts(frame: pl.DataFrame, column: str, rules: Rules | None = None) -> list[str | None]:
    """Return a frame's column of text; nulls as ``None``. Any cell of it can be read, whatever the rules.

    Raises:
        InputError: If there is no such column, or it is not of text.
    """
    _check_text_column(frame.schema, column)
    cells: list[str | None] = frame.get_column(column).to_list()
    return cells


def check_columns(frame: pl.DataFrame, added: Iterable[str]) -> None:
    """Raise ``InputError`` if an added column would overwrite one of the frame's."""
    check_free(frame.columns, added)


def annotated(
    frame: pl.DataFrame, sentences: Iterable[Sentence], columns: Sequence[str], offset: int = 0
) -> pl.DataFrame:
    """Return the frame with the columns added; a column ``tokens`` that it has stays.

    Args:
        frame: The frame, or a part of one.
        sentences: The results.
        columns: The columns to add.
        offset: How many rows come before it; the log of rows without results counts them.
    """
    own = frame.get_column(TOKENS) if TOKENS in frame.columns else None
    cells = None if own is None else lambda first, count: own.slice(first, count).to_list()
    return frame.hstack(_frame(new_columns(sentences, columns, cells, offset)))


def lazily(
    runner: Runs, frame: pl.LazyFrame, columns: Sequence[str], *, batch_size: int, text_column: str
) -> pl.LazyFrame:
    """Annotate a lazy frame when it is collected, part by part where Polars streams it.

    Raises:
        InputError: If it has no such column of text, or one of the columns is there already.
    """
    schema = frame.collect_schema()
    _check_text_column(schema, text_column)
    check_free(schema.names(), columns)
    added = new_columns((), [name for name in columns if name not in schema.names()])
    numbers = _ROW
    while numbers in schema:
        numbers += "_"
    lock = ForkLock()

    def annotate(numbered: pl.DataFrame) -> pl.DataFrame:
        # A part's rows follow one another, but parts may come in any order.
        offset = int(numbered.item(0, numbers)) if numbered.height else 0
        part = numbered.drop(numbers)
        # The models use all threads that they may: parts that Polars hands over side by side take turns.
        try:
            with lock:
                found = runner.run(texts(part, text_column), batch_size, number=lambda place: offset + place)
                return annotated(part, found, columns, offset)
        except InputError as error:
            if error.row is None:
                raise
            raise InputError(error.reason, row=offset + error.row, column=error.column) from error

    return frame.with_row_index(numbers).map_batches(
        annotate,
        schema={**schema, **_frame(added).schema},
        # Polars cannot know which columns are read and which ones made here.
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
        streamable=True,
    )


def _check_text_column(schema: pl.Schema, column: str) -> None:
    if column not in schema:
        raise InputError(
            f"the frame has no such column; its columns are: {', '.join(schema.names())[:500]}", column=column
        )
    if schema[column] not in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        raise InputError(f"expected text, found the type {schema[column]}", column=column)


def _frame(table: pa.Table) -> pl.DataFrame:
    made = pl.from_arrow(table)
    if isinstance(made, pl.Series):
        raise TypeError("Polars makes a frame of a table")
    return made
