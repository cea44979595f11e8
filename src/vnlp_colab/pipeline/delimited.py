"""CSV and TSV files: the five-column table of sentences, and any table with a header."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.lines import utf8_lines
from vnlp_colab.pipeline.source import RowChunk, check_columns, empty_file

if TYPE_CHECKING:
    import pyarrow as pa

SENTENCE_COLUMNS = ("t_code", "ch_no", "p_no", "s_no", "sentence")

# Only what an integer's own text would be: "007" and "+7" are codes, and stay text.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

Record = tuple[int, list[str]]


class DelimitedSource:
    """A delimited file, read through once to check it and to learn its columns' types.

    A column is of integers if every cell is one exactly as an integer is printed; else it is text.

    Args:
        path: The file.
        columns: Names of the columns.
        text_column: The one to annotate.
        records: Yields ``(row number, cells)`` from the start of the file.
        codes: Columns that are text whatever they hold.
    """

    def __init__(
        self,
        path: Path,
        columns: tuple[str, ...],
        text_column: str,
        records: Callable[[], Iterator[Record]],
        codes: tuple[str, ...] = (),
    ) -> None:
        check_columns(text_column, columns, path)
        self.path = path
        self.columns = columns
        self.text_column = text_column
        self._records = records
        self.length, self._integers = self._survey({text_column, *codes})
        self.schema = cache(self._schema)

    def chunks(self, size: int) -> Iterator[RowChunk]:
        """Yield the rows, ``size`` at a time."""
        numbers: list[int] = []
        rows: list[dict[str, str | int]] = []
        for number, cells in self._records():
            row: dict[str, str | int] = dict(zip(self.columns, cells, strict=True))
            for name in self._integers:
                row[name] = int(row[name])
            numbers.append(number)
            rows.append(row)
            if len(rows) == size:
                yield self._chunk(numbers, rows)
                numbers, rows = [], []
        if rows:
            yield self._chunk(numbers, rows)

    def _chunk(self, numbers: list[int], rows: list[dict[str, str | int]]) -> RowChunk:
        return RowChunk(numbers, [str(row[self.text_column]) for row in rows], rows, self.schema)

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema((name, pa.int64() if name in self._integers else pa.string()) for name in self.columns)

    def _survey(self, never: set[str]) -> tuple[int, tuple[str, ...]]:
        """Read the file once: count its rows, and find the columns that hold integers only."""
        maybe = [index for index, name in enumerate(self.columns) if name not in never]
        length = 0
        for number, cells in self._records():
            if len(cells) != len(self.columns):
                names = ", ".join(self.columns)[:500]
                raise InputError(
                    f"has {_count(len(cells))}, expected {len(self.columns)} ({names})",
                    path=self.path,
                    row=number,
                )
            maybe = [index for index in maybe if _INTEGER.fullmatch(cells[index])]
            length += 1
        return length, tuple(self.columns[index] for index in maybe) if length else ()


def sentence_table(path: Path) -> DelimitedSource:
    """Open a TSV file of five columns, without header and without quoting.

    Raises:
        InputError: If it cannot be read, is empty, or a row is malformed.
    """
    source = DelimitedSource(path, SENTENCE_COLUMNS, "sentence", lambda: _tab_separated(path), codes=("t_code",))
    if source.length == 0:
        raise empty_file(path)
    return source


def table_with_header(path: Path, text_column: str, delimiters: str) -> DelimitedSource:
    """Open a delimited file whose first row names the columns.

    The delimiter is the first of ``delimiters`` that finds ``text_column`` in the header. A TSV file in which
    quotes do not pair up is taken to be written without quoting.

    Raises:
        InputError: If it cannot be read, is empty, lacks the column, or a row is malformed.
    """
    quoted = delimiters != "\t" or _quotes_pair_up(path)
    mark, columns = _header(path, text_column, delimiters, quoted)

    def records() -> Iterator[Record]:
        rows = _parsed(path, mark, quoted)
        next(rows, None)
        return rows

    return DelimitedSource(path, columns, text_column, records)


def _header(path: Path, text_column: str, delimiters: str, quoted: bool) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter and the columns; where none has the text column, those of the first delimiter."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for mark in delimiters:
        try:
            _, cells = next(_parsed(path, mark, quoted), (0, []))
        except InputError:
            if not found:
                raise
            continue  # Only the first delimiter has a right to complain: the others are guesses.
        if not cells:
            raise empty_file(path)
        found.append((mark, tuple(cells)))
    return next((pair for pair in found if text_column in pair[1]), found[0])


def _quotes_pair_up(path: Path) -> bool:
    try:
        for _ in _parsed(path, "\t", quoted=True):
            pass
    except InputError as error:
        if isinstance(error.__cause__, csv.Error):
            return False
        raise
    return True


def _parsed(path: Path, delimiter: str, quoted: bool) -> Iterator[Record]:
    """Yield the records of a delimited file; blank lines are skipped.

    The parser is strict: a lenient one drops the quotes of ``"Gel" dedi`` without a word.
    """
    csv.field_size_limit(sys.maxsize)  # The default refuses cells of more than 131,072 characters.
    lines = (line for _, line in utf8_lines(path))
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"is malformed: {error}", path=path, row=start) from error
        if cells is None:
            return
        if cells:
            yield start, cells


def _tab_separated(path: Path) -> Iterator[Record]:
    """Yield the cells of each line; blank lines are passed over at the end of the file only."""
    blank: list[Record] = []
    for number, line in utf8_lines(path, SENTENCE_COLUMNS):
        cells = line.removesuffix("\n").removesuffix("\r").split("\t")
        if cells == [""]:
            blank.append((number, cells))
            continue
        yield from blank
        blank.clear()
        yield number, cells


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
