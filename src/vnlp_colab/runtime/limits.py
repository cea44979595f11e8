"""What a container allows this process: Linux control groups, of both versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")

# More than this is how version 1 says that there is no limit.
_NO_LIMIT = 1 << 60


def processor_quota() -> float | None:
    """Return how many processors' time may be used, or ``None`` where there is no limit."""
    quotas: list[float] = []
    for folder in _folders("", "cpu"):
        # Version 2 has "quota period" in one file, version 1 a file for each.
        quota, period = [*_words(folder / "cpu.max"), "", ""][:2]
        if not quota:
            quota = " ".join(_words(folder / "cpu.cfs_quota_us"))
            period = " ".join(_words(folder / "cpu.cfs_period_us"))
        if quota.isdigit() and period.isdigit() and int(period):
            quotas.append(int(quota) / int(period))
    return min(quotas, default=None)


def memory_limit() -> int | None:
    """Return how many bytes of memory may be used, or ``None`` where there is no limit."""
    limits: list[int] = []
    for folder in _folders("", "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            value = " ".join(_words(folder / name))
            if value.isdigit() and int(value) < _NO_LIMIT:
                limits.append(int(value))
    return min(limits, default=None)


def _folders(*controllers: str) -> Iterator[Path]:
    """Yield this process's group of each controller, and the groups around it: the narrowest limit counts.

    In a container the path that the kernel names may lie outside of what is mounted; the root is looked at always.
    """
    try:
        lines = _OWN.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if not set(names.split(",")) & set(controllers):
            continue
        root = _GROUPS / names
        group = root / path.lstrip("/")
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
