"""Throughput on local clusters by number of workers, and the plan of a run over 100 million sentences.

    python -m benchmarks.scale [--engine ray] [--engine spark] [--rows N] [--output docs]

Each run is a process of its own: ``python -m MODULE INPUT OUTPUT --workers N --models NAMES`` annotates the Parquet
files of a folder into another one and prints, as its last line, JSON: ``rows``, ``start_seconds`` (until workers have
loaded their models), ``seconds`` (for the rows after that), ``plan`` (what the engine ran, as text).
"""

from __future__ import annotations

ENGINES = {"ray": "benchmarks.scale_ray", "spark": "benchmarks.scale_spark"}
