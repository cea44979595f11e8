"""The reader of pickled arrays, which can call nothing.

A pickle is a program. This one's reader runs only those instructions that build lists, tuples, numbers and
strings, and replaces the three names that numpy's own pickles call by inert stand-ins, which write down what
they are handed. The arrays are made elsewhere, from these records.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any, NamedTuple, NoReturn

from vnlp_colab.errors import ConversionError

# Far more than the real files need (32 arrays, under a thousand instructions), yet harmless.
_MAX_INSTRUCTIONS = 100_000
_MAX_MEMO = 100_000

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
# Before numpy 2 and since.
_RECONSTRUCT_MODULES = frozenset({"numpy.core.multiarray", "numpy._core.multiarray"})
_TYPES = frozenset({"f4", "f8"})


class RecordedArray(NamedTuple):
    """What a pickle says of one array.

    Attributes:
        shape: Its shape, unchecked.
        code: ``f4`` or ``f8``.
        order: ``<`` or ``>``.
        fortran_order: Whether the bytes are in column order.
        raw: The content.
    """

    shape: tuple[int, ...]
    code: str
    order: str
    fortran_order: bool
    raw: bytes


def record_arrays(data: bytes, name: str) -> list[RecordedArray]:
    """Read a pickled list of arrays as records.

    Args:
        data: The pickle.
        name: What to call it in errors.

    Raises:
        ConversionError: It is truncated, names anything but numpy's array reconstruction, or holds anything
            but a list of float arrays.
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
    return [item.record() for item in result]


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


class _Unpickler(pickle.Unpickler):
    """Resolves numpy's three names to stand-ins, and every other name to an error."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(io.BytesIO(data))
        self._name = name

    def find_class(self, module: str, name: str, /) -> Any:
        if name == "_reconstruct" and module in _RECONSTRUCT_MODULES:
            return _Reconstruct(self._name)
        if (module, name) == ("numpy", "ndarray"):
            return _ArrayName(self._name)
        if (module, name) == ("numpy", "dtype"):
            return _DtypeName(self._name)
        raise ConversionError(f"{self._name}: forbidden global {module}.{name}; only arrays of numbers are read")


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
        if len(arguments) != 3 or type(arguments[0]) is not str or arguments[0] not in _TYPES:
            # Only a short string is safe to show: the text of nested tuples can be of exponential length.
            shown = arguments[0][:20] if arguments and type(arguments[0]) is str else "unknown"
            self.refuse(f"asks for an array of type {shown}, not float32 or float64")
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

    def record(self) -> RecordedArray:
        """Return what the pickle said of the array."""
        if self.state is None:
            self.refuse("leaves an array without content")
        shape, dtype, fortran_order, raw = self.state
        if not dtype.order:
            self.refuse("leaves an array's byte order open")
        return RecordedArray(shape, dtype.code, dtype.order, fortran_order, raw)
