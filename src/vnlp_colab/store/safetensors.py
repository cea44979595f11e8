"""The safetensors format: a header of JSON, then the arrays' bytes. Nothing in such a file can run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import ConversionError

_TYPES = {"F16": np.float16, "F32": np.float32, "I8": np.int8, "I32": np.int32}
_NAMES = {np.dtype(kind).str: name for name, kind in _TYPES.items()}
_LENGTH = 8
_HEADER_LIMIT = 1 << 20


def read_safetensors(content: bytes, what: str) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of a file.

    Args:
        content: The file.
        what: What it is, for error messages.

    Raises:
        ConversionError: It is no such file, or an array reaches beyond its end.
    """
    try:
        size = int.from_bytes(content[:_LENGTH], "little")
        if not 0 < size <= min(_HEADER_LIMIT, len(content) - _LENGTH):
            raise ValueError(f"a header of {size} bytes")
        header = json.loads(content[_LENGTH : _LENGTH + size])
        data = memoryview(content)[_LENGTH + size :]
        return {name: _array(data, entry) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ConversionError(f"{what}: this is not a safetensors file that can be read: {error}") from error


def write_safetensors(arrays: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Write arrays, sorted by name: the same bytes for the same arrays."""
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    chunks = []
    start = 0
    for name, array in sorted(arrays.items()):
        chunk = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype.str],
            "shape": list(array.shape),
            "data_offsets": [start, start + len(chunk)],
        }
        chunks.append(chunk)
        start += len(chunk)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_LENGTH, "little") + text + b"".join(chunks)


def _array(data: memoryview, entry: Mapping[str, Any]) -> npt.NDArray[Any]:
    start, stop = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not 0 <= start <= stop <= len(data):
        raise ValueError(f"bytes {start} to {stop} of {len(data)}")
    return np.frombuffer(data[start:stop], _TYPES[entry["dtype"]]).reshape(shape)
