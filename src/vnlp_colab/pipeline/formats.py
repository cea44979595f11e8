"""The formats of annotated tables: each writes rows as they come to a stream that is open already."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any, Protocol

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.columns import arrow_array, arrow_fields, cell
from vnlp_colab.pipeline.conllu import Blocks
from vnlp_colab.pipeline.source import Chunk, Source
from vnlp_colab.results import Sentence

# Rows that go into one row group: larger groups compress and read better, and all of it is held in memory.
_ROWS_IN_GROUP = 8192


class Format(Protocol):
    """A format's writer. It is made of the open stream, the table that is annotated, and the columns to add."""

    @property
    def left_out(self) -> int:
        """How many rows it has no form for, and so did not write."""

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        """Write some rows with their annotation."""

    def close(self) -> None:
        """Write what is outstanding; the stream stays open."""

    def discard(self) -> None:
        """Give up: the stream is about to be closed. Called after ``close`` too."""


class _Parquet:
    left_out = 0

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
    left_out = 0

    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        self._stream = stream
        self._columns = columns

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        rows = zip(chunk.rows(), sentences, strict=True)
        self._stream.write("".join(json_line(row, sentence, self._columns) for row, sentence in rows).encode())

    def close(self) -> None:
        self._stream.flush()

    def discard(self) -> None:
        pass


class _Csv:
    """Comma-separated values with a header; lists, and all that is not plain, as JSON."""

    left_out = 0

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


class _Conllu:
    """Sentences with their tokens; a row without tokens has no form there, and is counted in a comment.

    Sentences are named after their rows, but those of a CoNLL-U file, which have names.
    """

    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        self._stream = stream
        self._named = source.path is not None and source.path.suffix.lower() == ".conllu"
        self._left_out = {source.text_column, *columns, *(["sent_id"] if self._named else [])}
        self._sentences = Blocks()

    @property
    def left_out(self) -> int:
        return self._sentences.left_out

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        parts = []
        for number, row, sentence in zip(chunk.numbers, chunk.rows(), sentences, strict=True):
            kept = {name: value for name, value in row.items() if name not in self._left_out and value is not None}
            comments = {name: str(_plain(value)) for name, value in kept.items()}
            name = (row.get("sent_id") if self._named else None) or str(number)
            parts.append(self._sentences.add(sentence, name, comments))
        self._stream.write("".join(parts).encode())

    def close(self) -> None:
        self._stream.write(self._sentences.end().encode())
        self._stream.flush()

    def discard(self) -> None:
        pass


class _Pickle:
    """The data frame that ``VNLPipeline.run`` returns. It is made at the end: until then all rows are held."""

    left_out = 0

    def __init__(self, stream: IO[bytes], source: Source, columns: Sequence[str]) -> None:
        self._stream = stream
        self._names = source.columns
        self._columns = columns
        self._rows: list[dict[str, Any]] = []
        self._sentences: list[Sentence] = []

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        self._rows.extend(chunk.rows())
        self._sentences.extend(sentences)

    def close(self) -> None:
        from vnlp_colab.pipeline import frame

        rows = frame.from_rows(self._names, self._rows)
        frame.annotated(rows, self._sentences, self._columns).to_pickle(self._stream)
        self._stream.flush()

    def discard(self) -> None:
        self._rows.clear()


def json_line(row: Mapping[str, Any], sentence: Sentence, columns: Iterable[str]) -> str:
    """Return a row of a table with its annotation as a line of JSON Lines.

    Besides the columns it has the tokens' places in the text (``spans``), the entities as spans of tokens and
    characters if one of the columns is ``ner``, and the probabilities if there are any.

    Raises:
        InputError: If the row has such a member already, and with another value.
    """
    added = {name: cell(sentence, name) for name in columns}
    if sentence.failure is None:
        everything = sentence.to_dict()
        wanted = ("spans", *(("entities",) if "ner" in added else ()), "probabilities")
        more = {name: everything[name] for name in wanted if name in everything}
        for name, value in more.items():
            if name in row and row[name] != value:
                raise InputError("the annotation would overwrite this member; rename it", column=name)
        added.update(more)
    return _json({**row, **added}) + "\n"


def _json(value: Any) -> str:
    """Return ``value`` as JSON; what JSON has no form for (dates, decimals) as its text, NaN as null.

    Raises:
        InputError: If it is nested too deeply.
    """
    try:
        try:
            return json.dumps(value, ensure_ascii=False, default=_described, allow_nan=False)
        except ValueError:
            return json.dumps(_without_nan(value), ensure_ascii=False, default=_described)
    except RecursionError as error:
        raise InputError("its lists and objects are nested too deeply to be written; leave them out") from error


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


# By suffix.
FORMATS: dict[str, Callable[[IO[bytes], Source, Sequence[str]], Format]] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".conllu": _Conllu,
    ".pkl": _Pickle,
}
