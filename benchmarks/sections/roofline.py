"""The measurement behind ``benchmarks.roofline``, as a section of a suite."""

from __future__ import annotations

from typing import Any

from benchmarks import roofline
from benchmarks.settings import Settings


def run(settings: Settings) -> Any:
    """Count the work of every model and set it against what the machine can do."""
    return roofline.measure(settings)
