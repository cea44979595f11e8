"""CSV and TSV files: the five-column table of sentences, and any table with a header."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.lines import NOTHING, QUOTES, too_long, utf8_lines
from vnlp_colab.pipeline.source import RowChunk, check_columns, empty_file
from vnlp_colab.pipeline.unfit import Unfit

if TYPE_CHECKING:
    import pyarrow as pa

SENTENCE_COLUMNS = ("t_code", "ch_no", "p_no", "s_no", "sentence")

# Only what an integer's own text would be: "007" and "+7" are codes, and stay text.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

_Row = dict[str, str | int | None]


class Record(NamedTuple):
    """A row: its number, its cells, and why it cannot be annotated, where rows may fail."""

    number: int
    cells: list[str]
    fault: str | None = None


class DelimitedSource:
    """A delimited file, read through once to check it and to learn its columns' types.

    A column is of integers if every cell is one exactly as an integer is printed; else it is text.

    Args:
        path: The file.
        columns: Names of the columns.
        text_column: The one to annotate.
        records: Yields the rows from the start of the file.
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
        check_columns(text_column, columns, path, "; has the file no header row?")
        self.path = path
        self.columns = columns
        self.text_column = text_column
        self._records = records
        self.length, self._integers = self._survey({text_column, *codes})
        self.schema = cache(self._schema)

    def chunks(self, size: int) -> Iterator[RowChunk]:
        """Yield the rows, ``size`` at a time."""
        numbers: list[int] = []
        texts: list[str] = []
        rows: list[_Row] = []
        place = self.columns.index(self.text_column)
        for number, cells, fault in self._records():
            if fault is None:
                row: _Row = dict(zip(self.columns, cells, strict=True))
                for name in self._integers:
                    row[name] = int(row[name])  # type: ignore[arg-type]
                texts.append(cells[place])
            else:
                row = self._readable(cells)
                texts.append(Unfit(fault, str(row[self.text_column] or "")))
            numbers.append(number)
            rows.append(row)
            if len(rows) == size:
                yield RowChunk(numbers, texts, rows, self.schema)
                numbers, texts, rows = [], [], []
        if rows:
            yield RowChunk(numbers, texts, rows, self.schema)

    def _readable(self, cells: list[str]) -> _Row:
        """Return what there is to read of a row that is at fault."""
        if len(cells) != len(self.columns):
            return dict.fromkeys(self.columns)
        row: _Row = dict(zip(self.columns, cells, strict=True))
        for name in self._integers:
            row[name] = int(row[name]) if _INTEGER.fullmatch(str(row[name])) else None  # type: ignore[arg-type]
        return row

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema((name, pa.int64() if name in self._integers else pa.string()) for name in self.columns)

    def _survey(self, never: set[str]) -> tuple[int, tuple[str, ...]]:
        """Read the file once: count its rows, and find the columns that hold integers only."""
        maybe = [index for index, name in enumerate(self.columns) if name not in never]
        length = 0
        for number, cells, fault in self._records():
            length += 1
            if fault is not None:
                continue
            if len(cells) != len(self.columns):
                names = ", ".join(self.columns)[:500]
                raise InputError(
                    f"has {_count(len(cells))}, expected {len(self.columns)} ({names})",
                    path=self.path,
                    row=number,
                )
            maybe = [index for index in maybe if _INTEGER.fullmatch(cells[index])]
        return length, tuple(self.columns[index] for index in maybe) if length else ()


def sentence_table(path: Path, rules: Rules | None = None) -> DelimitedSource:
    """Open a TSV file of five columns, without header and without quoting.

    Raises:
        InputError: If it cannot be read, is empty, or a row is malformed.
    """
    own = rules or Rules()
    source = DelimitedSource(path, SENTENCE_COLUMNS, "sentence", lambda: _tab_separated(path, own), codes=("t_code",))
    if source.length == 0:
        raise empty_file(path)
    return source


def table_with_header(path: Path, text_column: str, delimiters: str, rules: Rules | None = None) -> DelimitedSource:
    """Open a delimited file whose first row names the columns.

    The delimiter is the first of ``delimiters`` that finds ``text_column`` in the header. A TSV file in which
    quotes do not pair up is taken to be written without quoting.

    Raises:
        InputError: If it cannot be read, is empty, lacks the column, or a row is malformed.
    """
    own = rules or Rules()
    quoted = delimiters != "\t" or _quotes_pair_up(path, own)
    mark, columns = _header(path, text_column, delimiters, quoted, own)

    def records() -> Iterator[Record]:
        rows = _parsed(path, mark, quoted, own)
        next(rows, None)
        return rows

    return DelimitedSource(path, columns, text_column, records)


def _header(path: Path, text_column: str, delimiters: str, quoted: bool, rules: Rules) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter and the columns; where none has the text column, those of the first delimiter."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for mark in delimiters:
        try:
            _, cells, fault = next(_parsed(path, mark, quoted, rules), Record(0, []))
            if fault is not None:
                raise InputError(fault, path=path, row=1)
        except InputError:
            if not found:
                raise
            continue  # Only the first delimiter has a right to complain: the others are guesses.
        if not cells:
            raise empty_file(path)
        found.append((mark, tuple(cells)))
    return next((pair for pair in found if text_column in pair[1]), found[0])


def _quotes_pair_up(path: Path, rules: Rules) -> bool:
    try:
        for _ in _parsed(path, "\t", quoted=True, rules=rules):
            pass
    except InputError as error:
        if isinstance(error.__cause__, csv.Error):
            return False
        raise
    return True


def _parsed(path: Path, delimiter: str, quoted: bool, rules: Rules) -> Iterator[Record]:
    """Yield the records of a delimited file; blank lines are skipped.

    The parser is strict: a lenient one drops the quotes of ``"Gel" dedi`` without a word.
    """
    # The default refuses cells of more than 131,072 characters, for all the process. Windows has 32 bits for this.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    lines = _Lines(path, quoted, rules)
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    while True:
        start = lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"is malformed: {error}", path=path, row=start) from error
        if cells is None:
            return
        if cells:
            yield Record(start, [] if lines.dropped else cells, lines.fault)


class _Lines:
    """The lines of a file, for a parser that may take many of them for one row.

    Attributes:
        fault: What is wrong with the lines of this row, where rows may fail.
        dropped: Whether one of them was too long to be held.
    """

    def __init__(self, path: Path, quoted: bool, rules: Rules) -> None:
        self.fault: str | None = None
        self.dropped = False
        self._path = path
        self._quoted = quoted
        self._bound = rules.limits.row_bytes
        self._faults: dict[int, str] | None = {} if rules.skips else None
        self._start, self._number, self._held = 1, 0, 0

    def begin(self) -> int:
        """Begin a row, and return its number."""
        self._start, self._held, self.fault, self.dropped = self._number + 1, 0, None, False
        return self._start

    def __iter__(self) -> Iterator[str]:
        for number, line in utf8_lines(self._path, bound=self._bound, faults=self._faults):
            self._number = number
            self._held += len(line)
            if self._held > self._bound:  # as from a quote that nothing closes
                raise too_long(self._path, self._start, self._bound) from csv.Error("a row without an end")
            yield self._noted(line) if self._faults else line

    def _noted(self, line: str) -> str:
        """Take note of what is wrong with a line, and return what the parser is to see of it."""
        reason = self._faults.pop(self._number) if self._faults else None
        self.fault = self.fault or reason
        if self._quoted and line == QUOTES:
            # Where this row ends, and what the next lines are, depends on them.
            fault = csv.Error("a line that is not held, with quotes in it")
            raise InputError(f"{reason}", path=self._path, row=self._start) from fault
        if line not in (QUOTES, NOTHING):
            return line
        self.dropped = True
        return "-" + NOTHING  # a blank one would be no row


def _tab_separated(path: Path, rules: Rules) -> Iterator[Record]:
    """Yield the cells of each line; blank lines are passed over at the end of the file only."""
    blank: list[Record] = []
    faults: dict[int, str] | None = {} if rules.skips else None
    for number, line in utf8_lines(path, SENTENCE_COLUMNS, bound=rules.limits.row_bytes, faults=faults):
        cells = line.removesuffix("\n").removesuffix("\r").split("\t")
        fault = faults.pop(number, None) if faults else None
        if cells == [""] and fault is None:
            blank.append(Record(number, cells))
            continue
        yield from blank
        blank.clear()
        yield Record(number, cells, fault)


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
