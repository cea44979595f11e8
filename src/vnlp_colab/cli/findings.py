"""What ``vnlp-colab doctor`` has found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


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


def size_of(count: int | None) -> str:
    """Return a number of bytes for people."""
    if count is None:
        return "unknown"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
