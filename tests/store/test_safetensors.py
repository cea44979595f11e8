"""Arrays in the safetensors format, and files that come with the package."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vnlp_colab.catalog import Bundled
from vnlp_colab.catalog.own import BUNDLED
from vnlp_colab.errors import ConversionError, StorageError
from vnlp_colab.store import packaged
from vnlp_colab.store.safetensors import read_safetensors, write_safetensors

ARRAYS = {
    "b": np.arange(6, dtype=np.float16).reshape(2, 3),
    "a": np.array([-1, 2], np.int8),
    "c": np.float32([[1.5]]),
    "empty": np.zeros((0, 3), np.float32),
}


def test_what_is_written_is_read() -> None:
    content = write_safetensors(ARRAYS, {"format": "pt"})
    found = read_safetensors(content, "arrays")
    assert set(found) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype and (found[name] == array).all() and found[name].shape == array.shape
    assert write_safetensors(dict(reversed(ARRAYS.items())), {"format": "pt"}) == content


def broken(change: dict[str, object]) -> bytes:
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **change}
    header = json.dumps({"x": entry}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(7),
        (1 << 40).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"\xff\xff",
        broken({"data_offsets": [0, 8]}),
        broken({"data_offsets": [-4, 4]}),
        broken({"shape": [2]}),
        broken({"dtype": "F64"}),
        broken({"data_offsets": None}),
        broken({"data_offsets": [0, 1e999]}),
        broken({"shape": [10**30]}),
        (200_000).to_bytes(8, "little") + b"[" * 200_000,
    ],
)
def test_other_files_are_refused(content: bytes) -> None:
    """Lists in lists without end among them, which are beyond the depth that Python reads."""
    with pytest.raises(ConversionError, match="weights: this is not a safetensors file"):
        read_safetensors(content, "weights")


@pytest.mark.parametrize("source", BUNDLED, ids=lambda source: source.path)
def test_the_packages_files_are_whole(source: Bundled) -> None:
    assert len(packaged.read(source)) == source.size


def test_all_of_them_are_small() -> None:
    assert sum(source.size for source in BUNDLED) < 25_000_000


def test_missing_and_damaged_files() -> None:
    with pytest.raises(StorageError, match=r"nothing\.bin is missing from this installation"):
        packaged.read(Bundled("context/nothing.bin", 1, "0" * 64))
    with pytest.raises(StorageError, match="damaged"):
        packaged.read(Bundled(BUNDLED[1].path, 1, "0" * 64))
