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
    """Start every model and pipeline again and again; they are in the cache on disk."""
    names = [subject.name for subject in SUITES[settings.suite].subjects if not subject.part]
    found = []
    for name in filter(settings.wanted, names):
        settings.say(f"start-up of {name}")
        _once(settings, name)
        runs = [_once(settings, name) for _ in range(settings.rounds)]
        found.append(
            {
                "subject": name,
                "seconds": {step: spread([run[step] for run in runs]) for step in _STEPS},
                "peak_mb": spread([run["peak_mb"] for run in runs]),
                "wanted_seconds": 3.0,
            }
        )
    return found


def _once(settings: Settings, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.runners.startup", name, settings.main.texts[0]]
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
