"""Parquet files, read by record batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.arrays import check_text_type, texts_of
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.lines import reading
from vnlp_colab.pipeline.source import ArrowChunk, check_columns
from vnlp_colab.pipeline.unfit import Unfit

# What Arrow raises over damage: types that there are none of, members that are missing, names that are not UTF-8, and
# all that it sees at once.
_REFUSALS = (
    *(pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError, pa.ArrowIndexError),
    UnicodeError,
)


class ParquetSource:
    """A Parquet file. Rows are numbered from 1.

    Args:
        path: The file.
        text_column: The column to annotate: of strings, plain or dictionary-encoded.
        rules: Whether rows that cannot be read may fail, and how large texts may be. The format's pages are held
            whole, whatever is in them.

    Raises:
        InputError: If the file cannot be read or is not Parquet, or lacks such a column.
    """

    def __init__(self, path: Path, text_column: str, rules: Rules | None = None) -> None:
        self.path = path
        self._rules = rules
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
        """Yield the rows, ``size`` at a time.

        Raises:
            InputError: If the file is damaged, or a cell is not UTF-8.
        """
        first = 1
        with self._open() as file:
            batches = file.iter_batches(batch_size=size)
            while True:
                with _reading(self.path):
                    batch = next(batches, None)
                if batch is None:
                    break
                numbers = range(first, first + batch.num_rows)
                texts = texts_of(batch.column(self.text_column), numbers, self.text_column, self.path, self._rules)
                yield ArrowChunk(numbers, texts, self._readable(batch, texts), self.path)
                first += batch.num_rows
        if first - 1 != self.length:
            # Arrow notices no damage to the counts.
            raise InputError(
                f"is not a whole Parquet file: it has {first - 1} rows, and says that it has {self.length}",
                path=self.path,
            )

    def _readable(self, batch: pa.RecordBatch, texts: list[str | None]) -> pa.Table:
        """Return the rows, those that are at fault with what there is to read of their texts."""
        rows = pa.Table.from_batches([batch])
        if Unfit not in map(type, texts):
            return rows
        place = self.columns.index(self.text_column)
        field = self._types.field(place)
        cells = [text.cell if isinstance(text, Unfit) else text for text in texts]
        return rows.set_column(place, field, pa.array(cells, field.type))

    def _open(self) -> pq.ParquetFile:
        with _reading(self.path):
            return pq.ParquetFile(self.path)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn refusals to read a file, and damage in it, into ``InputError``."""
    with reading(path):
        try:
            yield
        except _REFUSALS as error:
            raise InputError(f"is not a whole Parquet file: {error}", path=path) from error
