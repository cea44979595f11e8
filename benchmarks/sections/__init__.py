"""The measurements: each takes the settings and returns what the page and the plots are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.sections import against, caches, gpu, growth, latency, roofline, shared, startup, sweeps, throughput
from benchmarks.settings import Settings

SECTIONS: dict[str, Callable[[Settings], Any]] = {
    "against": against.run,
    "roofline": roofline.run,
    "latency": latency.run,
    "startup": startup.run,
    "shared": shared.run,
    "throughput": throughput.run,
    "growth": growth.run,
    "workers": growth.workers,
    "caches": caches.run,
    "lengths": sweeps.lengths,
    "batches": sweeps.batches,
}
"""In the order in which they run: those first whose figures are asked for most."""

GPU_SECTIONS: dict[str, Callable[[Settings], Any]] = {"gpu": gpu.run}
"""Those that need CUDA."""
