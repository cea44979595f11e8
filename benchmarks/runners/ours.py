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
from benchmarks.runners.ours_subjects import Pipeline, has_workers, make
from benchmarks.runners.protocol import Bench, memory, serve

_BENCH = Bench(make)


def rows(subject: str, texts: str, count: int, batch: int = 64) -> dict[str, float]:
    """Stream ``count`` varied texts through a pipeline, keeping nothing."""
    pipe = _pipeline(subject).pipe
    tokens = 0
    gc.collect()
    before = memory()
    begin = time.perf_counter()
    for sentence in pipe.annotate(varied(_BENCH.corpus(texts), count), batch_size=batch):
        tokens += len(sentence.tokens)
    return _rows(count, tokens, time.perf_counter() - begin, before)


def file_rows(subject: str, texts: str, count: int, batch: int = 64) -> dict[str, float]:
    """Annotate a file of ``count`` varied texts into a Parquet file."""
    pipe = _pipeline(subject).pipe
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "rows.tsv")
        with source.open("w", encoding="utf-8") as stream:
            for number, text in enumerate(varied(_BENCH.corpus(texts), count)):
                stream.write(f"B\t1\t1\t{number}\t{text}\n")
        gc.collect()
        before = memory()
        done = pipe.annotate_file(source, Path(folder, "rows.parquet"), batch_size=batch)
    return _rows(done.rows, done.tokens, done.seconds, before)


def first_result(subject: str, texts: str, batch: int = 64) -> float:
    """Seconds until a pipeline that is fed a stream of texts yields its first result."""
    pipe = _pipeline(subject).pipe
    begin = time.perf_counter()
    found = pipe.annotate(itertools.cycle(_BENCH.corpus(texts)), batch_size=batch)
    next(found)
    seconds = time.perf_counter() - begin
    found.close()  # type: ignore[attr-defined]  # a generator, whose threads end with it
    return seconds


def cache_hits() -> dict[str, int]:
    """Hits and misses of all vector caches so far."""
    from vnlp_colab.runtime.vectors import VectorCache

    caches = [found for found in gc.get_objects() if isinstance(found, VectorCache)]
    return {"hits": sum(cache.hits for cache in caches), "misses": sum(cache.misses for cache in caches)}


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


def _rows(count: int, tokens: int, seconds: float, before: dict[str, float]) -> dict[str, float]:
    return {
        "rows": count,
        "tokens": tokens,
        "seconds": seconds,
        "loaded_mb": before["now_mb"],
        "peak_mb": memory()["peak_mb"],
    }


if __name__ == "__main__":
    serve(
        {
            **_BENCH.operations(),
            "rows": rows,
            "file_rows": file_rows,
            "first_result": first_result,
            "cache_hits": cache_hits,
            "has_workers": has_workers,
            "trace": trace,
        }
    )
