"""Parquet files, read by record batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.arrays import check_text_type, texts_of
from vnlp_colab.pipeline.lines import reading
from vnlp_colab.pipeline.source import ArrowChunk, check_columns


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
        check_text_type(self._types.field(text_column).type, text_column, path)

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
                texts = texts_of(batch.column(self.text_column), numbers, self.text_column, self.path)
                yield ArrowChunk(numbers, texts, pa.Table.from_batches([batch]), self.path)
                first += batch.num_rows

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
