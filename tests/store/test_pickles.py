"""Pickles of arrays are read; whatever else a pickle could ask for does not happen."""

from __future__ import annotations

import builtins
import copyreg
import os
import pickle
import pickletools
import struct
from pathlib import Path

import numpy as np
import pytest

from vnlp_colab.errors import ConversionError
from vnlp_colab.store.weights import read_pickled_arrays


class Calls:
    """Pickles into a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def name(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + b"\x93"


def program(body: bytes) -> bytes:
    return b"\x80\x04" + body + b"."


RECONSTRUCT = name("numpy.core.multiarray", "_reconstruct")
EMPTY_ARRAY = RECONSTRUCT + name("numpy", "ndarray") + b"K\x00\x85C\x01b\x87R"
DTYPE = name("numpy", "dtype") + text("f4") + b"\x89\x88\x87R"
DTYPE_STATE = b"(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"


def array_program(shape: bytes, raw: bytes = b"\0" * 8, dtype: bytes = DTYPE + DTYPE_STATE) -> bytes:
    state = b"(K\x01" + shape + dtype + b"\x89" + b"C" + bytes([len(raw)]) + raw + b"tb"
    return program(b"](" + EMPTY_ARRAY + state + b"e")


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_come_back(protocol: int) -> None:
    arrays = [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=np.float64).reshape(3, 2)),
        np.float32([[1.5]]).astype(">f4"),
        np.zeros((0, 4), np.float32),
        np.array(2.5, np.float32),
    ]
    for before, after in zip(arrays, read_pickled_arrays(pickle.dumps(arrays, protocol)), strict=True):
        np.testing.assert_array_equal(before, after, strict=False)
        assert before.shape == after.shape
        assert after.dtype.isnative and after.flags.c_contiguous and after.flags.writeable


@pytest.mark.parametrize("module", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_arrays_of_old_and_new_numpy_come_back(module: str) -> None:
    data = array_program(b"K\x02\x85").replace(text("numpy.core.multiarray"), text(module))
    assert read_pickled_arrays(data)[0].tolist() == [0.0, 0.0]


def test_an_array_named_twice_is_two_arrays() -> None:
    array = np.ones(2, np.float32)
    first, second = read_pickled_arrays(pickle.dumps([array, array]))
    first[0] = 7
    assert second.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("function", "shown"), [(os.system, f"{os.name}.system"), (eval, "eval"), (exec, "exec"), (open, "open")]
)
def test_a_call_is_refused_and_not_made(protocol, function, shown, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    arguments = {
        "system": f"touch {trace}",
        "eval": f"open({str(trace)!r}, 'w')",
        "exec": f"open({str(trace)!r}, 'w')",
        "open": str(trace),
    }[function.__name__]
    data = pickle.dumps(Calls(function, arguments, *(["w"] if function is open else [])), protocol)
    with pytest.raises(ConversionError, match=rf"weights\.pickle: forbidden global .*{shown}"):
        read_pickled_arrays(data, "weights.pickle")
    assert not trace.exists()
    pickle.loads(data)
    assert trace.exists(), "the attack itself must work, or this test shows nothing"


def test_a_call_nested_in_calls_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    inner = Calls(os.system, f"touch {trace}")
    for outer in (
        Calls(len, [inner]),
        Calls(getattr, inner, "x"),
        [np.ones(2, np.float32), Calls(map, inner)],
    ):
        with pytest.raises(ConversionError, match="forbidden global"):
            read_pickled_arrays(pickle.dumps(outer))
    assert not trace.exists()


def test_a_call_as_an_argument_of_numpys_own_names_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    call = name(os.name, "system") + text(f"touch {trace}") + b"\x85R"
    for body in (
        RECONSTRUCT + call + b"K\x00\x85C\x01b\x87R",
        name("numpy", "dtype") + call + b"\x89\x88\x87R",
        EMPTY_ARRAY + call + b"b",
    ):
        with pytest.raises(ConversionError, match=r"forbidden global \w+\.system"):
            read_pickled_arrays(program(b"](" + body + b"e"))
    assert not trace.exists()


def test_an_object_array_is_refused_and_its_content_not_made(tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    hostile = np.array([Calls(os.system, f"touch {trace}")], dtype=object)
    for value in (hostile, [hostile], [np.array([None, "text"], dtype=object)]):
        with pytest.raises(ConversionError):
            read_pickled_arrays(pickle.dumps(value))
    assert not trace.exists()


@pytest.mark.parametrize(
    ("attribute", "module"),
    [
        ("frombuffer", "numpy"),
        ("load", "numpy"),
        ("fromfile", "numpy"),
        ("_reconstruct", "copyreg"),
        ("ndarray.tofile", "numpy"),
        ("core.multiarray._reconstruct", "numpy"),
        ("encode", "_codecs"),
        ("scalar", "numpy.core.multiarray"),
    ],
)
def test_other_names_are_refused_even_numpys(module: str, attribute: str) -> None:
    with pytest.raises(ConversionError, match="forbidden global"):
        read_pickled_arrays(program(name(module, attribute)))


@pytest.mark.parametrize(
    "value",
    [
        {"weights": np.ones(2, np.float32)},
        (np.ones(2, np.float32),),
        np.ones(2, np.float32),
        [[np.ones(2, np.float32)]],
        [1.0],
        [None],
        "text",
        {np.float32},
        [np.ones(2, np.int64)],
        [np.ones(2, np.float16)],
        [np.ones(2, np.complex64)],
        [np.array(["text"])],
        [np.zeros(2, [("a", "f4")])],
        [np.float32(1.0)],
    ],
    ids=repr,
)
def test_anything_but_a_list_of_float_arrays_is_refused(value) -> None:
    with pytest.raises(ConversionError):
        read_pickled_arrays(pickle.dumps(value))


@pytest.mark.parametrize(
    "body",
    [
        EMPTY_ARRAY,
        RECONSTRUCT,
        DTYPE + DTYPE_STATE,
        RECONSTRUCT + b"Nb",
        name("numpy", "ndarray") + b")R",
        name("numpy", "ndarray") + b"Nb",
        RECONSTRUCT + RECONSTRUCT + b"K\x00\x85C\x01b\x87R",
        RECONSTRUCT + name("numpy", "ndarray") + b"K\x09\x85C\x01b\x87R",
        RECONSTRUCT + b")R",
        name("numpy", "dtype") + text("O") + b"\x89\x88\x87R",
        name("numpy", "dtype") + b"K\x01\x85R",
        DTYPE + DTYPE_STATE + DTYPE_STATE[:-1] + b"b",
        DTYPE + b"(K\x03" + text("<") + b"NNK\x01J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        EMPTY_ARRAY + b"Nb",
        EMPTY_ARRAY + b"(K\x01K\x02\x85" + DTYPE + b"\x89NtbN",
        EMPTY_ARRAY + b"(K\x01K\x02\x85" + DTYPE + b"\x89C\x08" + b"\0" * 8 + b"tb",
    ],
)
def test_unusual_uses_of_numpys_names_are_refused(body: bytes) -> None:
    with pytest.raises(ConversionError):
        read_pickled_arrays(program(b"](" + body + b"e"))


def test_state_given_to_a_name_changes_nothing_for_the_next_file() -> None:
    polluted = program(RECONSTRUCT + b"(N" + b"}" + text("__defaults__") + b"N" + b"s" + b"tb")
    with pytest.raises(ConversionError):
        read_pickled_arrays(polluted)
    assert read_pickled_arrays(array_program(b"K\x02\x85"))[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "shape",
    [
        b"K\x03\x85",
        b"J\xff\xff\xff\xffJ\xfe\xff\xff\xff\x86",
        b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86",
        b"\x8a\xff" + b"\xff" * 254 + b"\x7f\x85",
        b"K\x02",
        b"\x88\x88\x86",
        b"]",
        b")",
    ],
)
def test_a_shape_that_does_not_fit_the_bytes_is_refused(shape: bytes) -> None:
    with pytest.raises(ConversionError):
        read_pickled_arrays(array_program(shape))


def test_every_truncation_is_refused() -> None:
    data = pickle.dumps([np.ones((2, 3), np.float32)])
    for length in range(len(data)):
        with pytest.raises(ConversionError):
            read_pickled_arrays(data[:length])


def test_damaged_bytes_never_escape_as_another_error() -> None:
    data = pickle.dumps([np.ones((2, 3), np.float32)])
    for position in range(len(data)):
        for value in (0, 0x2E, 0x52, 0x62, 0xFF):
            damaged = data[:position] + bytes([value]) + data[position + 1 :]
            try:
                arrays = read_pickled_arrays(damaged)
            except ConversionError:
                continue
            assert all(array.dtype.kind == "f" for array in arrays)


def test_memo_bombs_are_bounded() -> None:
    doubling = b"K\x00\x85\x94" + b"".join(b"h%ch%c\x86\x94" % (i, i) for i in range(60))
    for attack in (
        program(doubling),  # 2**60 leaves, were anything to walk them
        program(name("numpy", "dtype") + doubling + b"\x85R"),  # ... such as a message that shows them
        program(b"}" + doubling + b"Ns"),  # ... or a dictionary that hashes them
        program(b"Nr" + struct.pack("<I", 0xFFFFFFFF)),  # a memo of 32 GB
        program(b"N" * 200_000),
        program(b"\x8e" + struct.pack("<Q", 1 << 40) + b"x"),  # a string of 1 TB
        b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + b"N.",  # a frame of 1 TB
    ):
        with pytest.raises(ConversionError):
            read_pickled_arrays(attack)


def test_what_find_class_does_not_see_is_refused(tmp_path: Path) -> None:
    # Extension codes come from a cache of the whole process once anybody has used them.
    copyreg.add_extension("builtins", "eval", 240)
    try:
        data = pickle.dumps(builtins.eval, 2)
        assert "EXT1" in {opcode.name for opcode, _, _ in pickletools.genops(data)}
        assert pickle.loads(data) is eval
        with pytest.raises(ConversionError, match="EXT1"):
            read_pickled_arrays(data)
    finally:
        copyreg.remove_extension("builtins", "eval", 240)
    for body in (b"(ios\nsystem\n", b"Pid\n", b"NQ", b"\x97", b"N\x98", b"c" + b"os\nsystem\n)\x81"):
        with pytest.raises(ConversionError):
            read_pickled_arrays(program(body))
