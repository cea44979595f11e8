"""Readers of weights that can yield numbers and do nothing else.

Weights come from files that others made, so every size and type is checked before memory is taken for it,
and nothing in a file is run.
"""

from __future__ import annotations

import io
import math
import tokenize
from typing import Any

import h5py
import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from vnlp_colab.errors import ConversionError
from vnlp_colab.store.pickles import record_arrays

_MAX_HDF5_BYTES = 1 << 28
_FLOATS = {"f4": np.float32, "f8": np.float64}

# What h5py raises on bytes that are no such file; an address beyond all memory is an overflow.
_BAD_HDF5 = (OSError, RuntimeError, LookupError, ValueError, TypeError, OverflowError, MemoryError)

# What numpy raises on bytes that are no header: it parses a literal, and tokenises old files' headers.
_BAD_NPY = (
    ValueError,
    LookupError,
    EOFError,
    SyntaxError,
    TypeError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)


def read_pickled_arrays(data: bytes, name: str = "pickle") -> list[NDArray[Any]]:
    """Read a pickled list of numpy arrays without running anything that the pickle asks for.

    Args:
        data: The file's bytes.
        name: What to call the file in errors.

    Returns:
        The arrays, float32 or float64, C-contiguous, native byte order, writable.

    Raises:
        ConversionError: The file is truncated, names anything but numpy's array reconstruction, or holds
            anything but a list of such arrays.
    """
    return [
        _array(name, array.raw, array.shape, array.code, array.order, array.fortran_order)
        for array in record_arrays(data, name)
    ]


def read_npy(data: bytes, name: str = "npy") -> NDArray[Any]:
    """Read one numeric array in numpy's own file format.

    Args:
        data: The file's bytes.
        name: What to call the file in errors.

    Returns:
        The array, float32 or float64, C-contiguous, native byte order, writable.

    Raises:
        ConversionError: The file is malformed, truncated or of another type.
    """
    stream = io.BytesIO(data)
    try:
        version = npy_format.read_magic(stream)
        read_header = {
            (1, 0): npy_format.read_array_header_1_0,
            (2, 0): npy_format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(stream)
    except _BAD_NPY as error:
        raise ConversionError(f"{name}: not a readable npy file: {error}") from error
    raw = memoryview(data)[stream.tell() :]
    return _array(name, raw, shape, dtype.str[1:], dtype.byteorder, fortran_order)


def read_hdf5(data: bytes, name: str = "hdf5") -> dict[str, NDArray[Any]]:
    """Read every dataset of an HDF5 file.

    Links are not followed, and datasets that take their content from other files are refused, so nothing but
    ``data`` is ever read.

    Args:
        data: The file's bytes.
        name: What to call the file in errors.

    Returns:
        Path inside the file (without a leading slash) to array, as stored: floats or integers.

    Raises:
        ConversionError: The file is malformed, or holds a dataset that is not plain numbers.
    """
    found: dict[str, NDArray[Any]] = {}
    budget = _MAX_HDF5_BYTES

    def visit(path: str, item: Any) -> None:
        nonlocal budget
        if not isinstance(item, h5py.Dataset):
            return
        if item.dtype.kind not in "fiu" or item.dtype.itemsize > 8:
            raise ConversionError(f"{name}: dataset {path} has type {item.dtype}, not plain numbers")
        if item.is_virtual or item.external:
            raise ConversionError(f"{name}: dataset {path} takes its content from another file")
        budget -= item.nbytes
        # Checked before reading: a compressed dataset may claim any size.
        if budget < 0 or item.shape is None:
            raise ConversionError(f"{name}: dataset {path} is too large or has no shape")
        found[path] = np.asarray(item[()])

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            file.visititems(visit)
    except ConversionError:
        raise
    except _BAD_HDF5 as error:
        raise ConversionError(f"{name}: not a readable HDF5 file: {error}") from error
    return found


def _array(
    name: str, raw: bytes | memoryview, shape: tuple[int, ...], code: str, order: str, fortran_order: bool
) -> NDArray[Any]:
    """Make an array from its parts, which must fit each other to the byte."""
    if code not in _FLOATS or order not in {"<", ">", "="}:
        raise ConversionError(f"{name}: an array has type {order}{code}, not float32 or float64")
    stored = np.dtype(order + code)
    # Negative axes first: two of them could multiply to a size that fits.
    if len(shape) > 8 or any(axis < 0 for axis in shape) or math.prod(shape) * stored.itemsize != len(raw):
        raise ConversionError(f"{name}: an array of shape {shape} does not fit its {len(raw)} bytes")
    flat = np.frombuffer(raw, dtype=stored)
    shaped = flat.reshape(shape, order="F" if fortran_order else "C")
    return np.array(shaped, dtype=_FLOATS[code], order="C", copy=True)
