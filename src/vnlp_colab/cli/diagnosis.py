"""What ``vnlp-colab doctor`` finds out: what is installed, what loads, what is cached, and what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from vnlp_colab.cli import storage
from vnlp_colab.cli.findings import Diagnosis, Finding
from vnlp_colab.errors import VNLPError

CORE = ("numpy", "pandas", "pyarrow", "onnx", "h5py", "sentencepiece")
OPTIONAL = ("spacy", "polars", "fastapi", "ray", "pyspark", "boto3", "tensorflow", "tf2onnx")
# All of these bring the module onnxruntime; only the first two are ours to advise.
RUNTIMES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-training")
# TensorFlow without GPU goes by a name of its own.
_ALIASES = {"tensorflow": ("tensorflow", "tensorflow-cpu")}

_REINSTALL = f"pip uninstall -y {' '.join(RUNTIMES[:2])} && pip install 'vnlp-colab[%s]'"
_LITTLE_MEMORY = 2_000_000_000


def diagnose() -> Diagnosis:
    """Look at everything; whatever is broken is found and told, never raised."""
    found = Diagnosis()
    for look in (_versions, _runtime, _machine, storage.settings, storage.cache, storage.models):
        found.findings.extend(look(found))
    return found


def _versions(found: Diagnosis) -> Iterator[Finding]:
    found.versions = {"vnlp-colab": _version("vnlp-colab"), "python": platform.python_version()}
    found.versions |= {name: _version(name) for name in (*RUNTIMES, *CORE, *OPTIONAL)}
    missing = [name for name in CORE if found.versions[name] is None]
    if missing:
        yield Finding("error", f"not installed: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    runtimes = [name for name in RUNTIMES if found.versions[name] is not None]
    if not runtimes:
        fix = "pip install 'vnlp-colab[cpu]', or 'vnlp-colab[gpu]' where there is an NVIDIA GPU"
        yield Finding("error", "onnxruntime is not installed", fix)
    if len(runtimes) > 1:
        yield Finding(
            "warning",
            f"{' and '.join(runtimes)} are installed at once: they overwrite each other's files, the one installed "
            "last wins, and removing one breaks the other",
            f"{_REINSTALL % ('gpu' if gpu_present() else 'cpu')}",
        )


def _version(name: str) -> str | None:
    for alias in _ALIASES.get(name, (name,)):
        try:
            return metadata.version(alias)
        except metadata.PackageNotFoundError:
            continue
    return None


def gpu_present() -> bool:
    """Tell whether there is an NVIDIA driver, whatever onnxruntime thinks of it."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def _runtime(found: Diagnosis) -> Iterator[Finding]:
    """Open a session of one node, on CUDA if it is listed, else on the CPU, and run it."""
    found.runtime = {"listed": [], "loads": None, "cuda_error": None}
    if not any(found.versions[name] for name in RUNTIMES) or found.versions["onnx"] is None:
        return
    from vnlp_colab.runtime import session

    try:
        found.runtime["listed"] = session.listed_providers()
        opened = session.open_session(_tiny_model())
        session.Graph(opened)(_one())
        found.runtime["loads"] = opened.get_providers()[0]
    except Exception as error:
        # A half-removed runtime fails in any way it likes: without attributes, without libraries.
        fix = _REINSTALL % ("gpu" if found.versions["onnxruntime-gpu"] else "cpu")
        yield Finding("error", f"onnxruntime does not work: {type(error).__name__}: {str(error)[:300]}", fix)
        return
    yield from _cuda(found, lambda: session.open_session(_tiny_model(), "cuda"))


def _cuda(found: Diagnosis, open_on_cuda: Callable[[], object]) -> Iterator[Finding]:
    if found.runtime["loads"] == "CUDAExecutionProvider":
        return
    if "CUDAExecutionProvider" in found.runtime["listed"]:
        try:
            open_on_cuda()
        except VNLPError as error:
            found.runtime["cuda_error"] = str(error)
        where = "" if gpu_present() else "; there seems to be no NVIDIA driver here"
        fix = "install the CUDA and cuDNN versions that this onnxruntime-gpu was built for, or one built for yours"
        yield Finding("warning", f"CUDA is listed, but does not load{where}: the models run on the CPU", fix)
    elif gpu_present():
        yield Finding("warning", "there is an NVIDIA GPU, but this onnxruntime cannot use it", _REINSTALL % "gpu")


def _tiny_model() -> bytes:
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "tiny", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialised: bytes = model.SerializeToString()
    return serialised


def _one() -> Any:
    import numpy as np

    return np.ones(1, np.float32)


def _machine(found: Diagnosis) -> Iterator[Finding]:
    from vnlp_colab.runtime import limits

    total, available = _memory()
    limit = limits.memory_limit()
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    found.machine = {
        "system": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "affinity": affinity,
        "quota": limits.processor_quota(),
        "threads": _threads(found),
        "memory": total,
        "memory_available": available,
        "memory_limit": limit,
        "gpu_driver": gpu_present(),
    }
    least = min((size for size in (available, limit) if size is not None), default=None)
    if least is not None and least < _LITTLE_MEMORY:
        problem = f"only {least / 1e9:.1f} GB of memory are to be had"
        yield Finding("warning", problem, "load fewer models (--models), or use smaller batches and no workers")


def _threads(found: Diagnosis) -> int | None:
    if found.versions["numpy"] is None:
        return None
    from vnlp_colab.runtime.session import available_threads

    return available_threads()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> tuple[int | None, int | None]:
    """Return the machine's memory, and what of it is available."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None, None
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return sizes.get("MemTotal"), sizes.get("MemAvailable")
