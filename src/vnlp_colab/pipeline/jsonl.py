"""JSON Lines files: one object a line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.lines import utf8_lines
from vnlp_colab.pipeline.source import RowChunk, check_columns, empty_file
from vnlp_colab.pipeline.unfit import Unfit

if TYPE_CHECKING:
    import pyarrow as pa

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_INFINITE = (float("inf"), float("-inf"))
_ROWS_FOR_TYPES = 4096
# Nesting that a row may have: what writes it again calls itself at each level, and must not run out of stack.
_DEEPEST = 100


class JsonLinesSource:
    """A JSON Lines file, read through once to check it and to learn its columns.

    Args:
        path: The file.
        text_column: The member to annotate: text or null in every object.
        rules: Whether rows may fail, and how large they may be.

    Raises:
        InputError: If the file cannot be read, is empty, or a row is malformed and may not fail.
    """

    def __init__(self, path: Path, text_column: str, rules: Rules | None = None) -> None:
        self.path = path
        self._rules = rules or Rules()
        self.text_column = text_column
        self.length = 0
        columns: dict[str, None] = {}
        lacking: int | None = None
        for number, row, text in self._records():
            if text_column not in row and not isinstance(text, Unfit):
                lacking = lacking or number
            self.length += 1
            columns.update(dict.fromkeys(row))
        if self.length == 0:
            raise empty_file(path)
        self.columns = tuple(columns)
        check_columns(text_column, self.columns, path)
        if lacking is not None:
            raise InputError("the row has no such member", path=path, row=lacking, column=text_column)
        self.schema = cache(self._schema)

    def chunks(self, size: int) -> Iterator[RowChunk]:
        """Yield the rows, ``size`` at a time."""
        numbers: list[int] = []
        texts: list[str | None] = []
        rows: list[dict[str, Any]] = []
        for number, row, text in self._records():
            numbers.append(number)
            texts.append(text)
            rows.append(row)
            if len(rows) == size:
                yield RowChunk(numbers, texts, rows, self.schema)
                numbers, texts, rows = [], [], []
        if rows:
            yield RowChunk(numbers, texts, rows, self.schema)

    def _records(self) -> Iterator[tuple[int, dict[str, Any], str | None]]:
        """Yield the rows' numbers, the rows, and their texts."""
        name, path = self.text_column, self.path
        faults: dict[int, str] | None = {} if self._rules.skips else None
        for number, line in utf8_lines(path, bound=self._rules.limits.row_bytes, faults=faults):
            if faults and number in faults:
                yield number, *self._readable(line, number, faults.pop(number))
            elif line.strip():
                try:
                    row = parse_row(line, number, path)
                    text = row.get(name)
                    check_text(text, name, path, number)
                    if text is None and faults is not None and name not in row:
                        raise InputError("the row has no such member")
                except InputError as error:
                    if faults is None:
                        raise
                    yield number, *self._readable(line, number, error.reason)
                else:
                    yield number, row, text

    def _readable(self, line: str, number: int, reason: str) -> tuple[dict[str, Any], Unfit]:
        """Return what there is to read of a row that is at fault, and what stands for its text."""
        try:
            row = _object(line, _LENIENT)
        except InputError:
            return {}, Unfit(reason)
        if _SURROGATE_ESCAPE.search(line):
            row = json.loads(_without_lone_surrogates(json.dumps(row, ensure_ascii=False)))
        text = row.get(self.text_column)
        unfit = Unfit(reason, text if isinstance(text, str) else "")
        # Not where it was not: if it is nowhere, there is no such column.
        return row | ({self.text_column: unfit.cell} if self.text_column in row else {}), unfit

    def _schema(self) -> pa.Schema:
        """Return the narrowest types that hold every row; this reads the file once more."""
        import pyarrow as pa

        found = pa.schema([])
        for chunk in self.chunks(_ROWS_FOR_TYPES):
            names = dict.fromkeys(name for row in chunk.rows() for name in row)
            for name in names:
                try:
                    values = pa.array([row.get(name) for row in chunk.rows()])
                    part = pa.schema([(name, values.type)])
                    found = pa.unify_schemas([found, part], promote_options="permissive")
                except (pa.ArrowException, OverflowError) as error:
                    raise InputError(
                        f"its values do not fit one type, as columns of Parquet do ({error}): make them of one type, "
                        "or write a .jsonl file, without --resume (in Python: resume=True)",
                        path=self.path,
                        column=name,
                    ) from error
        for field in found:
            if _without_members(field.type):
                reason = (
                    "its objects have no members, for which Parquet has no type: leave it out, or write a .jsonl file"
                )
                raise InputError(f"{reason}, without --resume", path=self.path, column=field.name)
        return pa.schema([found.field(name) for name in self.columns])


def _without_members(kind: pa.DataType) -> bool:
    """Tell whether a type is, or holds, that of objects none of which has a member."""
    import pyarrow as pa

    if pa.types.is_list(kind):
        return _without_members(kind.value_type)
    return pa.types.is_struct(kind) and (not kind.num_fields or any(_without_members(field.type) for field in kind))


def check_text(value: object, column: str, path: Path | None, row: int) -> None:
    """Raise ``InputError`` unless a cell of the text column holds text or nothing."""
    if value is not None and not isinstance(value, str):
        shown = f"{value!r:.60}"
        raise InputError(f"expected text, found {type(value).__name__} {shown}", path=path, row=row, column=column)


def parse_row(line: str, number: int, path: Path | None = None) -> dict[str, Any]:
    """Return the object on a line.

    Raises:
        InputError: The line is not a JSON object, or its values would not come through as they are: a member stands
            there twice, a number is beyond the range of a double, half of a surrogate pair stands for a character. It
            names the file, if there is one, and the line's number.
    """
    try:
        row = _object(line, _STRICT)
        if _SURROGATE_ESCAPE.search(line):
            _check_characters(row)
    except InputError as error:
        raise InputError(error.reason, path=path, row=number) from error.__cause__
    return row


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of its members, as ``json`` hands them over; nested ones are checked alike.

    Raises:
        InputError: A member stands there twice; ``json`` alone would keep the last one in silence.
    """
    members = dict(pairs)
    if len(members) != len(pairs):
        # Linear: who sends requests chooses how many members there are.
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise InputError(f"the member {_shown(twice)} stands there more than once; leave one of them, or rename it")
    return members


def _double(literal: str) -> float:
    value = float(literal)
    if value in _INFINITE:
        raise InputError(f"the number {literal:.20} is beyond the range of a double; write it as text")
    return value


def _no_number(word: str) -> float:
    raise InputError(f"is not valid JSON, which has no {word}; write null where there is no number")


_STRICT = json.JSONDecoder(object_pairs_hook=unique_members, parse_float=_double, parse_constant=_no_number)
# For rows that are at fault already, of which as much is shown as can be read.
_LENIENT = json.JSONDecoder()


def _object(line: str, decoder: json.JSONDecoder) -> dict[str, Any]:
    """Return the object on a line, or raise ``InputError`` without a place."""
    try:
        row = decoder.decode(line)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        told = "there is a byte order mark within the file" if line.startswith("\ufeff") else error
        raise InputError(f"is not valid JSON: {told}") from error
    if not isinstance(row, dict):
        raise InputError(f"expected a JSON object, found {type(row).__name__}")
    if line.count("[") + line.count("{") > _DEEPEST and _depth(row) > _DEEPEST:
        raise InputError(f"its lists and objects are nested more than {_DEEPEST} deep; leave them out")
    return row


def _check_characters(row: dict[str, Any]) -> None:
    """Raise ``InputError`` if there is half of a surrogate pair, which no file that we write could hold."""
    if not _encodable(row):
        name = next(name for name, value in row.items() if not _encodable([name, value]))
        raise InputError(
            f"the member {_shown(name)} has half of a surrogate pair, which is no character; write valid Unicode"
        )


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    return f"{name!r:.60}"


def _depth(value: Any) -> int:
    """Return how deep lists and objects are nested, without being nested itself."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _without_lone_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
