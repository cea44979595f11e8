"""Time and memory against the number of rows: distinct rows, nothing kept, noted on the way in one long run."""

from __future__ import annotations

from typing import Any

from benchmarks.names import SUITES, Growth
from benchmarks.settings import Settings

_MARKS = (100, 1_000, 10_000, 100_000)
_WARM_UP = 64
_QUICK_ROWS = 200
_THREADS = 1
"""Such a run takes up to an hour: one core can be kept free of whatever else a machine does for so long."""
_WORKERS, _WORKERS_ROWS = 2, 10_000
"""A run with worker processes is there to show their memory: caches are nearly full after so many rows."""


def run(settings: Settings) -> Any:
    """Stream rows through the pipeline, and from a file to a file; fresh processes.

    Returns:
        A row for each way and each number of rows: seconds since the start, of the clock and of the processor, and
        memory then and at its highest.
    """
    suite = SUITES[settings.suite]
    if not settings.wanted(suite.pipeline):
        return []
    found = []
    for growth in suite.growth:
        most = settings.rows or (_QUICK_ROWS if settings.quick else growth.rows)
        for how in ("rows", "file_rows") if growth.files else ("rows",):
            settings.say(f"{most} rows ({how}{', short' if growth.words else ''})")
            found += _once(settings, suite.pipeline, how, growth, most)
    return found


def workers(settings: Settings) -> Any:
    """Stream rows through the pipeline with worker processes, each of which has caches of its own.

    Returns:
        A row for each number of rows, as ``run`` has them, with the memory of every process.
    """
    name = SUITES[settings.suite].pipeline
    if not settings.wanted(name):
        return []
    most = settings.rows or (_QUICK_ROWS if settings.quick else _WORKERS_ROWS)
    settings.say(f"{most} rows with {_WORKERS} workers")
    return _once(settings, name, "rows", Growth(most), most, _WORKERS)


def _once(
    settings: Settings, name: str, how: str, growth: Growth, most: int, processes: int | None = None
) -> list[dict[str, Any]]:
    with settings.ours() as child:
        child.ask("load", subject=name, threads=_THREADS, device=settings.device, workers=processes)
        # Warm, as in the middle of a long run.
        child.ask("texts", name="warm-up", texts=settings.main.some(_WARM_UP).texts)
        child.ask("measure", subject=name, texts="warm-up")
        child.ask("texts", name="all", texts=settings.main.texts)
        marks = [count for count in _MARKS if count < most] + [most]
        stages = child.ask(how, subject=name, texts="all", marks=marks, words=growth.words)
    if processes:
        return [{"subject": name, "how": f"annotate, workers={processes}", **stage} for stage in stages]
    title = {"rows": "annotate", "file_rows": "annotate_file to Parquet"}[how]
    return [
        {"subject": name, "how": title + (f", rows of {growth.words} words" if growth.words else ""), **stage}
        for stage in stages
    ]
