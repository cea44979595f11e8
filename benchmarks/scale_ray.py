"""A run of the scale measurement on Ray, on a cluster of this machine's processes.

python -m benchmarks.scale_ray FOLDER --models NAMES --workers N
"""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.scale_core import arguments, timed

_OBJECT_STORE = 200 * 2**20


def measure(folder: Path, models: str, workers: int) -> dict[str, Any]:
    """Annotate both tables, and say how long it took, from reading to writing, the start of the actors included."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Else Ray takes processes that are slow to start for lost, and starts more.
    os.environ.setdefault("RAY_worker_register_timeout_seconds", "300")
    begin = time.perf_counter()
    import ray

    import vnlp_colab.ray

    # One CPU more than the actors reserve, for the tasks that read and write; Ray only counts them.
    ray.init(
        num_cpus=workers + 1,
        object_store_memory=_OBJECT_STORE,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    found: dict[str, Any] = {"start": time.perf_counter() - begin}
    ran: list[Any] = []

    def annotate(name: str) -> None:
        dataset = ray.data.read_parquet(str(folder / f"{name}.parquet"))
        # Smaller blocks than by default: the table is small, and all actors are to have work to the end.
        annotated = vnlp_colab.ray.annotate(dataset, models, row_id="id", concurrency=workers, rows_per_block=256)
        annotated.write_parquet(str(folder / f"{name}-out.parquet"), mode=ray.data.SaveMode.OVERWRITE)
        ran.append(annotated)

    found |= timed(annotate)
    found["plan"] = plan(ran[-1])
    ray.shutdown()
    return found


def plan(dataset: Any) -> str:
    """What Ray ran for a dataset: a line an operator, from its own statistics of the run."""
    lines = dataset.stats().splitlines()
    return "\n".join(line for line in lines if line.startswith("Operator ") and "tasks executed" in line)


def main() -> None:
    """Run the program."""
    asked = arguments()
    print(json.dumps(measure(asked.folder, asked.models, asked.workers)))


if __name__ == "__main__":
    main()
