"""What ``vnlp-colab doctor`` finds out: what is installed, what loads, what is cached, and what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from vnlp_colab.errors import VNLPError

CORE = ("numpy", "pandas", "pyarrow", "onnx", "h5py", "sentencepiece")
OPTIONAL = ("spacy", "polars", "fastapi", "ray", "pyspark", "boto3", "tensorflow", "tf2onnx")
# All of these bring the module onnxruntime; only the first two are ours to advise.
RUNTIMES = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-training")
# TensorFlow without GPU goes by a name of its own.
_ALIASES = {"tensorflow": ("tensorflow", "tensorflow-cpu")}

_REINSTALL = f"pip uninstall -y {' '.join(RUNTIMES[:2])} && pip install 'vnlp-colab[%s]'"
_LITTLE_MEMORY = 2_000_000_000
_LITTLE_DISK = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know.

    Attributes:
        level: ``error``: models cannot run; ``warning``: they run, but not as they could; ``note``: all is well.
        problem: What it is.
        fix: What to do about it.
    """

    level: Literal["error", "warning", "note"]
    problem: str
    fix: str


@dataclass(slots=True)
class Diagnosis:
    """Everything found out. Sizes are in bytes; what is absent is ``None``.

    Attributes:
        versions: Versions of packages, by name.
        runtime: The providers that onnxruntime lists, the one that loads, and why CUDA does not where it is listed.
        machine: Processor, threads and memory.
        cache: Folder, size, whether it can be written to, and space left.
        settings: The environment variables of this package.
        models: Bytes of each cached model, by name; ``None`` if it is not cached.
        findings: What there is to know and to do.
    """

    versions: dict[str, str | None] = field(default_factory=dict)
    runtime: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    models: dict[str, int | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether models can run."""
        return all(finding.level != "error" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"usable": self.usable, **asdict(self)}


def diagnose() -> Diagnosis:
    """Look at everything; whatever is broken is found and told, never raised."""
    found = Diagnosis()
    for look in (_versions, _runtime, _machine, _settings, _cache, _models):
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


def _settings(found: Diagnosis) -> Iterator[Finding]:
    from vnlp_colab.store import paths, places

    known = {value for name, value in vars(paths).items() if name.endswith("_VARIABLE")}
    given = {name: value for name, value in os.environ.items() if name.startswith("VNLP_COLAB_")}
    # What stands before an @ in a URL is a password, and reports are pasted into issues.
    found.settings = {name: value.rpartition("@")[2] for name, value in sorted(given.items()) if name in known}
    for check in (places.store_place, places.weights_place, paths.timeout, paths.attempts):
        try:
            check()
        except VNLPError as error:
            yield Finding("error", str(error), "correct the environment variable, or unset it")


def _cache(found: Diagnosis) -> Iterator[Finding]:
    from vnlp_colab.store import paths

    home = paths.home()
    anchor = next(folder for folder in (home, *home.parents) if folder.exists())
    found.cache = {
        "folder": str(home),
        "exists": home.exists(),
        "writable": _writable(anchor),
        "size": _size(home),
        "free": shutil.disk_usage(anchor).free,
    }
    if not found.cache["writable"]:
        fix = f"set {paths.HOME_VARIABLE} to a folder that can be written to"
        yield Finding("warning", f"the cache {home} cannot be written to: nothing new can be fetched", fix)
    elif found.cache["free"] < _LITTLE_DISK:
        problem = f"only {found.cache['free'] / 1e9:.1f} GB are free where the cache lies, in {anchor}"
        yield Finding("warning", problem, f"make room, or set {paths.HOME_VARIABLE} to another folder")


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _size(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(where, name).lstat().st_size
            except OSError:
                continue  # deleted meanwhile
    return total


def _models(found: Diagnosis) -> Iterator[Finding]:
    if found.versions["numpy"] is None:
        return
    from vnlp_colab.store import manage, offline

    try:
        status = manage.status()
    except VNLPError as error:
        yield Finding("error", f"the cache cannot be read: {error}", "mend it, or delete it: it fills again")
        return
    found.models = {entry.spec.name: None if entry.bundle is None else entry.size for entry in status}
    if any(size is not None for size in found.models.values()):
        return
    if offline() or not found.cache["writable"]:
        why = "the network is forbidden" if offline() else "the cache cannot be written to"
        fix = f"run `vnlp-colab models pull` where that is possible, and copy the folder to {found.cache['folder']}"
        yield Finding("error", f"no model is cached, and {why}", fix)
    else:
        yield Finding("note", "no model is cached yet: each is fetched at its first use", "vnlp-colab models pull")
