"""From nothing to the first sentence, in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.children import PACKAGES
from benchmarks.names import SUITES
from benchmarks.pairing import spread
from benchmarks.settings import Settings, environment

_STEPS = ("interpreter", "import", "load", "first sentence", "total")


def run(settings: Settings) -> Any:
    """Start the pipeline again and again; models are in the cache on disk."""
    pipeline = SUITES[settings.suite].pipeline
    if not settings.wanted(pipeline):
        return None
    settings.say("start-up")
    _once(settings, pipeline)
    runs = [_once(settings, pipeline) for _ in range(settings.rounds)]
    return {
        "subject": pipeline,
        "seconds": {step: spread([run[step] for run in runs]) for step in _STEPS},
        "peak_mb": spread([run["peak_mb"] for run in runs]),
        "wanted_seconds": 3.0,
    }


def _once(settings: Settings, pipeline: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.runners.startup", pipeline, settings.main.texts[0]]
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment(), "PYTHONPATH": os.pathsep.join(PACKAGES)},
    )
    total = time.perf_counter() - begin
    found: dict[str, float] = json.loads(done.stdout)
    inside = sum(found[step] for step in ("import", "load", "first sentence"))
    return {**found, "total": total, "interpreter": total - inside}
