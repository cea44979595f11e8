"""The one place that knows onnxruntime: devices, providers, threads, sessions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import DeviceError, InputError, MissingExtra

DEVICES = ("auto", "cpu", "cuda")

_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("onnxruntime", "cpu", "running a model") from error
    return onnxruntime


def available_threads() -> int:
    """How many processors this process may use (its affinity, which containers and job queues set)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def resolve_threads(threads: int | None) -> int:
    """The number of worker threads to use: the given one, or one a processor."""
    if threads is None:
        return available_threads()
    if threads < 1:
        raise InputError(f"threads must be 1 or more, not {threads}")
    return threads


@lru_cache(maxsize=1)
def _preload_cuda_libraries() -> None:
    preload = getattr(_onnxruntime(), "preload_dlls", None)
    if preload is not None:
        preload()


@lru_cache(maxsize=1)
def _share_memory() -> None:
    """Give all sessions of the process one arena.

    By default each session keeps an arena of its own as large as it ever needed, and a model has up to ten sessions
    that never run at the same moment in a thread: measured, twice the memory.
    """
    ort = _onnxruntime()
    where = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(where, ort.OrtArenaCfg(0, -1, -1, -1))


def _options() -> Any:
    ort = _onnxruntime()
    options = ort.SessionOptions()
    # Small matrices: a second thread inside one operator costs more than it brings (measured: a quarter of the
    # speed). The work is spread over sentences instead.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    # Shapes change with every step, and onnxruntime would remember a memory plan for each of them for ever.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    _share_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def _make(source: str | bytes, providers: Sequence[str]) -> Any:
    return _onnxruntime().InferenceSession(source, _options(), providers=list(providers))


def open_session(model: Path | bytes, device: str = "auto") -> Any:
    """Open an ``onnxruntime.InferenceSession``.

    Args:
        model: An ``.onnx`` file, or its bytes.
        device: ``"cpu"``; ``"cuda"``, which must truly load; ``"auto"``, which takes CUDA where it loads.

    Raises:
        MissingExtra: onnxruntime is not installed.
        DeviceError: CUDA was asked for by name and is not to be had. onnxruntime itself would fall back silently.
        InputError: Another device name.
    """
    if device not in DEVICES:
        raise InputError(f"unknown device {device!r}; known are {', '.join(DEVICES)}")
    ort = _onnxruntime()
    source = model if isinstance(model, bytes) else str(model)
    if device == "cpu" or (device == "auto" and _CUDA not in ort.get_available_providers()):
        return _make(source, [_CPU])
    if _CUDA not in ort.get_available_providers():
        raise DeviceError(
            "device='cuda' was asked for, but this onnxruntime has no CUDA provider "
            f"(it has {', '.join(ort.get_available_providers())}). Install the GPU build: "
            "pip uninstall -y onnxruntime && pip install 'vnlp-colab[gpu]'"
        )
    _preload_cuda_libraries()
    session = _make(source, [_CUDA, _CPU])
    if device == "cuda" and _CUDA not in session.get_providers():
        raise DeviceError(
            "device='cuda' was asked for, but CUDA did not load: the driver or the CUDA and cuDNN libraries do not "
            "fit this onnxruntime. Use device='cpu', or install the libraries that its release notes name."
        )
    return session


class Graph:
    """A session to be called with arrays in the order of its inputs.

    Attributes:
        session: The ``onnxruntime.InferenceSession``.
        input_names: Names of its inputs, in order.
        output_names: Names of its outputs, in order.
    """

    __slots__ = ("input_names", "output_names", "session")

    def __init__(self, session: Any) -> None:
        self.session = session
        self.input_names: list[str] = [node.name for node in session.get_inputs()]
        self.output_names: list[str] = [node.name for node in session.get_outputs()]

    def __call__(self, *arrays: npt.NDArray[Any]) -> list[npt.NDArray[np.float32]]:
        """Run the graph; one array an input, one array an output."""
        feed = dict(zip(self.input_names, arrays, strict=True))
        return self.session.run(self.output_names, feed)  # type: ignore[no-any-return]

    def table(self, *arrays: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float32]]:
        """Run the graph and name its outputs."""
        return dict(zip(self.output_names, self(*arrays), strict=True))
