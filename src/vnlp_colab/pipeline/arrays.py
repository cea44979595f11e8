"""Arrow arrays: texts out of them, annotations into them.

``pyarrow.array`` would make the latter too, but it imports pandas wherever that is installed, and takes longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.unfit import Unfit

_LARGEST = 2**31 - 1


def check_text_type(found: pa.DataType, column: str, path: Path | None = None) -> None:
    """Raise ``InputError`` unless a column is of strings, plain or dictionary-encoded, or has nothing but nulls."""
    plain = found.value_type if pa.types.is_dictionary(found) else found
    kinds = [pa.types.is_string, pa.types.is_large_string, pa.types.is_null]
    # pyarrow 15 does not know it.
    kinds += [pa.types.is_string_view] if hasattr(pa.types, "is_string_view") else []
    if not any(is_kind(plain) for is_kind in kinds):
        raise InputError(f"expected text, found the type {found}", path=path, column=column)


def values_of(cells: pa.Array, numbers: Sequence[int], column: str, path: Path | None = None) -> list[Any]:
    """Return a column's values as those of Python.

    Args:
        cells: The column, an array or a chunked one.
        numbers: The rows' numbers, for messages.
        column: The column's name, for messages.
        path: The file, for messages.

    Raises:
        InputError: If a cell is not UTF-8, or a date beyond those of Python.
    """
    try:
        values: list[Any] = cells.to_pylist()
    except (ValueError, OverflowError):
        for number, value in zip(numbers, cells, strict=True):
            try:
                value.as_py()
            except (ValueError, OverflowError) as error:
                what = "is not valid UTF-8" if isinstance(error, UnicodeDecodeError) else "is no value that Python has"
                raise InputError(f"{what}: {error}", path=path, row=number, column=column) from error
        raise
    return values


def texts_of(
    cells: pa.Array, numbers: Sequence[int], column: str, path: Path | None = None, rules: Rules | None = None
) -> list[str | None]:
    """Return a column's texts, as ``values_of`` does.

    Args:
        cells: The column, an array or a chunked one.
        numbers: The rows' numbers, for messages.
        column: The column's name, for messages.
        path: The file, for messages.
        rules: Whether rows may fail, and how large texts may be; those beyond are not made texts of Python's.

    Returns:
        The texts, where rows may fail with ``Unfit`` for those that are not valid UTF-8 or beyond the limit.

    Raises:
        InputError: If a cell is either, and rows may not fail.
    """
    own = rules or Rules()
    try:
        if _bytes_of(cells) <= own.limits.text_bytes:  # then none of them is beyond
            texts: list[str | None] = cells.to_pylist()
            return texts
    except UnicodeDecodeError:
        pass
    texts = []
    for number, cell in zip(numbers, cells, strict=True):
        found = _text(cell, own.limits)
        if isinstance(found, Unfit) and not own.skips:
            raise InputError(found.reason, path=path, row=number, column=column)
        texts.append(found)
    return texts


def _bytes_of(cells: pa.Array) -> int:
    """Return the bytes of an array, or more."""
    try:
        return int(cells.nbytes)
    except pa.ArrowTypeError:  # of string views, which frames of Polars have, in older versions of pyarrow
        return int(cells.get_total_buffer_size())


def _text(cell: pa.Scalar, limits: Limits) -> str | None:
    """Return a cell's text, or what stands for it."""
    value = cell.value if isinstance(cell, pa.DictionaryScalar) else cell
    if not value.is_valid:
        return None
    data = value.as_buffer()
    if data.size > limits.text_bytes:
        return Unfit(limits.beyond(f"{data.size:,} bytes", " characters"))
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        return Unfit(f"is not valid UTF-8: {error}", str(data, "utf-8", "replace"))


def array_of(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return an Arrow array.

    Args:
        cells: Floats, lists of strings, or lists of ``(head, deprel)``; ``None`` for null.
        kind: The type: double, list of strings, or list of structs of an int32 and a string.

    Raises:
        InputError: If the strings have 2 GiB or more.
    """
    known = np.array([cell is not None for cell in cells], bool)
    validity = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    if pa.types.is_float64(kind):
        numbers = np.array([0.0 if cell is None else cell for cell in cells], np.float64)
        return pa.Array.from_buffers(kind, len(cells), [validity, pa.py_buffer(numbers)])
    items = [item for cell in cells if cell for item in cell]
    values = _strings(items) if pa.types.is_string(kind.value_type) else _arcs(items, kind.value_type)
    offsets = pa.py_buffer(_offsets([len(cell) if cell else 0 for cell in cells]))
    return pa.Array.from_buffers(kind, len(cells), [validity, offsets], children=[values])


def _strings(items: Sequence[str]) -> pa.Array:
    encoded = [item.encode() for item in items]
    offsets = pa.py_buffer(_offsets([len(item) for item in encoded]))
    return pa.Array.from_buffers(pa.string(), len(items), [None, offsets, pa.py_buffer(b"".join(encoded))])


def _arcs(items: Sequence[tuple[int, str]], kind: pa.DataType) -> pa.Array:
    heads = pa.py_buffer(np.array([head for head, _ in items], np.int32))
    parts = [pa.Array.from_buffers(pa.int32(), len(items), [None, heads]), _strings([label for _, label in items])]
    return pa.Array.from_buffers(kind, len(items), [None], children=parts)


def _offsets(lengths: Sequence[int]) -> npt.NDArray[np.int32]:
    """Return where each of the items begins, and the last one ends."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if offsets[-1] > _LARGEST:
        raise InputError("the annotation of these rows has 2 GiB or more, which no Arrow array holds: divide the texts")
    return offsets.astype(np.int32)
