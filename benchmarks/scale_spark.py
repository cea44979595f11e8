"""A run of the scale measurement on Spark, in its local mode: one process of Java, and one of Python for each worker.

python -m benchmarks.scale_spark FOLDER --models NAMES --workers N
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.scale_core import arguments, timed

_KILOBYTES = 1024
# Cuts tables of this size as Spark's defaults (128 MB a partition) cut large ones: so that all workers have tasks.
_PARTITION_BYTES = 40_000


def measure(folder: Path, models: str, workers: int) -> dict[str, Any]:
    """Annotate both tables, and say how long it took, from reading to writing, the start of the workers included."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    begin = time.perf_counter()
    from pyspark.sql import SparkSession

    import vnlp_colab.spark

    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.sql.files.maxPartitionBytes": str(_PARTITION_BYTES),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{workers}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.range(1).collect()
    found: dict[str, Any] = {"start": time.perf_counter() - begin}
    ran: list[Any] = []

    def annotate(name: str) -> None:
        sentences = spark.read.parquet(str(folder / f"{name}.parquet"))
        annotated = vnlp_colab.spark.annotate(sentences, models, row_id="id")
        annotated.write.mode("overwrite").parquet(str(folder / f"{name}-out.parquet"))
        ran.append(annotated)

    found |= timed(annotate)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        ran[-1].explain()
    found["plan"] = shown.getvalue().replace(str(folder), "/data").strip()
    # Asked of the same processes: Spark uses its Python workers again.
    peaks = spark.range(workers * 4).repartition(workers * 4).mapInArrow(_peak, "peak double").collect()
    found["peak_mb"] = max(row.peak for row in peaks)
    spark.stop()
    return found


def _peak(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES
        yield pa.RecordBatch.from_pydict({"peak": pa.array([peak], pa.float64())})


def main() -> None:
    """Run the program."""
    asked = arguments()
    print(json.dumps(measure(asked.folder, asked.models, asked.workers)))


if __name__ == "__main__":
    main()
