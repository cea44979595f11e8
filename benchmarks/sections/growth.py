"""Time and memory against the number of rows: a process each, varied texts, nothing kept."""

from __future__ import annotations

from typing import Any

from benchmarks.names import SUITES
from benchmarks.pairing import spread
from benchmarks.settings import Settings

_LONG = 10_000
"""Rows from which on a size is run once: noise has averaged out, and it takes minutes."""


def run(settings: Settings) -> Any:
    """Stream rows through the pipeline, and from a file to a file; every size in a fresh process."""
    name = SUITES[settings.suite].pipeline
    if not settings.wanted(name):
        return []
    found = []
    for how in ("rows", "file_rows"):
        for count in settings.rows:
            settings.say(f"{count} rows ({how})")
            runs = [_once(settings, name, how, count) for _ in range(1 if count >= _LONG else settings.rounds)]
            found.append(
                {
                    "subject": name,
                    "how": {"rows": "annotate", "file_rows": "annotate_file to Parquet"}[how],
                    "rows": count,
                    "tokens": runs[0]["tokens"],
                    "seconds": spread([run["seconds"] for run in runs]),
                    "milliseconds_a_row": spread([1000 * run["seconds"] / count for run in runs]),
                    "tokens_per_second": spread([run["tokens"] / run["seconds"] for run in runs]),
                    "loaded_mb": spread([run["loaded_mb"] for run in runs]),
                    "peak_mb": spread([run["peak_mb"] for run in runs]),
                }
            )
    return found


def _once(settings: Settings, name: str, how: str, count: int) -> dict[str, float]:
    with settings.ours() as child:
        child.ask("load", subject=name, threads=2, device=settings.device)
        # Warm, as in the middle of a long run.
        child.ask("texts", name="all", texts=settings.main.texts)
        child.ask("measure", subject=name, texts="all")
        result: dict[str, float] = child.ask(how, subject=name, texts="all", count=count)
        return result
