"""HDF5 and npy files yield numbers and read nothing but themselves."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import h5py
import numpy as np
import pytest

from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_hdf5, read_npy


def hdf5(fill) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        fill(file)
    return stream.getvalue()


def npy(array: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def test_hdf5_datasets_come_by_path() -> None:
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)

    def fill(file) -> None:
        file["layer/gru/kernel:0"] = kernel
        file.create_dataset("packed", data=np.arange(1000), compression="gzip")
        file["scalar"] = np.float64(2.5)

    found = read_hdf5(hdf5(fill))
    assert sorted(found) == ["layer/gru/kernel:0", "packed", "scalar"]
    np.testing.assert_array_equal(found["layer/gru/kernel:0"], kernel)
    assert found["packed"].sum() == 499_500 and found["scalar"].shape == ()


def test_hdf5_links_are_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.ones(3)

    def fill(file) -> None:
        file["external"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/secret")
        file["soft"] = h5py.SoftLink("/nowhere")
        group = file.create_group("group")
        group["again"] = group  # a cycle of hard links
        group["kernel"] = np.ones(2)

    assert list(read_hdf5(hdf5(fill))) == ["group/kernel"]


def test_hdf5_content_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(b"\0" * 80)
    layout = h5py.VirtualLayout(shape=(3,), dtype="f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "secret", shape=(3,))
    for fill in (
        lambda file: file.create_dataset("a", (10,), "f8", external=[(str(tmp_path / "secret.bin"), 0, 80)]),
        lambda file: file.create_virtual_dataset("a", layout),
    ):
        with pytest.raises(ConversionError, match="another file"):
            read_hdf5(hdf5(fill), "w.hdf5")


@pytest.mark.parametrize(
    "fill",
    [
        lambda file: file.create_dataset("a", data="text"),
        lambda file: file.create_dataset("a", data=np.array([b"x"])),
        lambda file: file.create_dataset("a", data=np.zeros(1, [("f", "f4")])),
        lambda file: file.create_dataset("a", data=np.zeros(1, np.complex64)),
        lambda file: file.create_dataset("a", data=h5py.Empty("f4")),
        lambda file: file.create_dataset("a", (1 << 40,), "f4", chunks=(1024,)),
    ],
    ids=["text", "bytes", "compound", "complex", "empty", "4 TB"],
)
def test_hdf5_of_other_things_is_refused(fill) -> None:
    with pytest.raises(ConversionError, match=r"w\.hdf5: dataset a"):
        read_hdf5(hdf5(fill), "w.hdf5")


def test_damaged_hdf5_is_refused() -> None:
    data = hdf5(lambda file: file.create_dataset("a", data=np.ones(1000)))
    for damaged in (b"", b"text", data[:100], data[:-4000], b"\0" * len(data)):
        with pytest.raises(ConversionError, match=r"w\.hdf5"):
            read_hdf5(damaged, "w.hdf5")


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_arrays_come_back(dtype: str, order: str) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3), dtype=dtype, order=order)
    found = read_npy(npy(array))
    np.testing.assert_array_equal(found, array)
    assert found.dtype.isnative and found.flags.c_contiguous


@pytest.mark.parametrize(
    "array",
    [
        np.array([print], dtype=object),
        np.arange(3),
        np.zeros(2, [("a", "f4")]),
        np.zeros(2, [("a", "f4", (3,))]),
        np.array(["x"]),
    ],
    ids=["object", "integer", "record", "subarray", "text"],
)
def test_npy_of_other_types_is_refused(array) -> None:
    with pytest.raises(ConversionError, match=r"m\.npy: an array has type"):
        read_npy(npy(array), "m.npy")


def test_damaged_npy_is_refused() -> None:
    data = npy(np.ones((4, 4), np.float32))
    big = data.replace(b"(4, 4)", b"(4, 4000000000000)"[:6])
    lies = data.replace(b"(4, 4), }          ", b"(4, 4000000000000)}")
    negative = data.replace(b"(4, 4), }  ", b"(-4, -4), }")
    archive = io.BytesIO()
    np.savez(archive, a=np.ones(3))
    for damaged in (
        b"",
        data[:-1],
        data + b"x",
        data[:60],
        big,
        lies,
        negative,
        archive.getvalue(),
        b"\x93NUMPY\x09",
    ):
        with pytest.raises(ConversionError, match=r"m\.npy"):
            read_npy(damaged, "m.npy")


@pytest.mark.filterwarnings("ignore:invalid escape sequence", "ignore:.*Python 2")
def test_no_damaged_header_escapes_as_another_error() -> None:
    data = npy(np.ones((2, 2), np.float32))
    for position in range(128):
        for value in (0, 0x28, 0x27, 0x5C, 0xFF):
            damaged = data[:position] + bytes([value]) + data[position + 1 :]
            try:
                assert read_npy(damaged).dtype.kind == "f"
            except ConversionError:
                continue


def test_hdf5_of_impossible_addresses_is_refused() -> None:
    good = hdf5(lambda file: file.create_dataset("a", data=np.ones(3)))
    # The superblock's last address, that of the root group, is at byte 56 (version 0).
    for place in range(24, 96):
        data = good[:place] + b"\xff\xff\xff\x7f\xff\xff\xff\xff" + good[place + 8 :]
        with contextlib.suppress(ConversionError):
            assert set(read_hdf5(data)) <= {"a"}
    with pytest.raises(ConversionError, match=r"w\.hdf5: not a readable HDF5 file"):
        read_hdf5(good[:41] + bytes(8) + good[49:], "w.hdf5")
