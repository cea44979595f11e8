"""The one place that knows onnxruntime: devices, providers, threads, sessions."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vnlp_colab.errors import DeviceError, InputError, MissingExtra
from vnlp_colab.runtime import limits

DEVICES = ("auto", "cpu", "cuda")

CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"

# Every session's providers are asked for with these.
_PROVIDER_OPTIONS: Mapping[str, Mapping[str, str]] = {
    # By default the arena doubles with each request that it cannot serve: a few sessions would fill the card.
    # And by default cards since Ampere round what products read to 10 bits of mantissa (TF32): labels would differ from
    # the CPU's.
    CUDA: {"arena_extend_strategy": "kSameAsRequested", "use_tf32": "0"},
    CPU: {},
}


def _onnxruntime() -> Any:
    # From 1.32 on it would otherwise report its use to its makers, and leave a file in the folder for temporary ones.
    # Who has set the variable to something else is obeyed.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra("onnxruntime", "cpu", "running a model") from error
    return onnxruntime


def available_threads() -> int:
    """How many processors this process may use: its affinity, or a container's quota where that is less.

    onnxruntime itself counts the machine's processors, whatever the process may use of them.
    """
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    quota = limits.processor_quota()
    return max(1, count if quota is None else min(count, round(quota)))


def resolve_threads(threads: int | None) -> int:
    """The number of worker threads to use: the given one, or one a processor.

    Raises:
        InputError: ``threads`` is below 1.
    """
    if threads is None:
        return available_threads()
    if threads < 1:
        raise InputError(f"threads must be 1 or more, not {threads}")
    return threads


def listed_providers() -> list[str]:
    """The providers that this onnxruntime was built with, whether they load or not.

    Raises:
        MissingExtra: onnxruntime is not installed.
    """
    found: list[str] = _onnxruntime().get_available_providers()
    return found


@lru_cache(maxsize=1)
def _preload_cuda_libraries() -> str:
    """Load the CUDA and cuDNN libraries of Python packages, which the system's loader does not find by itself.

    Returns:
        What was found wrong with them: onnxruntime prints it, and stdout is not ours to print on.
    """
    preload = getattr(_onnxruntime(), "preload_dlls", None)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        if preload is not None:
            preload()
    return said.getvalue().strip()


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
    asked = [(name, dict(_PROVIDER_OPTIONS[name])) for name in providers]
    # With its fallback onnxruntime prints on stdout and goes on without CUDA, at any later call too.
    return _onnxruntime().InferenceSession(source, _options(), providers=asked, enable_fallback=0)


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
    source = model if isinstance(model, bytes) else str(model)
    listed = listed_providers()
    if device == "cpu" or (device == "auto" and CUDA not in listed):
        return _make(source, [CPU])
    if CUDA not in listed:
        raise DeviceError(
            f"device='cuda' was asked for, but this onnxruntime has no CUDA provider (it has {', '.join(listed)}). "
            "Install the GPU build: pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'vnlp-colab[gpu]'"
        )
    return _open_on_cuda(source, must_load=device == "cuda")


def _open_on_cuda(source: str | bytes, must_load: bool) -> Any:
    """Open a session on CUDA, or on the CPU where CUDA does not load and need not."""
    reason = _preload_cuda_libraries()
    cause: Exception | None = None
    try:
        session = _make(source, [CUDA, CPU])
        # Where its libraries are missing, onnxruntime leaves CUDA out and only logs that it did.
        if CUDA in session.get_providers():
            return session
    except (ValueError, RuntimeError) as error:
        # A broken driver, or a card that is not there. A broken model fails on the CPU once more.
        reason, cause, session = str(error), error, None
    if must_load:
        raise DeviceError(
            "device='cuda' was asked for, but CUDA did not load: the driver or the CUDA and cuDNN libraries do not "
            "fit this onnxruntime. Use device='cpu', or install the libraries that its release notes name; "
            f"see: vnlp-colab doctor{f' ({reason:.500})' if reason else ''}"
        ) from cause
    return _make(source, [CPU]) if session is None else session


# What ONNX Runtime's arena, and CUDA itself, say.
_OUT_OF_MEMORY = re.compile(r"(failed to allocate|out of) memory|_ALLOC_FAILED|_OUT_OF_MEMORY|CUDA failure 2\b", re.I)


class Graph:
    """A session to be called with arrays in the order of its inputs.

    Attributes:
        session: The ``onnxruntime.InferenceSession``.
        input_names: Names of its inputs, in order.
        output_names: Names of its outputs, in order.
        on_gpu: Whether it runs on CUDA.
    """

    __slots__ = ("input_names", "on_gpu", "output_names", "session")

    def __init__(self, session: Any) -> None:
        self.session = session
        self.input_names: list[str] = [node.name for node in session.get_inputs()]
        self.output_names: list[str] = [node.name for node in session.get_outputs()]
        self.on_gpu = CUDA in session.get_providers()

    def __call__(self, *arrays: npt.NDArray[Any]) -> list[npt.NDArray[np.float32]]:
        """Run the graph; one array an input, one array an output.

        Raises:
            MemoryError: A GPU has not the memory.
            DeviceError: Whatever else goes wrong on a GPU, which may be of no more use to this process.
        """
        feed = dict(zip(self.input_names, arrays, strict=True))
        try:
            return self.session.run(self.output_names, feed)  # type: ignore[no-any-return]
        except Exception as error:
            # ONNX Runtime's errors have no other base in common.
            if not self.on_gpu or type(error).__module__.partition(".")[0] != "onnxruntime":
                raise
            # Less may fit, so that this may be a large batch's error, or one row's.
            if _OUT_OF_MEMORY.search(str(error)):
                raise MemoryError(f"the GPU has not the memory: {error!s:.500}") from error
            raise DeviceError(
                f"the GPU failed while a model ran on it: {error!s:.500}. Start again, or use device='cpu'"
            ) from error

    def table(self, *arrays: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float32]]:
        """Run the graph and name its outputs."""
        return dict(zip(self.output_names, self(*arrays), strict=True))
