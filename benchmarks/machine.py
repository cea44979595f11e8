"""What a figure was measured on."""

from __future__ import annotations

import datetime
import hashlib
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("vnlp-colab", "onnxruntime", "onnxruntime-gpu", "numpy", "onnx", "pandas", "pyarrow", "sentencepiece")
# What decides over the speed of matrix products.
_FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx_vnni", "avx512_vnni", "amx_int8", "asimd", "sve")
_KILOBYTES_IN_GIGABYTE = 1 << 20


def describe() -> dict[str, Any]:
    """Machine, versions, commit and date."""
    return {
        "machine": {
            "cpu": _cpu_field("model name") or platform.processor() or platform.machine(),
            "cpu_family_model": "/".join(_cpu_field(key) for key in ("cpu family", "model", "stepping")),
            "instructions": [flag for flag in _FLAGS if flag in _cpu_field("flags").split()],
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "caches": _caches(),
            "memory_gb": _memory(),
            "system": f"{platform.system()} {platform.release()}",
            "load_before": [round(load, 2) for load in os.getloadavg()],
        },
        "versions": {"python": platform.python_version(), **_versions()},
        "commit": _commit(),
        "code": code(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _cpu_field(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == name), "")


def _caches() -> dict[str, str]:
    found = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        found[f"L{level} {kind}"] = size
    return found


def _memory() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return round(int(lines[0].split()[1]) / _KILOBYTES_IN_GIGABYTE, 1)


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _commit() -> str:
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        return commit + ("+changes" if _git("status", "--porcelain", "--untracked-files=no", "--", "src") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def code() -> str:
    """A hash of the package and of these programs, as they are on disk: figures of the same code can stand together."""
    digest = hashlib.sha256()
    for folder in ("src", "benchmarks"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=_ROOT, check=True, capture_output=True, text=True).stdout.strip()
