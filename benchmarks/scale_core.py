"""A run of the scale measurement without a cluster: one process, or ``vnlp-colab run --workers``'s.

    python -m benchmarks.scale_core FOLDER --models NAMES [--workers N]

Without workers, one process with one thread: the rate of a core.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_MEGABYTE = 1024


def arguments() -> argparse.Namespace:
    """What every run is told."""
    parser = argparse.ArgumentParser(description="One run of benchmarks/scale.py.")
    parser.add_argument("folder", type=Path, help="has few.parquet and many.parquet")
    parser.add_argument("--models", required=True)
    parser.add_argument("--workers", type=int, default=0)
    return parser.parse_args()


def timed(annotate: Callable[[str], object]) -> dict[str, float]:
    """Time three runs: a first one, in which processes start, then the small and the large table.

    Args:
        annotate: Called with the name of the table.

    Returns:
        Seconds: ``first`` and ``few`` for the small table, ``many`` for the large one.
    """
    found = {}
    for run, name in (("first", "few"), ("few", "few"), ("many", "many")):
        begin = time.perf_counter()
        annotate(name)
        found[run] = time.perf_counter() - begin
    return found


def measure(folder: Path, models: str, workers: int) -> dict[str, Any]:
    """Annotate both tables, and say how long it took."""
    begin = time.perf_counter()
    from vnlp_colab import VNLPipeline

    with VNLPipeline(
        models, device="cpu", workers=workers, threads=None if workers else 1, loader="none", progress=False
    ) as pipe:
        # Models are loaded with the first use.
        next(pipe.annotate(["Bir cümle."]))
        found: dict[str, Any] = {"start": time.perf_counter() - begin}
        found |= timed(lambda name: pipe.annotate_file(folder / f"{name}.parquet", folder / f"{name}-out.parquet"))
    who = resource.RUSAGE_CHILDREN if workers else resource.RUSAGE_SELF
    return {**found, "peak_mb": resource.getrusage(who).ru_maxrss / _MEGABYTE}


def main() -> None:
    """Run the program."""
    asked = arguments()
    print(json.dumps(measure(asked.folder, asked.models, asked.workers)))


if __name__ == "__main__":
    main()
