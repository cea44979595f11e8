"""Runs this project's models and pipelines."""

from __future__ import annotations

import gc
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.corpus import varied
from benchmarks.runners import tracing
from benchmarks.runners.ours_subjects import Pipeline, make
from benchmarks.runners.protocol import Bench, memory, serve, usage
from vnlp_colab.pipeline import loaders
from vnlp_colab.runtime.vectors import cache_statistics

_BENCH = Bench(make)


def rows(subject: str, texts: str, marks: list[int], words: int | None = None, batch: int = 64) -> list[dict[str, Any]]:
    """Stream distinct texts through a pipeline, keeping nothing; note time and memory at some numbers of rows."""
    pipe = _pipeline(subject).pipe
    stages = _Stages(marks)
    for sentence in pipe.annotate(varied(_BENCH.corpus(texts), marks[-1], words), batch_size=batch):
        stages.add(1, len(sentence.tokens))
    return stages.found


def file_rows(
    subject: str, texts: str, marks: list[int], words: int | None = None, batch: int = 64
) -> list[dict[str, Any]]:
    """Annotate a file of distinct texts into a Parquet file; only the end is noted."""
    pipe = _pipeline(subject).pipe
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "rows.tsv")
        with source.open("w", encoding="utf-8") as stream:
            for number, text in enumerate(varied(_BENCH.corpus(texts), marks[-1], words)):
                stream.write(f"B\t1\t1\t{number}\t{text}\n")
        stages = _Stages(marks[-1:])
        done = pipe.annotate_file(source, Path(folder, "rows.parquet"), batch_size=batch)
        stages.add(done.rows, done.tokens)
    return stages.found


class _Stages:
    """Notes on a long run.

    Args:
        marks: Numbers of rows at which to note.
    """

    def __init__(self, marks: list[int]) -> None:
        gc.collect()
        self.found: list[dict[str, Any]] = []
        self._marks = set(marks)
        self._rows = self._tokens = 0
        self._before = memory()["now_mb"]
        self._begin, self._begin_cpu = time.perf_counter(), time.process_time()

    def add(self, rows: int, tokens: int) -> None:
        """Count what has been done."""
        self._rows += rows
        self._tokens += tokens
        if self._rows in self._marks:
            seconds = time.perf_counter() - self._begin
            self.found.append({
                "rows": self._rows,
                "tokens": self._tokens,
                "seconds": seconds,
                "milliseconds_a_row": 1000 * seconds / self._rows,
                "cpu_milliseconds_a_row": 1000 * (time.process_time() - self._begin_cpu) / self._rows,
                "tokens_per_second": self._tokens / seconds,
                "loaded_mb": self._before,
                **memory(),
                "processes_mb": usage()["peak_mb"],
                "hit_rate": cache_statistics().hit_rate,
            })  # fmt: skip


def first_result(subject: str, texts: str, batch: int = 64) -> float:
    """Seconds until a pipeline that is fed a stream of texts yields its first result."""
    pipe = _pipeline(subject).pipe
    begin = time.perf_counter()
    found = pipe.annotate(itertools.cycle(_BENCH.corpus(texts)), batch_size=batch)
    next(found)
    seconds = time.perf_counter() - begin
    found.close()  # type: ignore[attr-defined]  # a generator, whose threads end with it
    return seconds


def full_windows() -> int:
    """Let this process's pipelines begin with windows of full size, as they have them in the midst of a long run."""
    loaders.FIRST_WINDOW = 1 << 30
    return loaders.FIRST_WINDOW


def cache_hits() -> dict[str, float]:
    """Hits and misses of all vector caches so far, and the megabytes of their vectors."""
    found = cache_statistics()
    return {"hits": found.hits, "misses": found.misses, "mb": found.bytes / (1 << 20)}


def trace(subject: str, texts: str, warm: bool = True, **options: Any) -> dict[str, Any]:
    """Run a subject once in onnxruntime's profiler; see ``tracing``. Only in a child that has loaded nothing yet."""
    with tracing.profiled() as traced:
        loaded = make(subject, **options)
        work = loaded.prepare(_BENCH.corpus(texts))
        if warm:
            loaded.run(work, None)
        tracing.restart(traced)
        begin = time.perf_counter()
        loaded.run(work, None)
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "operators": tracing.finish(traced)}


def _pipeline(subject: str) -> Pipeline:
    found = _BENCH.subject(subject)
    assert isinstance(found, Pipeline)
    return found


if __name__ == "__main__":
    serve(
        {
            **_BENCH.operations(),
            "rows": rows,
            "file_rows": file_rows,
            "first_result": first_result,
            "cache_hits": cache_hits,
            "full_windows": full_windows,
            "trace": trace,
        }
    )
