"""Data frames: the only module that knows pandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.columns import TOKENS, cell, check_free, check_tokens
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.side_file import row_errors
from vnlp_colab.pipeline.source import Source
from vnlp_colab.pipeline.unfit import Unfit
from vnlp_colab.results import Sentence
from vnlp_colab.text.normalise import Normalizer
from vnlp_colab.text.tokenise import TreebankWordTokenize

DataFrame = pd.DataFrame

# What the pipeline's column tokens_40 is named after.
_CHUNK = 40


def read(source: Source) -> DataFrame:
    """Return all of a source's rows."""
    return from_rows(source.columns, (row for chunk in source.chunks(4096) for row in chunk.rows()))


def from_rows(names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a frame of the columns ``names``; what a row lacks is ``None``."""
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in rows:
        for name, values in columns.items():
            values.append(row.get(name))
    return DataFrame(columns)


def texts(frame: DataFrame, column: str, rules: Rules | None = None) -> list[str | None]:
    """Return a frame's column of text; what is missing (None, NaN, NA) as ``None``.

    If rows may fail, ``Unfit`` stands for cells that are neither text nor missing.

    Raises:
        InputError: If there is no such column, or a cell is neither, and rows may not fail.
    """
    if column not in frame.columns:
        names = ", ".join(map(str, frame.columns))[:500]
        raise InputError(f"the frame has no such column; its columns are: {names}", column=column)
    cells = frame[column]
    if isinstance(cells, DataFrame):
        raise InputError("the frame has more than one such column", column=column)
    skips = rules is not None and rules.skips
    return [_text(value, position, column, frame, skips) for position, value in enumerate(cells)]


def check_columns(frame: DataFrame, added: Iterable[str]) -> None:
    """Raise ``InputError`` if an added column would overwrite one of the frame's."""
    check_free(frame.columns, added)


def annotated(frame: DataFrame, results: Iterable[Sentence], columns: Sequence[str]) -> DataFrame:
    """Return a copy of ``frame``, its index, columns and dtypes as they are, with the columns added.

    Where rows failed, ``attrs["errors"]`` lists them.
    """
    sentences = list(results)
    if TOKENS in frame.columns:
        check_tokens(list(frame[TOKENS]), sentences, range(len(frame)))
    result = frame.copy()
    for name in columns:
        cells = [cell(sentence, name) for sentence in sentences]
        dtype = "float64" if name == "sentiment" else "object"
        result[name] = pd.Series(cells, index=frame.index, dtype=dtype)
    failed = row_errors(range(len(sentences)), sentences)
    if failed:
        result.attrs["errors"] = [asdict(error) for error in failed]
    return result


def preprocessed(frame: DataFrame, column: str) -> DataFrame:
    """Return a copy of ``frame`` with ``no_accents``, ``tokens`` and ``tokens_40``."""
    values = texts(frame, column)
    tokens = [TreebankWordTokenize(value or "") for value in values]
    added = {
        "no_accents": [None if value is None else Normalizer.remove_accent_marks(value) for value in values],
        "tokens": tokens,
        "tokens_40": [[row[i : i + _CHUNK] for i in range(0, len(row), _CHUNK)] for row in tokens],
    }
    result = frame.copy()
    for name, cells in added.items():
        result[name] = pd.Series(cells, index=frame.index, dtype="object")
    return result


def _text(value: Any, position: int, column: str, frame: DataFrame, skips: bool) -> str | None:
    if isinstance(value, str):
        return value
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    label = frame.index[position]
    reason = f"expected text, found {type(value).__name__} {value!r:.60} (index label {label!r})"
    if skips:
        return Unfit(reason)
    raise InputError(reason, row=position, column=column)
