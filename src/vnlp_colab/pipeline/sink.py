"""Annotated tables that are written in chunks, and appear under their name only when they are whole."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from vnlp_colab.errors import InputError, StorageError, VNLPError
from vnlp_colab.pipeline.columns import arrow_array, arrow_fields, cell, check_free, check_tokens
from vnlp_colab.pipeline.source import Chunk, Source
from vnlp_colab.results import Sentence
from vnlp_colab.store.atomic import publish_file

# Rows that go into one row group: larger groups compress and read better, and all of it is held in memory.
_ROWS_IN_GROUP = 8192


class _Format(Protocol):
    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        """Write some rows with their annotation."""

    def close(self) -> None:
        """Write what is outstanding; the stream stays open."""

    def discard(self) -> None:
        """Give up: the stream is about to be closed. Called after ``close`` too."""


@contextlib.contextmanager
def open_sink(path: str | Path, source: Source, columns: Sequence[str]) -> Iterator[Sink]:
    """Open ``path`` for the rows of ``source`` and the added ``columns``; the suffix chooses the format.

    The rows go to a temporary file beside ``path``, which takes its name when the block ends without an
    error. After an error, and after Ctrl-C, what stood under the name before stands there still.

    Raises:
        InputError: If the format is not known, the folder is missing, or a column is already there.
        StorageError: If it cannot be written, as on a full disk.
    """
    target = check_output(path)
    check_free(source.columns, columns, source.path)
    partial = target.with_name(f".vnlp-colab-{secrets.token_hex(6)}.partial")
    with contextlib.ExitStack() as stack:
        with _writing(target):
            stream = partial.open("xb")
        stack.callback(partial.unlink, missing_ok=True)
        stack.callback(_close_quietly, stream)
        with _writing(target):
            output = _FORMATS[target.suffix.lower()](stream, source, columns)
        stack.callback(output.discard)
        yield Sink(output, source, columns, target)
        with _writing(target):
            output.close()
            stream.close()
            publish_file(partial, target)


def check_output(path: str | Path) -> Path:
    """Return the file that an output path stands for, links followed.

    Raises:
        InputError: If its suffix is not known, its folder is missing, or it is a folder itself.
    """
    target = Path(os.path.realpath(path))
    if target.suffix.lower() not in _FORMATS:
        raise InputError(
            f"files of type {target.suffix or '(none)'!r} are not written; known: {', '.join(_FORMATS)}",
            path=path,
        )
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {str(target.parent)!r}; create it first", path=path)
    if target.is_dir():
        raise InputError("is a folder, not a file", path=path)
    return target


class Sink:
    """An open output. Its refusals name the file, and it never overwrites a column of the user's."""

    def __init__(self, output: _Format, source: Source, columns: Sequence[str], target: Path) -> None:
        self._output = output
        self._source = source
        self._compare = set(source.columns) & set(columns)
        self._target = target

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        """Write some rows with their annotation.

        Raises:
            InputError: If a column ``tokens`` is there already, and holds other tokens.
            StorageError: If it cannot be written.
        """
        for name in self._compare:
            present = [row.get(name) for row in chunk.rows()]
            check_tokens(present, sentences, chunk.numbers, self._source.path)
        with _writing(self._target):
            self._output.write(chunk, sentences)


class _Parquet:
    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._kept = [name for name in source.columns if name not in columns]
        self._added = arrow_fields(columns)
        given = source.schema()
        fields = [given.field(name) for name in self._kept] + self._added
        self._schema = pa.schema(fields, metadata=given.metadata)
        self._writer = pq.ParquetWriter(stream, self._schema)
        self._held: list[Any] = []

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        import pyarrow as pa

        table = chunk.table()
        arrays = [table.column(name) for name in self._kept]
        arrays += [arrow_array(field, sentences) for field in self._added]
        self._held.append(pa.table(arrays, schema=self._schema))
        if sum(part.num_rows for part in self._held) >= _ROWS_IN_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._held:
            self._writer.write_table(pa.concat_tables(self._held))
            self._held.clear()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def discard(self) -> None:
        # An open writer writes its footer when it is garbage, and would complain of the closed stream.
        self._writer.is_open = False


class _JsonLines:
    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = columns

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        lines = []
        for row, sentence in zip(chunk.rows(), sentences, strict=True):
            added = {name: cell(sentence, name) for name in self._columns}
            lines.append(_json({**row, **added}) + "\n")
        self._stream.write("".join(lines).encode())

    def close(self) -> None:
        self._stream.flush()

    def discard(self) -> None:
        pass


class _Csv:
    """Comma-separated values with a header; lists, and all that is not plain, as JSON."""

    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = columns
        self._header = list(dict.fromkeys((*source.columns, *columns)))
        self._write([self._header])

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        records = []
        for row, sentence in zip(chunk.rows(), sentences, strict=True):
            values = {**row, **{name: cell(sentence, name) for name in self._columns}}
            records.append([_plain(values.get(name)) for name in self._header])
        self._write(records)

    def _write(self, records: list[list[Any]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(records)
        self._stream.write(text.getvalue().encode())

    def close(self) -> None:
        self._stream.flush()

    def discard(self) -> None:
        pass


_FORMATS: dict[str, type[_Parquet] | type[_Csv] | type[_JsonLines]] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
}


def _json(value: Any) -> str:
    """Return ``value`` as JSON; what JSON has no form for (dates, decimals) as its text, NaN as null."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_described, allow_nan=False)
    except ValueError:
        return json.dumps(_without_nan(value), ensure_ascii=False, default=_described)


def _described(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    return [_without_nan(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return _json(value) if isinstance(value, list | tuple | dict) else value


def _close_quietly(stream: IO[bytes]) -> None:
    # On a full disk closing fails once more, and would hide the first error.
    with contextlib.suppress(OSError):
        stream.close()


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn the operating system's errors into ``StorageError`` that names the file."""
    try:
        yield
    except VNLPError:
        raise
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror or error}") from error
