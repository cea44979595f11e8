"""Tables that are read in chunks, so that memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vnlp_colab.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa


# How many columns a message names, and how many characters of each.
_NAMES = 12
_LONGEST_NAME = 30


class Chunk(Protocol):
    """Some successive rows of a table."""

    @property
    def numbers(self) -> Sequence[int]:
        """The rows' numbers in the file, as error messages give them."""

    @property
    def texts(self) -> Sequence[str | None]:
        """The rows' cells of the text column."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts of plain Python values."""

    def table(self) -> pa.Table:
        """Return the rows as an Arrow table of the source's schema."""


class Source(Protocol):
    """A table in a file. Whoever holds one knows that the file can be read to its end.

    Attributes:
        path: The file; ``None`` where the rows come from elsewhere.
        columns: The names of its columns.
        text_column: The one to annotate.
        length: The number of its rows.
    """

    columns: tuple[str, ...]
    text_column: str
    length: int

    @property
    def path(self) -> Path | None:
        """The file, or ``None``."""

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows, ``size`` at a time."""

    def schema(self) -> pa.Schema:
        """Return the Arrow types of the columns."""


class AroundSource:
    """A table that is another one, but for what its subclass adds.

    Args:
        source: The other one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.columns = source.columns
        self.text_column = source.text_column
        self.length = source.length

    @property
    def path(self) -> Path | None:
        """The file, or ``None``."""
        return self._source.path

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows, ``size`` at a time."""
        return self._source.chunks(size)

    def schema(self) -> pa.Schema:
        """Return the Arrow types of the columns."""
        return self._source.schema()


@dataclass(frozen=True, slots=True)
class RowChunk:
    """Rows of a format without types of its own."""

    numbers: Sequence[int]
    texts: Sequence[str | None]
    records: list[dict[str, Any]]
    schema: Callable[[], pa.Schema]

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts."""
        return self.records

    def table(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_pylist(self.records, schema=self.schema())


@dataclass(frozen=True, slots=True)
class ArrowChunk:
    """Rows that keep their Arrow types.

    Attributes:
        numbers: Their numbers, for messages.
        texts: Their texts.
        records: The rows.
        path: The file, for messages.
    """

    numbers: range
    texts: Sequence[str | None]
    records: pa.Table
    path: Path | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dicts of plain Python values.

        Raises:
            InputError: If a value has none; it names the row and the column.
        """
        from vnlp_colab.pipeline.arrays import values_of

        names = self.records.column_names
        columns = [values_of(self.records.column(name), self.numbers, name, self.path) for name in names]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]

    def table(self) -> pa.Table:
        """Return the rows as they were read."""
        return self.records


def check_columns(text_column: str, columns: Sequence[str], path: Path, hint: str = "") -> None:
    """Raise ``InputError`` unless the text column is one of ``columns``, and no name stands twice.

    Args:
        text_column: The column to annotate.
        columns: Those that there are.
        path: The file.
        hint: What else to say where the column is missing.
    """
    if text_column not in columns:
        reason = f"there is no such column; the columns are: {_listed(columns)}{hint}"
        raise InputError(reason, path=path, column=text_column)
    seen: set[str] = set()
    for name in columns:
        if name in seen:
            raise InputError("two columns have this name", path=path, column=name)
        seen.add(name)


def _listed(columns: Sequence[str]) -> str:
    """Return names for a message: the first ones, and the beginning of those that are whole texts."""
    shown = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in columns[:_NAMES]]
    more = [f"and {len(columns) - _NAMES} more"] if len(columns) > _NAMES else []
    return ", ".join(shown + more)


def empty_file(path: Path) -> InputError:
    """Return the error for a file that holds nothing at all."""
    return InputError("the file is empty", path=path)
