"""Readers of weights that can yield numbers and do nothing else.

Weights come from files that others made. A pickle is a program; the reader here runs only those of its
instructions that build lists, tuples, numbers and strings, and replaces the three names that numpy's own
pickles call by inert stand-ins. Arrays are made afterwards, from what the stand-ins have recorded.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import tokenize
from typing import Any, NoReturn

import h5py
import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from vnlp_colab.errors import ConversionError

# Far more than the real files need (32 arrays, under a thousand instructions), yet harmless.
_MAX_INSTRUCTIONS = 100_000
_MAX_MEMO = 100_000
_MAX_HDF5_BYTES = 1 << 28

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

_PLAIN_INSTRUCTIONS = frozenset(
    {
        *("PROTO", "FRAME", "STOP", "MARK", "POP", "POP_MARK"),
        *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1"),
        *("SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
        *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
        *("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
        *("GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
    }
)
_RECONSTRUCT = frozenset({"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"})
_FLOATS = {"f4": np.float32, "f8": np.float64}


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
    try:
        _check_instructions(data, name)
        result = _Unpickler(data, name).load()
    except ConversionError:
        raise
    except (
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        TypeError,
        ValueError,
    ) as error:
        raise ConversionError(f"{name}: not a readable pickle of arrays: {error}") from error
    if type(result) is not list or not all(type(item) is _Array for item in result):
        raise ConversionError(f"{name}: holds something else than a list of arrays")
    return [item.build() for item in result]


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
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError) as error:
        raise ConversionError(f"{name}: not a readable HDF5 file: {error}") from error
    return found


class _Unpickler(pickle.Unpickler):
    """Resolves numpy's three names to stand-ins, and every other name to an error."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(io.BytesIO(data))
        self._name = name

    def find_class(self, module: str, name: str, /) -> Any:
        full = f"{module}.{name}"
        if full in _RECONSTRUCT:
            return _Reconstruct(self._name)
        if full == "numpy.ndarray":
            return _ArrayName(self._name)
        if full == "numpy.dtype":
            return _DtypeName(self._name)
        raise ConversionError(f"{self._name}: forbidden global {full}; only arrays of numbers are read")


class _Inert:
    """A stand-in without attributes, whose only ability is what its subclass defines."""

    __slots__ = ("_file",)

    def __init__(self, file: str) -> None:
        self._file = file

    def __setstate__(self, state: Any) -> None:
        self.refuse("gives state to a name of numpy")

    def refuse(self, reason: str) -> NoReturn:
        raise ConversionError(f"{self._file}: {reason}; only arrays of numbers are read")


class _ArrayName(_Inert):
    """Stands for ``numpy.ndarray``, which pickles only ever name."""

    __slots__ = ()


class _Reconstruct(_Inert):
    """Stands for ``_reconstruct``, which makes an empty array whose state follows."""

    __slots__ = ()

    def __call__(self, *arguments: Any) -> _Array:
        if len(arguments) != 3 or type(arguments[0]) is not _ArrayName or arguments[1:] != ((0,), b"b"):
            self.refuse("calls _reconstruct with unusual arguments")
        return _Array(self._file)


class _DtypeName(_Inert):
    """Stands for ``numpy.dtype``."""

    __slots__ = ()

    def __call__(self, *arguments: Any) -> _Dtype:
        if len(arguments) != 3 or type(arguments[0]) is not str or arguments[0] not in _FLOATS:
            self.refuse(f"asks for an array of type {arguments[:1]!r}, not float32 or float64")
        return _Dtype(self._file, arguments[0])


class _Dtype(_Inert):
    """A recorded dtype: kind and size, then the byte order."""

    __slots__ = ("code", "order")

    def __init__(self, file: str, code: str) -> None:
        super().__init__(file)
        self.code = code
        self.order = ""

    def __setstate__(self, state: Any) -> None:
        # (version, byte order, subtype, names, fields, item size, alignment, flags): a plain number has
        # neither subtype nor fields, and its size is known.
        if (
            self.order
            or type(state) is not tuple
            or len(state) != 8
            or type(state[1]) is not str
            or state[1] not in {"<", ">"}
            or state[2:5] != (None, None, None)
        ):
            self.refuse("describes a type that is not a plain number")
        self.order = state[1]


class _Array(_Inert):
    """A recorded array: its shape, type, order and bytes."""

    __slots__ = ("state",)

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.state: tuple[tuple[int, ...], _Dtype, bool, bytes] | None = None

    def __setstate__(self, state: Any) -> None:
        if self.state is not None or type(state) is not tuple or len(state) != 5:
            self.refuse("gives an array an unusual state")
        _, shape, dtype, fortran_order, raw = state
        if (
            type(shape) is not tuple
            or not all(type(axis) is int for axis in shape)
            or type(dtype) is not _Dtype
            or type(fortran_order) is not bool
            or type(raw) is not bytes
        ):
            self.refuse("gives an array an unusual state")
        self.state = (shape, dtype, fortran_order, raw)

    def build(self) -> NDArray[Any]:
        """Make the array that was recorded."""
        if self.state is None:
            self.refuse("leaves an array without content")
        shape, dtype, fortran_order, raw = self.state
        return _array(self._file, raw, shape, dtype.code, dtype.order, fortran_order)


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


def _check_instructions(data: bytes, name: str) -> None:
    """Refuse a pickle that uses any instruction beyond the plain ones, before it runs.

    This closes what ``find_class`` does not see: extension codes, which are resolved through a cache of the
    whole process, persistent ids, dictionary keys (hashing nested tuples can take exponential time), and memo
    numbers so large that the memo fills the memory.
    """
    for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if opcode.name in {"GLOBAL", "INST"}:
            _Unpickler(b"", name).find_class(*str(argument).split(" ", 1))
        if opcode.name not in _PLAIN_INSTRUCTIONS:
            raise ConversionError(f"{name}: forbidden pickle instruction {opcode.name}")
        if count > _MAX_INSTRUCTIONS or ("PUT" in opcode.name and int(argument or 0) > _MAX_MEMO):
            raise ConversionError(f"{name}: too many pickle instructions or memo entries")
