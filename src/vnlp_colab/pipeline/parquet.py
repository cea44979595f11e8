"""Parquet files, read by record batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.lines import reading
from vnlp_colab.pipeline.source import check_columns


@dataclass(frozen=True, slots=True)
class ArrowChunk:
    """Rows that keep their Arrow types."""

    numbers: range
    texts: Sequence[str | None]
    records: pa.Table

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts of plain Python values."""
        rows: list[dict[str, Any]] = self.records.to_pylist()
        return rows

    def table(self) -> pa.Table:
        """Return the rows as they were read."""
        return self.records


class ParquetSource:
    """A Parquet file. Rows are numbered from 1.

    Args:
        path: The file.
        text_column: The column to annotate: of strings, plain or dictionary-encoded.

    Raises:
        InputError: If the file cannot be read or is not Parquet, or lacks such a column.
    """

    def __init__(self, path: Path, text_column: str) -> None:
        self.path = path
        self.text_column = text_column
        with self._open() as file:
            self._types = file.schema_arrow
            self.length: int = file.metadata.num_rows
        self.columns = tuple(self._types.names)
        check_columns(text_column, self.columns, path)
        found = self._types.field(text_column).type
        if not _is_text(found):
            raise InputError(f"expected text, found the type {found}", path=path, column=text_column)

    def schema(self) -> pa.Schema:
        """Return the file's schema, metadata included."""
        return self._types

    def chunks(self, size: int) -> Iterator[ArrowChunk]:
        """Yield the rows, ``size`` at a time."""
        first = 1
        with self._open() as file:
            batches = file.iter_batches(batch_size=size)
            while True:
                with _reading(self.path):
                    batch = next(batches, None)
                if batch is None:
                    return
                numbers = range(first, first + batch.num_rows)
                texts = self._texts(batch.column(self.text_column), numbers)
                yield ArrowChunk(numbers, texts, pa.Table.from_batches([batch]))
                first += batch.num_rows

    def _texts(self, column: pa.Array, numbers: range) -> list[str | None]:
        try:
            texts: list[str | None] = column.to_pylist()
        except UnicodeDecodeError:
            for number, value in zip(numbers, column, strict=True):
                try:
                    value.as_py()
                except UnicodeDecodeError as error:
                    raise InputError(
                        f"is not valid UTF-8: {error}", path=self.path, row=number, column=self.text_column
                    ) from error
            raise
        return texts

    def _open(self) -> pq.ParquetFile:
        with _reading(self.path):
            return pq.ParquetFile(self.path)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn refusals to read a file, and damage in it, into ``InputError``."""
    with reading(path):
        try:
            yield
        except pa.ArrowInvalid as error:
            raise InputError(f"is not a whole Parquet file: {error}", path=path) from error


def _is_text(found: pa.DataType) -> bool:
    if pa.types.is_dictionary(found):
        found = found.value_type
    return bool(pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_null(found))
