"""Arrow tables, record batches, and streams of them: the columns that they come with are not copied."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.arrays import check_text_type, texts_of, values_of
from vnlp_colab.pipeline.columns import TOKENS, arrow_array, arrow_fields, check_free, check_tokens
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.resumable import TextSource
from vnlp_colab.pipeline.runner import Runs
from vnlp_colab.pipeline.side_file import SHOWN, row_errors
from vnlp_colab.pipeline.source import ArrowChunk
from vnlp_colab.pipeline.streaming import ROWS_IN_CHUNK, Feed
from vnlp_colab.results import Sentence

_LOG = logging.getLogger("vnlp_colab")


def texts(table: pa.Table | pa.RecordBatch, column: str, rules: Rules | None = None) -> list[str | None]:
    """Return a table's column of text; nulls as ``None``, and ``Unfit`` for cells that are no text if rows may fail.

    Raises:
        InputError: If there is no such column, more than one, or it is not of text.
    """
    check_text_column(table.schema, column)
    return texts_of(table.column(column), range(table.num_rows), column, rules=rules)


def check_columns(table: pa.Table | pa.RecordBatch, added: Iterable[str]) -> None:
    """Raise ``InputError`` if an added column would overwrite one of the table's."""
    check_free(table.schema.names, added)


def annotated(
    table: pa.Table | pa.RecordBatch, sentences: Iterable[Sentence], columns: Sequence[str]
) -> pa.Table | pa.RecordBatch:
    """Return the table with the columns added; metadata and types stay, and so does a column ``tokens`` that it has."""

    def tokens(first: int, count: int) -> list[Any]:
        return values_of(table.column(TOKENS).slice(first, count), range(first, first + count), TOKENS)

    added = new_columns(sentences, columns, tokens if TOKENS in table.schema.names else None)
    schema = _extended(table.schema, added.schema)
    if isinstance(table, pa.RecordBatch):
        arrays = [_whole(column) for column in added.columns]
        return pa.RecordBatch.from_arrays([*table.columns, *arrays], schema=schema)
    return pa.Table.from_arrays([*table.columns, *added.columns], schema=schema)


def new_columns(
    sentences: Iterable[Sentence],
    columns: Sequence[str],
    tokens: Callable[[int, int], list[Any]] | None = None,
    offset: int = 0,
) -> pa.Table:
    """Return the columns that annotation adds, made while the results come.

    Args:
        sentences: The results.
        columns: The columns.
        tokens: Where a column ``tokens`` is there already: returns a number of its cells from a row on. It must have
            the same tokens, and none is added.
        offset: How many rows come before these; the log of rows without results counts them.

    Raises:
        InputError: If it has others; it names the row's place among these.
    """
    fields = arrow_fields(name for name in columns if tokens is None or name != TOKENS)
    parts: list[list[pa.Array]] = [[] for _ in fields]
    failed = _Failed()
    rest = iter(sentences)
    first = 0
    while some := list(islice(rest, ROWS_IN_CHUNK)):
        numbers = range(first, first + len(some))
        if tokens is not None:
            check_tokens(tokens(first, len(some)), some, numbers)
        for field, arrays in zip(fields, parts, strict=True):
            arrays.append(arrow_array(field, some))
        failed.add(range(offset + first, offset + numbers.stop), some)
        first = numbers.stop
    failed.tell()
    arrays = [pa.chunked_array(arrays, type=field.type) for field, arrays in zip(fields, parts, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def lazily(
    runner: Runs, batches: object, columns: Sequence[str], *, batch_size: int, text_column: str
) -> pa.RecordBatchReader:
    """Annotate a stream of record batches as its results are drawn, in memory that does not grow with its length.

    Args:
        runner: The models.
        batches: A reader, anything with Arrow's stream interface (``__arrow_c_stream__``), or record batches.
        columns: The columns to add.
        batch_size: How many rows the models are handed at once.
        text_column: The column to annotate.

    Returns:
        A reader that gives a batch for each that has rows.

    Raises:
        InputError: If it is no such stream, has no such column, or one of the columns is there already; while it is
            drawn, if a row is at fault. Rows are counted from 0.
    """
    reader = _reader(batches)
    check_text_column(reader.schema, text_column)
    check_free(reader.schema.names, columns)
    fields = arrow_fields(name for name in columns if name not in reader.schema.names)
    schema = _extended(reader.schema, pa.schema(fields))
    return pa.RecordBatchReader.from_batches(schema, _annotate(runner, reader, schema, fields, batch_size, text_column))


def check_text_column(schema: pa.Schema, column: str) -> None:
    """Raise ``InputError`` unless there is one such column, and it is of text."""
    places = schema.get_all_field_indices(column)
    if len(places) != 1:
        names = ", ".join(schema.names)[:500]
        reason = "there is more than one such column" if places else "there is no such column"
        raise InputError(f"{reason}; the columns are: {names}", column=column)
    check_text_type(schema.field(column).type, column)


def _annotate(
    runner: Runs,
    reader: pa.RecordBatchReader,
    schema: pa.Schema,
    fields: Sequence[pa.Field],
    batch_size: int,
    text: str,
) -> Iterator[pa.RecordBatch]:
    waiting: deque[pa.RecordBatch] = deque()
    feed = Feed(TextSource((), text), _chunks(reader, text, waiting, runner.rules))
    parts: list[list[pa.Array]] = [[] for _ in fields]
    failed = _Failed()
    rows = 0
    for chunk, results in feed.zip(runner.run(feed.texts(), batch_size, None, feed.number)):
        if TOKENS in reader.schema.names:
            tokens = values_of(chunk.table().column(TOKENS), chunk.numbers, TOKENS)
            check_tokens(tokens, results, chunk.numbers)
        for field, arrays in zip(fields, parts, strict=True):
            arrays.append(arrow_array(field, results))
        failed.add(chunk.numbers, results)
        rows += len(results)
        if rows == waiting[0].num_rows:
            added = [pa.concat_arrays(arrays) for arrays in parts]
            parts, rows = [[] for _ in fields], 0
            yield pa.RecordBatch.from_arrays([*waiting.popleft().columns, *added], schema=schema)
    failed.tell()


def _chunks(
    batches: Iterable[pa.RecordBatch], text: str, waiting: deque[pa.RecordBatch], rules: Rules
) -> Iterator[ArrowChunk]:
    """Cut batches into chunks; each batch waits until all its results are there."""
    first = 0
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
        for start in range(0, batch.num_rows, ROWS_IN_CHUNK):
            part = batch.slice(start, ROWS_IN_CHUNK)
            numbers = range(first, first + part.num_rows)
            try:
                found = texts_of(part.column(text), numbers, text, rules=rules)
            except InputError as error:
                # Without its row as a fact: the feed would take that for a position among the texts that it has.
                raise InputError(f"row {error.row} {error.reason}", column=text) from error
            yield ArrowChunk(numbers, found, pa.Table.from_batches([part]))
            first = numbers.stop


def _reader(batches: Any) -> pa.RecordBatchReader:
    if isinstance(batches, pa.RecordBatchReader):
        return batches
    if isinstance(batches, pa.RecordBatch):
        return pa.RecordBatchReader.from_batches(batches.schema, [batches])
    if isinstance(batches, pa.Table):
        return batches.to_reader()
    if hasattr(batches, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(batches)
    if isinstance(batches, str | bytes) or not isinstance(batches, Iterable):
        raise InputError(f"expected a stream of Arrow record batches, found {type(batches).__name__}")
    rest = iter(batches)
    first = next(rest, None)
    if first is None:
        raise InputError("there is no record batch, and so no schema: for what may be empty, give a RecordBatchReader")
    schema = _checked(0, first, None).schema
    others = (_checked(place, batch, schema) for place, batch in enumerate(rest, 1))
    return pa.RecordBatchReader.from_batches(schema, chain([first], others))


def _checked(place: int, batch: Any, schema: pa.Schema | None) -> pa.RecordBatch:
    if not isinstance(batch, pa.RecordBatch):
        raise InputError(f"item {place} of the stream is no pyarrow.RecordBatch but a {type(batch).__name__}")
    if schema is not None and not batch.schema.equals(schema):
        raise InputError(f"record batch {place} has other columns or types than the first one")
    return batch


def _extended(schema: pa.Schema, added: pa.Schema) -> pa.Schema:
    for field in added:
        schema = schema.append(field)
    return schema


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)


class _Failed:
    """Rows without results, which a table has no place to list."""

    def __init__(self) -> None:
        self._count = 0
        self._first: list[str] = []

    def add(self, numbers: Sequence[int], sentences: Sequence[Sentence]) -> None:
        """Take in some rows."""
        found = row_errors(numbers, sentences)
        self._count += len(found)
        self._first += [f"row {row.index}: {row.error}: {row.message}" for row in found[: SHOWN - len(self._first)]]

    def tell(self) -> None:
        """Log how many there were, and the first of them."""
        if self._count:
            _LOG.warning("%d rows have no results; the first of them: %s", self._count, "; ".join(self._first))
